/** Scores, the latest word on each enrolment, and the courses that they are measured against. */
import type { Kysely } from 'kysely';
import type { Cohort, Prediction, Score } from '../../domain.js';
import type { Filter, Page } from '../../ports.js';
import { allOf, filtered, following } from './conditions.js';
import type { Schema } from './schema.js';

const ENROLMENT = ['user_id', 'course_id'] as const;

export async function readCohort(db: Kysely<Schema>, course_id: number, day: number): Promise<Cohort | null> {
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
  db: Kysely<Schema>,
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

export async function readPredictions(db: Kysely<Schema>, filter: Filter, page: Page<[number, number]>): Promise<Prediction[]> {
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
