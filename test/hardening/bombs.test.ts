/** Little that claims to be much: compressed input is refused before it fills the memory, wherever compressed input is read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import lz4 from 'lz4-napi';
import { LINES_MAX, readCsv } from '../../src/adapters/csv/csv-file.js';
import { inputBytes } from '../../src/adapters/file/input.js';
import { registerCodecs } from '../../src/adapters/kafka/codecs.js';
import { refusal } from '../../src/adapters/kafka/faults.js';
import { eachRow } from '../../src/adapters/oulad/csv.js';
import { workedMs } from './worked.js';

const MEBIBYTE = 1_048_576;
/** What may come on top of what the process has, in spite of the hundreds of mebibytes that each of these would become. */
const GROWTH_BYTES_MAX = 190 * MEBIBYTE;

registerCodecs();
const { CompressionCodecs, CompressionTypes } = kafkajs;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bombs-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  await work().finally(() => clearInterval(timer));
  return Math.max(most, process.memoryUsage().rss) - before;
}

const inflate = (type: kafkajs.CompressionTypes, bytes: Buffer): Promise<Buffer> =>
  CompressionCodecs[type as kafkajs.CompressionTypes.GZIP]().decompress(bytes);

/** `blocks` of 128 KiB, each of four bytes. */
function zstdBomb(blocks: number): Buffer {
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const block = (last: boolean) => {
    const header = (131_072 << 3) | (1 << 1) | (last ? 1 : 0);
    return Buffer.from([header & 0xff, (header >> 8) & 0xff, header >> 16, 0x78]);
  };
  return Buffer.concat([frame, ...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1))]);
}

describe('a compressed batch of Kafka', () => {
  const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes;
  const zeros = Buffer.alloc(250 * MEBIBYTE);
  const bombs: [string, kafkajs.CompressionTypes, () => Buffer][] = [
    ['gzip', GZIP, () => gzipSync(zeros)],
    ['lz4', LZ4, () => Buffer.from(lz4.compressFrameSync(zeros))],
    ['zstd', ZSTD, () => zstdBomb(2_400)],
    ['zstd that asks for a window of a gigabyte', ZSTD, () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0, 0, 0, 0])],
    ['snappy that says it is four gigabytes', Snappy, () => Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0])],
  ];

  it.each(bombs)('in %s is refused by its size, and the operator is told what to look at', async (_, type, make) => {
    const bomb = make();
    expect(bomb.length).toBeLessThan(2 * MEBIBYTE);
    let failure: unknown;
    const grown = await growthOf(() =>
      inflate(type, bomb).catch((error: unknown) => {
        failure = error;
      }),
    );
    expect(refusal('kafka', failure)?.message).toMatch(/larger than 64 MiB when it is inflated.*who may write to the topics/);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
  });

  it.each([
    ['a literal of more than two gigabytes', [5, 0xfc, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6]],
    ['a length that its pieces do not come to', [0x80, 0x80, 0x80, 0x10, 16, 1, 2, 3, 4, 5]],
    ['an offset that is missing', [5, 16, 1, 2, 3, 4, 5, 0x02]],
  ])('in snappy with %s is broken, and said to be at once', async (_, bytes) => {
    const begun = process.cpuUsage();
    await expect(inflate(Snappy, Buffer.from(bytes))).rejects.toThrow('a batch compressed with snappy is broken');
    expect(workedMs(begun)).toBeLessThan(500);
  });

  it('of 20 MiB of text comes out whole, in each compression', async () => {
    const text = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `{"id":${i},"eventname":"\\\\core\\\\event"}`).join('\n'));
    const snappy = await CompressionCodecs[Snappy]!().compress({ buffer: text });
    for (const [type, bytes] of [
      [GZIP, gzipSync(text)],
      [LZ4, Buffer.from(await lz4.compressFrame(text))],
      [Snappy, snappy],
    ] as const)
      expect((await inflate(type, bytes)).equals(text)).toBe(true);
    expect((await inflate(ZSTD, zstdBomb(100))).equals(Buffer.alloc(100 * 131_072, 0x78))).toBe(true);
  });
});

describe('a file .gz', () => {
  it('of an import with millions of empty lines, or of commas, is refused before a list is made of them', async () => {
    const newlines = gzipSync(Buffer.alloc(60 * MEBIBYTE, '\n'));
    const commas = gzipSync(`user_id\n${`${','.repeat(9_999)}\n`.repeat(6_000)}`);
    const import_ = (bytes: Buffer) => readCsv('-', Readable.from([bytes]));
    const grown = await growthOf(async () => {
      await expect(import_(newlines)).rejects.toThrow(`at most ${LINES_MAX}. Split it`);
      await expect(import_(commas)).rejects.toThrow(/record 2 has 10000 fields; at most 200/);
    });
    expect(grown).toBeLessThan(2 * GROWTH_BYTES_MAX);
    await expect(import_(gzipSync(Buffer.alloc(65 * MEBIBYTE, 'x')))).rejects.toThrow(/larger than 64 MiB/);
  });

  it('of recorded changes or clicks is handed on piece by piece, however large it becomes', async () => {
    const path = join(folder, 'log.gz');
    writeFileSync(path, gzipSync(Buffer.alloc(400 * MEBIBYTE)));
    let bytes = 0;
    const grown = await growthOf(async () => {
      for await (const chunk of inputBytes(path, process.stdin, () => undefined)) bytes += chunk.length;
    });
    expect(bytes).toBe(400 * MEBIBYTE);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
  });

  it('of the Open University’s data set ends at a line that cannot be one', async () => {
    writeFileSync(join(folder, 'vle.csv.gz'), gzipSync(Buffer.alloc(250 * MEBIBYTE, 'x')));
    const grown = await growthOf(async () => {
      await expect(eachRow(folder, 'vle.csv', ['id_site'], () => undefined)).rejects.toThrow(/a line is longer than 10,000/);
    });
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
  });
});
