/**
 * What became of an enrolment after a landmark day t, and who is asked about at all. Worked example, t = 14, a student with
 * activity on days 3, 10 and 50 who never withdraws, in a course that is known until day 240:
 *
 *     still open at 14, last active on day 10 ≥ 0, so still active
 *     no activity on days 14 … 41      silent-28 = 1, disengagement = 1, effective-withdrawal = 1
 *     not withdrawn on days 14 … 41    formal-withdrawal = 0
 */
import type { CourseHistory, LearnerHistory, Target } from '../domain.js';

/** Days from the landmark over which a label looks: [t, t + 28). */
export const HORIZON_DAYS = 28;
/** Active in the last 14 days: the last activity's day ≥ t − 14. */
export const STILL_ACTIVE_DAYS = 14;
/** The ends of weeks 1 … 15: where a model is judged. */
export const LANDMARKS: readonly number[] = Array.from({ length: 15 }, (_, week) => (week + 1) * 7);

/** Enrolled by day t and not gone before it; one who left on an unknown day is never asked about. */
export function isOpenAt({ history, left_day, closed_day, result }: LearnerHistory, day: number): boolean {
  if (history.enrolled_day !== null && history.enrolled_day > day) return false;
  if (closed_day !== undefined && closed_day < day) return false;
  if (left_day !== null) return left_day >= day;
  return result !== 'withdrawn';
}

/** Any activity on a day in [from, to)? `days` is ascending. */
export function isActiveIn({ history }: LearnerHistory, from: number, to: number): boolean {
  return history.days.some(({ day, activities }) => day >= from && day < to && activities > 0);
}

export function isStillActiveAt(learner: LearnerHistory, day: number): boolean {
  return isActiveIn(learner, day - STILL_ACTIVE_DAYS, day);
}

/**
 * 1, 0, or null where what the label asks for is not known: a horizon that ends after the data is never a negative, nor is one in
 * which the student stopped for another reason. Null also where staff talked with the student within the horizon: what would have
 * come without that, nobody knows. Positives go as well as negatives: among students alike it is then as if nobody were called,
 * while to leave out the negatives alone would make every called student look lost.
 */
export function labelOf(target: Target, course: CourseHistory, learner: LearnerHistory, day: number): 0 | 1 | null {
  const { left_day, closed_day, result } = learner;
  const to_the_end = target === 'eventual-withdrawal' || target === 'fail-or-withdraw';
  const end = to_the_end ? Number.POSITIVE_INFINITY : day + HORIZON_DAYS;
  if (learner.contact_days?.some((contact) => contact >= day && contact < end)) return null;
  if (target === 'eventual-withdrawal') return result === null ? null : bit(result === 'withdrawn' && (left_day ?? -1) >= day);
  if (target === 'fail-or-withdraw') return result === null || result === 'stayed' ? null : bit(result !== 'passed');
  if (end > Math.min(course.known_until_day, closed_day ?? Number.POSITIVE_INFINITY)) return null;
  const withdrew = left_day !== null && left_day >= day && left_day < end;
  if (target === 'formal-withdrawal') return bit(withdrew);
  const silent = !isActiveIn(learner, day, end);
  return target === 'effective-withdrawal' ? bit(silent || withdrew) : bit(silent);
}

/** The label where the target asks about the enrolment on that day at all; null where it does not, or nothing is known. */
export function askedLabel(target: Target, course: CourseHistory, learner: LearnerHistory, day: number): 0 | 1 | null {
  const asked = isOpenAt(learner, day) && isAskedAbout(target, isStillActiveAt(learner, day));
  return asked ? labelOf(target, course, learner, day) : null;
}

const bit = (yes: boolean): 0 | 1 => (yes ? 1 : 0);

/** Whether the target is about this enrolment: `disengagement` warns of those who are still active. */
export function isAskedAbout(target: Target, still_active: boolean): boolean {
  return target !== 'disengagement' || still_active;
}

/** Clicks of e^8 − 1 ≈ 3,000 in four weeks are as good as more. */
const LOG_ACTIVITIES_MAX = 8;

/**
 * What else becomes of an enrolment in the days after t, 0 … 1: silent for 7 and for 14 days, the share of active days, the log
 * activities and whether anything is handed in, each over the horizon. All NaN where the horizon is not known. Learnt beside the
 * targets, since they tell more about a student than one bit.
 */
export function auxiliaryOf(course: CourseHistory, learner: LearnerHistory, day: number): number[] {
  const end = day + HORIZON_DAYS;
  if (labelOf('silent-28', course, learner, day) === null) return [NaN, NaN, NaN, NaN, NaN];
  const days = learner.history.days.filter((row) => row.day >= day && row.day < end && row.activities > 0);
  const activities = days.reduce((sum, row) => sum + row.activities, 0);
  const { assessments } = learner.history;
  const hands_in = assessments?.some(
    ({ submitted_day }) => submitted_day !== null && submitted_day >= day && submitted_day < end,
  );
  return [
    bit(!isActiveIn(learner, day, day + 7)),
    bit(!isActiveIn(learner, day, day + 14)),
    days.length / HORIZON_DAYS,
    Math.min(1, Math.log1p(activities) / LOG_ACTIVITIES_MAX),
    hands_in === undefined ? NaN : bit(hands_in),
  ];
}
