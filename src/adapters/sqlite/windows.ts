/** Window tables, written and read by their description (`WindowTable`): one writer serves them all. */
import { COURSE_SESSIONS, type WindowChanges, type WindowRow, type WindowTable } from '../../domain.js';
import type { Connection, Row } from './connection.js';
import { upsertRows, writeRows } from './rows.js';

type DayOf = (time_ms: number) => number;

/** A column that is no part of the window but made from it when it is written. */
interface Derived {
  name: string;
  value: (row: WindowRow, day: DayOf) => number;
}

/** SQL knows no time zones, so the day of a session's start is kept beside it. */
const START_DAY: Derived = { name: 'start_day', value: (row, day) => day(row.start) };

function derivedOf(table: WindowTable): Derived[] {
  return table.name === COURSE_SESSIONS.name ? [START_DAY] : [];
}

function keyColumns(table: WindowTable): string[] {
  return [...table.key, table.start];
}

function windowColumns(table: WindowTable): string[] {
  return [...keyColumns(table), ...(table.end === null ? [] : [table.end]), ...table.values];
}

/** Deletes first, then upserts, each by key and start. */
export function writeWindows(connection: Connection, { table, deletes, upserts }: WindowChanges, day: DayOf): void {
  const remove = `DELETE FROM ${table.name} WHERE ${keyColumns(table)
    .map((name) => `${name} = ?`)
    .join(' AND ')}`;
  for (const { key, start } of deletes) connection.prepare(remove).run([...key, start]);
  const derived = derivedOf(table);
  const columns = [...windowColumns(table), ...derived.map((column) => column.name)];
  const rows = upserts.map((row) => [
    ...row.key,
    row.start,
    ...(table.end === null ? [] : [row.end]),
    ...row.values,
    ...derived.map((column) => column.value(row, day)),
  ]);
  writeRows(connection, upsertRows(table.name, columns, keyColumns(table)), rows);
}

/** The live panels ask again and again. Without being told, SQLite reads the whole table to save itself a sort. */
const BY_END: Readonly<Record<string, string>> = { sessions: ' INDEXED BY sessions_by_end' };

/**
 * Windows whose end (start, for a table without one) is at least `end_from`. Of all users it reads the whole table where no index knows
 * the ends: for a start, once; of some, their part of the primary key.
 */
export function readHeld(connection: Connection, table: WindowTable, end_from: number, user_ids?: number[]): WindowRow[] {
  const where = `WHERE ${table.end ?? table.start} >= ?`;
  const order = `ORDER BY ${keyColumns(table)}`;
  const windows = (rows: Row[]) => rows.map((row) => windowOf(table, row));
  if (!user_ids)
    return windows(connection.prepare(`${select(table)}${BY_END[table.name] ?? ''} ${where} ${order}`).all([end_from]));
  const ofOne = connection.prepare(`${select(table)} ${where} AND ${table.key[0]} = ? ${order}`);
  const users = [...new Set(user_ids)].sort((a, b) => a - b);
  return users.flatMap((user_id) => windows(ofOne.all([end_from, user_id])));
}

/** Windows of the given keys that overlap their range, both ends inclusive; each once, in key order. */
export function readNear(
  connection: Connection,
  table: WindowTable,
  ranges: { key: readonly number[]; from: number; to: number }[],
): WindowRow[] {
  const keys = table.key.map((name) => `${name} = ?`).join(' AND ');
  const sql = `${select(table)} WHERE ${keys} AND ${table.start} <= ? AND ${table.end ?? table.start} >= ?`;
  const found = new Map<string, WindowRow>();
  for (const { key, from, to } of ranges) {
    for (const row of connection.prepare(sql).all([...key, to, from])) {
      const window = windowOf(table, row);
      found.set([...window.key, window.start].join(), window);
    }
  }
  return [...found.values()].sort(byKey);
}

function select(table: WindowTable): string {
  return `SELECT ${windowColumns(table)} FROM ${table.name}`;
}

function windowOf(table: WindowTable, row: Row): WindowRow {
  const number = (name: string) => row[name] as number;
  return {
    key: table.key.map(number),
    start: number(table.start),
    end: number(table.end ?? table.start),
    values: table.values.map(number),
  };
}

function byKey(a: WindowRow, b: WindowRow): number {
  for (const [column, part] of a.key.entries()) {
    if (part !== b.key[column]) return part - b.key[column]!;
  }
  return a.start - b.start;
}
