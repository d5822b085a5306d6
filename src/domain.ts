/**
 * The nouns of Holdfast. Data only: no behaviour, no imports.
 * Times are epoch milliseconds UTC and end in `_ms`. A `day` is a day of the site's calendar, as the number of days since
 * 1970-01-01 on that calendar (2026-11-22 = 20779), so that days can be subtracted and kept in typed arrays.
 */

// ---------------------------------------------------------------------------------------------------------------- change

/** Where a change stands in its database's own log; the later of two coordinates of one server is the newer change. */
export interface Coordinate {
  /** Number of the log file (`binlog.000012` is 12); 0 for PostgreSQL's LSN. The binary log's source adds which server's it is, as met. */
  log: number;
  /** Byte position in that file, or the LSN. */
  offset: number;
  /** Row inside the event at that position. */
  row: number;
}

/** A captured row: what the database wrote, whatever source and format brought it. */
export interface Change {
  /** Name without Moodle's prefix: `logstore_standard_log`. */
  table: string;
  /** `read` = a row of a snapshot. `truncate` has neither id nor row. */
  op: 'create' | 'update' | 'delete' | 'read' | 'truncate';
  /** Primary key `id`; null only for `truncate` and for a row that has none. */
  id: number | null;
  /** The row after the change; for `delete` the last known row, or null where only the key came. */
  row: Record<string, unknown> | null;
  /** The database's own clock at commit; null where the format leaves it out. Never event time. */
  source_ms: number | null;
  coordinate: Coordinate | null;
  /** Where a person finds it: `line 17`, `offset 812`. */
  at: string;
}

/** Something that came in and could not be used: a value, counted and kept, never an exception. */
export interface Rejected {
  /** Base name of the file, or topic/partition, or the server's address. */
  source: string;
  /** `line 17`. Together with `source` and `reason` the identity of the rejection. */
  position: string;
  reason: RejectReason;
  /** Which table, which column, what was expected. Never the content of a personal column. */
  detail: string;
}

export type RejectReason =
  | 'not-utf8'
  | 'not-json'
  | 'too-long'
  | 'truncated'
  | 'unknown-shape'
  | 'unknown-table'
  | 'missing-column'
  | 'bad-value'
  | 'future'
  /** A log row under the id of another one that was counted: the database lost that one and gave its id again. */
  | 'reused-id';

// -------------------------------------------------------------------------------------------------------------- activity

/** What kind of thing a student did, by Moodle component. The order is that of the columns of `activity_days`. */
export const ACTIVITY_GROUPS = ['navigation', 'content', 'social', 'assessment', 'other'] as const;
export type ActivityGroup = (typeof ACTIVITY_GROUPS)[number];

/** One counted row of Moodle's log: something that a person did themselves. */
export interface Activity {
  /** The log row's id: its identity, however often it is delivered. */
  id: number;
  /** May be 0, 1 or −1 in a log without a courseid column. */
  user_id: number;
  /** null = outside courses: counts in `sessions` only. 0 = a log without a courseid column. */
  course_id: number | null;
  time_ms: number;
  group: ActivityGroup;
}

// ------------------------------------------------------------------------------------------------------------- reference

/** Moodle's tables that are kept row by row, and the log's own events about enrolments, kept as facts of their own. */
export const REFERENCE_TABLES = [
  'user',
  'course',
  'enrol',
  'user_enrolments',
  'role',
  'role_assignments',
  'context',
  'course_completions',
  'assign',
  'assign_submission',
  'quiz',
  'quiz_attempts',
  'grade_items',
  'grade_grades',
  'groups',
  'groups_members',
  'enrolment_events',
] as const;
export type ReferenceTable = (typeof REFERENCE_TABLES)[number] | `sis_${string}`;

