/** What is kept to watch over models: a challenger's scores, whether the data of each tick could be believed, and each course's standing. */
import type { ShadowScore } from '../../domain.js';
import { type CourseStanding, DRIFT_KEPT_MS, type DriftCheck, type Page, SHADOW_KEPT_MS, type ShadowKey } from '../../ports.js';
import type { Sql } from './database.js';
import { insert, literal, upsert, writeRows } from './rows.js';

const COLUMNS = ['as_of_ms', 'course_id', 'user_id', 'model_version', 'score'] as const satisfies (keyof ShadowScore)[];
/** What was said stays. */
const SHADOW = insert('shadow_scores', COLUMNS, ' ON DUPLICATE KEY UPDATE as_of_ms = VALUES(as_of_ms)');
const CHECK = upsert('drift_checks', ['as_of_ms', 'body'], ['as_of_ms']);

const STANDING = upsert('course_standings', ['course_id', 'body'], ['course_id']);

export async function writeShadowScores(sql: Sql, scores: readonly ShadowScore[]): Promise<void> {
  if (scores.length === 0) return;
  await writeRows(
    sql,
    SHADOW,
    [...scores].sort(inOrder).map((score) => COLUMNS.map((name) => score[name])),
  );
  await forget(sql, 'shadow_scores', SHADOW_KEPT_MS);
}

export async function writeDriftCheck(sql: Sql, check: DriftCheck | undefined): Promise<void> {
  if (check === undefined) return;
  await writeRows(sql, CHECK, [[check.as_of_ms, JSON.stringify(check)]]);
  await forget(sql, 'drift_checks', DRIFT_KEPT_MS);
}

export async function readShadowScores(sql: Sql, page: Page<ShadowKey>): Promise<ShadowScore[]> {
  const rows = await sql.rows(
    `SELECT ${COLUMNS.join(', ')} FROM shadow_scores WHERE ${page.after ? later(page.after) : 'TRUE'}
     ORDER BY as_of_ms, course_id, user_id, model_version LIMIT ${literal(page.limit)}`,
  );
  return rows.map((row) => ({
    user_id: Number(row.user_id),
    course_id: Number(row.course_id),
    as_of_ms: Number(row.as_of_ms),
    model_version: String(row.model_version),
    score: Number(row.score),
  }));
}

export async function readDriftChecks(sql: Sql, from_ms: number): Promise<DriftCheck[]> {
  const rows = await sql.rows(`SELECT body FROM drift_checks WHERE as_of_ms >= ${literal(from_ms)} ORDER BY as_of_ms`);
  return rows.map((row) => JSON.parse(String(row.body)));
}

export async function writeStandings(sql: Sql, standings: readonly CourseStanding[]): Promise<void> {
  if (standings.length === 0) return;
  const rows = [...standings].sort((a, b) => a.course_id - b.course_id);
  await writeRows(
    sql,
    STANDING,
    rows.map((standing) => [standing.course_id, JSON.stringify(standing)]),
  );
}

export async function readStandings(sql: Sql): Promise<CourseStanding[]> {
  const rows = await sql.rows('SELECT body FROM course_standings ORDER BY course_id');
  return rows.map((row) => JSON.parse(String(row.body)));
}

/** The newest decides what is old: a replay keeps its own times. */
async function forget(sql: Sql, table: 'shadow_scores' | 'drift_checks', kept_ms: number): Promise<void> {
  const [row] = await sql.rows(`SELECT max(as_of_ms) AS newest FROM ${table}`);
  await sql.run(`DELETE FROM ${table} WHERE as_of_ms < ${literal(Number(row?.newest ?? 0) - kept_ms)}`);
}

/** Written out by the first column, so that the server finds a range of the key. */
function later([as_of_ms, course_id, user_id, version]: ShadowKey): string {
  const [t, c, u, v] = [as_of_ms, course_id, user_id, version].map(literal);
  return `as_of_ms >= ${t} AND (as_of_ms > ${t} OR course_id > ${c} OR (course_id = ${c} AND (user_id > ${u} OR (user_id = ${u} AND model_version > ${v}))))`;
}

function inOrder(a: ShadowScore, b: ShadowScore): number {
  return (
    a.as_of_ms - b.as_of_ms ||
    a.course_id - b.course_id ||
    a.user_id - b.user_id ||
    (a.model_version < b.model_version ? -1 : a.model_version > b.model_version ? 1 : 0)
  );
}
