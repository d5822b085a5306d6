/**
 * When windows leave memory. They hang in rings by their end; an end that moves on leaves its window where it is, and the
 * ring, when it is due, passes it on. So an event costs nothing here, and a window is looked at once per ring's width.
 */
import type { Pool } from './pool.js';
import { NONE } from './pool.js';
import { AFTER, BEFORE, CHANGED_AT, END } from './record.js';

export class Expiry {
  /** Ring number → a slot that only marks the ring. Ring n has ends from n × width on, when it was joined. */
  private readonly rings = new Map<number, number>();
  private oldest = Number.POSITIVE_INFINITY;
  /** The ring joined last: nearly always the one that is joined next. */
  private latest = Number.NaN;
  private latestRing = NONE;

  constructor(
    private readonly pool: Pool,
    /** Windows that end within the same multiple of this leave together. */
    private readonly width: number,
  ) {}

  add(slot: number): void {
    this.hang(slot, this.ringOf(slot));
  }

  remove(slot: number): void {
    const before = this.link(slot, BEFORE);
    const after = this.link(slot, AFTER);
    this.setLink(before, AFTER, after);
    this.setLink(after, BEFORE, before);
  }

  /** Calls `evict`, which must remove it, for every unchanged window with end < `time`, a multiple of the width. */
  expire(time: number, evict: (slot: number) => void): void {
    const due = Math.round(time / this.width);
    if (!(this.oldest < due)) return;
    for (const [number, ring] of [...this.rings]) {
      if (number < due) this.expireRing(ring, due, evict);
      if (this.link(ring, AFTER) === ring) {
        this.rings.delete(number);
        this.latest = Number.NaN;
        this.pool.release(ring);
      }
    }
    this.oldest = Number.POSITIVE_INFINITY;
    for (const number of this.rings.keys()) this.oldest = Math.min(this.oldest, number);
  }

  /** All windows, in no particular order. */
  *slots(): Generator<number> {
    for (const ring of this.rings.values()) {
      for (let slot = this.link(ring, AFTER); slot !== ring; slot = this.link(slot, AFTER)) yield slot;
    }
  }

  private expireRing(ring: number, due: number, evict: (slot: number) => void): void {
    let slot = this.link(ring, AFTER);
    while (slot !== ring) {
      const next = this.link(slot, AFTER);
      const number = this.ringOf(slot);
      if (number >= due) {
        this.remove(slot);
        this.hang(slot, number);
      } else if (this.link(slot, CHANGED_AT) === NONE) {
        evict(slot);
      }
      slot = next;
    }
  }

  private ringOf(slot: number): number {
    return Math.floor(this.pool.numbers[slot * this.pool.stride + END] / this.width);
  }

  private hang(slot: number, number: number): void {
    const ring = number === this.latest ? this.latestRing : this.ring(number);
    const before = this.link(ring, BEFORE);
    this.setLink(slot, BEFORE, before);
    this.setLink(slot, AFTER, ring);
    this.setLink(before, AFTER, slot);
    this.setLink(ring, BEFORE, slot);
  }

  private ring(number: number): number {
    let ring = this.rings.get(number);
    if (ring === undefined) {
      ring = this.pool.allocate();
      this.setLink(ring, BEFORE, ring);
      this.setLink(ring, AFTER, ring);
      this.rings.set(number, ring);
      this.oldest = Math.min(this.oldest, number);
    }
    this.latest = number;
    this.latestRing = ring;
    return ring;
  }

  private link(slot: number, field: number): number {
    return this.pool.links[slot * this.pool.linkStride + this.pool.firstLink + field];
  }

  private setLink(slot: number, field: number, value: number): void {
    this.pool.links[slot * this.pool.linkStride + this.pool.firstLink + field] = value;
  }
}
