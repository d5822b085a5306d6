/** Bytes of a body, as they come, to lines of text: bounded, and strict about UTF-8. */
import { isUtf8 } from 'node:buffer';

/** What decoders take; a record of web analytics has some 300 to 2,000 bytes. */
export const LINE_BYTES_MAX = 65_536;

const NEWLINE = 10;

export interface LineReader {
  /** Without its end and what is blank around it; never empty. Lines are numbered from 1, blank ones too. */
  line(text: string, number: number): void;
  unusable(number: number, reason: 'too-long' | 'not-utf8', detail: string): void;
}

/** Feed it with `push`, then call `end`. Holds at most one line, and of one that is too long nothing. */
export class RecordLines {
  #held: Buffer[] = [];
  #bytes = 0;
  #number = 0;

  constructor(private readonly reader: LineReader) {}

  /** How many lines were begun. */
  get lines(): number {
    return this.#number + (this.#bytes > 0 ? 1 : 0);
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
  }

  end(): void {
    if (this.#bytes > 0) this.#finish();
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > LINE_BYTES_MAX) this.#held = [];
    else this.#held.push(part);
  }

  #finish(): void {
    const number = ++this.#number;
    const bytes = this.#bytes;
    const line = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#held = [];
    this.#bytes = 0;
    if (bytes > LINE_BYTES_MAX) this.reader.unusable(number, 'too-long', `the line is longer than ${LINE_BYTES_MAX} bytes`);
    else if (!isUtf8(line)) this.reader.unusable(number, 'not-utf8', 'the line is not UTF-8');
    else {
      // A byte order mark goes too.
      const record = line.toString('utf8').trim();
      if (record !== '') this.reader.line(record, number);
    }
  }
}
