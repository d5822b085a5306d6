/** A course day by day: how much its students did, so that one student's days can be seen against the others'. */
import type { ActivityDay, Enrolment } from '../domain.js';
import { paged } from '../pipeline/paged.js';
import type { Page, Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import { spanOf } from './course-weeks.js';

export interface CourseDay {
  /** YYYY-MM-DD; the last one may be unfinished. */
  day: string;
  /** Enrolled on that day. */
  students: number;
  /** Activities of each of those students on that day: a quarter had at most `q1`, half at most `median`. */
  q1: number;
  median: number;
  q3: number;
}

/** Ten weeks: what a student's page shows at first. */
export const DAYS_SHOWN = 70;
/** The longest course that somebody looks at as a whole. */
export const DAYS_MAX = 400;

/** So many days up to and with `today`, oldest first. */
export async function courseDays(
  store: Pick<Store, 'activityDaysByDay'>,
  calendar: Calendar,
  course_id: number,
  enrolments: readonly Enrolment[],
  today: number,
  how_many: number,
): Promise<CourseDay[]> {
  const first = today - how_many + 1;
  const done = Array.from({ length: how_many }, () => new Map<number, number>());
  const rows = paged(
    (page: Page<[number, number, number]>) => store.activityDaysByDay({ course_id, from: first, to: today + 1 }, page),
    (row: ActivityDay): [number, number, number] => [row.day, row.course_id, row.user_id],
  );
  for await (const { user_id, day, activities } of rows) done[day - first]!.set(user_id, activities);
  const spans = enrolments.map((enrolment) => ({ user_id: enrolment.user_id, ...spanOf(enrolment, calendar) }));
  return done.map((by_user, i) => {
    const day = first + i;
    const there = spans.filter(({ from, to }) => from <= day && to >= day);
    const counts = Float64Array.from(there, ({ user_id }) => by_user.get(user_id) ?? 0).sort();
    const at = (share: number) => counts[Math.max(0, Math.ceil(counts.length * share) - 1)] ?? 0;
    return { day: calendar.format(day), students: there.length, q1: at(0.25), median: at(0.5), q3: at(0.75) };
  });
}
