/**
 * What became of an enrolment in the end, in hindsight: whom a list should have had on it. Worked example, known until day 240:
 *
 * | last activity | left on  | result    | silent-28, disengagement | effective-withdrawal | formal and eventual | fail-or-withdraw |
 * | ------------- | -------- | --------- | ------------------------ | -------------------- | ------------------- | ---------------- |
 * | day 100       | –        | failed    | lost                     | lost                 | –                   | lost             |
 * | day 100       | –        | passed    | finished early           | finished early       | –                   | –                |
 * | day 230       | day 231  | withdrawn | –                        | lost                 | lost                | lost             |
 * | never         | –        | failed    | lost                     | lost                 | –                   | lost             |
 * | day 230       | –        | passed    | –                        | –                    | –                   | –                |
 */
import type { CourseHistory, LearnerHistory, Target } from '../domain.js';
import { HORIZON_DAYS } from './labels.js';

export interface Outcome {
  /** The last day with activity; null = none at all. */
  last_active_day: number | null;
  /** What the target warns of came true in the end. */
  lost: boolean;
  /** Silent for 28 days and more until the end, and passed all the same: done, not lost. */
  finished_early: boolean;
}

export function outcomeOf(target: Target, course: CourseHistory, { history, left_day, result }: LearnerHistory): Outcome {
  const last_active_day = history.days.findLast(({ activities }) => activities > 0)?.day ?? null;
  const silent = last_active_day === null || last_active_day + HORIZON_DAYS < course.known_until_day;
  const finished_early = silent && result === 'passed';
  const withdrew = left_day !== null || result === 'withdrawn';
  return { last_active_day, finished_early, lost: isLost(target, silent && !finished_early, withdrew, result) };
}

function isLost(target: Target, silent: boolean, withdrew: boolean, result: LearnerHistory['result']): boolean {
  switch (target) {
    case 'silent-28':
    case 'disengagement':
      return silent;
    case 'effective-withdrawal':
      return silent || withdrew;
    case 'formal-withdrawal':
    case 'eventual-withdrawal':
      return withdrew;
    case 'fail-or-withdraw':
      return withdrew || result === 'failed';
  }
}
