/**
 * The windows that are held in memory, and what has become of them since they were last handed out: `touch` puts a window
 * into the list of changes once; a row of the store that must go is noted when its window moves its start or is merged into
 * another. A window that the store never saw leaves no trace.
 */
import { Expiry } from './expiry.js';
import type { Folding } from './folding.js';
import { type KeyPart, Keys } from './keys.js';
import { NONE, Pool } from './pool.js';
import { A, B, CHANGED_AT, END, LINKS, OLDER, START, STORED, VALUES } from './record.js';
import { WindowIndex } from './window-index.js';

export class HeldWindows {
  readonly keys: Keys;
  /** By key and start; or by key, and then it has the newest of the key's windows. */
  readonly index: WindowIndex;
  size = 0;
  /** Slots in the order of their first change; NONE where a changed window was merged away. */
  readonly changed: number[] = [];
  /** Rows of the store that no longer exist. */
  deletes: { key: readonly KeyPart[]; start: number }[] = [];
  private readonly pool: Pool;
  private readonly expiry: Expiry;
  private readonly numbers: Float64Array;
  private readonly links: Int32Array;
  private readonly stride: number;
  private readonly linkStride: number;
  private readonly firstLink: number;
  private readonly changedLink: number;

  constructor(
    keyColumns: number,
    byStart: boolean,
    private readonly folding: Folding,
    /** Windows that end within the same multiple of this are evicted together. */
    evictionWidth: number,
  ) {
    this.keys = new Keys(keyColumns);
    this.pool = new Pool(VALUES + folding.columns, LINKS);
    this.index = new WindowIndex(this.pool, byStart);
    this.expiry = new Expiry(this.pool, evictionWidth);
    this.numbers = this.pool.numbers;
    this.links = this.pool.links;
    this.stride = this.pool.stride;
    this.linkStride = this.pool.linkStride;
    this.firstLink = this.pool.firstLink;
    this.changedLink = this.firstLink + CHANGED_AT;
  }

  a(slot: number): number {
    return this.numbers[slot * this.stride + A];
  }

  b(slot: number): number {
    return this.numbers[slot * this.stride + B];
  }

  key(slot: number): readonly KeyPart[] {
    return this.keys.parts(this.a(slot), this.b(slot));
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

  older(slot: number): number {
    return this.links[slot * this.linkStride + this.firstLink + OLDER];
  }

  setOlder(slot: number, older: number): void {
    this.links[slot * this.linkStride + this.firstLink + OLDER] = older;
  }

  isStored(slot: number): boolean {
    return this.links[slot * this.linkStride + this.firstLink + STORED] === 1;
  }

  setStored(slot: number, stored: boolean): void {
    this.links[slot * this.linkStride + this.firstLink + STORED] = stored ? 1 : 0;
  }

  isChanged(slot: number): boolean {
    return this.links[slot * this.linkStride + this.changedLink] !== NONE;
  }

  values(slot: number): number[] {
    const at = slot * this.stride + VALUES;
    const values: number[] = [];
    for (let i = 0; i < this.folding.columns; i++) values.push(this.numbers[at + i]);
    return values;
  }

  setValues(slot: number, values: readonly number[]): void {
    const at = slot * this.stride + VALUES;
    for (let i = 0; i < this.folding.columns; i++) this.numbers[at + i] = values[i];
  }

  /** A new window, with no events in it, not stored, not changed and not in the index. */
  create(a: number, b: number, start: number, end: number): number {
    const slot = this.pool.allocate();
    const { numbers, links } = this;
    const at = slot * this.stride;
    numbers[at + A] = a;
    numbers[at + B] = b;
    numbers[at + START] = start;
    numbers[at + END] = end;
    this.folding.clear(numbers, at + VALUES);
    const linksAt = slot * this.linkStride + this.firstLink;
    links[linksAt + OLDER] = NONE;
    links[linksAt + CHANGED_AT] = NONE;
    links[linksAt + STORED] = 0;
    this.expiry.add(slot);
    this.keys.hold(a, b);
    this.size++;
    return slot;
  }

  /** One event into a window, which is changed by it. */
  fold(slot: number, inputs: Float64Array, time: number): void {
    const at = slot * this.stride + VALUES;
    if (this.folding.countsOnly) this.numbers[at] += 1;
    else this.folding.add(this.numbers, at, inputs, time);
    this.touch(slot);
  }

  /**
   * The common case of sessions in one step: an event not before the start and at most `reach` after the end is folded in
   * and moves the end. False: it is not that case, and nothing was done.
   */
  extend(slot: number, inputs: Float64Array, time: number, reach: number): boolean {
    const { numbers } = this;
    const at = slot * this.stride;
    const end = numbers[at + END];
    if (time < numbers[at + START] || time > end + reach) return false;
    if (time > end) numbers[at + END] = time;
    this.fold(slot, inputs, time);
    return true;
  }

  /** The values of another window into this one. */
  mergeValues(slot: number, from: number): void {
    this.folding.merge(this.numbers, slot * this.stride + VALUES, from * this.stride + VALUES);
  }

  touch(slot: number): void {
    const { links, changed } = this;
    const at = slot * this.linkStride + this.changedLink;
    if (links[at] === NONE) links[at] = changed.push(slot) - 1;
  }

  /** Moves a window's start; the row that the store has under the old one must go. Not for windows indexed by start. */
  moveStart(slot: number, start: number): void {
    this.unstore(slot);
    this.numbers[slot * this.stride + START] = start;
  }

  /** Notes that the row of the store must go, where there is one. */
  unstore(slot: number): void {
    if (!this.isStored(slot)) return;
    this.deletes.push({ key: this.key(slot), start: this.start(slot) });
    this.setStored(slot, false);
  }

  /** Forgets a window that the index no longer has. */
  remove(slot: number): void {
    this.expiry.remove(slot);
    const changedAt = this.links[slot * this.linkStride + this.changedLink];
    if (changedAt !== NONE) this.changed[changedAt] = NONE;
    this.keys.release(this.a(slot), this.b(slot));
    this.pool.release(slot);
    this.size--;
  }

  /** The changes were handed out: nothing is changed any more. */
  settle(): void {
    for (const slot of this.changed) {
      if (slot !== NONE) this.links[slot * this.linkStride + this.changedLink] = NONE;
    }
    this.changed.length = 0;
    this.deletes = [];
  }

  /** Calls `evict`, which must remove it, for every unchanged window with end < `time`. */
  expire(time: number, evict: (slot: number) => void): void {
    this.expiry.expire(time, evict);
  }

  /** All windows, in no particular order. */
  slots(): Iterable<number> {
    return this.expiry.slots();
  }

  get bytes(): number {
    return this.pool.bytes + this.index.bytes;
  }
}
