/**
 * Finds windows by key, or by key and start, without allocating and without ever stopping to rehash: linear hashing (Litwin
 * 1980), a table that grows by splitting one bucket at a time and shrinks by joining one.
 *
 * Example with 4 buckets, of which the first has been split already (5 in all): a hash ending in binary …100 belongs to
 * bucket 4, one in …000 to bucket 0; one in …101 would belong to bucket 5, which is not there yet, so it is in bucket 1.
 */
import { growable, NONE, type Pool } from './pool.js';
import { A, B, CHAIN, START } from './record.js';

/** One window a bucket on average. Join when there are four times as many buckets as windows, so that ups and downs cost nothing. */
const BUCKETS_PER_WINDOW_MAX = 4;
/** The fewest there are, and how many are added to memory at a time. */
const BUCKETS_MIN = 1024;

/** The 32 bits that a number is hashed by: those above 2^32 count too, those behind the point do not. */
function word(part: number): number {
  return (part | 0) ^ Math.imul((part * 2 ** -32) | 0, 0x85ebca6b);
}

/** Every bit of the parts moves every bit of the result, since buckets are taken from the lowest bits. */
function hash(a: number, b: number, start: number): number {
  let h = Math.imul(word(a), 0x9e3779b1) ^ Math.imul(word(b), 0x85ebca77) ^ Math.imul(word(start), 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}

export class WindowIndex {
  private readonly memory = growable(BUCKETS_MIN * 4);
  /** First window of each bucket. */
  private readonly buckets = new Int32Array(this.memory).fill(NONE);
  private size = 0;
  private bucketCount = BUCKETS_MIN;
  /** One less than the power of two above the highest bucket. */
  private mask = BUCKETS_MIN - 1;
  private readonly numbers: Float64Array;
  private readonly links: Int32Array;
  private readonly stride: number;
  private readonly linkStride: number;
  private readonly chain: number;

  /** `byStart`: a key has many windows here, each found by its start. Else it has one, and `start` must be 0. */
  constructor(
    pool: Pool,
    private readonly byStart: boolean,
  ) {
    this.numbers = pool.numbers;
    this.links = pool.links;
    this.stride = pool.stride;
    this.linkStride = pool.linkStride;
    this.chain = pool.firstLink + CHAIN;
  }

  /** The window, or NONE. */
  find(a: number, b: number, start: number): number {
    const { numbers, stride } = this;
    let slot = this.buckets[this.bucketOf(a, b, start)];
    while (slot !== NONE) {
      const at = slot * stride;
      if (numbers[at + A] === a && numbers[at + B] === b && (!this.byStart || numbers[at + START] === start)) return slot;
      slot = this.links[slot * this.linkStride + this.chain];
    }
    return NONE;
  }

  /** Adds a window that is not there yet. */
  insert(slot: number): void {
    this.prepend(slot);
    if (++this.size > this.bucketCount) this.split();
  }

  remove(slot: number): void {
    this.putInPlace(slot, this.links[slot * this.linkStride + this.chain]);
    this.size--;
    while (this.bucketCount > BUCKETS_MIN && this.bucketCount > this.size * BUCKETS_PER_WINDOW_MAX) this.join();
  }

  /** Puts another window of the same key in the place of one. */
  replace(slot: number, by: number): void {
    this.links[by * this.linkStride + this.chain] = this.links[slot * this.linkStride + this.chain];
    this.putInPlace(slot, by);
  }

  get bytes(): number {
    return this.memory.byteLength;
  }

  /** Buckets above the highest one are not there yet: what belongs to them is still in the lower half. */
  private bucketOf(a: number, b: number, start: number): number {
    const h = hash(a, b, start);
    const bucket = h & this.mask;
    return bucket < this.bucketCount ? bucket : h & (this.mask >>> 1);
  }

  private bucketOfSlot(slot: number): number {
    const at = slot * this.stride;
    return this.bucketOf(this.numbers[at + A], this.numbers[at + B], this.byStart ? this.numbers[at + START] : 0);
  }

  private prepend(slot: number): void {
    const bucket = this.bucketOfSlot(slot);
    this.links[slot * this.linkStride + this.chain] = this.buckets[bucket];
    this.buckets[bucket] = slot;
  }

  /** Whatever points at a window points at another one, or at none, from now on. */
  private putInPlace(slot: number, other: number): void {
    const { links, linkStride, chain } = this;
    const bucket = this.bucketOfSlot(slot);
    let before = this.buckets[bucket];
    if (before === slot) {
      this.buckets[bucket] = other;
      return;
    }
    while (links[before * linkStride + chain] !== slot) before = links[before * linkStride + chain];
    links[before * linkStride + chain] = other;
  }

  /** Adds a bucket: the windows of the one it splits off from are dealt out between the two. */
  private split(): void {
    const added = this.bucketCount++;
    if (added > this.mask) this.mask = this.mask * 2 + 1;
    if (added === this.buckets.length) {
      this.memory.resize((added + BUCKETS_MIN) * 4);
      this.buckets.fill(NONE, added);
    }
    this.deal(added & (this.mask >>> 1));
  }

  /** Removes the highest bucket: its windows go back to the one it was split off from. */
  private join(): void {
    const removed = --this.bucketCount;
    this.deal(removed);
    if (removed === (this.mask + 1) / 2) this.mask >>>= 1;
    if (removed % BUCKETS_MIN === 0) this.memory.resize(removed * 4);
  }

  private deal(bucket: number): void {
    let slot = this.buckets[bucket];
    this.buckets[bucket] = NONE;
    while (slot !== NONE) {
      const next = this.links[slot * this.linkStride + this.chain];
      this.prepend(slot);
      slot = next;
    }
  }
}
