import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DecodedLine, FileSource, type FileSourceOptions } from '../../../src/adapters/file/file-source.js';
import { withHint } from '../../../src/adapters/file/input.js';
import { LINE_BYTES_MAX } from '../../../src/adapters/file/lines.js';
import type { ChangeBatch } from '../../../src/ports.js';

/** `c7` = create of row 7, `r7` = a snapshot's row 7, `i` = ignored, anything else is no JSON. */
function decode(text: string, at: string): DecodedLine {
  if (text === 'i') return { kind: 'ignored', what: 'tombstone' };
  const id = Number(text.slice(1));
  if (!'cr'.includes(text[0] ?? 'x') || !Number.isInteger(id))
    return { kind: 'rejected', reason: 'not-json', detail: 'not JSON' };
  const op = text[0] === 'r' ? 'read' : 'create';
  return { kind: 'change', change: { table: 'user', op, id, row: {}, source_ms: null, coordinate: null, at } };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-file-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: string | Buffer, name = `f${++files}.ndjson`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(path: string, more: Partial<FileSourceOptions> = {}, from: string | null = null): Promise<ChangeBatch[]> {
  const batches: ChangeBatch[] = [];
  for await (const batch of new FileSource(path, { decode, ...more }).batches(from, new AbortController().signal))
    batches.push(batch);
  return batches;
}

const ids = (batches: ChangeBatch[]) => batches.flatMap((batch) => batch.changes.map((change) => change.id));
const rejected = (batches: ChangeBatch[]) => batches.flatMap((batch) => batch.rejected);

describe('a recorded file', () => {
  it('gives its changes in batches, each with the line it is done up to', async () => {
    const batches = await read(file('c1\nc2\ni\nc3\n'), { batch_size: 2 });
    expect(batches.map((b) => [ids([b]), b.position, b.ignored, b.snapshot, b.caught_up])).toEqual([
      [[1, 2], '2', {}, false, false],
      [[3], '4', { tombstone: 1 }, false, false],
    ]);
    expect(batches[1]?.changes[0]?.at).toBe('line 4');
  });

  it('goes on after the line where it stopped', async () => {
    const path = file('c1\nc2\n\nc3\nc4\n');
    expect(ids(await read(path, {}, '2'))).toEqual([3, 4]);
    expect(await read(path, {}, '5')).toEqual([]);
    await expect(read(path, {}, 'gtid:0-1-2')).rejects.toThrow(/line number/);
  });

  it('is the same input under another name, and compressed', async () => {
    const text = 'c1\nc2\n';
    const source = (path: string) => new FileSource(path, { decode });
    const hash = `file:${createHash('sha256').update(text).digest('hex')}`;
    expect(await source(file(text)).identity()).toBe(hash);
    expect(await source(file(gzipSync(text), 'renamed.txt')).identity()).toBe(hash);
    expect(ids(await read(file(gzipSync(text), 'compressed')))).toEqual([1, 2]);
    expect(ids(await read(file(Buffer.concat([gzipSync('c1\nc'), gzipSync('2\n')]), 'two-parts.gz')))).toEqual([1, 2]);
  });

  it('may have a byte order mark, Windows line ends, empty lines and no last newline', async () => {
    expect(ids(await read(file('\ufeffc1\r\n\r\n \t\nc2\r\nc3')))).toEqual([1, 2, 3]);
    expect(await read(file(''))).toEqual([]);
    expect(await read(file('\n\n'))).toEqual([]);
  });

  it('says how far it is', async () => {
    const seen: [number, number][] = [];
    await read(file('c1\nc2\n'), { progress: (done, total) => seen.push([done, total]) });
    expect(seen.at(-1)).toEqual([6, 6]);
  });

  it('stops after a whole batch when asked to', async () => {
    const stop = new AbortController();
    const got: ChangeBatch[] = [];
    for await (const batch of new FileSource(file('c1\nc2\nc3\n'), { decode, batch_size: 1 }).batches(null, stop.signal)) {
      got.push(batch);
      stop.abort();
    }
    expect(ids(got)).toEqual([1]);
  });
});

describe('a snapshot', () => {
  it('lasts from its first row to the end of the input, which a last batch tells', async () => {
    const batches = await read(file('c1\nr2\nc3\nc4\n'), { batch_size: 1 });
    expect(batches.map((b) => [ids([b]), b.position, b.snapshot])).toEqual([
      [[1], '1', false],
      [[2], '2 snapshot', true],
      [[3], '3 snapshot', true],
      [[4], '4 snapshot', true],
      [[], '4', false],
    ]);
  });

  it('is still one after an interruption, wherever that was', async () => {
    const path = file('r1\nc2\nc3\n');
    expect((await read(path, {}, '1 snapshot')).map((b) => [ids([b]), b.snapshot])).toEqual([
      [[2, 3], true],
      [[], false],
    ]);
    expect((await read(path, {}, '3 snapshot')).map((b) => [ids([b]), b.position, b.snapshot])).toEqual([[[], '3', false]]);
    expect(await read(path, {}, '3')).toEqual([]);
  });
});

describe('what is broken is named, and the rest goes on', () => {
  it('a line that is not UTF-8, one that is not JSON', async () => {
    const path = file(
      Buffer.concat([Buffer.from('c1\n'), Buffer.from([0x63, 0xff, 0x0a]), Buffer.from('oops\nc2\n')]),
      'broken.ndjson',
    );
    const batches = await read(path);
    expect(ids(batches)).toEqual([1, 2]);
    expect(rejected(batches)).toEqual([
      { source: 'broken.ndjson', position: 'line 2', reason: 'not-utf8', detail: 'the line is not UTF-8' },
      { source: 'broken.ndjson', position: 'line 3', reason: 'not-json', detail: 'not JSON' },
    ]);
  });

  it('a line that is longer than any message', async () => {
    const long = 'x'.repeat(LINE_BYTES_MAX + 1);
    const batches = await read(file(`c1\n${long}\nc2\n${long}${long}${long}\r\nc3\n${long}`));
    expect(ids(batches)).toEqual([1, 2, 3]);
    expect(rejected(batches).map((r) => [r.position, r.reason])).toEqual([
      ['line 2', 'too-long'],
      ['line 4', 'too-long'],
      ['line 6', 'too-long'],
    ]);
    expect(rejected(await read(file(`${'x'.repeat(LINE_BYTES_MAX)}\r\n`)))).toMatchObject([{ reason: 'not-json' }]);
  });

  it('a last line that is cut short', async () => {
    const batches = await read(file('c1\nxyz'));
    expect(ids(batches)).toEqual([1]);
    expect(rejected(batches)).toMatchObject([{ position: 'line 2', reason: 'truncated' }]);
  });

  it('a compressed file that is cut short anywhere: all that can be read is read', async () => {
    const text = Array.from({ length: 3_000 }, (_, i) => `c${(i * 7919) % 100_003}\n`).join('');
    const whole = gzipSync(text);
    for (const bytes of [whole.length - 1, whole.length - 9, Math.floor(whole.length / 2), 20, 3]) {
      const batches = await read(file(whole.subarray(0, bytes), `cut-${bytes}.gz`), { batch_size: 500 });
      const got = ids(batches);
      expect(text.startsWith(got.map((id) => `c${id}\n`).join(''))).toBe(true);
      if (bytes > 1_000) expect(got.length).toBeGreaterThan(1_000);
      expect(rejected(batches)).toMatchObject([{ position: `line ${got.length + 1}`, reason: 'truncated' }]);
      expect(batches.at(-1)?.position).toBe(`${got.length}`);
    }
  });

  it('a compressed file that is damaged in the middle', async () => {
    const whole = gzipSync(Array.from({ length: 30_000 }, (_, i) => `c${(i * 7919) % 100_003}\n`).join(''));
    whole.fill(0xff, 40_000, 40_050);
    const batches = await read(file(whole, 'damaged.gz'));
    expect(ids(batches).length).toBeGreaterThan(1_000);
    // Between the damage and its discovery by the checksum there is rubbish, which is no JSON.
    const reasons = rejected(batches).map((r) => r.reason);
    expect(reasons.at(-1)).toBe('truncated');
    expect(reasons.indexOf('truncated')).toBe(reasons.length - 1);
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['is not there', () => join(folder, 'nowhere.ndjson'), /no such file/],
    ['is a directory', () => folder, /directory/],
  ])('%s: the message says what to do', async (_, path, message) => {
    await expect(read(path())).rejects.toThrow(message);
    await expect(new FileSource(path(), { decode }).identity()).rejects.toThrow(message);
  });

  it('is not allowed: the message says so (asked of the message alone, since root may read everything)', () => {
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(withHint('grades.ndjson', denied).message).toMatch(/cannot read grades.ndjson: .*permissions/);
  });
});

describe('standard input', () => {
  const stdin = (...chunks: (string | Buffer)[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

  it('cannot be repeated: every run reads all that comes, and its positions go on', async () => {
    const source = new FileSource('-', { decode, stdin: stdin('c1\nc', '2\n') });
    expect([source.name, source.repeatable, await source.identity()]).toEqual(['stdin', false, 'stdin']);
    const batches: ChangeBatch[] = [];
    for await (const batch of source.batches('40', new AbortController().signal)) batches.push(batch);
    expect([ids(batches), batches[0]?.position]).toEqual([[1, 2], '42']);
  });

  it('may be compressed, and come a byte at a time', async () => {
    const bytes = [...gzipSync('c1\nc2\n')].map((byte) => Buffer.from([byte]));
    expect(ids(await read('-', { stdin: stdin(...bytes) }))).toEqual([1, 2]);
  });

  it('gives the same lines however it is cut into pieces', async () => {
    const text = Buffer.from('c1\r\nc2\n\nzoë 😀\nc3\nc4');
    const runs = process.env.HOLDFAST_LONG === '1' ? 1_000 : 50;
    const expected = await read('-', { stdin: stdin(text) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, i) => text.subarray(places[i], end));
        expect(await read('-', { stdin: stdin(...pieces) })).toEqual(expected);
      }),
      { seed: 8, numRuns: runs },
    );
  });
});
