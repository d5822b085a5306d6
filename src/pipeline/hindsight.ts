/**
 * The store's courses in hindsight, for training and judging: the same readers as live scoring, and what became of each student.
 *
 * What is not learnt from, and why, is said. A course ends on its end date; without one, with the last week in which a fifth as many
 * students took part as in its fullest week, if that was four weeks ago: what a few visitors do in a course that is over would
 * make everybody else look lost.
 */
import type { AlertOutcome, Course, CourseHistory, Enrolment, EnrolmentHistory, LearnerHistory } from '../domain.js';
import { onTeachingDays, type TeachingCalendar } from '../features/teaching-days.js';
import { type CourseScope, inScope } from '../moodle/scope.js';
import type { Page, Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import { byCourse } from './by-course.js';
import type { Histories } from './histories.js';
import { paged } from './paged.js';
import type { Roster } from './roster.js';

/** Staff reached the student, so what would have come without that is not known. */
const REACHED: ReadonlySet<AlertOutcome> = new Set(['contacted', 'support-arranged']);
/** Of all courses: about 1 GB of histories. The latest courses are taken first. */
export const LEARNERS_MAX = 100_000;
/** The first landmark and its horizon: in a shorter course nothing can be told. */
const DAYS_MIN = 35;
/** A log that begins later than this after the course did has lost its beginning. */
const LOG_LATE_DAYS_MAX = 14;
/** Fewer of the students were there on three days or more: what they do for the course is not done in Moodle. */
const TELLING_SHARE_MIN = 0.2;
const TELLING_DAYS = 3;
const QUIET_DAYS = 28;
const TEACHING_SHARE = 0.2;

const WHY = {
  'log-late': 'the log does not go back to its beginning',
  young: `it has run for less than ${DAYS_MIN} days`,
  short: `it ran for less than ${DAYS_MIN} days`,
  crowded: `more than ${LEARNERS_MAX} enrolments are in later courses`,
  elsewhere: 'its students hardly come to Moodle: their silence tells nothing',
};
export type LeftOut = keyof typeof WHY;

export interface Hindsight {
  courses: CourseHistory[];
  /** By course: why, as a code and as a sentence for people. */
  left_out: { course_id: number; name: string; code: LeftOut; why: string }[];
}

export class HindsightReader {
  constructor(
    private readonly store: Store,
    private readonly roster: Roster,
    private readonly histories: Histories,
    private readonly calendar: Calendar,
    private readonly scope: CourseScope,
    private readonly teaching: TeachingCalendar | null,
  ) {}

  /** As known at `now_ms`, days before the site's last activity only: of a later one nobody can tell silence from an outage. */
  async read(now_ms: number): Promise<Hindsight> {
    const activity = new Map((await this.store.courseActivity()).map((course) => [course.course_id, course]));
    const times = [...activity.values()];
    if (times.length === 0) return { courses: [], left_out: [] };
    const last_ms = times.reduce((last, course) => Math.max(last, course.last_ms), 0);
    const first_day = this.calendar.day(
      times.reduce((first, course) => Math.min(first, course.first_ms), Number.MAX_SAFE_INTEGER),
    );
    const today = this.calendar.day(Math.min(now_ms, last_ms));
    const students = byCourse(await this.roster.all(now_ms));
    const contacts = await this.#contacts();
    const found: Hindsight = { courses: [], left_out: [] };
    let learners = 0;
    for (const course of latestFirst(await this.roster.courses())) {
      const enrolments = students.get(course.course_id) ?? [];
      const seen = activity.get(course.course_id);
      if (enrolments.length === 0 || seen === undefined || !inScope(this.scope, course)) continue;
      const name = course.shortname || `course ${course.course_id}`;
      const start_day = this.calendar.day(course.start_ms ?? seen.first_ms);
      let code: LeftOut | null = first_day - start_day > LOG_LATE_DAYS_MAX ? 'log-late' : null;
      if (today - start_day < DAYS_MIN) code ??= 'young';
      if (learners + enrolments.length > LEARNERS_MAX) code ??= 'crowded';
      if (code === null) {
        const read = await this.#course(course, name, start_day, enrolments, today, contacts);
        if (typeof read === 'string') code = read;
        else {
          found.courses.push(read);
          learners += enrolments.length;
        }
      }
      if (code !== null) found.left_out.push({ course_id: course.course_id, name, code, why: WHY[code] });
    }
    // In a fixed order, whatever was taken first.
    found.courses.sort((a, b) => a.course_id - b.course_id);
    return found;
  }

  /** Or why it is left out. */
  async #course(
    course: Course,
    name: string,
    start_day: number,
    enrolments: Enrolment[],
    today: number,
    contacts: Contacts,
  ): Promise<CourseHistory | LeftOut> {
    const { course_id } = course;
    const first_ms = course.start_ms === null ? this.calendar.startOfDay(start_day) : null;
    const histories = await this.histories.read(course, first_ms, enrolments, today);
    const end_day = course.end_ms === null ? quietSince(histories, start_day, today) : this.calendar.day(course.end_ms);
    const known_until_day = Math.min(today, end_day ?? today);
    if (known_until_day - start_day < DAYS_MIN) return 'short';
    if (!tellsSomething(histories)) return 'elsewhere';
    const long = await this.histories.longSessions(course_id, start_day, known_until_day);
    const over = end_day !== null && end_day < today;
    const completes = enrolments.some(({ state }) => state === 'completed');
    const learners = enrolments.map((enrolment, i): LearnerHistory => {
      const since_day = enrolment.since_ms === null ? null : this.calendar.day(enrolment.since_ms);
      return {
        history: histories[i]!,
        ...outcomeOf(enrolment, since_day, { end_day: known_until_day, over, completes }),
        contact_days: contacts.get(`${enrolment.user_id}/${course_id}`),
        long_sessions: long.get(enrolment.user_id),
      };
    });
    return onTeachingDays({ course_id, name, start_day, known_until_day, learners }, this.teaching);
  }

  async #contacts(): Promise<Contacts> {
    const contacts: Contacts = new Map();
    const resolved = paged(
      (page: Page<string>) => this.store.alerts({ states: ['resolved'] }, page),
      ({ alert_id }) => alert_id,
    );
    for await (const { user_id, course_id, outcome, closed_ms } of resolved) {
      if (outcome === null || closed_ms === null || !REACHED.has(outcome)) continue;
      const key = `${user_id}/${course_id}`;
      contacts.set(key, [...(contacts.get(key) ?? []), this.calendar.day(closed_ms)]);
    }
    return contacts;
  }
}

