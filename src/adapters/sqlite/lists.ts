/** Reads of lists, page after page: alerts, and what could not be used. */
import type { Kysely } from 'kysely';
import type { Alert, Rejected } from '../../domain.js';
import type { Filter, Page } from '../../ports.js';
import { allOf, filtered, following } from './conditions.js';
import type { Schema } from './schema.js';

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
