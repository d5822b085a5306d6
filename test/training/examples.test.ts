import { describe, expect, it } from '@jest/globals';
import type { CourseHistory, LearnerHistory } from '../../src/domain.js';
import { BASE_FEATURES, FEATURES, featureIndex } from '../../src/features/vector.js';
import { examplesOf } from '../../src/training/examples.js';
import { isOpenAt, isStillActiveAt, LANDMARKS, labelOf } from '../../src/training/labels.js';
import { activityDay, historyOf } from '../features/histories.js';
import { madeUpCourses } from './courses.js';

const learnerOf = (days: number[], more: Partial<LearnerHistory> = {}): LearnerHistory => ({
  history: historyOf(days.map((day) => activityDay(day))),
  left_day: null,
  result: 'passed',
  ...more,
});
const courseOf = (learners: LearnerHistory[], known_until_day = 240): CourseHistory => ({
  course_id: 3,
  name: 'AAA/2013J',
  start_day: 0,
  known_until_day,
  learners,
});

describe('who is asked about at a landmark', () => {
  it('is everyone enrolled by that day who has not left before it', () => {
    const at = (enrolled_day: number | null, left_day: number | null, result: LearnerHistory['result'] = 'passed') =>
      isOpenAt({ history: historyOf([], { enrolled_day }), left_day, result }, 14);
    expect(at(14, null)).toBe(true);
    expect(at(15, null)).toBe(false);
    expect(at(null, null)).toBe(true);
    expect(at(0, 14, 'withdrawn')).toBe(true);
    expect(at(0, 13, 'withdrawn')).toBe(false);
    expect(at(0, null, 'withdrawn')).toBe(false); // left on an unknown day
  });

  it('counts as still active when the last click is on day t − 14 or later', () => {
    expect(isStillActiveAt(learnerOf([7]), 21)).toBe(true);
    expect(isStillActiveAt(learnerOf([6]), 21)).toBe(false);
    expect(isStillActiveAt(learnerOf([21]), 21)).toBe(false); // the future
  });
});

describe('a label', () => {
  const course = courseOf([]);

  it('is silence when nothing happens on days t … t + 27', () => {
    expect(labelOf('silent-28', course, learnerOf([13, 42]), 14)).toBe(1);
    expect(labelOf('silent-28', course, learnerOf([14]), 14)).toBe(0);
    expect(labelOf('silent-28', course, learnerOf([41]), 14)).toBe(0);
  });

  it('is a withdrawal on days t … t + 27, and either counts for the alert', () => {
    const leaves = (left_day: number) => learnerOf([20], { left_day, result: 'withdrawn' });
    expect(labelOf('formal-withdrawal', course, leaves(14), 14)).toBe(1);
    expect(labelOf('formal-withdrawal', course, leaves(41), 14)).toBe(1);
    expect(labelOf('formal-withdrawal', course, leaves(42), 14)).toBe(0);
    expect(labelOf('effective-withdrawal', course, leaves(30), 14)).toBe(1);
    expect(labelOf('eventual-withdrawal', course, leaves(200), 14)).toBe(1);
    expect(labelOf('fail-or-withdraw', course, leaves(200), 14)).toBe(1);
  });

  it('is unknown, never negative, where the horizon ends after the data', () => {
    expect(labelOf('silent-28', courseOf([], 42), learnerOf([20]), 14)).toBe(0);
    expect(labelOf('silent-28', courseOf([], 41), learnerOf([20]), 14)).toBeNull();
    expect(labelOf('eventual-withdrawal', course, learnerOf([], { result: null }), 14)).toBeNull();
  });
});

describe('the examples of a course', () => {
  const [course] = madeUpCourses(40);

  it('hold every open enrolment once at every landmark', () => {
    const { user_ids, landmark_days, count } = examplesOf([course!], ['silent-28']);
    expect(new Set(user_ids.map((id, i) => `${id}@${landmark_days[i]}`)).size).toBe(count);
    for (const day of LANDMARKS) {
      const open = course!.learners.filter((learner) => isOpenAt(learner, day)).length;
      expect(landmark_days.filter((d) => d === day)).toHaveLength(open);
    }
  });

  it('do not change by anything that happens on the landmark day or later, except in their labels', () => {
    const quiet = {
      ...course!,
      learners: course!.learners.map((learner) => ({
        ...learner,
        history: {
          ...learner.history,
          days: learner.history.days.filter((row) => row.day < 49),
          assessments: learner.history.assessments!.map((a) => ({
            ...a,
            submitted_day: (a.submitted_day ?? 99) < 49 ? a.submitted_day : null,
          })),
        },
      })),
    };
    const whole = examplesOf([course!], ['silent-28'], [49]);
    const cut = examplesOf([quiet], ['silent-28'], [49]);
    expect(cut.rows).toEqual(whole.rows);
    expect(cut.labels).not.toEqual(whole.labels);
  });

  it('would show a leak: cut one day earlier, the features differ', () => {
    expect(examplesOf([course!], ['silent-28'], [49]).rows).not.toEqual(examplesOf([course!], ['silent-28'], [48]).rows);
  });

  it('label disengagement only for those still active', () => {
    const { rows, labels, asked, count } = examplesOf([course!], ['disengagement']);
    const active = featureIndex('active_days_14');
    for (let i = 0; i < count; i++) {
      const still_active = rows[i * FEATURES.length + active]! > 0;
      expect(asked[i] === 1).toBe(still_active);
      if (!still_active) expect(labels[i]).toBeNaN();
    }
    expect(BASE_FEATURES[active]!.name).toBe('active_days_14');
  });
});
