/** Who looked at whom, and what people changed of the service. */
import { type PersonView, type RecordedChange, slotOf, VIEWS_KEPT_MS, type ViewsByOthers, viewKey } from '../../ports.js';
import type { Sql } from './database.js';
import { inKeyOrder, insert, literal, writeRows } from './rows.js';

/** The first view of a quarter of an hour stays. */
const VIEW = insert(
  'person_views',
  ['user_id', 'slot_ms', 'viewer', 'kind', 'what', 'course_id', 'by_user_id', 'at_ms', 'people'],
  ' ON DUPLICATE KEY UPDATE people = people',
);
const CHANGE = insert(
  'recorded_changes',
  ['at_ms', 'changed_by', 'by_user_id', 'what', 'detail'],
  ' ON DUPLICATE KEY UPDATE detail = VALUES(detail)',
);

export async function writePersonViews(sql: Sql, views: readonly PersonView[]): Promise<void> {
  if (views.length === 0) return;
  const rows = inKeyOrder(views, (view) => [view.user_id, slotOf(view.at_ms), view.course_id ?? 0]);
  await writeRows(
    sql,
    VIEW,
    rows.map((view) => [...viewKey(view), view.at_ms, view.people]),
  );
  const newest = Math.max(...rows.map((view) => slotOf(view.at_ms)));
  await sql.run(`DELETE FROM person_views WHERE slot_ms < ${literal(newest - VIEWS_KEPT_MS)}`);
}

export async function readPersonViews(
  sql: Sql,
  user_id: number,
  from_ms: number,
  limit: number,
  by_others?: ViewsByOthers,
): Promise<PersonView[]> {
  const others = by_others ? ` AND kind <> 'student' AND course_id IN (0, ${literal(by_others.course_id)})` : '';
  const rows = await sql.rows(
    `SELECT user_id, course_id, at_ms, viewer, by_user_id, kind, what, people FROM person_views
     WHERE user_id = ${literal(user_id)} AND at_ms >= ${literal(from_ms)}${others}
     ORDER BY at_ms DESC, viewer, kind, what, course_id, by_user_id LIMIT ${literal(limit)}`,
  );
  return rows.map((row) => ({
    user_id: Number(row.user_id),
    course_id: Number(row.course_id) === 0 ? null : Number(row.course_id),
    at_ms: Number(row.at_ms),
    viewer: String(row.viewer),
    by_user_id: Number(row.by_user_id) === 0 ? null : Number(row.by_user_id),
    kind: String(row.kind) as PersonView['kind'],
    what: String(row.what),
    people: Number(row.people),
  }));
}

export async function writeChanges(sql: Sql, changes: readonly RecordedChange[]): Promise<void> {
  await writeRows(
    sql,
    CHANGE,
    changes.map(({ at_ms, by, by_user_id, what, detail }) => [at_ms, by, by_user_id, what, detail]),
  );
}

export async function readChanges(sql: Sql, from_ms: number, limit: number): Promise<RecordedChange[]> {
  const rows = await sql.rows(
    `SELECT at_ms, changed_by, by_user_id, what, detail FROM recorded_changes WHERE at_ms >= ${literal(from_ms)}
     ORDER BY at_ms DESC, what, detail LIMIT ${literal(limit)}`,
  );
  return rows.map((row) => ({
    at_ms: Number(row.at_ms),
    by: String(row.changed_by),
    by_user_id: row.by_user_id === null ? null : Number(row.by_user_id),
    what: String(row.what),
    detail: String(row.detail),
  }));
}