/** A row of a reference table as it is kept: only the columns that are used. Tables `sis_…` were imported (`imports/kinds.ts`). */
export interface ReferenceRow {
  table: ReferenceTable;
  id: number;
  /** Whom the row is about, where it is about somebody: the index for reading one person. */
  user_id: number | null;
  /** What the row hangs on (enrolid, contextid, course, assignment, quiz, itemid): the index for reading one course. */
  parent_id: number | null;
  /** True when Moodle deleted the row: it stays, since history is what this product is about. */
  deleted: boolean;
  /** Columns by Moodle's names; numbers, strings and null. Seconds stay seconds here, as Moodle wrote them. */
  row: Record<string, number | string | null>;
  source_ms: number | null;
  coordinate: Coordinate | null;
}

/** What a change does to the reference tables. */
export type EnrolmentChange =
  | { op: 'upsert'; reference: ReferenceRow }
  /** The row is marked deleted; `reference.row` is `{}` where only the key is known, and then the kept columns stay. */
  | { op: 'delete'; reference: ReferenceRow }
  | { op: 'truncate'; table: ReferenceTable; source_ms: number | null; coordinate: Coordinate | null };

// ------------------------------------------------------------------------------------------------------------- enrolment

export type EnrolmentState = 'active' | 'not-started' | 'suspended' | 'withdrawn' | 'completed' | 'ended';
export type EnrolmentReason =
  | 'account-deleted'
  | 'unenrolled-self'
  | 'unenrolled-by-other'
  | 'role-removed'
  | 'account-suspended'
  | 'enrolment-suspended'
  | 'method-disabled'
  | 'completed'
  | 'official'
  | 'end-date';

/** One student in one course. */
export interface Enrolment {
  user_id: number;
  course_id: number;
  state: EnrolmentState;
  reason: EnrolmentReason | null;
  since_ms: number | null;
  enrolled_ms: number | null;
}

export interface Course {
  course_id: number;
  shortname: string;
  fullname: string;
  category: number | null;
  /** null = not set in Moodle. */
  start_ms: number | null;
  end_ms: number | null;
}

/** Something to hand in, and whether one student did. */
export interface Assessment {
  kind: 'assign' | 'quiz';
  id: number;
  /** null = no due date. */
  due_ms: number | null;
  /** First hand-in; null = not handed in. */
  submitted_ms: number | null;
  /** Percent of the highest mark and when it was last set; null = not marked. */
  mark: { percent: number; set_ms: number } | null;
}

// --------------------------------------------------------------------------------------------------------------- windows

/** A table that the windows engine keeps: its name and columns, as they are stored and exported. */
export interface WindowTable {
  name: string;
  key: readonly string[];
  /** Column of the window's start, and of its inclusive end where it is not implied by the start. */
  start: string;
  end: string | null;
  values: readonly string[];
}

/**
 * A window as it is stored: key, start and end in the table's unit (ms or days), values in the table's order. Moodle's tables
 * have numbers as keys; click tables have strings too (`K`).
 */
export interface WindowRow<K extends number | string | null = number> {
  key: readonly K[];
  start: number;
  end: number;
  values: readonly number[];
}

/** What a batch did to one window table: absolute rows, so that writing twice is harmless. Deletes go first. */
export interface WindowChanges<K extends number | string | null = number> {
  table: WindowTable;
  deletes: { key: readonly K[]; start: number }[];
  upserts: WindowRow<K>[];
}

/** Sessions of a user over all courses. */
export const SESSIONS: WindowTable = {
  name: 'sessions',
  key: ['user_id'],
  start: 'start_ms',
  end: 'end_ms',
  values: ['activities'],
};
/** Sessions of a user inside one course. */
export const COURSE_SESSIONS: WindowTable = {
  name: 'course_sessions',
  key: ['user_id', 'course_id'],
  start: 'start_ms',
  end: 'end_ms',
  values: ['activities'],
};
/** Activities of a user in one course on one day of the site's calendar. `sessions` and `duration_s` are derived from course_sessions. */
export const ACTIVITY_DAYS: WindowTable = {
  name: 'activity_days',
  key: ['user_id', 'course_id'],
  start: 'day',
  end: null,
  values: ['activities', ...ACTIVITY_GROUPS],
};

export interface Session {
  user_id: number;
  /** null in `sessions`, which are over all courses. */
  course_id: number | null;
  start_ms: number;
  /** Time of the last activity, inclusive: a session of one activity has end = start. */
  end_ms: number;
  activities: number;
}

