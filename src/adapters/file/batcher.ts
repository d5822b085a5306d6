/** Lines to batches of changes, each with the position that it is done up to. */
import type { Change, Rejected, RejectReason } from '../../domain.js';
import type { ChangeBatch } from '../../ports.js';
import { LINE_BYTES_MAX, type LineReader } from './lines.js';

/** What a decoder makes of a line. The formats themselves are not this adapter's business. */
export type DecodedLine =
  | { kind: 'change'; change: Change }
  | { kind: 'rejected'; reason: RejectReason; detail: string }
  | { kind: 'ignored'; what: string };

/** Large enough that a commit's cost is shared, small enough to be nothing in memory (about 4 MB). */
const BATCH_CHANGES = 2_000;
/** A batch without changes ends too: the position must move on through a long stretch that is none of ours. */
const BATCH_LINES_MAX = 50_000;
/** Names of ignored things come from the input; a batch counts this many of them apart, the rest together. */
const IGNORED_NAMES_MAX = 200;

/** What the batcher must know of its source. */
export interface BatcherOptions {
  decode: (text: string, at: string) => DecodedLine;
  batch_size?: number;
}

/** Takes lines, gives batches: whole ones as they fill up (`full`), the rest at the end (`finish`). */
export class Batcher implements LineReader {
  private batch: ChangeBatch;
  private ready: ChangeBatch[] = [];
  private lines = 0;
  private last_line: number;
  private moved = false;
  private readonly batch_size: number;
  private readonly skip: number;
  private readonly offset: number;

  constructor(
    private readonly source: string,
    private readonly name: string,
    private readonly options: BatcherOptions,
    start: { skip?: number; offset?: number },
    private snapshot: boolean,
  ) {
    this.batch_size = options.batch_size ?? BATCH_CHANGES;
    this.skip = start.skip ?? 0;
    this.offset = start.offset ?? 0;
    this.last_line = this.skip;
    this.batch = this.empty();
  }

  line(text: string, number: number, cut: boolean): void {
    if (number <= this.skip) return;
    const at = `line ${number}`;
    const decoded = this.options.decode(text, at);
    if (decoded.kind === 'change') {
      this.batch.changes.push(decoded.change);
      if (decoded.change.op === 'read') this.snapshot = true;
    } else if (decoded.kind === 'ignored') this.ignore(decoded.what);
    else if (cut && decoded.reason === 'not-json')
      this.reject(number, 'truncated', `line ${number} is the last one and is cut short`);
    else this.reject(number, decoded.reason, decoded.detail);
    this.done(number);
  }

  bad(reason: 'not-utf8' | 'too-long', number: number): void {
    if (number <= this.skip) return;
    this.reject(
      number,
      reason,
      reason === 'not-utf8' ? 'the line is not UTF-8' : `the line is longer than ${LINE_BYTES_MAX} bytes`,
    );
    this.done(number);
  }

  cutShort(number: number): void {
    this.reject(
      Math.max(number, 1),
      'truncated',
      `the compressed file ends early or is damaged at line ${number}; the rest is missing`,
    );
  }

  *full(): Iterable<ChangeBatch> {
    while (this.ready.length > 0) yield this.ready.shift()!;
  }

  /** What is left; and after a snapshot the batch that says that it is complete. */
  *finish(): Iterable<ChangeBatch> {
    const { changes, rejected } = this.batch;
    if (changes.length > 0 || rejected.length > 0 || this.moved) this.close();
    yield* this.full();
    if (!this.snapshot) return;
    this.snapshot = false;
    this.close();
    yield* this.full();
  }

  private done(number: number): void {
    this.last_line = number;
    this.moved = true;
    this.lines++;
    const { changes, rejected } = this.batch;
    if (changes.length >= this.batch_size || rejected.length >= this.batch_size || this.lines >= BATCH_LINES_MAX) this.close();
  }

  private close(): void {
    const position = `${this.offset + this.last_line}${this.snapshot ? ' snapshot' : ''}`;
    this.ready.push({ ...this.batch, position, snapshot: this.snapshot });
    this.batch = this.empty();
    this.lines = 0;
    this.moved = false;
  }

  private reject(number: number, reason: RejectReason, detail: string): void {
    const rejected: Rejected = { source: this.name, position: `line ${number}`, reason, detail };
    this.batch.rejected.push(rejected);
  }

  private ignore(what: string): void {
    const { ignored } = this.batch;
    const name = what in ignored || Object.keys(ignored).length < IGNORED_NAMES_MAX ? what : 'others';
    ignored[name] = (ignored[name] ?? 0) + 1;
  }

  private empty(): ChangeBatch {
    return { source: this.source, changes: [], rejected: [], ignored: {}, position: '', snapshot: false, caught_up: false };
  }
}
