/** The writing half of the store: one commit, in one transaction that the caller holds. Each function writes one part of it. */

import type { Alert, Cohort, Prediction, Rejected, Score, SeenPage } from '../../domain.js';
import { type Commit, REJECTED_KEPT, StaleAlert, StalePosition, StaleState } from '../../ports.js';
import { writeAlertEdits } from './alert-edits.js';
import type { Connection, Value } from './connection.js';
import { checkClaims, writeLaneClock } from './lanes.js';
import { writeOutbox } from './outbox.js';
import { checkErased } from './people.js';
import { writeChanges, writePersonViews } from './person-views.js';
import { writeReferences } from './references.js';
import { insertRows, upsertRows, writeRows } from './rows.js';
import { writeDriftCheck, writeShadowScores, writeStandings } from './watch.js';
import { writeWindows } from './windows.js';

/** Throws `ErasedMeanwhile`, `StalePosition`, `StaleState` or `StaleAlert`; what was written until then is the caller's to roll back. */
export function writeCommit(connection: Connection, commit: Commit, day: (ms: number) => number, now_ms: number): void {
  checkErased(connection, commit.erased);
  if (commit.position) writePosition(connection, commit.position);
  if (commit.lane) checkClaims(connection, commit.lane);
  writeAlerts(connection, commit.alerts ?? []);
  if (commit.lane) writeLaneClock(connection, commit.lane.name, commit.clock, now_ms);
  else if (commit.clock) connection.prepare(CLOCK(1)).run([1, JSON.stringify(commit.clock)]);
  for (const changes of commit.windows ?? []) writeWindows(connection, changes, day);
  writeSeen(connection, commit.seen ?? []);
  writeReferences(connection, commit.references ?? []);
  writeCohorts(connection, commit.cohorts ?? []);
  writeScores(connection, commit.scores ?? []);
  writePredictions(connection, commit.predictions ?? []);
  writeShadowScores(connection, commit.shadow_scores ?? []);
  writeDriftCheck(connection, commit.drift);
  writeStandings(connection, commit.standings ?? []);
  writeAlertEdits(connection, commit.alert_edits ?? []);
  writePersonViews(connection, commit.person_views ?? []);
  writeChanges(connection, commit.changes ?? []);
  writeRejected(connection, commit.rejected ?? []);
  for (const [name, count] of Object.entries(commit.ignored ?? {})) addCount(connection, 'ignored', name, count);
  if (commit.sinks?.length) writeOutbox(connection, commit, storedScores(connection, commit.scores ?? []));
}

