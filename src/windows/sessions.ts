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
import type { KeyPart } from './interner.js';
import { NONE } from './pool.js';

export class Sessions {
  constructor(
    private readonly held: HeldWindows,
    private readonly gap: number,
  ) {}

  /** Counts an event, unless the session that it would make or join ends before `closeTime`: then false. */
  add(key: number, time: number, inputs: Float64Array, closeTime: number): boolean {
    const { held, gap } = this;
    let newer = NONE;
    let slot = held.keys.recent(key);
    // No other session can be in reach of an event that is not before the start of this one.
    if (slot !== NONE && time >= closeTime && held.extend(slot, inputs, time, gap)) return true;
    while (slot !== NONE && held.start(slot) > time + gap) {
      newer = slot;
      slot = held.older(slot);
    }
    if (slot === NONE || held.end(slot) < time - gap) {
      if (time < closeTime) return false;
      slot = this.insert(key, newer, slot, time, time);
    } else {
      const end = Math.max(time, held.end(slot));
      if (end < closeTime) return false;
      slot = this.joinOlder(key, newer, slot, time);
      if (time < held.start(slot)) held.moveStart(slot, time);
      held.setEnd(slot, end);
    }
    held.fold(slot, inputs, time);
    return true;
  }

  /** Takes a row of the store in, unless a held session covers it already. Returns its slot, or NONE. */
  load(key: number, row: WindowRow<KeyPart>): number {
    const { held } = this;
    let newer = NONE;
    let slot = held.keys.recent(key);
    while (slot !== NONE && held.start(slot) > row.end) {
      newer = slot;
      slot = held.older(slot);
    }
    if (slot !== NONE && held.end(slot) >= row.start) return NONE;
    return this.insert(key, newer, slot, row.start, row.end);
  }

  earliestEnd(time: number): number {
    return time - this.gap;
  }

  range(time: number): { from: number; to: number } {
    return { from: time - this.gap, to: time + this.gap };
  }

  /** Memory beyond that of the held windows. */
  get bytes(): number {
    return 0;
  }

  remove(slot: number): void {
    const key = this.held.key(slot);
    let newer = NONE;
    for (let other = this.held.keys.recent(key); other !== slot; other = this.held.older(other)) newer = other;
    this.linkOlder(key, newer, this.held.older(slot));
    this.held.remove(slot);
  }

  /** The oldest session that the event reaches takes the others over, so that its row keeps its start where it can. */
  private joinOlder(key: number, newer: number, newest: number, time: number): number {
    const { held } = this;
    let slot = newest;
    for (;;) {
      const older = held.older(slot);
      if (older === NONE || held.end(older) < time - this.gap) return slot;
      held.mergeValues(older, slot);
      held.unstore(slot);
      this.linkOlder(key, newer, older);
      held.remove(slot);
      slot = older;
    }
  }

  private insert(key: number, newer: number, older: number, start: number, end: number): number {
    const slot = this.held.create(key, start, end);
    this.held.setOlder(slot, older);
    this.linkOlder(key, newer, slot);
    return slot;
  }

  private linkOlder(key: number, newer: number, slot: number): void {
    if (newer === NONE) this.held.keys.setRecent(key, slot);
    else this.held.setOlder(newer, slot);
  }
}
