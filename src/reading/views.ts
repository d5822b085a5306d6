/** What the page and the REST interface show, made from the tables: read-only, nothing kept. */

import type {
  Alert,
  Clock,
  Course,
  Early,
  Enrolment,
  NotScoredReason,
  PersonOutcome,
  Prediction,
  Score,
  Session,
} from '../domain.js';
import type { StatementKind } from '../pipeline/student-voice.js';
import type { AlertEdit, CourseStanding, Doubt, DriftCheck } from '../ports.js';
import type { Arm } from '../trials/draw.js';
import type { Belonging } from './assignments.js';
import type { CourseDay } from './course-days.js';
import type { CourseWeek } from './course-weeks.js';
import type { AlertFilter, ContactFilter, EarlyFilter, PredictionFilter, SessionOrder, SummaryFilter } from './filters.js';
import type { ShownHandIn } from './handed-in.js';
import type { LastContact } from './last-contact.js';
import type { StandingWord } from './standings.js';

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

/** A course where something about its students is said: with how far to trust it. */
export interface CourseName extends Pick<Course, 'course_id' | 'shortname' | 'fullname'> {
  standing: StandingWord;
}

export interface Summary {
  site: string;
  time_zone: string;
  clock: Pick<Clock, 'kind' | 'now_ms' | 'last_tick_ms'>;
  /** Next scheduled scoring by the store's clock; null before the first activity. */
  next_tick_ms: number | null;
  /** `why_not`: why no model scores; null where one does, and for who sees a part of the site. */
  model: { version: string; method: 'model' | 'heuristic'; why_not: string | null };
  /** Whether the data of the last tick could be believed. */
  data: {
    /** Why not, as a sentence; null where nothing spoke against it. */
    suspect: string | null;
    /** The same in figures; null where nothing spoke against it, and of data looked at before there were any. */
    doubt: Doubt | null;
    /** New alerts wait for that reason. */
    alerts_held: boolean;
    /** What to do about it; null where there is nothing to do. */
    remedy: string | null;
  };
  threshold: number;
  /** Sessions not yet closed by the store's clock. These three are null for who sees a part of the site. */
  sessions_open: number | null;
  sessions: number | null;
  activities: number | null;
  /** Enrolments by state. */
  enrolments: Record<Enrolment['state'], number>;
  scored: number;
  /** Of the active enrolments: why they have no score. */
  not_scored: Record<string, number>;
  at_risk: number;
  /** Places of the early lists. */
  early: number;
  /** Students on them: who is on the lists of two courses counts once. */
  early_students: number;
  /** Alerts by state. */
  alerts: Record<Alert['state'], number>;
  highest_score: number | null;
  rejected: Record<string, number>;
  ignored: Record<string, number>;
}

export interface CourseSummary extends Course {
  standing: StandingWord;
  /** Students by enrolment state. */
  enrolments: Record<Enrolment['state'], number>;
  scored: number;
  at_risk: number;
  early: number;
  /** These two of whom the viewer sees. */
  activities: number;
  last_activity_ms: number | null;
}

/** The latest word on an enrolment as people may see it: `not-checked` is a score that HOLDFAST_SHADOW keeps back. */
export interface ShownPrediction extends Omit<Prediction, 'not_scored' | 'score'> {
  score: Score | null;
  not_scored: NotScoredReason | 'not-checked' | null;
}

export interface CourseWeeks {
  course_id: number;
  weeks: CourseWeek[];
  /** Open enrolments by band, and their scores added up: about how many of them will stop, if the scores can be believed. */
  bands: Record<string, number>;
  expected: number;
  /** What became of earlier scores of this course; null where nobody has looked yet, and for who sees a part of the course. */
  standing: CourseStanding | null;
}

/** What lists can be filtered by beside courses. */
export interface KnownAssignments {
  /** Of groups and intakes. */
  groups: string[];
  tutors: Person[];
  /** Whom alerts are or were assigned to, by name. */
  assignees: string[];
}

/** How a scoring's data looked beside what the model learnt from and beside an earlier day. */
export type DriftLook = Omit<DriftCheck, 'courses'>;

export interface AtRisk extends ShownPrediction {
  /** Scheduled scores of the last 28 days, oldest first; null unless asked for. */
  trend: { as_of_ms: number; score: number }[] | null;
  person: Person;
  course: CourseName;
  enrolment: Enrolment;
  alert: Alert | null;
  /** What presses most of what the student wrote in this course and nobody has read. */
  unread: StatementKind | null;
  /** What a person did last, in the last 28 days; null = nothing. */
  last_contact: LastContact | null;
}

/** Something that a student wrote, without the words. */
export interface Unread {
  statement_id: number;
  person: Person;
  course: CourseName;
  at_ms: number;
  kind: StatementKind;
}

