/** Names of any length in columns that an index has to take: keys of windows and references, ids of clicks. */
import { createHash } from 'node:crypto';

/** InnoDB's indexes take 3,072 bytes, and table and time stand beside a name. */
export const NAME_BYTES_MAX = 2_900;
/** Hex digits of the hash that tells longer ones apart. */
const HASH_DIGITS = 32;
/** UTF-16 writes in one unit what UTF-8 writes in three bytes at most. */
const BYTES_A_UNIT = 3;
/** Bytes of a character after its first begin with these bits. */
const FOLLOWS = 0x80;
const FOLLOWS_BITS = 0xc0;
const SEEN_BYTES = 16;

/** As the index has it; `whole` where that is less than the name. */
export interface Fitted {
  name: string;
  whole: string | null;
}

/**
 * A name of up to 2,900 bytes as it is. A longer one is cut and told from others by its hash; so it is longer than any that is
 * not cut, and keeps its place among all but those that are alike in their first 2,900 bytes, which are in the order of their hashes.
 */
export function fitted(text: string): Fitted {
  if (text.length * BYTES_A_UNIT <= NAME_BYTES_MAX || Buffer.byteLength(text) <= NAME_BYTES_MAX)
    return { name: text, whole: null };
  const bytes = Buffer.from(text);
  let end = NAME_BYTES_MAX;
  while ((bytes[end]! & FOLLOWS_BITS) === FOLLOWS) end -= 1;
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS);
  return { name: bytes.toString('utf8', 0, end) + hash, whole: text };
}

/** The name again, out of the two columns. */
export function unfitted(name: unknown, whole: unknown): string {
  return whole === null ? String(name) : String(whole);
}

/** A sender's id as it is known again: 16 bytes of its hash, so that two of the 10^12 that a year may bring are never alike. */
export function seenName(id: string): Buffer {
  return createHash('sha256').update(id).digest().subarray(0, SEEN_BYTES);
}
