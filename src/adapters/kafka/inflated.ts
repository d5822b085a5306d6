/**
 * How large compressed bytes become is asked before they are inflated, or while it happens: a megabyte of zeros in disguise becomes
 * gigabytes, and a process that runs out of memory takes everything else with it.
 */
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';

/** Kafka refuses batches above a mebibyte as long as nobody raises `message.max.bytes`, and JSON shrinks to a twentieth at the best. */
export const INFLATED_BYTES_MAX = 67_108_864;

export class InflatedTooLarge extends Error {
  override readonly name = 'InflatedTooLarge';
  constructor() {
    super(`a compressed batch is larger than ${INFLATED_BYTES_MAX / 1_048_576} MiB when it is inflated`);
  }
}

const unzipped = promisify(unzip);

export async function gunzip(bytes: Buffer): Promise<Buffer> {
  try {
    return await unzipped(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new InflatedTooLarge() : error;
  }
}

/** A frame to be skipped, of any content: lz4 and zstd share the mark. */
const SKIPPED = 0x184d2a5;
const ZSTD_BLOCK_BYTES = 131_072;

/** Throws where the blocks of zstd frames could hold more than may be, or where a frame asks for more memory to be inflated in. */
export function checkZstd(bytes: Buffer): void {
  let size = 0;
  for (let at = 0; at + 9 <= bytes.length; ) {
    if (bytes.readUInt32LE(at) >>> 4 === SKIPPED) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    const flags = bytes[at + 4]!;
    const single = flags & 0x20 ? 1 : 0;
    const declared_bytes = flags >> 6 ? 2 ** (flags >> 6) : single;
    const head = at + 6 - single + [0, 1, 2, 4][flags & 3]!;
    if (head + declared_bytes > bytes.length) return;
    const declared = declared_bytes === 0 ? 0 : bytes.readUIntLE(head, Math.min(6, declared_bytes));
    const window = single ? declared : 2 ** (10 + (bytes[at + 5]! >> 3));
    if (declared > INFLATED_BYTES_MAX || window > INFLATED_BYTES_MAX) throw new InflatedTooLarge();
    at = head + declared_bytes;
    for (let last = false; !last && at + 3 <= bytes.length; ) {
      const header = bytes.readUIntLE(at, 3);
      const [kind, length] = [(header >> 1) & 3, header >> 3];
      last = (header & 1) === 1;
      size += kind === 2 ? ZSTD_BLOCK_BYTES : length;
      if (size > INFLATED_BYTES_MAX) throw new InflatedTooLarge();
      at += 3 + (kind === 1 ? 1 : length);
    }
    if (flags & 0x04) at += 4;
  }
}

/** Throws where the blocks of an lz4 frame could hold more than may be: each says how long it is, and the frame how long they are at most. */
export function checkLz4(frame: Buffer): void {
  const BLOCK_BYTES = [0, 0, 0, 0, 65_536, 262_144, 1_048_576, 4_194_304];
  let size = 0;
  // Several frames may follow each other.
  for (let at = 0; at + 7 <= frame.length; ) {
    if (frame.readUInt32LE(at) >>> 4 === SKIPPED) {
      at += 8 + frame.readUInt32LE(at + 4);
      continue;
    }
    const flags = frame[at + 4]!;
    const block_max = BLOCK_BYTES[(frame[at + 5]! >> 4) & 7]!;
    at += 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
    for (let ended = false; !ended && at + 4 <= frame.length; ) {
      const header = frame.readUInt32LE(at);
      const length = header & 0x7fff_ffff;
      ended = header === 0;
      at += 4 + (ended ? 0 : length + (flags & 0x10 ? 4 : 0));
      if (!ended) size += header >>> 31 === 1 ? length : Math.min(block_max, length * LZ4_GROWTH_MAX);
      if (size > INFLATED_BYTES_MAX) throw new InflatedTooLarge();
    }
    if (flags & 0x04) at += 4;
  }
}
/** One byte more makes at the most so many more of the output. */
const LZ4_GROWTH_MAX = 255;

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEAD_BYTES = 16;

/** The same of snappy, bare or in the frame of Java's library: the length stands in front of each block, and memory is taken by it. */
export function checkSnappy(bytes: Buffer): void {
  let size = 0;
  const add = (block: Buffer) => {
    size += lengthIn(block);
    if (size > INFLATED_BYTES_MAX) throw new InflatedTooLarge();
    if (!holdsWhatItSays(block)) throw new Error('a batch compressed with snappy is broken');
  };
  const is_framed = bytes.subarray(0, XERIAL.length).equals(XERIAL);
  if (!is_framed) add(bytes);
  for (let at = XERIAL_HEAD_BYTES; is_framed && at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    add(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
}

/** A varint of at most five bytes. */
function lengthIn(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    length += (block[i]! & 0x7f) * 2 ** (7 * i);
    if (block[i]! < 0x80) break;
  }
  return length;
}

/**
 * Do the pieces of a block come to the length in front of it? The library takes memory for that length before it looks, and a literal of
 * more than 2 GiB, which is a negative number to it, keeps it busy for ever.
 */
function holdsWhatItSays(block: Buffer): boolean {
  let at = 0;
  while (at < block.length && block[at]! >= 0x80) at++;
  let size = 0;
  for (at++; at < block.length; ) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind !== 0) {
      size += kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      at += SNAPPY_OFFSET_BYTES[kind]!;
      continue;
    }
    // From 60 on the length stands behind the tag, in one to four bytes.
    const more = Math.max(0, (tag >> 2) - 59);
    if (at + more > block.length) return false;
    const length = more === 0 ? (tag >> 2) + 1 : block.readUIntLE(at, more) + 1;
    size += length;
    at += more + length;
  }
  return at === block.length && size === lengthIn(block);
}
const SNAPPY_OFFSET_BYTES = [0, 1, 2, 4];