export interface EarlyRow extends Early {
  person: Person;
  course: CourseName;
  /** What a fair trial asks: to call this week, or next week; null = no trial. */
  call: Arm | null;
  /** As of `AtRisk`. */
  unread: StatementKind | null;
  /** With one row a student: the other courses whose list has them. */
  also_in: CourseName[];
  /** Who takes care of the student, whatever the course. */
  owner: string | null;
  /** The one that waits for a person in this course. */
  alert: Alert | null;
  /** As of `AtRisk`; with one row a student, in any course. */
  last_contact: LastContact | null;
  /** Somebody reached the student, or said that there is no need to, in the last 14 days, in any course. */
  dealt_with: boolean;
}

/** One case per student: the alerts of all courses, one owner. */
export interface Case {
  person: Person;
  owner: string | null;
  /** Highest score among its open and acknowledged alerts. */
  score: number;
  alerts: (Alert & { course: CourseName })[];
}

export interface Contact {
  alert_id: string;
  person: Person;
  course: CourseName;
  opened_ms: number;
  closed_ms: number;
  outcome: PersonOutcome;
  assignee: string | null;
  /** Any activity in the course in the 14 days after that day; null while they are not over and there was none. */
  active_again: boolean | null;
  /** Who resolved it; null where that was not recorded yet. */
  by: string | null;
}

export interface StudentView {
  person: Person;
  enrolments: (Enrolment & { course: CourseName; prediction: ShownPrediction | null })[];
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
  hand_ins: ShownHandIn[];
  scores: { course_id: number; as_of_ms: number; score: number; band: string }[];
  alerts: Alert[];
}

export type ShownSession = Session & { duration_s: number; closed: boolean };

/** Of all that a filter gives: `reached` those who were, and of whom it is known whether they were active in the 14 days after. */
export interface ContactFigures {
  reached: number;
  active_again: number;
}

/**
 * The reading side. Cursors are opaque; a cursor that is none of ours throws `BadCursor`.
 * Lists of predictions are ordered by score descending, then user and course; unscored last.
 */
export abstract class Views {
  abstract summary(filter?: SummaryFilter): Promise<Summary>;
  abstract courses(): Promise<CourseSummary[]>;
  abstract course(course_id: number): Promise<(CourseSummary & { at_risk_list: AtRisk[]; early_list: EarlyRow[] }) | null>;
  abstract courseWeeks(course_id: number): Promise<CourseWeeks | null>;
  /** The last ten weeks day by day; null where there is no such course. */
  abstract courseDays(course_id: number, how_many: number): Promise<{ course_id: number; days: CourseDay[] } | null>;
  abstract assignments(): Promise<KnownAssignments>;
  /** The scorings of the last weeks, oldest first. */
  abstract drift(): Promise<DriftLook[]>;
  abstract early(filter: EarlyFilter, cursor: string | null, limit: number): Promise<PageOf<EarlyRow> & { total: number }>;
  abstract cases(filter: Belonging, cursor: string | null, limit: number): Promise<PageOf<Case>>;
  abstract predictions(
    filter: PredictionFilter,
    cursor: string | null,
    limit: number,
  ): Promise<PageOf<AtRisk> & { total: number }>;
  abstract prediction(user_id: number, course_id: number): Promise<AtRisk | null>;
  /** What students wrote and nobody has read, also of those who are on no list: calls for help first, then the oldest. */
  abstract unread(): Promise<Unread[]>;
  /** Whether there is such a person among those whom the viewer sees, also where they opted out and nothing else is told of them. */
  abstract knows(user_id: number): Promise<boolean>;
  abstract student(user_id: number): Promise<StudentView | null>;
  abstract studentSessions(
    user_id: number,
    order: SessionOrder,
    cursor: string | null,
    limit: number,
  ): Promise<PageOf<ShownSession> | null>;
  abstract timeline(user_id: number): Promise<Timeline | null>;
  abstract alerts(
    filter: AlertFilter,
    cursor: string | null,
    limit: number,
  ): Promise<PageOf<Alert & { person: Person; course: CourseName }>>;
  abstract alert(alert_id: string): Promise<(Alert & { person: Person; course: CourseName }) | null>;
  /** Alerts that people resolved, the latest first. */
  abstract contacts(filter: ContactFilter, cursor: string | null, limit: number): Promise<PageOf<Contact> & { total: number }>;
  abstract contactFigures(filter: ContactFilter): Promise<ContactFigures>;
  /** What people changed of an alert, oldest first; null where there is no such alert. */
  abstract alertEdits(alert_id: string): Promise<AlertEdit[] | null>;
}

export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

/** A filter that the table has no column for; the message says which. */
export class BadFilter extends Error {
  override readonly name = 'BadFilter';
}
