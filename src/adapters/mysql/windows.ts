/** Window tables, written and read by their description (`WindowTable`): one writer serves them all. */
import { COURSE_SESSIONS, type WindowChanges, type WindowRow, type WindowTable } from '../../domain.js';
import type { Row, Sql } from './database.js';
import { chunked, compareKeys, inKeyOrder, keyConditions, literal, numberLists, upsert, writeRows } from './rows.js';

type DayOf = (time_ms: number) => number;

/** Ranges in one statement: the server plans each of them. */
const RANGES_A_STATEMENT = 100;

/** A column that is no part of the window but made from it when it is written. */
interface Derived {
  name: string;
  value: (row: WindowRow, day: DayOf) => number;
}

/** The days of the site are ours to tell, so the day of a session's start is kept beside it. */
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

/** Table after table by name, whatever the order in the commit; inside a table as given. */
export async function writeWindows(sql: Sql, windows: WindowChanges[], day: DayOf): Promise<void> {
  const byName = [...windows].sort((a, b) => (a.table.name < b.table.name ? -1 : a.table.name > b.table.name ? 1 : 0));
  for (const changes of byName) await writeTable(sql, changes, day);
}

/** Deletes first, then upserts, each by key and start. */
async function writeTable(sql: Sql, { table, deletes, upserts }: WindowChanges, day: DayOf): Promise<void> {
  const gone = inKeyOrder(
    deletes.map(({ key, start }) => [...key, start]),
    (key) => key,
  );
  for (const where of keyConditions(keyColumns(table), gone)) await sql.run(`DELETE FROM ${table.name} WHERE ${where}`);
  const derived = derivedOf(table);
  const columns = [...windowColumns(table), ...derived.map((column) => column.name)];
  const rows = upserts.map((row): number[] => {
    const values = [...row.key, row.start];
    if (table.end !== null) values.push(row.end);
    values.push(...row.values);
    for (const column of derived) values.push(column.value(row, day));
    return values;
  });
  const width = table.key.length + 1;
  rows.sort((a, b) => compareKeys(a, b, width));
  await writeRows(sql, upsert(table.name, columns, keyColumns(table)), rows);
}

/**
 * Windows whose end (start, for a table without one) is at least `end_from`. Of all users it reads the whole table: for a start,
 * once (an index on the end would be written with every activity, for a third of a commit's time); of some, their part of the
 * primary key.
 */
export async function readHeld(sql: Sql, table: WindowTable, end_from: number, user_ids?: number[]): Promise<WindowRow[]> {
  const held = `${select(table)} WHERE ${table.end ?? table.start} >= ${literal(end_from)}`;
  const order = `ORDER BY ${keyColumns(table)}`;
  if (!user_ids) return (await sql.rows(`${held} ${order}`)).map((row) => windowOf(table, row));
  const [users] = numberLists(user_ids);
  if (users === undefined) return [];
  return (await sql.rows(`${held} AND ${table.key[0]} IN (${users}) ${order}`)).map((row) => windowOf(table, row));
}

/** Windows of the given keys that overlap their range, both ends inclusive; each once, in key order. */
export async function readNear(
  sql: Sql,
  table: WindowTable,
  ranges: { key: readonly number[]; from: number; to: number }[],
): Promise<WindowRow[]> {
  const end = table.end ?? table.start;
  const found = new Map<string, WindowRow>();
  for (const part of chunked(ranges, RANGES_A_STATEMENT)) {
    const where = part.map(({ key, from, to }) => {
      const same = table.key.map((name, index) => `${name} = ${literal(key[index])}`).join(' AND ');
      return `(${same} AND ${table.start} <= ${literal(to)} AND ${end} >= ${literal(from)})`;
    });
    for (const row of await sql.rows(`${select(table)} FORCE INDEX (PRIMARY) WHERE ${where.join(' OR ')}`)) {
      const window = windowOf(table, row);
      found.set([...window.key, window.start].join(), window);
    }
  }
  return [...found.values()].sort((a, b) => compareKeys([...a.key, a.start], [...b.key, b.start]));
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