/** Days by `user/course`. */
type Contacts = Map<string, number[]>;

/**
 * | state, since | of a course that is over | of one that runs |
 * | --- | --- | --- |
 * | withdrawn by the end | withdrawn on that day | left on that day, result unknown |
 * | withdrawn after the end | passed, failed or stayed: courses are emptied when they are over | – |
 * | completed | passed, closed on that day | closed on that day, result unknown |
 * | suspended, ended by date | closed on that day, result unknown | the same |
 * | active | failed where others completed, else stayed | unknown |
 *
 * While a course runs nobody has a result: those who left or completed early would be the only ones with one, and a model would learn
 * that everybody does.
 */
function outcomeOf(
  { state }: Enrolment,
  since_day: number | null,
  { end_day, over, completes }: { end_day: number; over: boolean; completes: boolean },
): Pick<LearnerHistory, 'left_day' | 'result' | 'closed_day'> {
  const late = since_day !== null && since_day >= end_day;
  const inTheEnd = (result: LearnerHistory['result']) => (over ? result : null);
  if (state === 'withdrawn' && !late)
    return { left_day: since_day, result: inTheEnd('withdrawn'), ...(since_day === null ? NEVER_ASKED_ABOUT : {}) };
  if (state === 'completed')
    return { left_day: null, result: inTheEnd('passed'), ...(late ? {} : { closed_day: since_day ?? end_day }) };
  if ((state === 'suspended' || state === 'ended') && !late)
    return { left_day: null, result: null, ...(since_day === null ? NEVER_ASKED_ABOUT : { closed_day: since_day }) };
  return { left_day: null, result: inTheEnd(completes ? 'failed' : 'stayed') };
}

/** Gone on an unknown day: nothing of them can be told. */
const NEVER_ASKED_ABOUT = { closed_day: Number.NEGATIVE_INFINITY };

/** The first day after the last week of teaching; null while the course goes on. */
export function quietSince(histories: readonly EnrolmentHistory[], start_day: number, today: number): number | null {
  const weeks = new Map<number, Set<number>>();
  for (const { user_id, days } of histories)
    for (const { day, activities } of days) {
      if (activities === 0 || day < start_day) continue;
      const week = Math.floor((day - start_day) / 7);
      weeks.set(week, (weeks.get(week) ?? new Set()).add(user_id));
    }
  const fullest = [...weeks.values()].reduce((most, { size }) => Math.max(most, size), 0);
  const taught = [...weeks].filter(([, { size }]) => size >= fullest * TEACHING_SHARE).map(([week]) => week);
  if (taught.length === 0) return null;
  const end_day = start_day + (taught.reduce((a, b) => Math.max(a, b)) + 1) * 7;
  return end_day + QUIET_DAYS <= today ? end_day : null;
}

/** Do enough of the students come at all? */
export function tellsSomething(histories: readonly EnrolmentHistory[]): boolean {
  const there = histories.filter(({ days }) => days.filter(({ activities }) => activities > 0).length >= TELLING_DAYS);
  return there.length >= histories.length * TELLING_SHARE_MIN;
}

function latestFirst(courses: readonly Course[]): Course[] {
  return [...courses].sort((a, b) => (b.start_ms ?? 0) - (a.start_ms ?? 0) || b.course_id - a.course_id);
}
