/** Two made-up courses with known outcomes: who comes less often is likelier to stop. Seeded, so they are always the same. */
import type { CourseHistory, LearnerHistory } from '../../src/domain.js';
import { randomFrom } from '../../src/training/random.js';
import { activityDay } from '../features/histories.js';

export function madeUpCourses(learners_each: number, seed = 1): CourseHistory[] {
  const random = randomFrom(seed);
  return [1, 2].map((course_id) => ({
    course_id,
    name: `M${course_id}/2026`,
    start_day: 0,
    known_until_day: 140,
    learners: Array.from({ length: learners_each }, (_, i) => learner(course_id, course_id * 10_000 + i, random)),
  }));
}

function learner(course_id: number, user_id: number, random: () => number): LearnerHistory {
  const chance = 0.05 + 0.6 * random();
  const stops = random() < 0.4 ? Math.floor(20 + (100 * random() * chance) / 0.65) : 140;
  const days = Array.from({ length: 140 }, (_, day) => day)
    .filter((day) => day < stops && random() < (day > stops - 15 ? chance / 2 : chance))
    .map((day) => activityDay(day, 1 + Math.floor(random() * 9), { user_id, course_id }));
  const submitted = (due_day: number) => (due_day < stops && random() < 0.8 ? due_day - 1 : null);
  const history = {
    user_id,
    course_id,
    enrolled_day: -10,
    course_start_day: 0,
    course_end_day: 140,
    days,
    sessions_known: false,
    assessments: [30, 60, 90].map((due_day) => ({ due_day, submitted_day: submitted(due_day) })),
  };
  const left = stops < 140 && random() < 0.5;
  return { history, left_day: left ? stops + 5 : null, result: left ? 'withdrawn' : stops < 140 ? 'failed' : 'passed' };
}
