/** Rows to put into stores, with what a test does not care about filled in. */
import type {
  ActivityDay,
  Alert,
  Cohort,
  EnrolmentChange,
  Prediction,
  ReferenceRow,
  Rejected,
  Score,
  Session,
  ShadowScore,
  WindowChanges,
  WindowTable,
} from '../../src/domain.js';
import { ACTIVITY_DAYS, COURSE_SESSIONS, SESSIONS } from '../../src/domain.js';
import type {
  AlertEdit,
  Commit,
  CourseStanding,
  DriftCheck,
  Filter,
  Page,
  PersonView,
  ShadowKey,
  StoreIdentity,
} from '../../src/ports.js';

export const DAY_MS = 86_400_000;
export const ALL = { limit: 10_000 };
export const EVERYONE: Filter = {};

/** A site whose days begin three hours before those of UTC. */
export const SITE: StoreIdentity = {
  site: 'moodle',
  time_zone: 'Etc/GMT-3',
  day: (time_ms) => Math.floor((time_ms + 3 * 3_600_000) / DAY_MS),
};

function upserts(table: WindowTable, rows: WindowChanges['upserts']): Commit {
  return { windows: [{ table, deletes: [], upserts: rows }] };
}

export function session(user_id: number, start: number, end: number, activities = 1): Commit {
  return upserts(SESSIONS, [{ key: [user_id], start, end, values: [activities] }]);
}

export function courseSession(user_id: number, course_id: number, start: number, end: number, activities = 1): Commit {
  return upserts(COURSE_SESSIONS, [{ key: [user_id, course_id], start, end, values: [activities] }]);
}

export function activityDay(user_id: number, course_id: number, day: number, values = [1, 1, 0, 0, 0, 0]): Commit {
  return upserts(ACTIVITY_DAYS, [{ key: [user_id, course_id], start: day, end: day, values }]);
}

/** The windows of several commits in one. */
export function together(...commits: Commit[]): Commit {
  return { windows: commits.flatMap((commit) => commit.windows ?? []) };
}

export function position(from: string | null, to: string, source = 'file:a'): Commit {
  return { position: { source, from, to } };
}

export function reference(part: Partial<ReferenceRow> = {}): ReferenceRow {
  return {
    table: 'user',
    id: 7,
    user_id: 7,
    parent_id: null,
    deleted: false,
    row: { suspended: 0 },
    source_ms: null,
    coordinate: null,
    ...part,
  };
}

export function upsert(part: Partial<ReferenceRow> = {}): EnrolmentChange {
  return { op: 'upsert', reference: reference(part) };
}

export function score(part: Partial<Score> = {}): Score {
  return {
    user_id: 1,
    course_id: 2,
    as_of_ms: 1000,
    score: 0.75,
    early_score: null,
    band: 'high',
    model_version: 'm1',
    cohort_version: 'c1',
    method: 'model',
    reasons: [
      { feature: 'days_silent', value: 9, unit: 'days', cohort_percentile: 88, contribution: 1.25, text: 'Silent – 9 days' },
    ],
    ...part,
  };
}

export function prediction(part: Partial<Prediction> = {}): Prediction {
  return { user_id: 1, course_id: 2, as_of_ms: 1000, score: score(), not_scored: null, last_active_ms: 500, ...part };
}

export function alert(part: Partial<Alert> = {}): Alert {
  return {
    alert_id: '00000000000000aa',
    user_id: 1,
    course_id: 2,
    state: 'open',
    opened_ms: 1000,
    score: 0.75,
    reasons: score().reasons,
    assignee: null,
    muted_until_ms: null,
    outcome: null,
    note: null,
    closed_ms: null,
    recovered_ticks: 0,
    touched_ms: 1000,
    revision: 1,
    opened_by: null,
    ...part,
  };
}

export function cohort(course_id: number, day: number, version = 'v1'): Cohort {
  return { course_id, day, version, students: 3, quantiles: { sessions: [0, 1.5, 4] }, moments: { sessions: [1.8, 1.7] } };
}

export function shadowScore(part: Partial<ShadowScore> = {}): ShadowScore {
  return { user_id: 1, course_id: 2, as_of_ms: 1000, model_version: 'm2', score: 0.25, ...part };
}

