/** The record of what people did with alerts. */
import type { AlertEdit } from '../../ports.js';
import type { Connection } from './connection.js';
import { insertRows, writeRows } from './rows.js';

const EDIT = insertRows('alert_edits', ['alert_id', 'revision', 'body'], 'ON CONFLICT DO NOTHING');

export function writeAlertEdits(connection: Connection, edits: readonly AlertEdit[]): void {
  writeRows(
    connection,
    EDIT,
    edits.map((edit) => [edit.alert_id, edit.revision, JSON.stringify(edit)]),
  );
}

export function readAlertEdits(connection: Connection, alert_id: string): AlertEdit[] {
  const rows = connection.prepare('SELECT body FROM alert_edits WHERE alert_id = ? ORDER BY revision').all([alert_id]);
  // What was written before the number was kept has none.
  return rows.map((row) => ({ by_user_id: null, ...JSON.parse(String(row.body)) }));
}
