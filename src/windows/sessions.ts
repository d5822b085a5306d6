/**
 * Session windows. An event at time t joins every session of its key that reaches into [t − gap, t + gap], both inclusive;
 * those it joins become one.
 *
 * Worked example, gap 10, one key (start–end:count):
 *
 *     events 100, 130           100–100:1   130–130:1
 *     event 110                 100–110:2   130–130:1     exactly the gap from 100: joins
 *     event 120                 100–130:4                 reaches both: the row that began at 130 is taken back
 *     event 95                  95–130:5                  the start moved: the row that began at 100 is taken back
 *
 * The sessions of a key are more than the gap apart, so an event meets two at the most. They are linked from the newest,
 * where nearly every event belongs.
 */
import type { WindowRow } from '../domain.js';
import type { HeldWindows } from './held-windows.js';
import type { KeyPart } from './keys.js';
import { NONE } from './pool.js';

export class Sessions {
  constructor(
    private readonly held: HeldWindows,
    private readonly gap: number,
  ) {}

  /** Counts an event, unless the session that it would make or join ends before `closeTime`: then false. */
  add(a: number, b: number, time: number, inputs: Float64Array, closeTime: number): boolean {
    const { held, gap } = this;
    const newest = held.index.find(a, b, 0);
    // No other session can be in reach of an event that is not before the start of the newest.
    if (newest !== NONE && time >= closeTime && held.extend(newest, inputs, time, gap)) return true;
    return this.addElsewhere(a, b, time, inputs, closeTime, newest);
  }

  /** Takes a row of the store in, unless a held session covers it already. Returns its slot, or NONE. */
  load(a: number, b: number, row: WindowRow<KeyPart>): number {
    const { held } = this;
    let newer = NONE;
    let slot = held.index.find(a, b, 0);
    while (slot !== NONE && held.start(slot) > row.end) {
      newer = slot;
      slot = held.older(slot);
    }
    if (slot !== NONE && held.end(slot) >= row.start) return NONE;
    const loaded = held.create(a, b, row.start, row.end);
    this.link(newer, slot, loaded);
    return loaded;
  }

  /** Forgets a session. */
  remove(slot: number): void {
    const { held } = this;
    let newer = NONE;
    for (let other = held.index.find(held.a(slot), held.b(slot), 0); other !== slot; other = held.older(other)) newer = other;
    this.unlink(newer, slot);
    held.remove(slot);
  }

  earliestEnd(time: number): number {
    return time - this.gap;
  }

  range(time: number): { from: number; to: number } {
    return { from: time - this.gap, to: time + this.gap };
  }

  private addElsewhere(a: number, b: number, time: number, inputs: Float64Array, closeTime: number, newest: number): boolean {
    const { held, gap } = this;
    let newer = NONE;
    let slot = newest;
    while (slot !== NONE && held.start(slot) > time + gap) {
      newer = slot;
      slot = held.older(slot);
    }
    if (slot === NONE || held.end(slot) < time - gap) {
      if (time < closeTime) return false;
      const created = held.create(a, b, time, time);
      this.link(newer, slot, created);
      slot = created;
    } else {
      const end = Math.max(time, held.end(slot));
      if (end < closeTime) return false;
      slot = this.joinOlder(newer, slot, time);
      if (time < held.start(slot)) held.moveStart(slot, time);
      held.setEnd(slot, end);
    }
    held.fold(slot, inputs, time);
    return true;
  }

  /** The oldest session that the event reaches takes the others over, so that its row keeps its start where it can. */
  private joinOlder(newer: number, newest: number, time: number): number {
    const { held } = this;
    let slot = newest;
    for (;;) {
      const older = held.older(slot);
      if (older === NONE || held.end(older) < time - this.gap) return slot;
      held.mergeValues(older, slot);
      held.unstore(slot);
      this.unlink(newer, slot);
      held.remove(slot);
      slot = older;
    }
  }

  /** Puts a session between a newer and an older one of its key, either of which may be NONE. */
  private link(newer: number, older: number, slot: number): void {
    const { held } = this;
    held.setOlder(slot, older);
    if (newer !== NONE) held.setOlder(newer, slot);
    else if (older !== NONE) held.index.replace(older, slot);
    else held.index.insert(slot);
  }

  private unlink(newer: number, slot: number): void {
    const { held } = this;
    const older = held.older(slot);
    if (newer !== NONE) held.setOlder(newer, older);
    else if (older !== NONE) held.index.replace(slot, older);
    else held.index.remove(slot);
  }
}
