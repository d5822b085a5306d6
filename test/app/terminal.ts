/** A terminal of a few lines: what would be seen after the codes that `top` writes. An unknown code is a fault. */
const ESC = '\u001b';
const CODE = new RegExp(`${ESC}\\[(\\??)(\\d*)([A-Za-z])`, 'y');
const IGNORED = new Set(['?2026h', '?2026l', '1m', '22m', '7m', '27m']);

export class Terminal {
  readonly isTTY = true;
  /** Pictures that were begun at the top. */
  draws = 0;
  clears = 0;
  scrolled = 0;
  cursor_shown = true;
  #screen: string[][];
  #behind: string[][] | null = null;
  #row = 0;
  #column = 0;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.#screen = this.#blank();
  }

  /** As they are seen; without what is blank at their ends. */
  lines(): string[] {
    return this.#screen.map((row) => row.join('').trimEnd());
  }

  write(text: string): void {
    for (let at = 0; at < text.length; ) {
      CODE.lastIndex = at;
      const code = CODE.exec(text);
      if (code) this.#obey(`${code[1]}${code[2]}${code[3]}`);
      else if (text[at] === '\r') this.#column = 0;
      else if (text[at] === '\n') this.#down();
      else this.#put(text[at]!);
      at += code ? code[0].length : 1;
    }
  }

  #put(letter: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#down();
    }
    this.#screen[this.#row]![this.#column++] = letter;
  }

  #down(): void {
    if (this.#row < this.rows - 1) this.#row++;
    else {
      this.#screen = [...this.#screen.slice(1), Array<string>(this.columns).fill(' ')];
      this.scrolled++;
    }
  }

  #obey(code: string): void {
    const codes: Record<string, () => void> = {
      H: () => {
        [this.#row, this.#column] = [0, 0];
        this.draws++;
      },
      K: () => void this.#screen[this.#row]!.fill(' ', this.#column),
      J: () => {
        this.#screen[this.#row]!.fill(' ', this.#column);
        for (const row of this.#screen.slice(this.#row + 1)) row.fill(' ');
      },
      '2J': () => {
        this.#screen = this.#blank();
        this.clears++;
      },
      '?1049h': () => {
        this.#behind = this.#screen;
        this.#screen = this.#blank();
      },
      '?1049l': () => {
        this.#screen = this.#behind!;
        this.#behind = null;
      },
      '?25h': () => {
        this.cursor_shown = true;
      },
      '?25l': () => {
        this.cursor_shown = false;
      },
    };
    if (IGNORED.has(code)) return;
    const obeyed = codes[code];
    if (!obeyed) throw new Error(`the terminal does not know the code ${code}`);
    obeyed();
  }

  #blank(): string[][] {
    return Array.from({ length: this.rows }, () => Array<string>(this.columns).fill(' '));
  }
}
