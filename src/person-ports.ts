/** What a store does for one person: tells all that it holds about them, and lets go of it for good. And what it lets go of by age. */
import { ACTIVITY_DAYS, type Clock, COURSE_SESSIONS, SESSIONS, type WindowChanges, type WindowTable } from './domain.js';
import type { AgeingKey, StaffTable } from './person-tables.js';

export * from './person-tables.js';

/** A row as the store has it: columns by their names. */
export type StoredRow = Record<string, number | string | null>;

/** What a table holds about somebody. */
export interface RowsAbout {
  table: string;
  rows: StoredRow[];
}

export interface ErasedList {
  /** Grows with each erasure, in whatever process. */
  version: number;
  /** Keyed hashes. */
  people: string[];
}

export interface Erasure {
  version: number;
  /** How many rows went, by table. */
  removed: Record<string, number>;
}

export interface ToErase {
  user_id: number;
  /** The keyed hash that the list keeps. */
  person: string;
  at_ms: number;
  /** Sinks that are to hear that the rows are no more. */
  sinks: readonly string[];
}

export interface TooOld {
  key: AgeingKey;
  /** Exclusive; a day number for what is dated by days. */
  before: number;
  /** Rows at most. */
  limit: number;
  /** Courses whose rows stay, however old. */
  running: readonly number[];
  sinks: readonly string[];
}

/** Somebody was erased after this commit's list was read: read the list, take out what is about them, and commit again. */
export class ErasedMeanwhile extends Error {
  override readonly name = 'ErasedMeanwhile';
}

/** Whose rows: those with this number, and of those without one what stands under these names. */
export interface StaffMember {
  user_id: number;
  names: readonly string[];
}

/** As part of `Store`; each in one transaction. */
export interface PersonStore {
  /** By table in the order of `PERSON_TABLES`; tables without a row are left out. Also rows that name the person as a tutor. */
  rowsAbout(user_id: number): Promise<RowsAbout[]>;
  /** Where a member of staff stands, by `STAFF_TABLES`, without whom it was about. */
  rowsBy(staff: StaffMember): Promise<RowsAbout[]>;
  erasedList(): Promise<ErasedList>;
  /**
   * Removes everything about a person, puts them on the list and tells the sinks, whole or not at all. Doing it again is harmless. A commit
   * made by an older list (`Commit.erased`) is refused from now on with `ErasedMeanwhile`.
   */
  erase(one: ToErase): Promise<Erasure>;
  /** Removes the oldest first, resolves with how many went. Seen ids stay, so nothing of it is counted again. */
  removeOlder(old: TooOld): Promise<number>;
  /** Leaves no trace of removed rows in the store's own file, where it has one. May take minutes. */
  scrub(): Promise<void>;
}

/** Rows that are no more, as a sink hears of them. */
export interface GoneRows {
  /** By (user_id, course_id, as_of_ms). */
  scores: (readonly [number, number, number])[];
  alerts: { alert_id: string; opened_ms: number }[];
}

const WINDOWS: readonly WindowTable[] = [SESSIONS, COURSE_SESSIONS, ACTIVITY_DAYS];

/** What went, as an entry for the outbox; null where no sink has anything to hear of it. */
export function goneEntry(about: readonly RowsAbout[]): { windows: WindowChanges[]; gone: GoneRows } | null {
  const rowsOf = (name: string) => about.find(({ table }) => table === name)?.rows ?? [];
  const windows = WINDOWS.flatMap((table): WindowChanges[] => {
    const deletes = rowsOf(table.name).map((row) => ({
      key: table.key.map((column) => Number(row[column])),
      start: Number(row[table.start]),
    }));
    return deletes.length === 0 ? [] : [{ table, deletes, upserts: [] }];
  });
  const scores = rowsOf('scores').map((row) => [Number(row.user_id), Number(row.course_id), Number(row.as_of_ms)] as const);
  const alerts = rowsOf('alerts').map((row) => ({ alert_id: String(row.alert_id), opened_ms: Number(row.opened_ms) }));
  return windows.length + scores.length + alerts.length === 0 ? null : { windows, gone: { scores, alerts } };
}

/** What waits in an outbox, without new rows of a person. That older rows of theirs are no more is still told. Null: nothing in it is theirs. */
export function entryWithout<
  Entry extends { windows: WindowChanges[]; scores: { user_id: number }[]; alerts: { user_id: number }[] },
>(entry: Entry, user_id: number): Entry | null {
  const theirs = (row: { user_id: number }) => row.user_id === user_id;
  const isTheirs = ({ key }: { key: readonly number[] }) => key[0] === user_id;
  if (!entry.scores.some(theirs) && !entry.alerts.some(theirs) && !entry.windows.some(({ upserts }) => upserts.some(isTheirs)))
    return null;
  return {
    ...entry,
    windows: entry.windows.map((changes) => ({ ...changes, upserts: changes.upserts.filter((row) => !isTheirs(row)) })),
    scores: entry.scores.filter((row) => !theirs(row)),
    alerts: entry.alerts.filter((row) => !theirs(row)),
  };
}

/** What a member of staff was told, without these alerts; null: none of them is in it. */
export function toldWithout(position: string, alert_ids: readonly string[]): string | null {
  if (!alert_ids.some((alert_id) => position.includes(alert_id))) return null;
  const told = JSON.parse(position) as { alert_ids: string[] };
  return JSON.stringify({ ...told, alert_ids: told.alert_ids.filter((alert_id) => !alert_ids.includes(alert_id)) });
}

/** Of what is held about somebody, their alerts. */
export function alertsIn(about: readonly RowsAbout[]): string[] {
  return about.flatMap(({ table, rows }) => (table === 'alerts' ? rows.map(({ alert_id }) => String(alert_id)) : []));
}

export function clockWithout<T extends Pick<Clock, 'ahead'>>(clock: T, isGone: (user_id: number) => boolean): T {
  if (!clock.ahead?.some(({ user_id }) => isGone(user_id))) return clock;
  return { ...clock, ahead: clock.ahead.filter(({ user_id }) => !isGone(user_id)) };
}

/**
 * Of rows that may be a member of staff's, what is theirs. Anybody may be called like somebody else: where a row has a number, that
 * alone says whose it is.
 */
export function staffRows({ table, name, number, inside, shown }: StaffTable, rows: StoredRow[], of: StaffMember): RowsAbout[] {
  const texts = rows.map((row) => (inside === null ? row : (JSON.parse(String(row[inside])) as StoredRow)));
  const theirs = texts.filter((row) => {
    const by = number === null ? 0 : Number(row[number] ?? 0);
    return by === 0 ? of.names.includes(String(row[name])) : by === of.user_id;
  });
  const told = theirs.map((row) => Object.fromEntries([name, ...shown].map((column) => [column, row[column] ?? null])));
  return told.length === 0 ? [] : [{ table, rows: told }];
}
