/**
 * The peer of `engine.ts`: the same three tables with an object per window, as one would write them without typed arrays. Not
 * a straw man: keys of two numbers are packed into one, the newest session is tried first, only what is held is swept, and
 * that no oftener than the engine evicts.
 */
import type { WindowChanges, WindowRow, WindowTable } from '../src/domain.js';

interface HeldObject {
  key: number;
  start: number;
  end: number;
  values: number[];
  stored: boolean;
}

/** Second key columns are below this. */
const PACK = 1 << 20;

export class ObjectWindows {
  readonly held = new Set<HeldObject>();
  private readonly byKey = new Map<number, HeldObject[]>();
  private readonly changed = new Set<HeldObject>();
  private deletes: { key: number[]; start: number }[] = [];
  private watermark = Number.NEGATIVE_INFINITY;
  private sweptBefore = Number.NEGATIVE_INFINITY;

  /** `gap` null: tumbling windows of size 1. */
  constructor(
    private readonly table: WindowTable,
    private readonly gap: number | null,
    private readonly grace: number,
  ) {}

  add(a: number, b: number, time: number, inputs: Float64Array): void {
    const key = this.table.key.length === 1 ? a : a * PACK + b;
    let windows = this.byKey.get(key);
    if (windows === undefined) {
      windows = [];
      this.byKey.set(key, windows);
    }
    const window = this.gap === null ? this.dayOf(windows, key, time) : this.sessionOf(windows, key, time, this.gap);
    window.values[0]++;
    for (let i = 0; i < inputs.length; i++) window.values[i + 1] += inputs[i];
    this.changed.add(window);
  }

  advance(watermark: number): void {
    this.watermark = Math.max(this.watermark, watermark);
  }

  discard(): number {
    const changed = this.changed.size;
    for (const window of this.changed) window.stored = true;
    this.changed.clear();
    this.deletes = [];
    this.sweep();
    return changed;
  }

  drain(): WindowChanges {
    const upserts: WindowRow[] = [];
    for (const window of this.changed) {
      upserts.push({ key: this.parts(window.key), start: window.start, end: window.end, values: [...window.values] });
      window.stored = true;
    }
    const changes = { table: this.table, deletes: this.deletes, upserts };
    this.changed.clear();
    this.deletes = [];
    this.sweep();
    return changes;
  }

  private sessionOf(windows: HeldObject[], key: number, time: number, gap: number): HeldObject {
    let at = windows.length - 1;
    while (at >= 0 && windows[at].start > time + gap) at--;
    if (at < 0 || windows[at].end < time - gap) return this.create(windows, at + 1, key, time);
    const window = windows[at];
    window.end = Math.max(window.end, time);
    if (at > 0 && windows[at - 1].end >= time - gap) return this.merge(windows, at);
    if (time < window.start) {
      if (window.stored) this.deletes.push({ key: this.parts(key), start: window.start });
      window.stored = false;
      window.start = time;
    }
    return window;
  }

  private merge(windows: HeldObject[], at: number): HeldObject {
    const older = windows[at - 1];
    const newer = windows[at];
    older.end = newer.end;
    for (let i = 0; i < older.values.length; i++) older.values[i] += newer.values[i];
    if (newer.stored) this.deletes.push({ key: this.parts(newer.key), start: newer.start });
    windows.splice(at, 1);
    this.held.delete(newer);
    this.changed.delete(newer);
    return older;
  }

  private dayOf(windows: HeldObject[], key: number, time: number): HeldObject {
    let at = windows.length - 1;
    while (at >= 0 && windows[at].start > time) at--;
    return at >= 0 && windows[at].start === time ? windows[at] : this.create(windows, at + 1, key, time);
  }

  private create(windows: HeldObject[], at: number, key: number, time: number): HeldObject {
    const window: HeldObject = { key, start: time, end: time, values: this.table.values.map(() => 0), stored: false };
    if (at === windows.length) windows.push(window);
    else windows.splice(at, 0, window);
    this.held.add(window);
    return window;
  }

  private sweep(): void {
    const before = this.watermark - this.grace - (this.gap ?? 0);
    if (before - this.sweptBefore < Math.max(this.grace / 32, this.gap ?? 1)) return;
    this.sweptBefore = before;
    for (const window of this.held) {
      if (window.end >= before) continue;
      this.held.delete(window);
      const windows = this.byKey.get(window.key) as HeldObject[];
      windows.splice(windows.indexOf(window), 1);
      if (windows.length === 0) this.byKey.delete(window.key);
    }
  }

  private parts(key: number): number[] {
    return this.table.key.length === 1 ? [key] : [Math.floor(key / PACK), key % PACK];
  }
}
