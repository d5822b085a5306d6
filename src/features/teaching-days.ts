/**
 * Teaching breaks are no silence. Days are numbered anew so that the days of a break vanish: what lies on both sides of it moves
 * together, and features, labels and horizons, which know distances only, never see it. Scores' times, rows and what people are
 * shown keep their real days.
 *
 * Worked example, a break on days 10 … 13:
 *
 * | real day                                   | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 |
 * | ------------------------------------------ | - | - | -- | -- | -- | -- | -- | -- |
 * | as a begin, an end, a due day, a cut-off   | 8 | 9 | 10 | 10 | 10 | 10 | 10 | 11 |
 * | as a day on which something was done       | 8 | 9 | 9  | 9  | 9  | 9  | 10 | 11 |
 *
 * What was **done** in a break (activity, a hand-in, a mark, leaving) counts on the last teaching day before it: when teaching goes
 * on it has happened, so a cut-off there sees it, and one before the break does not. What **begins, ends or falls due** in a break
 * moves to the first day after it, when something can be expected again; so what was handed in during a break is never late.
 * A break that is not a whole number of weeks shifts the weekdays behind it, which only the spread over weekdays sees.
 */
import {
  ACTIVITY_GROUPS,
  type ActivityDay,
  type CourseHistory,
  type EnrolmentHistory,
  type HandIn,
  type LearnerHistory,
  type TeachingBreak,
} from '../domain.js';

/** The days of one course without its breaks. Every answer is the same whatever order or overlap the breaks came in. */
export class TeachingDays {
  /** Ascending and apart; `to` is exclusive. */
  readonly #breaks: readonly { from: number; to: number }[];

  constructor(breaks: readonly Pick<TeachingBreak, 'from_day' | 'to_day'>[]) {
    const joined: { from: number; to: number }[] = [];
    for (const { from_day, to_day } of [...breaks].sort((a, b) => a.from_day - b.from_day)) {
      const last = joined.at(-1);
      if (last && from_day <= last.to) last.to = Math.max(last.to, to_day + 1);
      else joined.push({ from: from_day, to: to_day + 1 });
    }
    this.#breaks = joined;
  }

  isBreak(day: number): boolean {
    return this.#breaks.some(({ from, to }) => day >= from && day < to);
  }

  /** The day's number without breaks; for a day of a break that of the first teaching day after it. */
  number(day: number): number {
    return day - this.breakDaysIn(Number.NEGATIVE_INFINITY, day);
  }

  /** The same for a day on which something was done: in a break it counts on the last teaching day before. */
  done(day: number): number {
    return this.isBreak(day) ? this.number(day) - 1 : this.number(day);
  }

  /** The teaching day of that number: the way back from `number`. */
  dayOf(number: number): number {
    let day = number;
    for (const { from, to } of this.#breaks) if (day >= from) day += to - from;
    return day;
  }

  /** Days of breaks in [from_day, to_day). */
  breakDaysIn(from_day: number, to_day: number): number {
    let days = 0;
    for (const { from, to } of this.#breaks) days += Math.max(0, Math.min(to, to_day) - Math.max(from, from_day));
    return days;
  }

  /** An enrolment's history as if the breaks were no part of the calendar. */
  history(history: EnrolmentHistory): EnrolmentHistory {
    const number = (day: number | null) => (day === null ? null : this.number(day));
    return {
      ...history,
      enrolled_day: number(history.enrolled_day),
      course_start_day: number(history.course_start_day),
      course_end_day: number(history.course_end_day),
      days: this.#activity(history.days),
      assessments: history.assessments?.map((handIn) => this.#handIn(handIn)) ?? null,
    };
  }

  /** Days that fall together are added up: each is one day, however many there were. */
  #activity(days: readonly ActivityDay[]): ActivityDay[] {
    const moved: ActivityDay[] = [];
    for (const row of days) {
      const day = this.done(row.day);
      const last = moved.at(-1);
      if (last?.day === day) for (const column of ADDED) last[column] += row[column];
      else moved.push({ ...row, day });
    }
    return moved;
  }

  #handIn({ due_day, submitted_day, mark }: HandIn): HandIn {
    const moved: HandIn = {
      due_day: due_day === null ? null : this.number(due_day),
      submitted_day: submitted_day === null ? null : this.done(submitted_day),
    };
    if (mark) moved.mark = { ...mark, day: this.done(mark.day) };
    return moved;
  }
}

const ADDED = ['activities', 'sessions', 'duration_s', ...ACTIVITY_GROUPS] as const;

/** All breaks of a site. */
export class TeachingCalendar {
  readonly #of = new Map<string, TeachingDays | null>();

  constructor(readonly breaks: readonly TeachingBreak[]) {}

  /** null for a course that no break is about: its days are as they are. */
  of({ course_id, shortname }: { course_id: number; shortname: string }): TeachingDays | null {
    const key = `${course_id}/${shortname}`;
    let days = this.#of.get(key);
    if (days === undefined) {
      const own = this.breaks.filter(({ course }) => course === null || course === String(course_id) || course === shortname);
      days = own.length === 0 ? null : new TeachingDays(own);
      this.#of.set(key, days);
    }
    return days;
  }

  /** The day of a course as its history in hindsight (`onTeachingDays`) counts it. */
  number({ course_id, name }: Pick<CourseHistory, 'course_id' | 'name'>, day: number): number {
    return this.of({ course_id, shortname: name })?.number(day) ?? day;
  }
}

function onDays(learner: LearnerHistory, days: TeachingDays): LearnerHistory {
  const { history, left_day, closed_day, contact_days, long_sessions } = learner;
  const moved: LearnerHistory = {
    ...learner,
    history: days.history(history),
    left_day: left_day === null ? null : days.done(left_day),
  };
  if (closed_day !== undefined) moved.closed_day = Number.isFinite(closed_day) ? days.done(closed_day) : closed_day;
  if (contact_days) moved.contact_days = contact_days.map((day) => days.done(day));
  if (long_sessions)
    moved.long_sessions = long_sessions.map(({ day, end_day, duration_s }) => {
      return { day: days.done(day), end_day: days.done(end_day), duration_s };
    });
  return moved;
}

/**
 * A course known in hindsight, on teaching days: what examples, labels and horizons are then made of. A horizon of 28 days is 28
 * days of teaching. The same object where no break is about the course.
 */
export function onTeachingDays(course: CourseHistory, calendar: TeachingCalendar | null): CourseHistory {
  const days = calendar?.of({ course_id: course.course_id, shortname: course.name }) ?? null;
  if (days === null) return course;
  return {
    ...course,
    start_day: days.number(course.start_day),
    // In a break the last teaching day before it is not complete yet: more may be done that counts on it.
    known_until_day: days.done(course.known_until_day),
    learners: course.learners.map((learner) => onDays(learner, days)),
  };
}
