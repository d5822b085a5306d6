/** Rows that are older than they are kept: found by their date, removed by their key. */
import { AGEING, type RowsAbout, type StoredRow, type TooOld } from '../../ports.js';
import type { Connection, Value } from './connection.js';

/** Removes the oldest, and gives them as they were. Of notes it gives how many there were, since their alerts stay. */
export function removeOld(
  connection: Connection,
  { key, before, limit, running }: TooOld,
): { count: number; about: RowsAbout[] } {
  const { table, column, row_key, of_courses } = AGEING[key];
  const where = [`${column} < ?`];
  const values: Value[] = [before];
  if (key === 'notes') where.push('note IS NOT NULL');
  if (of_courses) {
    where.push('course_id NOT IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(running));
  }
  const found = `SELECT * FROM ${table} WHERE ${where.join(' AND ')} ORDER BY ${column} LIMIT ?`;
  const rows = connection.prepare(found).all([...values, limit]) as StoredRow[];
  const named = row_key.map((name) => `${name} = ?`).join(' AND ');
  const edits = connection.prepare('DELETE FROM alert_edits WHERE alert_id = ?');
  const remove = connection.prepare(
    key === 'notes' ? `UPDATE ${table} SET note = NULL WHERE ${named}` : `DELETE FROM ${table} WHERE ${named}`,
  );
  for (const row of rows) {
    if (key === 'alerts') edits.run([row.alert_id]);
    remove.run(row_key.map((name) => row[name]));
  }
  return { count: rows.length, about: key === 'notes' || rows.length === 0 ? [] : [{ table, rows }] };
}
