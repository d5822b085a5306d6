/** Labels of a live site: who stopped for another reason, whom staff talked with, and what is known of a course that is over. */
import { describe, expect, it } from '@jest/globals';
import { type CourseHistory, type EnrolmentHistory, type LearnerHistory, TARGETS, type Target } from '../../src/domain.js';
import { quietSince, tellsSomething } from '../../src/pipeline/hindsight.js';
import { examplesOf } from '../../src/training/examples.js';
import { auxiliaryOf, isOpenAt, labelOf } from '../../src/training/labels.js';
import { partsOf } from '../../src/training/retrain.js';
import { activityDay, historyOf } from '../features/histories.js';

const upTo = (day: number) => Array.from({ length: day }, (_, i) => activityDay(i));
const learner = (days: number, more: Partial<LearnerHistory> = {}): LearnerHistory => ({
  history: historyOf(upTo(days)),
  left_day: null,
  result: null,
  ...more,
});
const courseOf = (learners: LearnerHistory[], known_until_day = 140): CourseHistory => {
  return { course_id: 3, name: 'BIO', start_day: 0, known_until_day, learners };
};
const label = (one: LearnerHistory, day: number, target: Target = 'effective-withdrawal') =>
  labelOf(target, courseOf([one]), one, day);

describe('a student who stopped for another reason than leaving', () => {
  const done = learner(60, { closed_day: 60, result: 'passed' });

  it('is asked about until then, and no horizon that reaches over it is labelled', () => {
    expect([59, 60, 61].map((day) => isOpenAt(done, day))).toEqual([true, true, false]);
    expect([32, 33].map((day) => label(done, day))).toEqual([0, null]);
    // Without it the same student is silent from day 60 on.
    expect(label(learner(60), 60)).toBe(1);
    expect(auxiliaryOf(courseOf([done]), done, 33)).toEqual([NaN, NaN, NaN, NaN, NaN]);
  });

  it('has the outcome of the course all the same', () => {
    expect(label(done, 33, 'fail-or-withdraw')).toBe(0);
    expect(label(done, 33, 'eventual-withdrawal')).toBe(0);
  });
});

describe('a student whom staff talked with', () => {
  it('is not labelled from where the talk lies in the horizon, whatever came of it', () => {
    for (const days of [140, 60]) {
      const called = learner(days, { contact_days: [70] });
      expect([42, 43, 70].map((day) => label(called, day) === null)).toEqual([false, true, true]);
      expect(label(called, 71)).toBe(label(learner(days), 71));
    }
  });

  it('is not labelled before it where the horizon is the rest of the course', () => {
    const called = learner(140, { contact_days: [70], result: 'passed' });
    expect([7, 71].map((day) => label(called, day, 'fail-or-withdraw'))).toEqual([null, 0]);
  });
});

describe('a student who stayed', () => {
  it('did not withdraw; whether they failed is not known', () => {
    const stayed = learner(140, { result: 'stayed' });
    expect(label(stayed, 7, 'eventual-withdrawal')).toBe(0);
    expect(label(stayed, 7, 'fail-or-withdraw')).toBeNull();
  });
});

describe('examples of a live site', () => {
  it('are none of days that have not come yet', () => {
    const { landmark_days } = examplesOf([courseOf([learner(20, { result: 'passed' })], 20)], TARGETS);
    expect(landmark_days).toEqual([7, 14]);
  });

  it('do not know how long a session was before it was over', () => {
    const session = { day: 13, end_day: 14, duration_s: 40 };
    const rows = (long_sessions?: LearnerHistory['long_sessions'], landmark = 14) =>
      Array.from(examplesOf([courseOf([learner(30, { long_sessions })])], TARGETS, [landmark]).rows);
    const before = rows([session]);
    expect(before).not.toEqual(rows());
    // As if its length had never been: no other length changes anything.
    const shorter = learner(30, { long_sessions: [{ ...session, duration_s: 5 }] });
    shorter.history.days[13]!.duration_s -= 35;
    expect(Array.from(examplesOf([courseOf([shorter])], TARGETS, [14]).rows)).toEqual(before);
    // The day after, it is over.
    expect(rows([session], 15)).toEqual(rows(undefined, 15));
  });
});

describe('a course without an end date', () => {
  const students = (last_days: number[]): EnrolmentHistory[] =>
    last_days.map((last, i) => historyOf(upTo(last), { user_id: i + 1, course_end_day: null }));

  it('ends with the last week in which a fifth of its students came, four weeks later', () => {
    // Ten students until day 69, one of them looks in until day 200.
    const course = students([70, 70, 70, 70, 70, 70, 70, 70, 70, 200]);
    expect(quietSince(course, 0, 98)).toBe(70);
    expect(quietSince(course, 0, 97)).toBeNull();
    expect(quietSince(students([70, 70, 200]), 0, 98)).toBeNull();
    expect(quietSince([], 0, 98)).toBeNull();
  });

  it('tells nothing where fewer than a fifth of its students come three times', () => {
    expect(tellsSomething(students([3, 2, 2, 2, 2]))).toBe(true);
    expect(tellsSomething(students([3, 2, 2, 2, 2, 2]))).toBe(false);
  });
});

describe('the parts of the figures', () => {
  it('are one course each, and five parts of many', () => {
    expect(partsOf(['a', 'b'])).toEqual([['a'], ['b']]);
    const parts = partsOf(Array.from({ length: 12 }, (_, i) => `c${i}`));
    expect(parts.map(({ length }) => length)).toEqual([3, 3, 2, 2, 2]);
    expect(new Set(parts.flat()).size).toBe(12);
  });
});
