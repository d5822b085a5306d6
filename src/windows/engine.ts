/**
 * The windows engine: events in, changed rows out.
 *
 * It holds the windows that an event inside grace can still touch; the store holds all rows. Between the two:
 *
 *     engine.resume(clock, store.heldWindows(table, engine.heldFrom(clock)))        once, at the start
 *     for each batch:
 *       ranges = events where engine.needsLoading(time), engine.near(key, time)
 *       engine.load(store.windowsNear(table, ranges))                               neighbours of events later than grace
 *       engine.add1(user, time) …; engine.advance(watermark)
 *       store.commit(engine.drain())                                                and only now does anything leave memory
 *
 * **Windows leave memory in `drain` only.** So what `needsLoading` said of a batch's events stays true while the batch is
 * counted, however far the watermark jumps inside it; and a batch may be cut anywhere.
 *
 * Under `late: 'drop'` the watermark decides what is too late. To make that independent of how events are batched, advance
 * it before each event; it costs one comparison.
 */
import type { WindowChanges, WindowRow } from '../domain.js';
import type { TableDeclaration } from './declaration.js';
import { FixedWindows } from './fixed-windows.js';
import { Folding } from './folding.js';
import { HeldWindows } from './held-windows.js';
import { type KeyPart, TEXT } from './keys.js';
import { NONE } from './pool.js';
import { Sessions } from './sessions.js';

/** What became of an event. A null key is left out of this table only. */
export type Outcome = 'counted' | 'late' | 'null-key' | 'filtered';

/** Everything that the engine knows, as plain data. */
export interface Snapshot<K extends KeyPart = number> {
  watermark: number | null;
  evicted_before: number | null;
  late: number;
  rows: (WindowRow<K> & { stored: boolean; changed: boolean })[];
  deletes: { key: readonly K[]; start: number }[];
}

/** Windows are evicted this many times per grace: memory is at most a 32nd above what grace asks for. */
const EVICTIONS_PER_GRACE = 32;

const NO_INPUTS = new Float64Array(0);

/** Where the events of a kind of window go. `Sessions` and `FixedWindows` are the two. */
interface Windows {
  add(a: number, b: number, time: number, inputs: Float64Array, closeTime: number): boolean;
  load(a: number, b: number, row: WindowRow<KeyPart>): number;
  remove(slot: number): void;
  /** The least end that a window may have which an event at this time touches. Grows with time. */
  earliestEnd(time: number): number;
  /** Windows that overlap this range, both inclusive, are all that an event at this time touches. */
  range(time: number): { from: number; to: number };
}

export class WindowEngine<K extends KeyPart = number> {
  /** How many events were too late for every window of theirs (`late: 'drop'`). */
  late = 0;
  private readonly held: HeldWindows;
  private readonly windows: Windows;
  private readonly filter: TableDeclaration['filter'];
  private readonly evictionWidth: number;
  private watermark = Number.NEGATIVE_INFINITY;
  /** What ends before this is too late; never, where late events merge. */
  private closeTime = Number.NEGATIVE_INFINITY;
  /** Windows that end before this have left memory, except those loaded or changed since. */
  private evictedBefore = Number.NEGATIVE_INFINITY;

  constructor(readonly declaration: TableDeclaration) {
    const { window, grace, table } = declaration;
    this.filter = declaration.filter;
    const length = window.kind === 'session' ? window.gap : window.size;
    this.evictionWidth = Math.max(grace / EVICTIONS_PER_GRACE, Number.isFinite(length) ? length : 1);
    this.held = new HeldWindows(table.key.length, window.kind === 'fixed', new Folding(declaration), this.evictionWidth);
    this.windows =
      window.kind === 'session' ? new Sessions(this.held, window.gap) : new FixedWindows(this.held, window.size, window.advance);
  }

  /** Counts an event of a table with one key column. `inputs`: its numbers, in the order of the declaration's fields. */
  add1(a: KeyPart, time: number, inputs: Float64Array = NO_INPUTS): Outcome {
    if (typeof a !== 'number') return this.add([a], time, inputs);
    if (!Number.isFinite(a)) return 'null-key';
    if (this.filter !== null && !this.filter(inputs)) return 'filtered';
    return this.count(a, 0, time, inputs);
  }

  /** Counts an event of a table with two key columns. */
  add2(a: KeyPart, b: KeyPart, time: number, inputs: Float64Array = NO_INPUTS): Outcome {
    if (typeof a !== 'number' || typeof b !== 'number') return this.add([a, b], time, inputs);
    if (!Number.isFinite(a) || !Number.isFinite(b)) return 'null-key';
    if (this.filter !== null && !this.filter(inputs)) return 'filtered';
    return this.count(a, b, time, inputs);
  }

  /** Counts an event of any table. A key with a null (or NaN, or infinity) in any column is a null key. */
  add(key: readonly KeyPart[], time: number, inputs: Float64Array = NO_INPUTS): Outcome {
    for (const part of key) if (typeof part !== 'string' && !Number.isFinite(part)) return 'null-key';
    if (this.filter !== null && !this.filter(inputs)) return 'filtered';
    const { keys } = this.held;
    if (keys.isNumeric(key)) return this.count((key[0] ?? 0) as number, (key[1] ?? 0) as number, time, inputs);
    const number = keys.number(key);
    const outcome = this.count(number, TEXT, time, inputs);
    if (outcome === 'late') keys.forget(number);
    return outcome;
  }

  /** Time has come this far. An earlier time than the present watermark changes nothing: it never steps back. */
  advance(watermark: number): void {
    if (!(watermark > this.watermark)) return;
    this.watermark = watermark;
    if (this.declaration.late === 'drop') this.closeTime = watermark - this.declaration.grace;
  }

