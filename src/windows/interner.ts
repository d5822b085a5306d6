/**
 * Keys to small whole numbers (ids), so that everything about a key can sit in typed arrays.
 *
 *     intern(7, 101) = 0     intern(−1, 101) = 1     intern(7, 101) = 0     release(0)     intern(8, 5) = 0
 *
 * Keys of one or two numbers cost no allocation: they are found by linear hashing (Litwin 1980), a table that grows by
 * splitting one bucket at a time and shrinks by joining one, so that no insertion ever waits for a whole table to be
 * rehashed. Keys with a string or null in them go through a Map. No number is special: 0, −1 and 2^53 are keys like others.
 */
import { growable, NONE, Pool } from './pool.js';

/** A value of a key column. */
export type KeyPart = number | string | null;

/** A key's record: its two numbers, then the links: the next key in its bucket, and two numbers for the owner of the key. */
const A = 0;
const B = 1;
const STRIDE = 4;
const CHAIN = 4;
const RECENT = 5;
const HELD = 6;
const LINK_STRIDE = 8;

/** Split when there are more keys than this share of the buckets; join when fewer than a quarter of that. */
const LOAD = 0.5;
/** The fewest there are, and how many are added to memory at a time. */
const BUCKETS_MIN = 1024;

const scratch = new Float64Array(1);
const scratchWords = new Int32Array(scratch.buffer);

/** The 32 bits that a number is hashed by: itself where it fits, else both halves of it. */
function word(part: number): number {
  if ((part | 0) === part) return part;
  scratch[0] = part;
  return scratchWords[0] ^ Math.imul(scratchWords[1], 0x85ebca6b);
}

