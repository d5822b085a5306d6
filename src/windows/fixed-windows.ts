/**
 * Tumbling and hopping windows: [start, start + size), starts at multiples of the advance from the epoch, before it too.
 *
 * Worked example, size 60, advance 20: an event at 70 is in [20, 80), [40, 100) and [60, 120); one at 80 no longer in the
 * first; one at −1 in [−60, 0), [−40, 20) and [−20, 40).
 */
import type { WindowRow } from '../domain.js';
import type { HeldWindows } from './held-windows.js';
import type { KeyPart } from './keys.js';
import { NONE } from './pool.js';

export class FixedWindows {
  constructor(
    private readonly held: HeldWindows,
    private readonly size: number,
    private readonly advance: number,
  ) {}

  /** Counts an event in each of its windows that ends after `closeTime`; false when that is none. */
  add(a: number, b: number, time: number, inputs: Float64Array, closeTime: number): boolean {
    const { held, size, advance } = this;
    let counted = false;
    const lastStart = this.lastStart(time);
    let start = size === advance ? lastStart : this.firstStart(time);
    for (; start <= lastStart; start += advance) {
      if (start + size <= closeTime) continue;
      let slot = held.index.find(a, b, start);
      if (slot === NONE) slot = this.create(a, b, start);
      held.fold(slot, inputs, time);
      counted = true;
    }
    return counted;
  }

  /** Takes a row of the store in, unless it is held already. Returns its slot, or NONE. */
  load(a: number, b: number, row: WindowRow<KeyPart>): number {
    return this.held.index.find(a, b, row.start) === NONE ? this.create(a, b, row.start) : NONE;
  }

  /** Forgets a window. */
  remove(slot: number): void {
    this.held.index.remove(slot);
    this.held.remove(slot);
  }

  earliestEnd(time: number): number {
    return this.firstStart(time) + this.size;
  }

  range(time: number): { from: number; to: number } {
    return { from: this.firstStart(time), to: this.lastStart(time) };
  }

  /** The least start of a window that has this time in it. */
  private firstStart(time: number): number {
    if (this.advance === Number.POSITIVE_INFINITY) return 0;
    return (Math.floor((time - this.size) / this.advance) + 1) * this.advance;
  }

  /** The greatest such start. */
  private lastStart(time: number): number {
    if (this.advance === Number.POSITIVE_INFINITY) return 0;
    return Math.floor(time / this.advance) * this.advance;
  }

  private create(a: number, b: number, start: number): number {
    const slot = this.held.create(a, b, start, start + this.size);
    this.held.index.insert(slot);
    return slot;
  }
}
