/** Bytes as they come to lines of text: bounded, strict about UTF-8, tolerant of everything that editors do. */
import { isUtf8 } from 'node:buffer';

/**
 * A line of Debezium with schemas has 4–12 KB, and Kafka's own default bound of a message is 1 MB. A longer line is no
 * message but a file of another kind, and must not fill the memory.
 */
export const LINE_BYTES_MAX = 1_048_576;

const NEWLINE = 10;
const RETURN = 13;

export interface LineReader {
  /** A line's text without its end. `cut` = the input ended without a newline, so it may be only half of it. */
  line(text: string, number: number, cut: boolean): void;
  bad(reason: 'not-utf8' | 'too-long', number: number): void;
}

/**
 * Feed it chunks with `push`, then call `end`. Lines are numbered from 1, empty ones too, but these are not handed on.
 * A byte order mark before line 1 and a carriage return before a newline are taken off. Holds at most `LINE_BYTES_MAX`.
 */
export class LineSplitter {
  /** Number of the last line whose end was seen. */
  lines = 0;
  private held: Buffer[] = [];
  private held_bytes = 0;
  /** The rest of a line that is too long is thrown away as it comes. */
  private skipping = false;

  constructor(private readonly reader: LineReader) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.finish(chunk, start, end, false);
      start = end + 1;
    }
    this.hold(chunk, start);
  }

  /** True when there is a beginning of a line that no newline has ended yet. */
  get unfinished(): boolean {
    return this.held_bytes > 0 || this.skipping;
  }

  end(): void {
    if (this.unfinished) this.finish(Buffer.alloc(0), 0, 0, true);
  }

  private hold(chunk: Buffer, start: number): void {
    const bytes = chunk.length - start;
    if (bytes === 0 || this.skipping) return;
    this.held_bytes += bytes;
    if (this.held_bytes <= LINE_BYTES_MAX + 1) this.held.push(chunk.subarray(start));
    else this.skip();
  }

  private skip(): void {
    this.skipping = true;
    this.held = [];
    this.held_bytes = 0;
  }

  private finish(chunk: Buffer, start: number, end: number, cut: boolean): void {
    const number = ++this.lines;
    if (this.held_bytes === 0 && !this.skipping) this.take(chunk, start, end, number, cut);
    else {
      if (!this.skipping && this.held_bytes + end - start > LINE_BYTES_MAX + 1) this.skip();
      if (this.skipping) this.reader.bad('too-long', number);
      else {
        const whole = Buffer.concat([...this.held, chunk.subarray(start, end)]);
        this.take(whole, 0, whole.length, number, cut);
      }
      this.held = [];
      this.held_bytes = 0;
      this.skipping = false;
    }
  }

  private take(bytes: Buffer, from: number, to: number, number: number, cut: boolean): void {
    let start = from;
    let end = to;
    if (end > start && bytes[end - 1] === RETURN) end--;
    if (number === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
    if (isBlank(bytes, start, end)) return;
    if (end - start > LINE_BYTES_MAX) this.reader.bad('too-long', number);
    else if (!isUtf8(bytes.subarray(start, end))) this.reader.bad('not-utf8', number);
    else this.reader.line(bytes.toString('utf8', start, end), number, cut);
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0x20 && bytes[i] !== 0x09) return false;
  return true;
}
