/** Two ways to show snapshots as they come: drawn over each other on a terminal, or written one below the other. */
import { pictureOf } from './picture.js';
import type { Output, Screen } from './screen.js';
import type { Snapshot } from './snapshot.js';

export interface Display {
  show(snapshot: Snapshot): void;
  /** The service does not answer; `message` says so. It is asked again. */
  away(message: string): void;
}

/** What was last known stays, below what is wrong. */
export class LiveDisplay implements Display {
  #snapshot: Snapshot | null = null;
  #fault: string | null = null;

  constructor(
    private readonly screen: Screen,
    private readonly service: string,
  ) {}

  show(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#fault = null;
    this.draw();
  }

  away(message: string): void {
    this.#fault = message;
    this.draw();
  }

  /** Also when the terminal has another size. */
  draw(): void {
    const { width } = this.screen;
    const known = this.#snapshot === null ? [] : pictureOf(this.#snapshot, this.service, width);
    const faults = this.#fault === null ? [] : folded(`${this.#fault} Asking again.`, width);
    this.screen.draw([...faults.map((text) => ({ text, style: 'fault' as const })), ...known]);
  }
}

/** For a file or a pipe, one below the other: no codes, no width. */
export class PlainDisplay implements Display {
  #away: string | null = null;

  constructor(
    private readonly out: Output,
    private readonly err: Output,
    private readonly textOf: (snapshot: Snapshot) => string,
  ) {}

  show(snapshot: Snapshot): void {
    this.#away = null;
    this.out.write(`${this.textOf(snapshot)}\n`);
  }

  /** Once for each thing that is wrong. */
  away(message: string): void {
    if (this.#away !== message) this.err.write(`${message} Asking again.\n`);
    this.#away = message;
  }
}

/** As text, with a line break at its end. */
export function textOf(snapshot: Snapshot, service: string): string {
  return `${pictureOf(snapshot, service, Number.POSITIVE_INFINITY)
    .map(({ text }) => text)
    .join('\n')}\n`;
}

/** Broken between words, so that all of it can be read on a narrow terminal. */
function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => line.slice(0, width));
}
