/** Clicks, windows, references and ids as rows, both ways. */
import {
  type ClickFilter,
  type ClickKey,
  type ClickReference,
  type ClickReferenceTable,
  type ClickUser,
  clickOfText,
  clickText,
  type JoinedClick,
  keyOfText,
  keyText,
} from '../../click-ports.js';
import type { WindowChanges, WindowRow } from '../../domain.js';
import { fitted, seenName, unfitted } from './click-names.js';
import type { Row, Sql } from './database.js';
import { chunked, insert, keyConditions, literal, upsert, writeRows } from './rows.js';

/** One that is there stays as it is. */
const CLICK = insert(
  'click_joined',
  ['time_ms', 'id_name', 'id_whole', 'click'],
  ' ON DUPLICATE KEY UPDATE time_ms = VALUES(time_ms)',
);
const SEEN = insert('click_seen', ['id', 'time_ms'], ' ON DUPLICATE KEY UPDATE id = VALUES(id)');
const WINDOW_KEY = ['table_name', 'key_name', 'start_ms'];
const WINDOW = upsert('click_windows', [...WINDOW_KEY, 'key_whole', 'end_ms', 'window_values'], WINDOW_KEY);
const REFERENCE_KEY = ['table_name', 'key_name', 'valid_from_ms'];
const REFERENCE = upsert('click_references', [...REFERENCE_KEY, 'key_whole', 'columns'], REFERENCE_KEY);
/** Keys in one question about references. */
const KEYS_A_STATEMENT = 100;

export async function writeClicks(sql: Sql, clicks: readonly JoinedClick[]): Promise<void> {
  const rows = clicks.map((click) => {
    const { name, whole } = fitted(click.id);
    return [click.time_ms, name, whole, clickText(click)];
  });
  await writeRows(sql, CLICK, rows);
}

/** `time_ms` bounds the range that is read: these servers make no use of an index for `(a, b) > (x, y)`. */
export async function readClicks(
  sql: Sql,
  { from_ms, to_ms }: ClickFilter,
  { after, limit }: { after?: { time_ms: number; id: string }; limit: number },
): Promise<JoinedClick[]> {
  const conditions = ['TRUE'];
  if (from_ms !== undefined) conditions.push(`time_ms >= ${literal(from_ms)}`);
  if (to_ms !== undefined) conditions.push(`time_ms < ${literal(to_ms)}`);
  if (after) {
    const time_ms = literal(after.time_ms);
    conditions.push(`time_ms >= ${time_ms} AND (time_ms > ${time_ms} OR id_name > ${literal(fitted(after.id).name)})`);
  }
  const rows = await sql.rows(
    `SELECT * FROM click_joined WHERE ${conditions.join(' AND ')} ORDER BY time_ms, id_name LIMIT ${literal(limit)}`,
  );
  return rows.map((row) => clickOfText(Number(row.time_ms), unfitted(row.id_name, row.id_whole), String(row.click)));
}

/** Deletes first, then upserts. */
export async function writeClickWindows(sql: Sql, { table, deletes, upserts }: WindowChanges<ClickKey>): Promise<void> {
  const gone = deletes.map(({ key, start }) => [table.name, fitted(keyText(key)).name, start]);
  for (const where of keyConditions(WINDOW_KEY, gone)) await sql.run(`DELETE FROM click_windows WHERE ${where}`);
  const rows = upserts.map(({ key, start, end, values }) => {
    const { name, whole } = fitted(keyText(key));
    return [table.name, name, start, whole, end, JSON.stringify(values)];
  });
  await writeRows(sql, WINDOW, rows);
}

export async function readHeldClickWindows(sql: Sql, table: string, end_from: number): Promise<WindowRow<ClickKey>[]> {
  const where = `table_name = ${literal(table)} AND end_ms >= ${literal(end_from)}`;
  return (await sql.rows(`SELECT * FROM click_windows WHERE ${where} ORDER BY key_name, start_ms`)).map(windowOf);
}

export async function readClickWindows(
  sql: Sql,
  table: string,
  { from_ms, to_ms }: ClickFilter,
  { after, limit }: { after?: { key: readonly ClickKey[]; start: number }; limit: number },
): Promise<WindowRow<ClickKey>[]> {
  const conditions = [`table_name = ${literal(table)}`];
  if (from_ms !== undefined) conditions.push(`start_ms >= ${literal(from_ms)}`);
  if (to_ms !== undefined) conditions.push(`start_ms < ${literal(to_ms)}`);
  if (after) {
    const name = literal(fitted(keyText(after.key)).name);
    conditions.push(`key_name >= ${name} AND (key_name > ${name} OR start_ms > ${literal(after.start)})`);
  }
  // By the primary key, or the server may choose to sort all of a table for each page.
  const from = 'FROM click_windows FORCE INDEX (PRIMARY)';
  const rows = await sql.rows(
    `SELECT * ${from} WHERE ${conditions.join(' AND ')} ORDER BY key_name, start_ms LIMIT ${literal(limit)}`,
  );
  return rows.map(windowOf);
}

function windowOf(row: Row): WindowRow<ClickKey> {
  return {
    key: keyOfText(unfitted(row.key_name, row.key_whole)),
    start: Number(row.start_ms),
    end: Number(row.end_ms),
    values: JSON.parse(String(row.window_values)) as number[],
  };
}

export async function writeClickReferences(sql: Sql, references: readonly ClickReference[]): Promise<void> {
  const rows = references.map(({ table, key, valid_from_ms, row }) => {
    const { name, whole } = fitted(keyText([key]));
    return [table, name, valid_from_ms, whole, JSON.stringify(row)];
  });
  await writeRows(sql, REFERENCE, rows);
}

export async function readClickReferences(
  sql: Sql,
  table: ClickReferenceTable,
  keys: readonly ClickUser[],
): Promise<ClickReference[]> {
  const names = [...new Set(keys.map((key) => fitted(keyText([key])).name))].sort(byBytes);
  const found: ClickReference[] = [];
  for (const part of chunked(names, KEYS_A_STATEMENT)) {
    const where = `table_name = ${literal(table)} AND key_name IN (${part.map(literal).join(', ')})`;
    const rows = await sql.rows(`SELECT * FROM click_references WHERE ${where} ORDER BY key_name, valid_from_ms`);
    found.push(...rows.map((row) => referenceOf(row, table)));
  }
  return found;
}

function referenceOf(row: Row, table: ClickReferenceTable): ClickReference {
  return {
    table,
    key: keyOfText(unfitted(row.key_name, row.key_whole))[0]!,
    valid_from_ms: Number(row.valid_from_ms),
    row: JSON.parse(String(row.columns)),
  };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export async function writeSeenIds(sql: Sql, seen: readonly { id: string; time_ms: number }[]): Promise<void> {
  await writeRows(
    sql,
    SEEN,
    seen.map(({ id, time_ms }) => [seenName(id), time_ms]),
  );
}

export async function readSeenIds(sql: Sql, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const names = new Map(ids.map((id) => [id, seenName(id)]));
  const list = [...names.values()].map(literal).join(', ');
  const rows = await sql.rows(`SELECT hex(id) AS id FROM click_seen WHERE id IN (${list})`);
  const known = new Set(rows.map((row) => String(row.id).toLowerCase()));
  return ids.filter((id) => known.has(names.get(id)!.toString('hex')));
}
