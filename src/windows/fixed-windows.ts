/**
 * Tumbling and hopping windows: [start, start + size), starts at multiples of the advance from the epoch, before it too.
 *
 * Worked example, size 60, advance 20: an event at 70 is in [20, 80), [40, 100) and [60, 120); one at 80 no longer in the
 * first; one at −1 in [−60, 0), [−40, 20) and [−20, 40).
 */
import type { WindowRow } from '../domain.js';
import type { HeldWindows } from './held-windows.js';
import { Interner, type KeyPart } from './interner.js';
import { NONE } from './pool.js';

export class FixedWindows {
  /** (key, start) → id; the id's number is the slot. */
  private readonly index = new Interner(2);

  constructor(
    private readonly held: HeldWindows,
    private readonly size: number,
    private readonly advance: number,
  ) {}

  /** Counts an event in each of its windows that ends after `closeTime`; false when that is none. */
  add(key: number, time: number, inputs: Float64Array, closeTime: number): boolean {
    const { held, size, advance } = this;
    const recent = held.keys.recent(key);
    // Tumbling windows: most events are in the one of the event before, and in no other.
    if (size === advance && recent !== NONE && time >= closeTime && held.foldWithin(recent, inputs, time)) return true;
    let counted = false;
    const lastStart = this.lastStart(time);
    for (let start = this.firstStart(time); start <= lastStart; start += advance) {
      if (start + size <= closeTime) continue;
      held.fold(this.findOrCreate(key, start), inputs, time);
      counted = true;
    }
    return counted;
  }

  /** The least start of a window that has this time in it. */
  firstStart(time: number): number {
    if (this.advance === Number.POSITIVE_INFINITY) return 0;
    return (Math.floor((time - this.size) / this.advance) + 1) * this.advance;
  }

  /** The greatest such start. */
  lastStart(time: number): number {
    if (this.advance === Number.POSITIVE_INFINITY) return 0;
    return Math.floor(time / this.advance) * this.advance;
  }

  /** Takes a row of the store in, unless it is held already. Returns its slot, or NONE. */
  load(key: number, row: WindowRow<KeyPart>): number {
    if (this.index.find(key, row.start) !== NONE) return NONE;
    return this.findOrCreate(key, row.start);
  }

  remove(slot: number): void {
    const { held, index } = this;
    const key = held.key(slot);
    index.release(index.find(key, held.start(slot)));
    if (held.keys.recent(key) === slot) held.keys.setRecent(key, NONE);
    held.remove(slot);
  }

  earliestEnd(time: number): number {
    return this.firstStart(time) + this.size;
  }

  range(time: number): { from: number; to: number } {
    return { from: this.firstStart(time), to: this.lastStart(time) };
  }

  get bytes(): number {
    return this.index.bytes;
  }

  private findOrCreate(key: number, start: number): number {
    const { held, index } = this;
    const id = index.intern(key, start);
    let slot = index.recent(id);
    if (slot === NONE) {
      slot = held.create(key, start, start + this.size);
      index.setRecent(id, slot);
    }
    held.keys.setRecent(key, slot);
    return slot;
  }
}
