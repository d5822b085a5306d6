/** Reads of lists, page after page, through Kysely. */
import type { Kysely } from 'kysely';
import type { Alert, Cohort, Prediction, ReferenceRow, ReferenceTable, Rejected, Score, Session } from '../../domain.js';
import type { Filter, Page } from '../../ports.js';
import { allOf, filtered, following } from './conditions.js';
import { referenceOf } from './references.js';
import type { Schema } from './schema.js';

type Db = Kysely<Schema>;
const ENROLMENT = ['user_id', 'course_id'] as const;

export async function readReferences(
  db: Db,
  tables: ReferenceTable[],
  { user_ids, parent_ids }: { user_ids?: (number | null)[]; parent_ids?: number[] },
): Promise<ReferenceRow[]> {
  // These servers have no empty list in IN ().
  if (user_ids?.length === 0 || parent_ids?.length === 0) return [];
  let query = db.selectFrom('reference_rows').selectAll().where('table_name', 'in', tables);
  if (user_ids) {
    const known = user_ids.filter((id) => id !== null);
    query = query.where((is) =>
      is.or([
        ...(known.length > 0 ? [is('user_id', 'in', known)] : []),
        ...(user_ids.includes(null) ? [is('user_id', 'is', null)] : []),
      ]),
    );
  }
  if (parent_ids) query = query.where('parent_id', 'in', parent_ids);
  return (await query.orderBy('id').orderBy('table_name').execute()).map(referenceOf);
}

export async function readSessions(db: Db, filter: Filter, page: Page<[number, number]>): Promise<Session[]> {
  const where = [...filtered(filter, 'start_ms', ['user_id']), ...following(['user_id', 'start_ms'], page.after)];
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where(allOf(where))
    .orderBy('user_id')
    .orderBy('start_ms')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, course_id: null }));
}

export async function readCourseSessions(db: Db, filter: Filter, page: Page<[number, number, number]>): Promise<Session[]> {
  const key = [...ENROLMENT, 'start_ms'] as const;
  return db
    .selectFrom('course_sessions')
    .select([...key, 'end_ms', 'activities'])
    .where(allOf([...filtered(filter, 'start_ms', ENROLMENT), ...following(key, page.after)]))
    .orderBy(key[0])
    .orderBy(key[1])
    .orderBy(key[2])
    .limit(page.limit)
    .execute();
}

export async function readCohort(db: Db, course_id: number, day: number): Promise<Cohort | null> {
  const row = await db
    .selectFrom('cohorts')
    .selectAll()
    .where('course_id', '=', course_id)
    .where('day', '<=', day)
    .orderBy('day', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { ...row, quantiles: JSON.parse(row.quantiles), moments: JSON.parse(row.moments) } : null;
}

export async function readScores(
  db: Db,
  filter: Filter & { above?: number },
  page: Page<[number, number, number]>,
): Promise<Score[]> {
  const key = [...ENROLMENT, 'as_of_ms'] as const;
  let query = db.selectFrom('scores').selectAll();
  if (filter.above !== undefined) query = query.where('score', '>', filter.above);
  const rows = await query
    .where(allOf([...filtered(filter, 'as_of_ms', ENROLMENT), ...following(key, page.after)]))
    .orderBy(key[0])
    .orderBy(key[1])
    .orderBy(key[2])
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, reasons: JSON.parse(row.reasons) }));
}

export async function readPredictions(db: Db, filter: Filter, page: Page<[number, number]>): Promise<Prediction[]> {
  const rows = await db
    .selectFrom('predictions')
    .selectAll()
    .where(allOf([...filtered(filter, 'as_of_ms', ENROLMENT), ...following(ENROLMENT, page.after)]))
    .orderBy(ENROLMENT[0])
    .orderBy(ENROLMENT[1])
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, score: row.score === null ? null : JSON.parse(row.score) }));
}

export async function readAlerts(db: Db, filter: Filter & { states?: Alert['state'][] }, page: Page<string>): Promise<Alert[]> {
  if (filter.states?.length === 0) return [];
  let query = db.selectFrom('alerts').selectAll();
  if (filter.states) query = query.where('state', 'in', filter.states);
  if (page.after !== undefined) query = query.where('alert_id', '>', page.after);
  const rows = await query
    .where(allOf(filtered(filter, 'opened_ms', ENROLMENT)))
    .orderBy('alert_id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({ ...row, reasons: JSON.parse(row.reasons) }));
}

export async function readRejected(db: Db, page: Page<[string, string, string]>): Promise<Rejected[]> {
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

export async function readCounts(db: Db): Promise<{ rejected: Record<string, number>; ignored: Record<string, number> }> {
  const rows = await db
    .selectFrom('counts')
    .select((is) => ['kind', 'name', is.fn.sum<number>('count').as('count')])
    .groupBy('kind')
    .groupBy('name')
    .execute();
  const of = (kind: string) => Object.fromEntries(rows.filter((row) => row.kind === kind).map((row) => [row.name, row.count]));
  return { rejected: of('rejected'), ignored: of('ignored') };
}
