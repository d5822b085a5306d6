/**
 * A past term, scored again as it went: on each tick the students who could be scored then, from the rows before it. Nothing here
 * knows what became of them.
 */
import type { CourseHistory, LearnerHistory, Target } from '../domain.js';
import type { Predictor } from '../ports.js';
import { roundScore } from '../scoring/bands.js';
import { examplesOf } from './examples.js';
import { isOpenAt, isStillActiveAt } from './labels.js';

/** As a live site waits: the first week of a course looks alike for those who stay and those who leave. */
export const SETTLING_DAYS = 7;
export const WEEK_DAYS = 7;

export interface ReplayedStudent {
  /** The student's place in the course's learners. */
  learner: number;
  user_id: number;
  /** Probability of the target; null where the target is not about this student on this day. */
  score: number | null;
  /** Chance of 28 silent days; null where the student was not active in the last 14. */
  early_score: number | null;
  /** Days since the last activity, or since the student could have had one. */
  silent_days: number;
}

export interface ReplayedTick {
  /** Rows before this day were known. On the calendar of the data, as all days here. */
  day: number;
  /** Whether the tick ends a week of the course: lists for staff are made weekly. */
  weekly: boolean;
  students: ReplayedStudent[];
}

export interface ReplayedCourse {
  course: CourseHistory;
  ticks: ReplayedTick[];
}

/** Ticks from the end of the first week until the course or the knowledge of it ends, both inclusive. */
export function tickDays(course: CourseHistory, every_days: number): number[] {
  const end = Math.min(course.known_until_day, endOf(course));
  const days: number[] = [];
  for (let day = course.start_day + SETTLING_DAYS; day <= end; day += every_days) days.push(day);
  return days;
}

function endOf({ learners, known_until_day }: CourseHistory): number {
  return learners.reduce(
    (end, { history }) => Math.max(end, history.course_end_day ?? known_until_day),
    Number.NEGATIVE_INFINITY,
  );
}

function isScorableAt(course: CourseHistory, learner: LearnerHistory, day: number): boolean {
  return isOpenAt(learner, day) && day - begunOn(course, learner) >= SETTLING_DAYS;
}

function begunOn(course: CourseHistory, { history }: LearnerHistory): number {
  return Math.max(course.start_day, history.enrolled_day ?? course.start_day);
}

function silentDays(course: CourseHistory, learner: LearnerHistory, day: number): number {
  const last = learner.history.days.findLast((row) => row.day < day && row.activities > 0);
  return day - (last?.day ?? begunOn(course, learner));
}

/** `score` is of `target`. Throws where the model has no head for it. */
export async function replay(
  course: CourseHistory,
  predictor: Predictor,
  target: Target,
  every_days: number,
  onTick: () => void = () => {},
): Promise<ReplayedCourse> {
  const { version, heads } = predictor.manifest;
  for (const head of [target, 'disengagement'] as const)
    if (!heads.includes(head)) throw new Error(`Model ${version} has no head for ${head}; it has ${heads.join(', ')}.`);
  const ticks: ReplayedTick[] = [];
  for (const day of tickDays(course, every_days)) {
    ticks.push(await tickOf(course, predictor, target, day));
    onTick();
  }
  return { course, ticks };
}

async function tickOf(course: CourseHistory, predictor: Predictor, target: Target, day: number): Promise<ReplayedTick> {
  const places = course.learners.flatMap((learner, place) => (isScorableAt(course, learner, day) ? [place] : []));
  const learners = places.map((place) => course.learners[place]!);
  // Only they are in the cohort, as on a live site.
  const { rows, count } = examplesOf([{ ...course, learners }], [], [day - course.start_day]);
  const predicted = count === 0 ? {} : await predictor.predict(rows, count);
  const students = learners.map((learner, i) => {
    const still_active = isStillActiveAt(learner, day);
    return {
      learner: places[i]!,
      user_id: learner.history.user_id,
      score: target === 'disengagement' && !still_active ? null : roundScore(predicted[target]![i]!),
      early_score: still_active ? roundScore(predicted.disengagement![i]!) : null,
      silent_days: silentDays(course, learner, day),
    };
  });
  return { day, weekly: (day - course.start_day) % WEEK_DAYS === 0, students };
}
