/** A large site as rows of its store: students, courses, enrolments, scores of four weeks, alerts. Always the same. */
import { type Alert, type EnrolmentChange, type Prediction, type ReferenceTable, type Score } from '../src/domain.js';
import type { Store } from '../src/ports.js';
import { band } from '../src/scoring/bands.js';

const COURSES = 25;
const NOW_MS = Date.UTC(2025, 10, 20, 3);
const DAY_MS = 86_400_000;
const THRESHOLD = 0.7;
/** One in so many enrolments is above the threshold. */
const ONE_AT_RISK_OF = 20;
const ROWS_A_COMMIT = 5_000;
const REASONS = ['days_since_activity', 'active_days_14', 'activities_28', 'not_handed_in_all', 'trend_active_days'];

function row(
  table: ReferenceTable,
  id: number,
  user_id: number | null,
  parent_id: number | null,
  columns: Record<string, number | string | null>,
): EnrolmentChange {
  const reference = { table, id, user_id, parent_id, deleted: false, row: columns, source_ms: null, coordinate: null };
  return { op: 'upsert', reference };
}

function scoreOf(user_id: number, course_id: number, n: number, as_of_ms: number): Score {
  const place = (n * 7919) % 10_000;
  const score = n % ONE_AT_RISK_OF === 0 ? 0.71 + place / 40_000 : place / 15_000;
  return {
    user_id,
    course_id,
    as_of_ms,
    score: Math.round(score * 1e6) / 1e6,
    early_score: 0.12,
    band: band(score, THRESHOLD),
    model_version: 'oulad-2013-net-1',
    cohort_version: 'abcdef012345',
    method: 'model',
    reasons: REASONS.map((feature, i) => ({
      feature,
      value: 12 - i,
      unit: 'days',
      cohort_percentile: 96 - i * 7,
      contribution: 1.4 - i * 0.25,
      text: `No activity for ${12 - i} days – course median: 1 day`,
      beside: { median: 1 },
    })),
  };
}

function alertOf({ user_id, course_id, score, reasons }: Score): Alert {
  const times = { opened_ms: NOW_MS - 9 * DAY_MS, touched_ms: NOW_MS - 9 * DAY_MS, closed_ms: null, muted_until_ms: null };
  const alert_id = (user_id * 1_000 + course_id).toString(16).padStart(16, '0');
  const said = { assignee: null, outcome: null, note: null, recovered_ticks: 0, revision: 1, opened_by: null };
  return { alert_id, user_id, course_id, state: 'open', score, reasons, ...times, ...said };
}

/** Every student is in two courses. */
export async function addSite(store: Store, wanted: number): Promise<{ enrolments: number; at_risk: number; alert_id: string }> {
  const frame = Array.from({ length: COURSES }, (_, i) => i + 2).flatMap((id) => [
    row('course', id, null, 1, {
      category: 1,
      fullname: `Course ${id}`,
      shortname: `C${id}`,
      startdate: NOW_MS / 1000 - 80 * 86_400,
      enddate: 0,
      visible: 1,
    }),
    row('enrol', id, null, id, { enrol: 'manual', status: 0, courseid: id }),
    row('context', id, null, id, { contextlevel: 50, instanceid: id }),
  ]);
  const clock = { kind: 'event' as const, now_ms: NOW_MS + 6 * 3_600_000, last_tick_ms: NOW_MS, snapshot: false, ahead: [] };
  await store.commit({
    references: [...frame, row('role', 5, null, null, { shortname: 'student', archetype: 'student' })],
    clock,
  });
  let at_risk = 0;
  let alert_id = '';
  for (let from = 0; from < wanted; from += ROWS_A_COMMIT) {
    const references: EnrolmentChange[] = [];
    const [predictions, scores, alerts]: [Prediction[], Score[], Alert[]] = [[], [], []];
    for (let n = from; n < Math.min(wanted, from + ROWS_A_COMMIT); n++) {
      const user_id = 1_000 + (n >> 1);
      const course_id = 2 + ((n * 12 + (n >> 1)) % COURSES);
      if (n % 2 === 0)
        references.push(
          row('user', user_id, user_id, null, {
            deleted: 0,
            suspended: 0,
            firstname: 'Stu',
            lastname: `Dent${user_id}`,
            timemodified: 1,
          }),
        );
      references.push(
        row('user_enrolments', n + 1, user_id, course_id, {
          status: 0,
          enrolid: course_id,
          userid: user_id,
          timestart: 0,
          timeend: 0,
          timecreated: NOW_MS / 1000 - 70 * 86_400,
          timemodified: 1,
        }),
        row('role_assignments', n + 1, user_id, course_id, { roleid: 5, contextid: course_id, userid: user_id, timemodified: 1 }),
      );
      const score = scoreOf(user_id, course_id, n, NOW_MS);
      predictions.push({
        user_id,
        course_id,
        as_of_ms: NOW_MS,
        score,
        not_scored: null,
        last_active_ms: NOW_MS - (n % 40) * DAY_MS,
      });
      for (let week = 0; week < 4; week++) scores.push({ ...score, as_of_ms: NOW_MS - week * 7 * DAY_MS });
      if (score.score <= THRESHOLD) continue;
      at_risk++;
      alerts.push(alertOf(score));
      alert_id = alerts.at(-1)!.alert_id;
    }
    await store.commit({ references, predictions, scores, alerts });
  }
  return { enrolments: wanted, at_risk, alert_id };
}
