/**
 * How long before a student's last activity the first warning came: the time there was to call. Over enrolments that went silent
 * for the rest of what is known, at least the horizon of 28 days, and were asked about at a landmark before or after.
 */
import type { CourseHistory } from '../domain.js';
import { HORIZON_DAYS } from './labels.js';

/** An enrolment at a landmark day, counted from the course's start. */
interface Row {
  user_id: number;
  course_id: string;
  landmark_day: number;
}

export interface LeadTime {
  /** Enrolments that went silent for good. */
  went_silent: number;
  /** Of these, warned of at all; and on or before the day of the last activity. */
  warned: number;
  warned_in_time: number;
  /** Days from the first warning to the last activity, of those warned; negative = the warning came after it. Quartiles. */
  days: { low: number; median: number; high: number } | null;
}

/** Between two values where the share falls between them. */
function at(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1);
  const [low, high] = [ascending[Math.floor(place)]!, ascending[Math.ceil(place)]!];
  return low + (place - Math.floor(place)) * (high - low);
}

/** Last activity of each enrolment that is silent from then on, by `user_id|course`. */
function lastActivities(courses: readonly CourseHistory[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const course of courses) {
    for (const { history } of course.learners) {
      const last = history.days.filter(({ activities }) => activities > 0).at(-1)?.day;
      if (last === undefined || last + HORIZON_DAYS >= course.known_until_day) continue;
      found.set(`${history.user_id}|${course.name}`, last - course.start_day);
    }
  }
  return found;
}

/** `warns` says which rows are warnings. */
export function leadTimeOf<R extends Row>(
  courses: readonly CourseHistory[],
  rows: readonly R[],
  warns: (row: R) => boolean,
): LeadTime {
  const silent = lastActivities(courses);
  const asked = new Set<string>();
  const first = new Map<string, number>();
  for (const row of rows) {
    const key = `${row.user_id}|${row.course_id}`;
    if (!silent.has(key)) continue;
    asked.add(key);
    if (warns(row)) first.set(key, Math.min(first.get(key) ?? Infinity, row.landmark_day));
  }
  const days = [...first].map(([key, day]) => silent.get(key)! - day).sort((a, b) => a - b);
  return {
    went_silent: asked.size,
    warned: days.length,
    warned_in_time: days.filter((lead) => lead >= 0).length,
    days: days.length === 0 ? null : { low: at(days, 0.25), median: at(days, 0.5), high: at(days, 0.75) },
  };
}
