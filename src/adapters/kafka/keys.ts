/** Whose row a message is: by its key, by its row; and in which partition a key lies. */

/** Partition of a key as Java's clients choose it, so that other programs agree with us: murmur2 without its sign. */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}

const SEED = 0x9747_b28c;
const M = 0x5bd1_e995;

export function murmur2(data: Buffer): number {
  const { length } = data;
  let h = SEED ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(data.readInt32LE(i), M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const left = length - whole;
  if (left >= 3) h ^= data[whole + 2]! << 16;
  if (left >= 2) h ^= data[whole + 1]! << 8;
  if (left >= 1) h = Math.imul(h ^ data[whole]!, M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/** Key of the messages that are sent on: `{"userid":7}`. */
export function userKey(user_id: number): Buffer {
  return Buffer.from(`{"userid":${user_id}}`);
}

/**
 * The user of a key, which must be the whole key: `{"userid":7}`, wrapped in `{schema, payload}` or not. A key of user and row
 * (`{"userid":7,"id":9}`) spreads one user over all partitions, so it is as good as none.
 */
export function userOfKey(key: unknown): number | null {
  const bare = isObject(key) && isObject(key.payload) && 'schema' in key ? key.payload : key;
  if (!isObject(bare)) return null;
  for (const name in bare) if (name !== 'userid') return null;
  return integer(bare.userid);
}

/** The user of a log row; null where it has none, which is for others to judge. */
export function userOfRow(row: Record<string, unknown> | null): number | null {
  return row === null ? null : integer(row.userid);
}

function integer(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
