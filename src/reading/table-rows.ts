/** What the store keeps as rows of the tables: the same for exports, the page, and what is told outside. */
import type { ActivityDay, Score, Session } from '../domain.js';
import type { Calendar } from '../windows/calendar.js';
import { closed } from '../windows/closing.js';

export interface RowSettings {
  gap_ms: number;
  threshold: number;
}

/** A row of `sessions`, or of `course_sessions` where the session has a course. */
export function sessionRow({ user_id, course_id, start_ms, end_ms, activities }: Session, gap_ms: number, now_ms: number) {
  return {
    user_id,
    ...(course_id === null ? {} : { course_id }),
    start_ms,
    end_ms,
    activities,
    duration_s: (end_ms - start_ms) / 1000,
    closed: closed(end_ms, gap_ms, now_ms),
  };
}

export function inRiskRow({ user_id, course_id, score, as_of_ms }: Pick<Score, 'user_id' | 'course_id' | 'score' | 'as_of_ms'>) {
  return { user_id, course_id, prediction: score, created_ms: as_of_ms };
}

/** A row of `user_activity`, and when the latest of the user's sessions began. */
export interface UserActivity {
  row: { user_id: number; activities: number; duration_s: number; sessions: number };
  latest_ms: number;
}

/** Sums up sessions that come by user, ascending. */
export class UserSums {
  #sum: UserActivity | null = null;

  /** The user before, when this is the first session of another. */
  add(s: Session): UserActivity | null {
    const done = this.#sum?.row.user_id === s.user_id ? null : this.end();
    this.#sum ??= { row: { user_id: s.user_id, activities: 0, duration_s: 0, sessions: 0 }, latest_ms: s.start_ms };
    this.#sum.row.activities += s.activities;
    this.#sum.row.duration_s += (s.end_ms - s.start_ms) / 1000;
    this.#sum.row.sessions++;
    this.#sum.latest_ms = s.start_ms;
    return done;
  }

  /** The last user; null where there was none. */
  end(): UserActivity | null {
    const sum = this.#sum;
    this.#sum = null;
    return sum && { ...sum, row: { ...sum.row, duration_s: sum.row.duration_s / sum.row.sessions } };
  }
}

/**
 * Rows of `cohort_ratios` of one course and day: each student's day over the mean of these. A ratio over 0, or of no session at all,
 * is null.
 */
export function ratiosOf(cohort: ActivityDay[], calendar: Calendar) {
  const mean = (values: (number | null)[]) => {
    const known = values.filter((v) => v !== null);
    return known.reduce((a, b) => a + b, 0) / known.length;
  };
  const over = (value: number | null, by: number) => (value === null || !(by > 0) ? null : value / by);
  const duration = (d: ActivityDay) => (d.sessions === 0 ? null : d.duration_s / d.sessions);
  const sessions = mean(cohort.map((d) => d.sessions));
  const durations = mean(cohort.map(duration));
  const activities = mean(cohort.map((d) => d.activities));
  return cohort.map((d) => ({
    day: calendar.format(d.day),
    course_id: d.course_id,
    user_id: d.user_id,
    sessions_ratio: over(d.sessions, sessions),
    duration_ratio: over(duration(d), durations),
    activities_ratio: over(d.activities, activities),
  }));
}
