/** A recorded input as plain bytes: a file or standard input, gzip taken off where its first bytes say so. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Large enough that a chunk holds some hundred lines, small enough to be nothing in memory. */
const CHUNK_BYTES = 262_144;
/** Fed to gzip at once. It can grow a thousandfold, so this bounds what one step can bring to 16 MiB. */
const GZIP_SLICE_BYTES = 16_384;

/** The compressed data ended, or broke, before its end. What came before is good. */
export class CutShort extends Error {
  override readonly name = 'CutShort';
}

/** Size in bytes. Throws with a hint for a file that cannot be read. */
export async function checkFile(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    return found.size;
  } catch (error) {
    throw withHint(path, error);
  }
}

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path, which is taken from the folder where the command was started',
  EISDIR: 'it is a directory; name the files in it',
  EACCES: 'this user may not read it; change its permissions, or run as a user who may',
  EPERM: 'this user may not read it; change its permissions, or run as a user who may',
};

/** The error for the operator: which file, what is wrong, what to do. */
export function withHint(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new Error(`cannot read ${path}: ${HINTS[code] ?? (error as Error).message}`, { cause: error });
}

/** Decompressed bytes, in chunks. `onRead` hears how many bytes of the input itself were read. Throws `CutShort` at the end. */
export async function* inputBytes(path: string, stdin: Readable, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const stream = path === '-' ? stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const chunks = counted(stream, onRead);
  try {
    const [head, rest] = await peek(chunks);
    yield* isGzip(head) ? gunzipped(joined(head, rest)) : joined(head, rest);
  } catch (error) {
    throw error instanceof CutShort ? error : withHint(path === '-' ? 'standard input' : basename(path), error);
  } finally {
    if (path !== '-') stream.destroy();
  }
}

async function* counted(stream: Readable, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    onRead(bytes.length);
    yield bytes;
  }
}

function isGzip(head: Buffer): boolean {
  return head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b;
}

/** The first two bytes at least (a pipe may bring one at a time), and what follows. */
async function peek(chunks: AsyncGenerator<Buffer>): Promise<[Buffer, AsyncGenerator<Buffer>]> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return [head, chunks];
}

async function* joined(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

/**
 * One slice is fed and everything that it gives is handed on before the next, so that at a damaged place nothing good is
 * lost: a stream that is read the usual way throws its buffer away with the error.
 */
async function* gunzipped(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const engine = createGunzip({ chunkSize: CHUNK_BYTES });
  let ready: Buffer[] = [];
  let failure: Error | null = null;
  engine.on('data', (chunk: Buffer) => ready.push(chunk));
  engine.on('error', (error: Error) => {
    failure = error;
  });
  const settled = async (step: (done: () => void) => void): Promise<Buffer[]> => {
    await new Promise<void>((resolve) => {
      engine.once('close', resolve);
      step(() => {
        engine.off('close', resolve);
        resolve();
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    const given = ready;
    ready = [];
    return given;
  };
  try {
    for await (const chunk of chunks) {
      for (let i = 0; i < chunk.length && failure === null; i += GZIP_SLICE_BYTES) {
        yield* await settled((done) => engine.write(chunk.subarray(i, i + GZIP_SLICE_BYTES), () => done()));
      }
      if (failure !== null) break;
    }
    if (failure === null) yield* await settled((done) => engine.once('end', done).end());
    if (failure !== null) throw new CutShort('the compressed data is cut short or damaged', { cause: failure });
  } finally {
    engine.destroy();
  }
}
