import { describe, expect, it } from '@jest/globals';
import type { CourseHistory, LearnerHistory } from '../../src/domain.js';
import { leadTimeOf } from '../../src/training/lead-time.js';
import { activityDay, historyOf } from '../features/histories.js';

/** Active on these days; the course begins on day 100 and is known until day 220. */
const learner = (user_id: number, days: number[]): LearnerHistory => ({
  history: historyOf(
    days.map((day) => activityDay(100 + day)),
    { user_id },
  ),
  left_day: null,
  result: null,
});
const course: CourseHistory = {
  course_id: 1,
  name: 'BIO',
  start_day: 100,
  known_until_day: 220,
  learners: [
    learner(1, [3, 30]), // silent from day 31: warned on day 14, 16 days before
    learner(2, [3, 30]), // warned on day 35, 5 days after
    learner(3, [3, 30]), // never warned
    learner(4, [3, 95]), // the data ends 25 days after the last activity: cannot be told
    learner(5, []), // never there: no last activity
  ],
};
const row = (user_id: number, landmark_day: number, warns = false) => ({ user_id, course_id: 'BIO', landmark_day, warns });

describe('the lead time', () => {
  it('counts from the first warning to the last activity, of those who went silent for good', () => {
    const rows = [
      row(1, 35, true),
      row(1, 14, true),
      row(1, 7),
      row(2, 7),
      row(2, 35, true),
      row(3, 7),
      row(4, 7, true),
      row(5, 7, true),
    ];
    expect(leadTimeOf([course], rows, ({ warns }) => warns)).toEqual({
      went_silent: 3,
      warned: 2,
      warned_in_time: 1,
      days: { low: 0.25, median: 5.5, high: 10.75 },
    });
  });

  it('says nothing of days where nobody was warned', () => {
    expect(leadTimeOf([course], [row(3, 7)], ({ warns }) => warns).days).toBeNull();
  });
});
