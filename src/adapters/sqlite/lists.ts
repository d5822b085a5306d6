/** Reads of lists, page after page: alerts, and what could not be used. */
import type { Kysely } from 'kysely';
import type { Alert, Prediction, Rejected } from '../../domain.js';
import type { Filter, Page } from '../../ports.js';
import { allOf, filtered, following } from './conditions.js';
import type { Connection } from './connection.js';
import type { Schema } from './schema.js';

export function readAlert(connection: Connection, alert_id: string): Alert | null {
  const [row] = connection.prepare('SELECT * FROM alerts WHERE alert_id = ?').all([alert_id]);
  return row ? ({ ...row, reasons: JSON.parse(String(row.reasons)) } as unknown as Alert) : null;
}

export async function readAlerts(
  db: Kysely<Schema>,
  filter: Filter & { states?: Alert['state'][] },
  page: Page<string>,
): Promise<Alert[]> {
  let query = db.selectFrom('alerts').selectAll();
  if (filter.states) query = query.where('state', 'in', filter.states);
  if (page.after !== undefined) query = query.where('alert_id', '>', page.after);
  const rows = await query
    .where(allOf(filtered(filter, 'opened_ms', ['user_id', 'course_id'])))
    .orderBy('alert_id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, reasons: JSON.parse(row.reasons) }));
}

/** One enrolment's, by a ready statement, since a page of a list asks for each of its rows; null where more is asked for. */
export function readPrediction(connection: Connection, filter: Filter, { after, limit }: Page<unknown>): Prediction[] | null {
  const { user_id, course_id, from, to } = filter;
  if (user_id === undefined || course_id === undefined || from !== undefined || to !== undefined || after !== undefined)
    return null;
  const rows = connection.prepare('SELECT * FROM predictions WHERE user_id = ? AND course_id = ?').all([user_id, course_id]);
  const scored = rows.map((row) => ({ ...row, score: row.score === null ? null : JSON.parse(String(row.score)) }));
  return (scored as unknown as Prediction[]).slice(0, limit);
}

export async function readRejected(db: Kysely<Schema>, page: Page<[string, string, string]>): Promise<Rejected[]> {
  return db
    .selectFrom('rejected')
    .selectAll()
    .where(allOf(following(['source', 'position', 'reason'], page.after)))
    .orderBy('source')
    .orderBy('position')
    .orderBy('reason')
    .limit(page.limit)
    .execute();
}

export async function readCounts(
  db: Kysely<Schema>,
): Promise<{ rejected: Record<string, number>; ignored: Record<string, number> }> {
  const rows = await db.selectFrom('counts').selectAll().execute();
  const of = (kind: string) => Object.fromEntries(rows.filter((row) => row.kind === kind).map((row) => [row.name, row.count]));
  return { rejected: of('rejected'), ignored: of('ignored') };
}