export interface ActivityDay {
  user_id: number;
  course_id: number;
  day: number;
  activities: number;
  navigation: number;
  content: number;
  social: number;
  assessment: number;
  other: number;
  /** Sessions that started on this day, and their summed duration. */
  sessions: number;
  duration_s: number;
}

/** 8,192 log ids, one bit each: id = page × 8192 + bit. What has been counted stays counted. */
export interface SeenPage {
  page: number;
  /** 1,024 bytes. */
  bits: Uint8Array;
}
export const SEEN_PAGE_IDS = 8192;

// ----------------------------------------------------------------------------------------------------------------- clock

/**
 * A store's clock. `event`: the time of the counted activity, so that a replay at any speed gives the same. `wall`: the machine's
 * time, for a live site; `now_ms` is then what activity has reached, which is what catching up goes by.
 */
export interface Clock {
  kind: 'wall' | 'event';
  /** Greatest time of a counted activity, the jump rule applied; null before the first. */
  now_ms: number | null;
  /** The latest tick that fired; null before the first. */
  last_tick_ms: number | null;
  /** An initial snapshot is running: ticks wait until it is complete, then one fires. */
  snapshot: boolean;
  /** Counted activities more than 30 days ahead that wait for confirmation; bounded by the rule itself. */
  ahead: { user_id: number; time_ms: number }[];
}

// ----------------------------------------------------------------------------------------------------- features and score

/** What was asked of a student, and what became of it. */
export interface HandIn {
  /** null = no due date. */
  due_day: number | null;
  /** First hand-in; null = not handed in. */
  submitted_day: number | null;
  /** Percent of the highest mark, and the day from which it is known. Absent where there is none. */
  mark?: { percent: number; day: number };
}

/** What is known of one enrolment before a cut-off day. The one input of features, live, scheduled or in training. */
export interface EnrolmentHistory {
  user_id: number;
  course_id: number;
  enrolled_day: number | null;
  course_start_day: number | null;
  course_end_day: number | null;
  /** Ascending by day, each before the cut-off. */
  days: ActivityDay[];
  /** False where the source has days only (OULAD): session features are then missing, not zero. */
  sessions_known: boolean;
  /** null = the source knows of no assessments at all: those features are missing, not zero. */
  assessments: HandIn[] | null;
}

/** A session that went on over a midnight: before `end_day` was over, nobody knew its length. */
export type LongSession = Record<'day' | 'end_day' | 'duration_s', number>;

/** One student in a course that is known in hindsight. The history is whole: features and labels cut it themselves. */
export interface LearnerHistory {
  history: EnrolmentHistory;
  /** Day of the formal withdrawal; null = none, or its day is unknown. */
  left_day: number | null;
  /** null = not known yet; stayed = not withdrawn by the end, and whether they passed is not known. */
  result: 'passed' | 'failed' | 'withdrawn' | 'stayed' | null;
  /** From this day on they took part no more without having left: completed, or suspended by staff. Absent = never. */
  closed_day?: number;
  /** Days on which staff had talked with them after an alert. */
  contact_days?: readonly number[];
  long_sessions?: readonly LongSession[];
}

/** Some days without teaching, both ends inclusive. `course`: id or short name of the one course it is about; null = all. */
export interface TeachingBreak {
  from_day: number;
  to_day: number;
  name: string;
  course: string | null;
}

/** A course with all its students, known in hindsight: what models are trained and judged on. */
export interface CourseHistory {
  course_id: number;
  /** As people and prediction files name it: `AAA/2013J`. */
  name: string;
  start_day: number;
  /** Exclusive: nothing is known of this day and later. */
  known_until_day: number;
  learners: LearnerHistory[];
}

/** What a course's students had on one day, for ranks: kept, so that a score can be repeated. */
export interface Cohort {
  course_id: number;
  /** Cut-off day: made of rows before this day. */
  day: number;
  /** Names the content: first 12 hex digits of the SHA-256 of course, day, quantiles and moments. */
  version: string;
  students: number;
  /** Per ranked feature: ascending values, at most 101 (the percentiles 0 … 100 when there are more students than that). */
  quantiles: Record<string, number[]>;
  /** Per feature that is standardised: mean and standard deviation over the students, on the feature's own scale. */
  moments: Record<string, [mean: number, deviation: number]>;
}

