/** Recorded changes as a source: a file of lines, plain or gzip, or standard input. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { type ChangeBatch, ChangeSource } from '../../ports.js';
import { Batcher, type DecodedLine } from './batcher.js';
import { CutShort, checkFile, inputBytes } from './input.js';
import { LineSplitter } from './lines.js';

export type { DecodedLine } from './batcher.js';

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
