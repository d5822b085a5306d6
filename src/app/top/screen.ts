/**
 * Draws over the same terminal again and again. Everything happens on the terminal's second screen, so what stood there before
 * is there again afterwards; and a picture is written in one piece, line over line, so nothing flickers.
 */
import type { Line } from './picture.js';

/** What is needed of standard output. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const ESC = '\u001b[';
const OPEN = `${ESC}?1049h${ESC}?25l${ESC}2J`;
const CLOSE = `${ESC}?25h${ESC}?1049l`;
/** Between these a terminal that knows them shows nothing half done; others leave them out. */
const TOGETHER: [string, string] = [`${ESC}?2026h`, `${ESC}?2026l`];
const STYLES = { heading: [`${ESC}1m`, `${ESC}22m`], fault: [`${ESC}7m`, `${ESC}27m`] } as const;

/** Of a terminal that does not say. */
const COLUMNS = 80;
const ROWS = 24;

export class Screen {
  #open = false;
  readonly #restore = () => this.close();

  constructor(private readonly out: Output) {}

  /** A line that reaches the last column wraps in some terminals. */
  get width(): number {
    return (this.out.columns || COLUMNS) - 1;
  }

  open(): void {
    this.#open = true;
    this.out.write(OPEN);
    // Whatever ends the process: the terminal is left as it was.
    process.once('exit', this.#restore);
  }

  draw(lines: readonly Line[]): void {
    if (!this.#open) return;
    const rows = this.out.rows || ROWS;
    const fitting =
      lines.length <= rows ? lines : [...lines.slice(0, rows - 1), { text: `… ${lines.length - rows + 1} more lines` }];
    const text = fitting.map(styled).join('\r\n');
    this.out.write(`${TOGETHER[0]}${ESC}H${text}${ESC}J${TOGETHER[1]}`);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.removeListener('exit', this.#restore);
    this.out.write(CLOSE);
  }
}

/** The rest of the terminal's line is cleared behind it. */
function styled({ text, style }: Line): string {
  const [on, off] = style === undefined ? ['', ''] : STYLES[style];
  return `${on}${text}${off}${ESC}K`;
}
