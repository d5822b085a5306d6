/**
 * What a windowed table is: which events, grouped by which window, folded into which columns.
 *
 *     const sessions = defineTable({ table: SESSIONS, window: session(15 * 60_000), aggregates: [count()], grace: DAY_MS, late: 'merge' });
 *
 * Times and durations are in one unit per table: milliseconds, or days for a table whose time coordinate is the day number.
 */
import type { WindowTable } from '../domain.js';

/** How time is cut. */
export type WindowKind =
  /** Events at most `gap` apart (inclusive) are one session; it lasts from its first event to its last. */
  | { kind: 'session'; gap: number }
  /** Windows [start, start + size) with start a multiple of `advance`, counted from the epoch; an event is in all that cover it. */
  | { kind: 'fixed'; size: number; advance: number };

export function session(gap: number): WindowKind {
  return { kind: 'session', gap };
}

/** Windows side by side: `tumbling(60_000)` puts 59,999 into [0, 60000) and 60,000 into the next. */
export function tumbling(size: number): WindowKind {
  return { kind: 'fixed', size, advance: size };
}

/** Overlapping windows: `hopping(60_000, 5_000)` puts an event into twelve. */
export function hopping(size: number, advance: number): WindowKind {
  return { kind: 'fixed', size, advance };
}

/** One window for all time, with start 0: a plain count per key. It is never evicted, so its keys must be few. */
export function always(): WindowKind {
  return { kind: 'fixed', size: Number.POSITIVE_INFINITY, advance: Number.POSITIVE_INFINITY };
}

/** One or two columns of a row, folded from the events of its window. */
export interface Aggregate {
  kind: 'count' | 'sum' | 'min' | 'max' | 'last';
  /** Which number of the event; null for a count. */
  field: string | null;
}

/** How many events. */
export const count = (): Aggregate => ({ kind: 'count', field: null });
/** Their total; events without the number (NaN) add nothing. */
export const sum = (field: string): Aggregate => ({ kind: 'sum', field });
/** The least; NaN while no event had one. */
export const min = (field: string): Aggregate => ({ kind: 'min', field });
export const max = (field: string): Aggregate => ({ kind: 'max', field });
/**
 * The value of the event with the latest time, and that time: **two columns**, since rows are the state and a later event
 * must be told from an earlier one after a restart too. Of two events at the same time the greater value counts, so that
 * the order of arrival does not.
 */
export const last = (field: string): Aggregate => ({ kind: 'last', field });

/** `drop`: an event later than grace is counted as late and left out. `merge`: nothing is too late. */
export type LatePolicy = 'drop' | 'merge';

export interface TableDeclaration {
  table: WindowTable;
  window: WindowKind;
  /** In the order of `table.values`. */
  aggregates: readonly Aggregate[];
  /** Names of the numbers that come with each event, in their order; by default those of the aggregates, first mention first. */
  fields: readonly string[];
  /** Which events belong to the table, by those numbers. */
  filter: ((inputs: Float64Array) => boolean) | null;
  /** How far behind the watermark an event may be and still find its windows in memory. Inclusive. */
  grace: number;
  late: LatePolicy;
}

export type TableOptions = Pick<TableDeclaration, 'table' | 'window' | 'aggregates' | 'grace' | 'late'> &
  Partial<Pick<TableDeclaration, 'fields' | 'filter'>>;

/** Checks a declaration. A mistake in one is a programmer's, and throws. */
export function defineTable(options: TableOptions): TableDeclaration {
  const { table, window, aggregates, grace } = options;
  const named = aggregates.flatMap((aggregate) => (aggregate.field === null ? [] : [aggregate.field]));
  const fields = options.fields ?? [...new Set(named)];
  const refuse = (fault: string): never => {
    throw new RangeError(`window table ${table.name}: ${fault}`);
  };
  const lengths = window.kind === 'session' ? [window.gap] : [window.size, window.advance];
  if (!lengths.every((length) => length > 0)) refuse('gap, size and advance must be above 0');
  if (window.kind === 'fixed' && window.advance > window.size) refuse('an advance above the size would leave events out');
  if (window.kind === 'session' && table.end === null) refuse('sessions need an end column');
  if (!(grace >= 0 && Number.isFinite(grace))) refuse('grace must be a finite number of at least 0');
  const columns = aggregates.reduce((total, { kind }) => total + (kind === 'last' ? 2 : 1), 0);
  if (columns !== table.values.length) refuse(`${columns} columns are folded, ${table.values.length} are named (last has two)`);
  for (const field of named) if (!fields.includes(field)) refuse(`no field "${field}" comes with its events`);
  return { ...options, fields, filter: options.filter ?? null };
}
