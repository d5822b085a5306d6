/** Which enrolments get a score, and why the others do not. */
import type { Course, Enrolment, NotScoredReason } from '../domain.js';
import { type CourseScope, inScope } from './scope.js';

export { type CourseScope, parseScope } from './scope.js';

const DAY_MS = 86_400_000;
/** The first week of a course looks alike for those who stay and those who leave. */
const SETTLING_MS = 7 * DAY_MS;
/** A course without an end date is over when nobody has done anything in it for this long. */
const SILENCE_MS = 28 * DAY_MS;
const NOBODY: ReadonlySet<number> = new Set();

/**
 * null = scorable; else the first reason that holds.
 *
 * | case | result |
 * | --- | --- |
 * | suspended, withdrawn, … | not-active |
 * | active, in `opted_out` | opted-out |
 * | outside `HOLDFAST_COURSES` | out-of-scope |
 * | the course starts tomorrow; or no start date and no activity yet | course-not-begun |
 * | the end date was yesterday; or no end date and 28 days and 1 ms of silence | course-ended |
 * | the later of course start and enrolment was 6 days ago | too-little-data |
 * | it was exactly 7 days ago | scorable |
 *
 * `activity`: the first and last counted activity of anybody in the course.
 */
export function scorability(
  enrolment: Enrolment,
  course: Course,
  activity: { first_ms: number; last_ms: number } | null,
  scope: CourseScope,
  now_ms: number,
  opted_out: ReadonlySet<number> = NOBODY,
): NotScoredReason | null {
  if (enrolment.state !== 'active') return 'not-active';
  if (opted_out.has(enrolment.user_id)) return 'opted-out';
  if (!inScope(scope, course)) return 'out-of-scope';
  const start_ms = course.start_ms ?? activity?.first_ms ?? null;
  if (start_ms === null || start_ms > now_ms) return 'course-not-begun';
  const over = course.end_ms === null ? activity === null || activity.last_ms < now_ms - SILENCE_MS : now_ms > course.end_ms;
  if (over) return 'course-ended';
  const since_ms = Math.max(start_ms, enrolment.enrolled_ms ?? start_ms);
  return now_ms - since_ms < SETTLING_MS ? 'too-little-data' : null;
}
