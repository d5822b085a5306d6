/** Who looked at whom, and what people changed of the service. */
import { type PersonView, type RecordedChange, VIEWS_KEPT_MS, type ViewsByOthers, viewKey } from '../../ports.js';
import type { Connection } from './connection.js';
import { insertRows, writeRows } from './rows.js';

/** The first view of a quarter of an hour stays. */
const VIEW = insertRows(
  'person_views',
  ['user_id', 'slot_ms', 'viewer', 'kind', 'what', 'course_id', 'by_user_id', 'at_ms', 'people'],
  'ON CONFLICT DO NOTHING',
);
const CHANGE = insertRows('recorded_changes', ['at_ms', 'changed_by', 'by_user_id', 'what', 'detail'], 'ON CONFLICT DO NOTHING');

export function writePersonViews(connection: Connection, views: readonly PersonView[]): void {
  if (views.length === 0) return;
  writeRows(
    connection,
    VIEW,
    views.map((view) => [...viewKey(view), view.at_ms, view.people]),
  );
  connection.prepare('DELETE FROM person_views WHERE slot_ms < (SELECT max(slot_ms) FROM person_views) - ?').run([VIEWS_KEPT_MS]);
}

export function readPersonViews(
  connection: Connection,
  user_id: number,
  from_ms: number,
  limit: number,
  by_others?: ViewsByOthers,
): PersonView[] {
  const others = by_others ? " AND kind <> 'student' AND course_id IN (0, ?)" : '';
  return connection
    .prepare(
      `SELECT user_id, nullif(course_id, 0) AS course_id, at_ms, viewer, nullif(by_user_id, 0) AS by_user_id, kind, what, people
       FROM person_views
       WHERE user_id = ? AND at_ms >= ?${others}
       ORDER BY at_ms DESC, viewer, kind, what, course_id, by_user_id LIMIT ?`,
    )
    .all([user_id, from_ms, ...(by_others ? [by_others.course_id] : []), limit]) as unknown as PersonView[];
}

export function writeChanges(connection: Connection, changes: readonly RecordedChange[]): void {
  writeRows(
    connection,
    CHANGE,
    changes.map(({ at_ms, by, by_user_id, what, detail }) => [at_ms, by, by_user_id, what, detail]),
  );
}

export function readChanges(connection: Connection, from_ms: number, limit: number): RecordedChange[] {
  return connection
    .prepare(
      `SELECT at_ms, changed_by AS "by", by_user_id, what, detail FROM recorded_changes
       WHERE at_ms >= ? ORDER BY at_ms DESC, what, detail LIMIT ?`,
    )
    .all([from_ms, limit]) as unknown as RecordedChange[];
}
