/** What figures and the early list are narrowed to: a course, a tutor's or a group's students, whoever was or was not contacted. */
import type { Enrolment } from '../domain.js';
import type { Assignments } from './assignments.js';
import { contactedLately } from './contacts.js';
import type { SummaryFilter } from './filters.js';
import type { Shown } from './shown.js';

type Pair = Pick<Enrolment, 'user_id' | 'course_id'>;

/** Tells whether an enrolment is among those. */
export async function fitting(
  { course_id, contacted, ...belonging }: SummaryFilter,
  assignments: Assignments,
  shown: Pick<Shown, 'places'>,
  now_ms: number,
): Promise<(one: Pair) => boolean> {
  const belongs = await assignments.belonging(belonging);
  const lately = contacted === undefined ? null : contactedLately(await shown.places(), now_ms);
  return (one) =>
    (course_id === undefined || one.course_id === course_id) &&
    belongs(one) &&
    (lately === null || lately.has(one.user_id) === contacted);
}
