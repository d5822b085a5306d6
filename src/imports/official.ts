/** What the student information system says of an enrolment, over what Moodle says. */
import type { Enrolment, ReferenceRow } from '../domain.js';

const DAY_MS = 86_400_000;

/**
 * From its day on an official withdrawal holds, whatever Moodle's rows say: many students are never unenrolled there, and others
 * months later. Two things stand above it: a course that was completed, and an enrolment that was begun again after that day.
 *
 * | Moodle | official day | at day 40 |
 * | --- | --- | --- |
 * | active | 30 | withdrawn since 30, official |
 * | unenrolled on 38 | 30 | withdrawn since 30, official |
 * | active | 50 | active: the day has not come |
 * | active, enrolled anew on 35 | 30 | active |
 * | completed | 30 | completed |
 */
export function withOfficial(enrolments: Enrolment[], withdrawals: readonly ReferenceRow[], now_ms: number): Enrolment[] {
  const left = new Map<string, number>();
  for (const { deleted, user_id, parent_id, row } of withdrawals)
    if (!deleted && Number(row.withdrawn_ms) <= now_ms) left.set(`${user_id}/${parent_id}`, Number(row.withdrawn_ms));
  if (left.size === 0) return enrolments;
  return enrolments.map((enrolment) => {
    const since_ms = left.get(`${enrolment.user_id}/${enrolment.course_id}`);
    const { state, enrolled_ms } = enrolment;
    if (since_ms === undefined || state === 'completed') return enrolment;
    const again = state === 'active' && enrolled_ms !== null && enrolled_ms >= since_ms + DAY_MS;
    return again ? enrolment : { ...enrolment, state: 'withdrawn', reason: 'official', since_ms };
  });
}