export function driftCheck(part: Partial<DriftCheck> = {}): DriftCheck {
  const course = { course_id: 2, students: 3, settled: 2, settled_active: 1, above: 1 };
  return {
    as_of_ms: 1000,
    suspect: 'Only 1 of 2 students – “active”.',
    held: true,
    compared_ms: 400,
    psi: { active_days: 1.25, per_active_day: 0, scores: 0.031 },
    training: { rows: 3, scores: 0.1, inputs: 0.5, furthest: [{ name: 'active_days_7', psi: 2.5 }] },
    courses: [{ ...course, active_days: [2, 1], per_day: [0, 1], scores: [2, 0, 1] }],
    ...part,
  };
}

export function standing(part: Partial<CourseStanding> = {}): CourseStanding {
  const counts = { students: 40, stopped: 12, rows: 200, auc: 0.81, auc_low: 0.74, calibration_error: 0.05 };
  return {
    course_id: 2,
    model_version: 'm1',
    checked_ms: 1000,
    standing: 'checked',
    why: 'AUC 0.81 – “good”.',
    faults: [],
    reliability: [{ from: 0, to: 0.1, rows: 200, positives: 12, mean_predicted: 0.06 }],
    weeks: [{ from: '2025-11-17', rows: 200, positives: 12, mean_predicted: 0.06 }],
    ...counts,
    ...part,
  };
}

export function alertEdit(part: Partial<AlertEdit> = {}): AlertEdit {
  const [from, to] = [
    { state: 'open' as const, assignee: null },
    { state: 'acknowledged' as const, assignee: 'Zoë' },
  ];
  return { alert_id: 'a1', revision: 2, at_ms: 7, by: 'Zoë', by_user_id: 5, from, to, ...part };
}

export function rejected(part: Partial<Rejected> = {}): Rejected {
  return { source: 'a.ndjson', position: 'line 17', reason: 'not-json', detail: 'unexpected end', ...part };
}

/** Something of everything. */
export function personView(other: Partial<PersonView> = {}): PersonView {
  const who = { viewer: 'page', by_user_id: null, kind: 'open' as const, what: 'students/:userId' };
  return { user_id: 1, course_id: 2, at_ms: 1_000, ...who, people: 1, ...other };
}

export function fullCommit(): Commit {
  return {
    ...position(null, 'line 1'),
    clock: { kind: 'event', now_ms: 5, last_tick_ms: 4, snapshot: false, ahead: [{ user_id: 1, time_ms: 9 }] },
    ...together(session(1, 1, 2), courseSession(1, 2, 1, 2), activityDay(1, 2, 0)),
    seen: [{ page: 1, bits: new Uint8Array(1024).fill(7) }],
    references: [upsert()],
    cohorts: [cohort(1, 2)],
    scores: [score()],
    predictions: [prediction()],
    alerts: [alert()],
    shadow_scores: [shadowScore()],
    drift: driftCheck(),
    standings: [standing()],
    alert_edits: [alertEdit()],
    person_views: [personView()],
    changes: [{ at_ms: 3, by: 'local', by_user_id: null, what: 'ids', detail: 'Plain ids.' }],
    rejected: [rejected()],
    ignored: { tombstone: 2 },
  };
}

/** The key of a row, by the list that it is in. */
export const KEY_OF = {
  sessions: (row: Session): [number, number] => [row.user_id, row.start_ms],
  courseSessions: (row: Session): [number, number, number] => [row.user_id, row.course_id!, row.start_ms],
  activityDays: (row: ActivityDay): [number, number, number] => [row.user_id, row.course_id, row.day],
  activityDaysByDay: (row: ActivityDay): [number, number, number] => [row.day, row.course_id, row.user_id],
  scores: (row: Score): [number, number, number] => [row.user_id, row.course_id, row.as_of_ms],
  predictions: (row: Prediction): [number, number] => [row.user_id, row.course_id],
  alerts: (row: Alert): string => row.alert_id,
  shadowScores: (row: ShadowScore): ShadowKey => [row.as_of_ms, row.course_id, row.user_id, row.model_version],
  rejected: (row: Rejected): [string, string, string] => [row.source, row.position, row.reason],
};

/** Reads a list page by page to its end. */
export async function paged<Row, Key>(
  limit: number,
  read: (page: Page<Key>) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await read(last === undefined ? { limit } : { after: keyOf(last), limit });
    rows.push(...page);
    if (page.length < limit) return rows;
  }
}
