/** The record of what people did with alerts. */
import type { AlertEdit } from '../../ports.js';
import type { Sql } from './database.js';
import { insert, literal, writeRows } from './rows.js';

/** What was written stays. */
const EDIT = insert('alert_edits', ['alert_id', 'revision', 'body'], ' ON DUPLICATE KEY UPDATE body = body');

export async function writeAlertEdits(sql: Sql, edits: readonly AlertEdit[]): Promise<void> {
  if (edits.length === 0) return;
  await writeRows(
    sql,
    EDIT,
    edits.map((edit) => [edit.alert_id, edit.revision, JSON.stringify(edit)]),
  );
}

export async function readAlertEdits(sql: Sql, alert_id: string): Promise<AlertEdit[]> {
  const rows = await sql.rows(`SELECT body FROM alert_edits WHERE alert_id = ${literal(alert_id)} ORDER BY revision`);
  // What was written before the number was kept has none.
  return rows.map((row) => ({ by_user_id: null, ...JSON.parse(String(row.body)) }));
}
