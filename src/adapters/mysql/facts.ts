/** What scoring issues, and alerts: written, and read back as they are. */
import type { Alert, Cohort, Prediction, Score } from '../../domain.js';
import { StaleAlert } from '../../ports.js';
import type { Row, Sql } from './database.js';
import { DUPLICATE_KEY, errnoOf } from './faults.js';
import { inKeyOrder, insert, keyConditions, literal, quoted, upsert, type Value, writeRows } from './rows.js';

const SCORE_COLUMNS = [
  'user_id',
  'course_id',
  'as_of_ms',
  'score',
  'early_score',
  'band',
  'model_version',
  'cohort_version',
  'method',
  'reasons',
] as const satisfies (keyof Score)[];
const SCORE_KEY = ['user_id', 'course_id', 'as_of_ms'] as const;
/** Issued scores are history: the first stays. */
const SCORE = insert('scores', SCORE_COLUMNS, ' ON DUPLICATE KEY UPDATE user_id = VALUES(user_id)');
const COHORT = upsert('cohorts', ['course_id', 'day', 'version', 'students', 'quantiles', 'moments'], ['course_id', 'day']);
const PREDICTION = upsert(
  'predictions',
  ['user_id', 'course_id', 'as_of_ms', 'score', 'not_scored', 'last_active_ms'] satisfies (keyof Prediction)[],
  ['user_id', 'course_id'],
);
const ALERT_COLUMNS = [
  'alert_id',
  'user_id',
  'course_id',
  'state',
  'opened_ms',
  'score',
  'reasons',
  'assignee',
  'muted_until_ms',
  'outcome',
  'note',
  'closed_ms',
  'recovered_ticks',
  'touched_ms',
  'revision',
  'opened_by',
] as const satisfies (keyof Alert)[];
const NEW_ALERT = insert('alerts', ALERT_COLUMNS);
const ALERT = upsert('alerts', ALERT_COLUMNS, ['alert_id']);

/** Throws `StaleAlert`. Of several revisions of one alert in a commit the last is written. */
export async function writeAlerts(sql: Sql, alerts: Alert[]): Promise<void> {
  const ids = [...new Set(alerts.map((alert) => alert.alert_id))].sort();
  const stored = new Map<string, number>();
  for (const where of keyConditions(
    ['alert_id'],
    ids.map((id) => [id]),
  )) {
    for (const row of await sql.rows(`SELECT alert_id, revision FROM alerts WHERE ${where} FOR UPDATE`)) {
      stored.set(String(row.alert_id), Number(row.revision));
    }
  }
  const latest = new Map<string, Alert>();
  for (const alert of alerts) {
    const kept = latest.get(alert.alert_id)?.revision ?? stored.get(alert.alert_id) ?? 0;
    if (alert.revision !== kept + 1) throw staleAlert(alert, kept);
    latest.set(alert.alert_id, alert);
  }
  const valuesOf = (id: string) => alertValues(latest.get(id)!);
  for (const id of ids.filter((each) => !stored.has(each))) {
    try {
      await writeRows(sql, NEW_ALERT, [valuesOf(id)]);
    } catch (cause) {
      if (errnoOf(cause) === DUPLICATE_KEY) throw new StaleAlert(`alert ${id} was opened by another process`, { cause });
      throw cause;
    }
  }
  await writeRows(sql, ALERT, ids.filter((id) => stored.has(id)).map(valuesOf));
}

function staleAlert(alert: Alert, kept: number): StaleAlert {
  return new StaleAlert(`alert ${alert.alert_id} is at revision ${kept}, not ${alert.revision - 1}`);
}

function alertValues(alert: Alert): Value[] {
  return ALERT_COLUMNS.map((name) => (name === 'reasons' ? JSON.stringify(alert.reasons) : alert[name]));
}

export async function writeCohorts(sql: Sql, cohorts: Cohort[]): Promise<void> {
  const sorted = inKeyOrder(cohorts, ({ course_id, day }) => [course_id, day]);
  const rows = sorted.map(({ course_id, day, version, students, quantiles, moments }) => [
    course_id,
    day,
    version,
    students,
    JSON.stringify(quantiles),
    JSON.stringify(moments),
  ]);
  await writeRows(sql, COHORT, rows);
}

/** Gives those that are now stored, where `told`: without those that were issued before with other words. */
export async function writeScores(sql: Sql, scores: Score[], told: boolean): Promise<Score[]> {
  const sorted = inKeyOrder(scores, scoreKey);
  await writeRows(sql, SCORE, sorted.map(scoreValues));
  if (!told) return [];
  const stored = new Map<string, Row>();
  for (const where of keyConditions(SCORE_KEY, sorted.map(scoreKey))) {
    for (const row of await sql.rows(`SELECT * FROM scores WHERE ${where}`)) {
      stored.set(SCORE_KEY.map((name) => row[name]).join(), row);
    }
  }
  return scores.filter((score) => {
    const row = stored.get(scoreKey(score).join());
    const values = scoreValues(score);
    return SCORE_COLUMNS.every((name, index) => row?.[name] === values[index]);
  });
}

function scoreKey({ user_id, course_id, as_of_ms }: Score): [number, number, number] {
  return [user_id, course_id, as_of_ms];
}

function scoreValues(score: Score): Value[] {
  return SCORE_COLUMNS.map((name) => (name === 'reasons' ? JSON.stringify(score.reasons) : score[name]));
}

export async function writePredictions(sql: Sql, predictions: Prediction[]): Promise<void> {
  const sorted = inKeyOrder(predictions, ({ user_id, course_id }) => [user_id, course_id]);
  const rows = sorted.map(({ user_id, course_id, as_of_ms, score, not_scored, last_active_ms }) => [
    user_id,
    course_id,
    as_of_ms,
    score && JSON.stringify(score),
    not_scored,
    last_active_ms,
  ]);
  await writeRows(sql, PREDICTION, rows);
}

export async function readAlert(sql: Sql, alert_id: string): Promise<Alert | null> {
  const columns = ALERT_COLUMNS.map(quoted).join(', ');
  const [row] = await sql.rows(`SELECT ${columns} FROM alerts WHERE alert_id = ${literal(alert_id)}`);
  return row ? ({ ...row, reasons: JSON.parse(String(row.reasons)) } as Alert) : null;
}
