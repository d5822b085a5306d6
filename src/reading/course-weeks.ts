/** A course week by week: how many of its students were there, and on how many days, so that one can be seen against the others. */
import type { ActivityDay, Enrolment } from '../domain.js';
import { paged } from '../pipeline/paged.js';
import type { Page, Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';

export interface CourseWeek {
  /** First day, YYYY-MM-DD; the last week may be unfinished. */
  from: string;
  /** Enrolled by the end of the week and not gone before it began. */
  students: number;
  /** Of those, with any activity in the week. */
  active: number;
  activities: number;
  /** Days with activity of each of those students, 0 … 7: a quarter had at most `q1`, half at most `median`. */
  q1: number;
  median: number;
  q3: number;
}

/** A longer course shows its latest weeks. */
export const WEEKS_MAX = 60;

/** Weeks begin on the weekday of the course's first day; up to and with the week of `today`. */
export async function courseWeeks(
  store: Pick<Store, 'activityDays'>,
  calendar: Calendar,
  course_id: number,
  enrolments: readonly Enrolment[],
  days: { first: number; today: number },
): Promise<CourseWeek[]> {
  const weeks = Math.floor((days.today - days.first) / 7) + 1;
  const skipped = Math.max(0, weeks - WEEKS_MAX);
  const first = days.first + skipped * 7;
  const present = new Map<number, Uint8Array>();
  const activities = new Float64Array(Math.max(0, weeks - skipped));
  const rows = paged(
    (page: Page<[number, number, number]>) => store.activityDays({ course_id, from: first, to: days.today + 1 }, page),
    (row: ActivityDay): [number, number, number] => [row.user_id, row.course_id, row.day],
  );
  for await (const row of rows) {
    if (row.activities === 0) continue;
    const week = Math.floor((row.day - first) / 7);
    activities[week]! += row.activities;
    const mine = present.get(row.user_id) ?? new Uint8Array(activities.length);
    mine[week]! += 1;
    present.set(row.user_id, mine);
  }
  const spans = enrolments.map((enrolment) => spanOf(enrolment, calendar));
  return Array.from(activities, (total, week) => {
    const [from, to] = [first + week * 7, first + week * 7 + 7];
    const there = enrolments.filter((_, i) => spans[i]!.from < to && spans[i]!.to >= from);
    const counts = there.map(({ user_id }) => present.get(user_id)?.[week] ?? 0).sort((a, b) => a - b);
    const active = counts.filter((n) => n > 0).length;
    const at = (share: number) => counts[Math.max(0, Math.ceil(counts.length * share) - 1)] ?? 0;
    const quartiles = { q1: at(0.25), median: at(0.5), q3: at(0.75) };
    return { from: calendar.format(from), students: there.length, active, activities: total, ...quartiles };
  });
}

/** Days, both inclusive; open where nothing is known. */
export function spanOf({ state, since_ms, enrolled_ms }: Enrolment, calendar: Calendar): { from: number; to: number } {
  const gone = state !== 'active' && state !== 'not-started';
  return {
    from: enrolled_ms === null ? Number.NEGATIVE_INFINITY : calendar.day(enrolled_ms),
    to: gone && since_ms !== null ? calendar.day(since_ms) : Number.POSITIVE_INFINITY,
  };
}