const CLOCK = upsertRows('clock', ['id', 'clock'], ['id']);
const POSITION = upsertRows('positions', ['source', 'position'], ['source']);
const SEEN = upsertRows('seen_pages', ['page', 'bits'], ['page']);
const COHORT = upsertRows('cohorts', ['course_id', 'day', 'version', 'students', 'quantiles', 'moments'], ['course_id', 'day']);
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
/** Issued scores are history: the first stays. */
const SCORE = insertRows('scores', SCORE_COLUMNS, 'ON CONFLICT (user_id, course_id, as_of_ms) DO NOTHING');
const PREDICTION = upsertRows(
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
const ALERT = upsertRows('alerts', ALERT_COLUMNS, ['alert_id']);
const COUNT =
  'INSERT INTO counts (kind, name, count) VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET count = count + excluded.count';

export function writePosition(connection: Connection, { source, from, to }: NonNullable<Commit['position']>): void {
  const [row] = connection.prepare('SELECT position FROM positions WHERE source = ?').all([source]);
  const kept = row?.position ?? null;
  if (kept !== from) throw new StalePosition(`${source} is at ${kept}, not at ${from}`);
  connection.prepare(POSITION(1)).run([source, to]);
}

function writeAlerts(connection: Connection, alerts: Alert[]): void {
  for (const alert of alerts) {
    const [row] = connection.prepare('SELECT revision FROM alerts WHERE alert_id = ?').all([alert.alert_id]);
    const kept = Number(row?.revision ?? 0);
    if (alert.revision !== kept + 1) {
      throw new StaleAlert(`alert ${alert.alert_id} is at revision ${kept}, not ${alert.revision - 1}`);
    }
    const values: Value[] = ALERT_COLUMNS.map((name) => (name === 'reasons' ? JSON.stringify(alert.reasons) : alert[name]));
    connection.prepare(ALERT(1)).run(values);
  }
}

/** Adds newly counted ids to what is known of their pages. */
function writeSeen(connection: Connection, pages: SeenPage[]): void {
  const one = connection.prepare('SELECT bits FROM seen_pages WHERE page = ?');
  for (const { page, bits } of pages) {
    const [row] = one.all([page]);
    const known = row ? new Uint8Array(row.bits as ArrayBuffer) : new Uint8Array(bits.length);
    for (const [index, byte] of bits.entries()) {
      if ((known[index]! & byte) !== 0) throw new StaleState(`log rows of page ${page} are counted already`);
      known[index]! |= byte;
    }
    connection.prepare(SEEN(1)).run([page, known]);
  }
}

function writeCohorts(connection: Connection, cohorts: Cohort[]): void {
  const rows = cohorts.map(({ course_id, day, version, students, quantiles, moments }) => [
    course_id,
    day,
    version,
    students,
    JSON.stringify(quantiles),
    JSON.stringify(moments),
  ]);
  writeRows(connection, COHORT, rows);
}

function writeScores(connection: Connection, scores: Score[]): void {
  const rows = scores.map((score) => [
    score.user_id,
    score.course_id,
    score.as_of_ms,
    score.score,
    score.early_score,
    score.band,
    score.model_version,
    score.cohort_version,
    score.method,
    JSON.stringify(score.reasons),
  ]);
  writeRows(connection, SCORE, rows);
}

/** Without those that were issued before with other words. */
function storedScores(connection: Connection, scores: Score[]): Score[] {
  const one = connection.prepare('SELECT * FROM scores WHERE user_id = ? AND course_id = ? AND as_of_ms = ?');
  return scores.filter((score) => {
    const [kept] = one.all([score.user_id, score.course_id, score.as_of_ms]);
    return SCORE_COLUMNS.every((name) => kept?.[name] === (name === 'reasons' ? JSON.stringify(score.reasons) : score[name]));
  });
}

function writePredictions(connection: Connection, predictions: Prediction[]): void {
  const rows = predictions.map(({ user_id, course_id, as_of_ms, score, not_scored, last_active_ms }) => [
    user_id,
    course_id,
    as_of_ms,
    score && JSON.stringify(score),
    not_scored,
    last_active_ms,
  ]);
  writeRows(connection, PREDICTION, rows);
}

/** One that is kept already counts no more; beyond the bound of its source one is counted only. */
export function writeRejected(connection: Connection, list: Rejected[]): void {
  const kept = new Map<string, number>();
  for (const { source, position, reason, detail } of list) {
    const known = connection.prepare('SELECT 1 FROM rejected WHERE source = ? AND position = ? AND reason = ?');
    if (known.all([source, position, reason]).length > 0) continue;
    addCount(connection, 'rejected', reason, 1);
    if (!kept.has(source)) {
      const [row] = connection.prepare("SELECT count FROM counts WHERE kind = 'kept' AND name = ?").all([source]);
      kept.set(source, Number(row?.count ?? 0));
    }
    const before = kept.get(source)!;
    if (before >= REJECTED_KEPT) continue;
    connection
      .prepare('INSERT INTO rejected (source, position, reason, detail) VALUES (?, ?, ?, ?)')
      .run([source, position, reason, detail]);
    addCount(connection, 'kept', source, 1);
    kept.set(source, before + 1);
  }
}

export function addCount(connection: Connection, kind: string, name: string, count: number): void {
  connection.prepare(COUNT).run([kind, name, count]);
}