/** Every bit of both parts moves every bit of the result, since buckets are taken from the lowest bits. */
function hash(a: number, b: number): number {
  let h = Math.imul(word(a), 0x9e3779b1) ^ Math.imul(word(b), 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}

export class Interner {
  /** How many keys there are. */
  size = 0;
  private readonly pool = new Pool(2, 3);
  private readonly numbers = this.pool.numbers;
  private readonly links = this.pool.links;
  /** First key of each bucket. */
  private readonly bucketMemory = growable(BUCKETS_MIN * 4);
  private readonly buckets = new Int32Array(this.bucketMemory).fill(NONE);
  private bucketCount = BUCKETS_MIN;
  /** One less than the power of two above the highest bucket. */
  private mask = BUCKETS_MIN - 1;
  private readonly ofText = new Map<string | null, number>();
  private readonly textKeys = new Map<number, readonly KeyPart[]>();

  /** `columns`: 1 or 2 for keys that may be numbers; with more every key takes the way through the Map. */
  constructor(readonly columns: number) {}

  /** The id of a key of two numbers, or NONE. A key of one number has b = 0. */
  find(a: number, b: number): number {
    const { numbers, links } = this;
    let id = this.buckets[this.bucketOf(a, b)];
    while (id !== NONE) {
      const at = id * STRIDE;
      if (numbers[at + A] === a && numbers[at + B] === b) return id;
      id = links[id * LINK_STRIDE + CHAIN];
    }
    return NONE;
  }

  /** The id of a key of two numbers; a new one where it is not known. NaN is no key. */
  intern(a: number, b: number): number {
    const known = this.find(a, b);
    if (known !== NONE) return known;
    const id = this.create();
    this.numbers[id * STRIDE + A] = a;
    this.numbers[id * STRIDE + B] = b;
    this.chain(id, this.bucketOf(a, b));
    if (this.size - this.textKeys.size > this.bucketCount * LOAD) this.split();
    return id;
  }

  /** The id of any key. `['7']`, `[7]`, `['']`, `[null]` and `['null']` are five keys. */
  internParts(parts: readonly KeyPart[]): number {
    if (this.isNumeric(parts)) return this.intern(parts[0] as number, this.columns === 2 ? (parts[1] as number) : 0);
    const text = encode(parts);
    let id = this.ofText.get(text);
    if (id === undefined) {
      id = this.create();
      this.ofText.set(text, id);
      this.textKeys.set(id, [...parts]);
    }
    return id;
  }

  /** The key of an id. */
  parts(id: number): readonly KeyPart[] {
    const text = this.textKeys.get(id);
    if (text !== undefined) return text;
    const a = this.numbers[id * STRIDE + A];
    return this.columns === 1 ? [a] : [a, this.numbers[id * STRIDE + B]];
  }

  /** Forgets a key. Its id will be given to another. */
  release(id: number): void {
    const text = this.textKeys.get(id);
    if (text !== undefined) {
      this.ofText.delete(encode(text));
      this.textKeys.delete(id);
    } else {
      this.unchain(id, this.bucketOf(this.numbers[id * STRIDE + A], this.numbers[id * STRIDE + B]));
    }
    this.size--;
    this.pool.release(id);
    // About five rounds for a key at the most, when everything goes.
    while (this.bucketCount > BUCKETS_MIN && this.size - this.textKeys.size < (this.bucketCount * LOAD) / 4) this.join();
  }

  /** A number of the owner's: the window of this key that was used last. NONE for a new key. */
  recent(id: number): number {
    return this.links[id * LINK_STRIDE + RECENT];
  }

  setRecent(id: number, slot: number): void {
    this.links[id * LINK_STRIDE + RECENT] = slot;
  }

  /** A number of the owner's: how many windows of this key there are. Returns the new number. */
  addHeld(id: number, change: number): number {
    const at = id * LINK_STRIDE + HELD;
    this.links[at] += change;
    return this.links[at];
  }

  get bytes(): number {
    return this.pool.bytes + this.buckets.byteLength;
  }

  private isNumeric(parts: readonly KeyPart[]): boolean {
    if (this.columns > 2) return false;
    for (const part of parts) if (typeof part !== 'number') return false;
    return true;
  }

  private create(): number {
    const id = this.pool.allocate();
    this.size++;
    this.links[id * LINK_STRIDE + RECENT] = NONE;
    this.links[id * LINK_STRIDE + HELD] = 0;
    return id;
  }

  /** Buckets above the highest one are not there yet: what belongs to them is still in the lower half. */
  private bucketOf(a: number, b: number): number {
    const h = hash(a, b);
    const bucket = h & this.mask;
    return bucket < this.bucketCount ? bucket : h & (this.mask >>> 1);
  }

  private chain(id: number, bucket: number): void {
    this.links[id * LINK_STRIDE + CHAIN] = this.buckets[bucket];
    this.buckets[bucket] = id;
  }

  private unchain(id: number, bucket: number): void {
    const { links } = this;
    const next = links[id * LINK_STRIDE + CHAIN];
    let before = this.buckets[bucket];
    if (before === id) {
      this.buckets[bucket] = next;
      return;
    }
    for (;;) {
      const at = before * LINK_STRIDE + CHAIN;
      if (links[at] === id) {
        links[at] = next;
        return;
      }
      before = links[at];
    }
  }

  /** Adds a bucket: the keys of the one it splits off from are dealt out between the two. */
  private split(): void {
    const added = this.bucketCount++;
    if (added > this.mask) this.mask = this.mask * 2 + 1;
    if (added === this.buckets.length) {
      this.bucketMemory.resize((added + BUCKETS_MIN) * 4);
      this.buckets.fill(NONE, added);
    }
    this.deal(added & (this.mask >>> 1));
  }

  /** Removes the highest bucket: its keys go back to the one it was split off from. */
  private join(): void {
    const removed = --this.bucketCount;
    this.deal(removed);
    if (removed === (this.mask + 1) / 2) this.mask >>>= 1;
    if (removed % BUCKETS_MIN === 0) this.bucketMemory.resize(removed * 4);
  }

  private deal(bucket: number): void {
    const { numbers, links } = this;
    let id = this.buckets[bucket];
    this.buckets[bucket] = NONE;
    while (id !== NONE) {
      const next = links[id * LINK_STRIDE + CHAIN];
      this.chain(id, this.bucketOf(numbers[id * STRIDE + A], numbers[id * STRIDE + B]));
      id = next;
    }
  }
}

/** A text that no other key has. A key of one string is itself, which costs nothing. */
function encode(parts: readonly KeyPart[]): string | null {
  if (parts.length === 1 && typeof parts[0] !== 'number') return parts[0];
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? `s${part.length}:${part}` : `${part};`;
  return text;
}