export const TARGETS = [
  'effective-withdrawal',
  'silent-28',
  'disengagement',
  'formal-withdrawal',
  'eventual-withdrawal',
  'fail-or-withdraw',
] as const;
export type Target = (typeof TARGETS)[number];

export interface Reason {
  feature: string;
  value: number | null;
  unit: string;
  /** 0–100, share of the course's students with a value at most this one; null where there is no cohort. */
  cohort_percentile: number | null;
  /** Contribution to the score in log-odds; positive raises it. */
  contribution: number;
  text: string; // a sentence that a teacher understands
  /** Its other figures, for other languages: `{ median: 7 }`; not in scores from before. */
  beside?: Record<string, number>;
}
export type Band = 'low' | 'raised' | 'high' | 'very high';

export interface Score {
  user_id: number;
  course_id: number;
  as_of_ms: number;
  /** Probability of the alert's target, 6 decimals. */
  score: number;
  /** Probability of 28 silent days for a student active in the last 14 days; else null. */
  early_score: number | null;
  band: Band;
  model_version: string;
  cohort_version: string;
  method: 'model' | 'heuristic';
  reasons: Reason[];
}

/** The latest score also says why the early score is what it is: that is the chance of another outcome. The history keeps scores without. */
export interface CurrentScore extends Score {
  /** Absent where there is no early score, and in what an earlier version wrote. */
  early_reasons?: Reason[];
}

/** What a challenger would have said: kept apart, shown to nobody, and no alert comes of it. */
export interface ShadowScore {
  user_id: number;
  course_id: number;
  as_of_ms: number;
  model_version: string;
  score: number;
}

export type NotScoredReason =
  | 'not-active'
  | 'course-not-begun'
  | 'course-ended'
  | 'too-little-data'
  | 'out-of-scope'
  | 'opted-out';

/** The latest word on an enrolment: its score, or why it has none. */
export interface Prediction {
  user_id: number;
  course_id: number;
  as_of_ms: number;
  score: CurrentScore | null;
  not_scored: NotScoredReason | null;
  /** Time of the student's last activity in the course before as_of. */
  last_active_ms: number | null;
}

/** One place of the early list: the still-active students most likely to fall silent. */
export interface Early {
  course_id: number;
  /** From 1. */
  rank: number;
  user_id: number;
  early_score: number;
  reasons: Reason[];
  last_active_ms: number | null;
  as_of_ms: number;
}

// ----------------------------------------------------------------------------------------------------------------- alert

export type AlertState = 'open' | 'acknowledged' | 'resolved' | 'expired';
/** What a person says when resolving. */
export const PERSON_OUTCOMES = ['contacted', 'no-answer', 'support-arranged', 'not-needed', 'incorrect'] as const;
export type PersonOutcome = (typeof PERSON_OUTCOMES)[number];
export type SystemOutcome = 'recovered' | 'withdrew' | 'completed' | 'ended' | 'suspended' | 'not-active';
export type AlertOutcome = PersonOutcome | SystemOutcome;

export interface Alert {
  /** First 16 hex digits of SHA-256 of `site|user|course|opening as_of_ms`. */
  alert_id: string;
  user_id: number;
  course_id: number;
  state: AlertState;
  opened_ms: number;
  /** Latest score seen while not resolved. */
  score: number;
  reasons: Reason[];
  assignee: string | null;
  muted_until_ms: number | null;
  outcome: AlertOutcome | null;
  note: string | null;
  /** When it was resolved or expired. */
  closed_ms: number | null;
  /** Ticks in a row at or below threshold − 0.1. */
  recovered_ticks: number;
  /** Latest change by a person, or the opening: what "untouched" is measured from. */
  touched_ms: number;
  /** Counts changes from 1: the ETag. */
  revision: number;
  opened_by: string | null; // the person who opened it; null = the score did
}