  /** Whether windows that an event at this time touches may have left memory, and must be loaded before it is added. */
  needsLoading(time: number): boolean {
    return this.windows.earliestEnd(time) < this.evictedBefore;
  }

  /** What `load` needs from the store before an event of this key and time is added. */
  near(key: readonly K[], time: number): { key: readonly K[]; from: number; to: number } {
    return { key, ...this.windows.range(time) };
  }

  /** The least end (start, for a table without an end column) of the rows that `resume` needs from the store. */
  heldFrom(watermark: number): number {
    const bound = this.evictionBound(watermark);
    if (!Number.isFinite(bound)) return Number.MIN_SAFE_INTEGER;
    const { table, window } = this.declaration;
    return table.end === null && window.kind === 'fixed' ? bound - window.size : bound;
  }

  /** Begins where the store stands: its clock, and its rows from `heldFrom(watermark)`. */
  resume(watermark: number, rows: readonly WindowRow<K>[]): void {
    this.advance(watermark);
    this.evictedBefore = Math.max(this.evictedBefore, this.evictionBound(watermark));
    this.load(rows);
  }

  /**
   * Takes rows of the store in. Those already held are skipped; those outside grace stay until the next `drain`. The rows
   * must be committed ones, read after the last `drain` was committed and before the events are added that they are for.
   */
  load(rows: readonly WindowRow<K>[]): void {
    for (const row of rows) this.take(row, true);
  }

  /**
   * What changed since the last call, as rows for the store: first deletes of rows that it has and that are no more, then
   * upserts of those that are new or changed. A window that was born and merged away in between leaves no trace. Then
   * everything that no event inside grace can touch leaves memory.
   */
  drain(): WindowChanges<K> {
    const { held } = this;
    const deletes = held.deletes as WindowChanges<K>['deletes'];
    const upserts: WindowRow<K>[] = [];
    for (const slot of held.changed) {
      if (slot === NONE) continue;
      upserts.push(this.row(slot));
      held.setStored(slot, true);
    }
    this.settle();
    return { table: this.declaration.table, deletes, upserts };
  }

  /** As `drain`, for a run whose rows nobody stores: forgets what changed, and says how many windows that were. */
  discard(): number {
    let changed = 0;
    for (const slot of this.held.changed) if (slot !== NONE) changed++;
    this.settle();
    return changed;
  }

  /** The table as it is held. */
  *rows(): Generator<WindowRow<K>> {
    for (const slot of this.held.slots()) yield this.row(slot);
  }

  /** Everything, as plain data; `restore` on a new engine of the same declaration continues as if nothing had happened. */
  snapshot(): Snapshot<K> {
    const { held } = this;
    const known = (time: number) => (Number.isFinite(time) ? time : null);
    return {
      watermark: known(this.watermark),
      evicted_before: known(this.evictedBefore),
      late: this.late,
      rows: [...held.slots()].map((slot) => ({ ...this.row(slot), stored: held.isStored(slot), changed: held.isChanged(slot) })),
      deletes: [...held.deletes] as WindowChanges<K>['deletes'],
    };
  }

  restore(snapshot: Snapshot<K>): void {
    if (this.size > 0) throw new Error(`window table ${this.declaration.table.name}: restore needs a new engine`);
    this.late = snapshot.late;
    this.evictedBefore = snapshot.evicted_before ?? Number.NEGATIVE_INFINITY;
    this.advance(snapshot.watermark ?? Number.NEGATIVE_INFINITY);
    for (const row of snapshot.rows) {
      const slot = this.take(row, row.stored);
      if (row.changed) this.held.touch(slot);
    }
    this.held.deletes.push(...snapshot.deletes);
  }

  /** How many windows are held. */
  get size(): number {
    return this.held.size;
  }

  /** Memory of the typed arrays. Keys with strings take some hundred bytes each beside it. */
  get memoryBytes(): number {
    return this.held.bytes;
  }

  private count(a: number, b: number, time: number, inputs: Float64Array): Outcome {
    if (this.windows.add(a, b, time, inputs, this.closeTime)) return 'counted';
    this.late++;
    return 'late';
  }

  private take(row: WindowRow<K>, stored: boolean): number {
    const { held } = this;
    const { key } = row;
    const numeric = held.keys.isNumeric(key);
    const a = numeric ? ((key[0] ?? 0) as number) : held.keys.number(key);
    const b = numeric ? ((key[1] ?? 0) as number) : TEXT;
    const slot = this.windows.load(a, b, row);
    if (slot === NONE) return slot;
    held.setValues(slot, row.values);
    held.setStored(slot, stored);
    return slot;
  }

  /** A table without an end column has its start there, whatever store a row comes from. */
  private row(slot: number): WindowRow<K> {
    const { held } = this;
    const start = held.start(slot);
    const end = this.declaration.table.end === null ? start : held.end(slot);
    return { key: held.key(slot) as readonly K[], start, end, values: held.values(slot) };
  }

  /** The changes were handed out: nothing is changed any more, and what is out of reach goes. */
  private settle(): void {
    this.held.settle();
    this.evictedBefore = Math.max(this.evictedBefore, this.evictionBound(this.watermark));
    this.held.expire(this.evictedBefore, (slot) => this.windows.remove(slot));
  }

  /** Windows that end before this are out of reach, rounded down to what is evicted together. */
  private evictionBound(watermark: number): number {
    const end = this.windows.earliestEnd(watermark - this.declaration.grace);
    return Number.isFinite(end) ? Math.floor(end / this.evictionWidth) * this.evictionWidth : Number.NEGATIVE_INFINITY;
  }
}
