/** Recorded clicks: a file of lines, plain or gzip, or standard input, in batches with the position that each is done up to. */
import { createHash, randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { ClickBatch, ClickRecord } from '../../click-ports.js';
import type { Rejected, RejectReason } from '../../domain.js';
import { CutShort, checkFile, inputBytes } from './input.js';
import { LINE_BYTES_MAX, type LineReader, LineSplitter } from './lines.js';

/** What a decoder makes of a line. */
export type DecodeClick = (
  text: string,
  at: { source: string; position: string; received_ms: number | null },
) => ClickRecord | { reject: RejectReason; detail: string };

export interface ClickFileOptions {
  decode: DecodeClick;
  /** Bytes of the file read so far, and its size, as compressed as it is. */
  progress?: (done: number, total: number) => void;
  /** Standard input, for tests. */
  stdin?: Readable;
}

/** Large enough that a commit's cost is shared, small enough to be nothing in memory. */
const BATCH_LINES = 5_000;

export class ClickFile implements LineReader {
  readonly name: string;
  /** False for standard input: it cannot be asked for again, so it has no position, and what is given twice counts twice. */
  readonly repeatable: boolean;
  #source = '';
  #skip = 0;
  #line = 0;
  #done = 0;
  #records: ClickRecord[] = [];
  #rejected: Rejected[] = [];
  #ready: ClickBatch[] = [];

  constructor(
    private readonly path: string,
    private readonly options: ClickFileOptions,
  ) {
    this.repeatable = path !== '-';
    this.name = this.repeatable ? basename(path) : 'stdin';
  }

  /** `clicks:<SHA-256 of the decompressed content>`: a renamed or compressed copy is the same input. `stdin:` and a new name each time. */
  async identity(): Promise<string> {
    if (!this.repeatable) return `stdin:${randomUUID()}`;
    await checkFile(this.path);
    const hash = createHash('sha256');
    try {
      for await (const chunk of this.#bytes(() => undefined)) hash.update(chunk);
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
    }
    return `clicks:${hash.digest('hex')}`;
  }

  /** The batches after line `from` of `source`, its identity. */
  async *batches(source: string, from: string | null, signal: AbortSignal): AsyncGenerator<ClickBatch> {
    this.#source = source;
    this.#skip = Number(from ?? 0);
    this.#done = this.#skip;
    const total = this.repeatable ? await checkFile(this.path) : null;
    let read = 0;
    const splitter = new LineSplitter(this);
    try {
      for await (const chunk of this.#bytes((bytes) => {
        read += bytes;
        if (total !== null) this.options.progress?.(read, total);
      })) {
        splitter.push(chunk);
        while (this.#ready.length > 0 && !signal.aborted) yield this.#ready.shift()!;
        if (signal.aborted) return;
      }
      splitter.end();
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
      this.#reject(splitter.lines + 1, 'truncated', 'the compressed file ends early or is damaged here; the rest is missing');
    }
    this.#close();
    while (this.#ready.length > 0 && !signal.aborted) yield this.#ready.shift()!;
  }

  line(text: string, number: number, cut: boolean): void {
    this.#line = number;
    if (number <= this.#skip) return;
    const decoded = this.options.decode(text, { source: this.#source, position: `line ${number}`, received_ms: null });
    if ('kind' in decoded) this.#records.push(decoded);
    else if (cut && decoded.reject === 'not-json') this.#reject(number, 'truncated', 'the last line is cut short');
    else this.#reject(number, decoded.reject, decoded.detail);
    this.#closeIfFull();
  }

  bad(reason: 'not-utf8' | 'too-long', number: number): void {
    this.#line = number;
    if (number <= this.#skip) return;
    this.#reject(
      number,
      reason,
      reason === 'not-utf8' ? 'the line is not UTF-8' : `the line is longer than ${LINE_BYTES_MAX} bytes`,
    );
    this.#closeIfFull();
  }

  #bytes(onRead: (bytes: number) => void) {
    return inputBytes(this.path, this.options.stdin ?? process.stdin, onRead);
  }

  #reject(number: number, reason: RejectReason, detail: string): void {
    this.#rejected.push({ source: this.name, position: `line ${number}`, reason, detail });
  }

  #closeIfFull(): void {
    if (this.#records.length + this.#rejected.length >= BATCH_LINES) this.#close();
  }

  #close(): void {
    if (this.#records.length + this.#rejected.length === 0) return;
    const from = this.#done === 0 ? null : String(this.#done);
    this.#done = this.#line;
    const position = this.repeatable ? { source: this.#source, from, to: String(this.#done) } : undefined;
    this.#ready.push({ records: this.#records, rejected: this.#rejected, live: false, position });
    this.#records = [];
    this.#rejected = [];
  }
}
