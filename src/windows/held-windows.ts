/**
 * The windows that are held in memory, one record each, and what has become of them since they were last handed out.
 *
 * A record: start, end, values; its key; the next older window of its key (sessions); its place in the expiry buckets; its
 * place in the list of changes; whether the store has a row of it under its present start.
 *
 * - **Changes.** `touch` puts a window into the list once. A row of the store that must go is noted when the window moves
 *   its start or is merged into another; a window that the store never saw leaves no trace.
 * - **Expiry.** Windows hang in buckets by their end. An end that moves on leaves its window where it is: the bucket, when
 *   it is due, passes it on. So an event costs nothing here, and each window is looked at once per bucket width.
 */
import type { Folding } from './folding.js';
import { Interner } from './interner.js';
import { NONE, Pool } from './pool.js';

const START = 0;
const END = 1;
const VALUES = 2;

const KEY = 0;
const OLDER = 1;
const BEFORE = 2;
const AFTER = 3;
const CHANGED_AT = 4;
const STORED = 5;
const LINKS = 6;

export class HeldWindows {
  readonly keys: Interner;
  size = 0;
  /** Slots in the order of their first change; NONE where a changed window was merged away. */
  readonly changed: number[] = [];
  /** Rows of the store that no longer exist, as pairs in step. Their keys are held by the windows that took them over. */
  readonly deletedKeys: number[] = [];
  readonly deletedStarts: number[] = [];
  private readonly pool: Pool;
  private readonly numbers: Float64Array;
  private readonly links: Int32Array;
  private readonly stride: number;
  private readonly linkStride: number;
  private readonly firstLink: number;
  /** Bucket number → a slot that only marks the ring of the windows in it. */
  private readonly buckets = new Map<number, number>();
  private oldestBucket = Number.POSITIVE_INFINITY;

  constructor(
    keyColumns: number,
    private readonly folding: Folding,
    /** Windows that end within the same multiple of this are evicted together. */
    private readonly bucketWidth: number,
  ) {
    this.keys = new Interner(keyColumns);
    this.pool = new Pool(VALUES + folding.columns, LINKS);
    this.numbers = this.pool.numbers;
    this.links = this.pool.links;
    this.stride = this.pool.stride;
    this.linkStride = this.pool.linkStride;
    this.firstLink = this.pool.firstLink;
  }

  start(slot: number): number {
    return this.numbers[slot * this.stride + START];
  }

  end(slot: number): number {
    return this.numbers[slot * this.stride + END];
  }

  setEnd(slot: number, end: number): void {
    this.numbers[slot * this.stride + END] = end;
  }

  key(slot: number): number {
    return this.link(slot, KEY);
  }

  older(slot: number): number {
    return this.link(slot, OLDER);
  }

  setOlder(slot: number, older: number): void {
    this.setLink(slot, OLDER, older);
  }

  isStored(slot: number): boolean {
    return this.link(slot, STORED) === 1;
  }

  setStored(slot: number, stored: boolean): void {
    this.setLink(slot, STORED, stored ? 1 : 0);
  }

  isChanged(slot: number): boolean {
    return this.link(slot, CHANGED_AT) !== NONE;
  }

  values(slot: number): number[] {
    const { numbers } = this;
    const at = slot * this.stride + VALUES;
    const values: number[] = [];
    for (let i = 0; i < this.folding.columns; i++) values.push(numbers[at + i]);
    return values;
  }

  setValues(slot: number, values: readonly number[]): void {
    const { numbers } = this;
    const at = slot * this.stride + VALUES;
    for (let i = 0; i < this.folding.columns; i++) numbers[at + i] = values[i];
  }

  /** A new window of a key, with no events in it, not stored and not changed. */
  create(key: number, start: number, end: number): number {
    const slot = this.pool.allocate();
    const { numbers } = this;
    const at = slot * this.stride;
    numbers[at + START] = start;
    numbers[at + END] = end;
    this.folding.clear(numbers, at + VALUES);
    const { links } = this;
    const linksAt = slot * this.linkStride + this.firstLink;
    links[linksAt + KEY] = key;
    links[linksAt + OLDER] = NONE;
    links[linksAt + CHANGED_AT] = NONE;
    links[linksAt + STORED] = 0;
    this.hang(slot, Math.floor(end / this.bucketWidth));
    this.keys.addHeld(key, 1);
    this.size++;
    return slot;
  }

  /** One event into a window, which is changed by it. */
  fold(slot: number, inputs: Float64Array, time: number): void {
    this.folding.add(this.numbers, slot * this.stride + VALUES, inputs, time);
    this.touch(slot);
  }

