/** What the page and the REST interface show, made from the tables: read-only, nothing kept. */
import type { Alert, Clock, Course, Early, Enrolment, Prediction, Session } from '../domain.js';
import type { Belonging } from './assignments.js';

/** One page of a list; `next_cursor` is null on the last. */
export interface PageOf<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Person {
  user_id: number;
  /** First and last name where Moodle's user table is known, else null. */
  name: string | null;
}

export interface Summary {
  site: string;
  time_zone: string;
  clock: Pick<Clock, 'kind' | 'now_ms' | 'last_tick_ms'>;
  /** Next scheduled scoring by the store's clock; null before the first activity. */
  next_tick_ms: number | null;
  model: { version: string; method: 'model' | 'heuristic' };
  /** Whether the data of the last tick could be believed. */
  data: {
    /** Why not, as a sentence; null where nothing spoke against it. */
    suspect: string | null;
    /** New alerts wait for that reason. */
    alerts_held: boolean;
    /** What to do about it; null where there is nothing to do. */
    remedy: string | null;
  };
  threshold: number;
  /** Sessions not yet closed by the store's clock. */
  sessions_open: number;
  sessions: number;
  activities: number;
  /** Enrolments by state. */
  enrolments: Record<Enrolment['state'], number>;
  scored: number;
  /** Of the active enrolments: why they have no score. */
  not_scored: Record<string, number>;
  at_risk: number;
  early: number;
  /** Alerts by state. */
  alerts: Record<Alert['state'], number>;
  highest_score: number | null;
  rejected: Record<string, number>;
  ignored: Record<string, number>;
}

export interface CourseSummary extends Course {
  /** Students by enrolment state. */
  enrolments: Record<Enrolment['state'], number>;
  scored: number;
  at_risk: number;
  early: number;
  activities: number;
  last_activity_ms: number | null;
}

export interface AtRisk extends Prediction {
  person: Person;
  course: Pick<Course, 'course_id' | 'shortname' | 'fullname'>;
  enrolment: Enrolment;
  alert: Alert | null;
}

export interface EarlyRow extends Early {
  person: Person;
  course: Pick<Course, 'course_id' | 'shortname' | 'fullname'>;
}

/** One case per student: the alerts of all courses, one owner. */
export interface Case {
  person: Person;
  owner: string | null;
  /** Highest score among its open and acknowledged alerts. */
  score: number;
  alerts: (Alert & { course: Pick<Course, 'course_id' | 'shortname' | 'fullname'> })[];
}

export interface StudentView {
  person: Person;
  enrolments: (Enrolment & { course: Pick<Course, 'course_id' | 'shortname' | 'fullname'>; prediction: Prediction | null })[];
  alerts: Alert[];
}

export interface TimelineDay {
  course_id: number;
  /** YYYY-MM-DD */
  day: string;
  activities: number;
  sessions: number;
  duration_s: number;
}

export interface Timeline {
  user_id: number;
  days: TimelineDay[];
  scores: { course_id: number; as_of_ms: number; score: number; band: string }[];
  alerts: Alert[];
}

export interface PredictionFilter extends Belonging {
  course_id?: number;
  user_id?: number;
  /** Only scores strictly above. */
  above?: number;
  band?: string;
  /** Only with, or only without a score. */
  scored?: boolean;
}

export interface AlertFilter extends Belonging {
  state?: Alert['state'][];
  course_id?: number;
  user_id?: number;
  assignee?: string;
}

/**
 * The reading side. Cursors are opaque; a cursor that is none of ours throws `BadCursor`.
 * Lists of predictions are ordered by score descending, then user and course; unscored last.
 */
export abstract class Views {
  abstract summary(): Promise<Summary>;
  abstract courses(): Promise<CourseSummary[]>;
  abstract course(course_id: number): Promise<(CourseSummary & { at_risk_list: AtRisk[]; early_list: EarlyRow[] }) | null>;
  abstract early(filter: { course_id?: number } & Belonging, cursor: string | null, limit: number): Promise<PageOf<EarlyRow>>;
  abstract cases(filter: Belonging, cursor: string | null, limit: number): Promise<PageOf<Case>>;
  abstract predictions(filter: PredictionFilter, cursor: string | null, limit: number): Promise<PageOf<AtRisk>>;
  abstract prediction(user_id: number, course_id: number): Promise<AtRisk | null>;
  abstract student(user_id: number): Promise<StudentView | null>;
  abstract studentSessions(
    user_id: number,
    cursor: string | null,
    limit: number,
  ): Promise<PageOf<Session & { duration_s: number; closed: boolean }> | null>;
  abstract timeline(user_id: number): Promise<Timeline | null>;
  abstract alerts(
    filter: AlertFilter,
    cursor: string | null,
    limit: number,
  ): Promise<PageOf<Alert & { person: Person; course: Pick<Course, 'course_id' | 'shortname' | 'fullname'> }>>;
  abstract alert(
    alert_id: string,
  ): Promise<(Alert & { person: Person; course: Pick<Course, 'course_id' | 'shortname' | 'fullname'> }) | null>;
}

export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

/** A filter that the table has no column for; the message says which. */
export class BadFilter extends Error {
  override readonly name = 'BadFilter';
}
