/** Recorded changes as a source: a file of lines, plain or gzip, or standard input. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Change, Rejected, RejectReason } from '../../domain.js';
import { type ChangeBatch, ChangeSource } from '../../ports.js';
import { CutShort, checkFile, inputBytes } from './input.js';
import { LINE_BYTES_MAX, LineSplitter } from './lines.js';

/** What a decoder makes of a line. The formats themselves are not this adapter's business. */
export type DecodedLine =
  | { kind: 'change'; change: Change }
  | { kind: 'rejected'; reason: RejectReason; detail: string }
  | { kind: 'ignored'; what: string };

export interface FileSourceOptions {
  /** `at` is where a person finds the line: `line 17`. */
  decode: (text: string, at: string) => DecodedLine;
  /** Changes in a batch. */
  batch_size?: number;
  /** Bytes of the file read so far, and its size; as compressed as it is. Not called for standard input, whose size nobody knows. */
  progress?: (done: number, total: number) => void;
  /** Standard input, for tests. */
  stdin?: Readable;
}

/** Large enough that a commit's cost is shared, small enough to be nothing in memory (about 4 MB). */
const BATCH_CHANGES = 2_000;
/** A batch without changes ends too: the position must move on through a long stretch that is none of ours. */
const BATCH_LINES_MAX = 50_000;
/** Names of ignored things come from the input; a batch counts this many of them apart, the rest together. */
const IGNORED_NAMES_MAX = 200;

/**
 * Positions are line numbers: `"2000"` = lines 1 to 2000 are done, `"2000 snapshot"` = and the input is a snapshot still.
 *
 * Once a row of a snapshot (`op: read`) was met, the rest of the input counts as that snapshot: its batches say so, and a
 * last, empty batch says that it is complete.
 *
 * Standard input cannot be read again, so its position cannot be found again: every run reads all that comes, and the line
 * numbers of its positions go on from the stored one.
 */
export class FileSource extends ChangeSource {
  readonly name: string;
  readonly live = false;
  /** False for standard input: what is interrupted there must be given again, from its beginning. */
  readonly repeatable: boolean;
  private readonly stdin: Readable;
  private known_identity: Promise<string> | null = null;

  constructor(
    private readonly path: string,
    private readonly options: FileSourceOptions,
  ) {
    super();
    this.repeatable = path !== '-';
    this.name = this.repeatable ? basename(path) : 'stdin';
    this.stdin = options.stdin ?? process.stdin;
  }

  /** `file:<SHA-256 of the decompressed content>`: a renamed or compressed copy is the same input. `stdin` for standard input. */
  identity(): Promise<string> {
    this.known_identity ??= this.repeatable ? this.hash() : Promise.resolve('stdin');
    return this.known_identity;
  }

  async *batches(from: string | null, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    const total = this.repeatable ? await checkFile(this.path) : null;
    const source = await this.identity();
    const [start, in_snapshot] = parsePosition(from);
    const batcher = new Batcher(
      source,
      this.name,
      this.options,
      this.repeatable ? { skip: start } : { offset: start },
      in_snapshot,
    );
    const splitter = new LineSplitter(batcher);
    let done = 0;
    const onRead = (bytes: number): void => {
      done += bytes;
      if (total !== null) this.options.progress?.(done, total);
    };
    try {
      for await (const chunk of inputBytes(this.path, this.stdin, onRead)) {
        splitter.push(chunk);
        for (const batch of batcher.full()) {
          if (signal.aborted) return;
          yield batch;
        }
        if (signal.aborted) return;
      }
      splitter.end();
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
      batcher.cutShort(splitter.lines + 1);
    }
    for (const batch of batcher.finish()) {
      if (signal.aborted) return;
      yield batch;
    }
  }

  private async hash(): Promise<string> {
    await checkFile(this.path);
    const hash = createHash('sha256');
    try {
      for await (const chunk of inputBytes(this.path, this.stdin, () => undefined)) hash.update(chunk);
    } catch (error) {
      // What can be read of a damaged file is its content; the reading itself reports the damage.
      if (!(error instanceof CutShort)) throw error;
    }
    return `file:${hash.digest('hex')}`;
  }
}

/** `"2000 snapshot"` → [2000, true]; null → [0, false]. */
function parsePosition(position: string | null): [number, boolean] {
  if (position === null) return [0, false];
  const match = /^(\d{1,15})( snapshot)?$/.exec(position);
  if (match === null)
    throw new Error(`a file's position is a line number, not "${position}": the store was written by something else`);
  return [Number(match[1]), match[2] !== undefined];
}

/** Lines to batches. */
class Batcher {
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
    private readonly options: FileSourceOptions,
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
