/** What is kept to watch over models: a challenger's scores, whether the data of each tick could be believed, and each course's standing. */
import type { ShadowScore } from '../../domain.js';
import { type CourseStanding, DRIFT_KEPT_MS, type DriftCheck, type Page, SHADOW_KEPT_MS, type ShadowKey } from '../../ports.js';
import type { Connection } from './connection.js';
import { insertRows, upsertRows, writeRows } from './rows.js';

const COLUMNS = ['as_of_ms', 'course_id', 'user_id', 'model_version', 'score'] as const satisfies (keyof ShadowScore)[];
const SHADOW = insertRows('shadow_scores', COLUMNS, 'ON CONFLICT DO NOTHING');
const CHECK = upsertRows('drift_checks', ['as_of_ms', 'body'], ['as_of_ms']);

const STANDING = upsertRows('course_standings', ['course_id', 'body'], ['course_id']);

export function writeShadowScores(connection: Connection, scores: readonly ShadowScore[]): void {
  if (scores.length === 0) return;
  writeRows(
    connection,
    SHADOW,
    scores.map((score) => COLUMNS.map((name) => score[name])),
  );
  connection
    .prepare('DELETE FROM shadow_scores WHERE as_of_ms < (SELECT max(as_of_ms) FROM shadow_scores) - ?')
    .run([SHADOW_KEPT_MS]);
}

export function writeDriftCheck(connection: Connection, check: DriftCheck | undefined): void {
  if (check === undefined) return;
  connection.prepare(CHECK(1)).run([check.as_of_ms, JSON.stringify(check)]);
  connection
    .prepare('DELETE FROM drift_checks WHERE as_of_ms < (SELECT max(as_of_ms) FROM drift_checks) - ?')
    .run([DRIFT_KEPT_MS]);
}

export function readShadowScores(connection: Connection, page: Page<ShadowKey>): ShadowScore[] {
  const after = page.after ?? [Number.MIN_SAFE_INTEGER, 0, 0, ''];
  return connection
    .prepare(
      `SELECT ${COLUMNS.join(', ')} FROM shadow_scores WHERE (as_of_ms, course_id, user_id, model_version) > (?, ?, ?, ?)
       ORDER BY as_of_ms, course_id, user_id, model_version LIMIT ?`,
    )
    .all([...after, page.limit]) as unknown as ShadowScore[];
}

export function readDriftChecks(connection: Connection, from_ms: number): DriftCheck[] {
  const rows = connection.prepare('SELECT body FROM drift_checks WHERE as_of_ms >= ? ORDER BY as_of_ms').all([from_ms]);
  return rows.map((row) => JSON.parse(String(row.body)));
}

export function writeStandings(connection: Connection, standings: readonly CourseStanding[]): void {
  writeRows(
    connection,
    STANDING,
    standings.map((standing) => [standing.course_id, JSON.stringify(standing)]),
  );
}

export function readStandings(connection: Connection): CourseStanding[] {
  const rows = connection.prepare('SELECT body FROM course_standings ORDER BY course_id').all();
  return rows.map((row) => JSON.parse(String(row.body)));
}