  /**
   * The common case in one step: an event not before the window's start and at most `reach` after its end is folded in and
   * moves the end. False: it is not that case, and nothing was done.
   */
  extend(slot: number, inputs: Float64Array, time: number, reach: number): boolean {
    const { numbers } = this;
    const at = slot * this.stride;
    const end = numbers[at + END];
    if (time < numbers[at + START] || time > end + reach) return false;
    if (time > end) numbers[at + END] = time;
    this.folding.add(numbers, at + VALUES, inputs, time);
    this.touch(slot);
    return true;
  }

  /** As `extend`, for windows whose end is fixed and exclusive. */
  foldWithin(slot: number, inputs: Float64Array, time: number): boolean {
    const { numbers } = this;
    const at = slot * this.stride;
    if (time < numbers[at + START] || time >= numbers[at + END]) return false;
    this.folding.add(numbers, at + VALUES, inputs, time);
    this.touch(slot);
    return true;
  }

  /** The values of another window into this one. */
  mergeValues(slot: number, from: number): void {
    this.folding.merge(this.numbers, slot * this.stride + VALUES, from * this.stride + VALUES);
  }

  touch(slot: number): void {
    const { links } = this;
    const at = slot * this.linkStride + this.firstLink + CHANGED_AT;
    if (links[at] !== NONE) return;
    links[at] = this.changed.length;
    this.changed.push(slot);
  }

  /** The changes were handed out. */
  settle(slot: number): void {
    this.setLink(slot, CHANGED_AT, NONE);
  }

  /** Moves a window's start; the row that the store has under the old one must go. */
  moveStart(slot: number, start: number): void {
    this.unstore(slot);
    this.numbers[slot * this.stride + START] = start;
  }

  /** Notes that the row of the store must go, where there is one. */
  unstore(slot: number): void {
    if (!this.isStored(slot)) return;
    this.deletedKeys.push(this.key(slot));
    this.deletedStarts.push(this.start(slot));
    this.setStored(slot, false);
  }

  /** Forgets a window. Its key must not be used afterwards unless another window holds it. */
  remove(slot: number): void {
    this.takeDown(slot);
    const changedAt = this.link(slot, CHANGED_AT);
    if (changedAt !== NONE) this.changed[changedAt] = NONE;
    const key = this.key(slot);
    this.pool.release(slot);
    this.size--;
    if (this.keys.addHeld(key, -1) === 0) this.keys.release(key);
  }

  /** Calls `evict` for every unchanged window with end < `before`, a multiple of the bucket width. It must remove it. */
  expire(before: number, evict: (slot: number) => void): void {
    const due = Math.round(before / this.bucketWidth);
    if (!(this.oldestBucket < due)) return;
    let oldest = Number.POSITIVE_INFINITY;
    for (const [bucket, ring] of [...this.buckets]) {
      if (bucket < due) this.expireRing(ring, due, evict);
      if (this.link(ring, AFTER) === ring) {
        this.buckets.delete(bucket);
        this.pool.release(ring);
      }
    }
    for (const bucket of this.buckets.keys()) oldest = Math.min(oldest, bucket);
    this.oldestBucket = oldest;
  }

  /** The windows, in no particular order. */
  *slots(): Generator<number> {
    for (const ring of this.buckets.values()) {
      for (let slot = this.link(ring, AFTER); slot !== ring; slot = this.link(slot, AFTER)) yield slot;
    }
  }

  get bytes(): number {
    return this.pool.bytes + this.keys.bytes;
  }

  private expireRing(ring: number, due: number, evict: (slot: number) => void): void {
    let slot = this.link(ring, AFTER);
    while (slot !== ring) {
      const next = this.link(slot, AFTER);
      const bucket = Math.floor(this.end(slot) / this.bucketWidth);
      if (bucket >= due) {
        this.takeDown(slot);
        this.hang(slot, bucket);
      } else if (!this.isChanged(slot)) {
        evict(slot);
      }
      slot = next;
    }
  }

  private hang(slot: number, bucket: number): void {
    let ring = this.buckets.get(bucket);
    if (ring === undefined) {
      ring = this.pool.allocate();
      this.setLink(ring, BEFORE, ring);
      this.setLink(ring, AFTER, ring);
      this.buckets.set(bucket, ring);
      this.oldestBucket = Math.min(this.oldestBucket, bucket);
    }
    const before = this.link(ring, BEFORE);
    this.setLink(slot, BEFORE, before);
    this.setLink(slot, AFTER, ring);
    this.setLink(before, AFTER, slot);
    this.setLink(ring, BEFORE, slot);
  }

  private takeDown(slot: number): void {
    const before = this.link(slot, BEFORE);
    const after = this.link(slot, AFTER);
    this.setLink(before, AFTER, after);
    this.setLink(after, BEFORE, before);
  }

  private link(slot: number, field: number): number {
    return this.links[slot * this.linkStride + this.firstLink + field];
  }

  private setLink(slot: number, field: number, value: number): void {
    this.links[slot * this.linkStride + this.firstLink + field] = value;
  }
}
