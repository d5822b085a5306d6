import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CourseHistory, EnrolmentHistory, LearnerHistory } from '../../src/domain.js';
import { onTeachingDays, TeachingCalendar, TeachingDays } from '../../src/features/teaching-days.js';
import { baseFeatures, cohortOf, completeFeatures } from '../../src/features/vector.js';
import { isOpenAt, labelOf } from '../../src/training/labels.js';
import { activityDay, anyCutoff, anyHistory, historyOf, runs } from './histories.js';

const BREAK = { from_day: 10, to_day: 13, name: 'Winter', course: null };
const days = new TeachingDays([BREAK]);

const anyBreaks = fc.array(
  fc
    .tuple(fc.integer({ min: -50, max: 250 }), fc.nat({ max: 40 }))
    .map(([from_day, more]) => ({ from_day, to_day: from_day + more })),
  { maxLength: 5 },
);
const anyDay = fc.integer({ min: -80, max: 320 });

describe('days without breaks', () => {
  it('are numbered as the worked example says', () => {
    const real = [8, 9, 10, 11, 12, 13, 14, 15];
    expect(real.map((day) => days.number(day))).toEqual([8, 9, 10, 10, 10, 10, 10, 11]);
    expect(real.map((day) => days.done(day))).toEqual([8, 9, 9, 9, 9, 9, 10, 11]);
    expect([8, 9, 10, 11].map((number) => days.dayOf(number))).toEqual([8, 9, 14, 15]);
  });

  it('keep their order, and a distance shrinks by exactly the days of breaks in it', () => {
    fc.assert(
      fc.property(anyBreaks, anyDay, fc.nat({ max: 100 }), (breaks, from, more) => {
        const teaching = new TeachingDays(breaks);
        const to = from + more;
        const inBreak = Array.from({ length: more }, (_, i) => from + i).filter((day) =>
          breaks.some(({ from_day, to_day }) => day >= from_day && day <= to_day),
        );
        expect(teaching.breakDaysIn(from, to)).toBe(inBreak.length);
        expect(teaching.number(to) - teaching.number(from)).toBe(more - inBreak.length);
        expect(teaching.done(to)).toBeGreaterThanOrEqual(teaching.done(from));
        expect(teaching.done(to)).toBeLessThanOrEqual(teaching.number(to));
      }),
      runs(300),
    );
  });

  it('have a way back, and no number is that of a day inside a break', () => {
    fc.assert(
      fc.property(anyBreaks, anyDay, (breaks, day) => {
        const teaching = new TeachingDays(breaks);
        expect(teaching.isBreak(teaching.dayOf(day))).toBe(false);
        expect(teaching.number(teaching.dayOf(day))).toBe(day);
        if (!teaching.isBreak(day)) expect(teaching.dayOf(teaching.number(day))).toBe(day);
        // The last teaching day before: never one after, so nothing that was done moves past a cut-off that had seen it.
        expect(teaching.dayOf(teaching.done(day))).toBeLessThanOrEqual(day);
      }),
      runs(300),
    );
  });
});

/** The same student on a calendar in which `length` days without teaching begin on day `from`. */
function withBreak(history: EnrolmentHistory, from: number, length: number): EnrolmentHistory {
  const later = (day: number) => (day >= from ? day + length : day);
  const orNull = (day: number | null) => (day === null ? null : later(day));
  return {
    ...history,
    enrolled_day: orNull(history.enrolled_day),
    course_start_day: orNull(history.course_start_day),
    course_end_day: orNull(history.course_end_day),
    days: history.days.map((row) => ({ ...row, day: later(row.day) })),
    assessments:
      history.assessments?.map((handIn) => ({
        ...handIn,
        due_day: orNull(handIn.due_day),
        submitted_day: orNull(handIn.submitted_day),
      })) ?? null,
  };
}

describe('a history on teaching days', () => {
  it('has the features of the same student whose break was cut out of the calendar', () => {
    fc.assert(
      fc.property(anyHistory, anyCutoff, anyDay, fc.integer({ min: 1, max: 60 }), (history, cutoff_day, from, length) => {
        const teaching = new TeachingDays([{ from_day: from, to_day: from + length - 1 }]);
        const real = withBreak(history, from, length);
        const real_cutoff = cutoff_day >= from ? cutoff_day + length : cutoff_day;
        expect(teaching.history(real)).toEqual(history);
        expect(baseFeatures(teaching.history(real), teaching.number(real_cutoff))).toEqual(baseFeatures(history, cutoff_day));
      }),
      runs(150),
    );
  });

  it('is the same on every day of a break and on the first day after it, for one who does nothing meanwhile', () => {
    const quiet = days.history(historyOf([activityDay(2), activityDay(9)]));
    const [before, ...rest] = [10, 11, 12, 13, 14].map((cutoff) => baseFeatures(quiet, days.number(cutoff)));
    for (const vector of rest) expect(vector).toEqual(before);
    expect(baseFeatures(quiet, days.number(15))).not.toEqual(before);
  });

  it('adds what was done in a break to the last day before it, as one day', () => {
    const { days: moved } = days.history(
      historyOf([activityDay(9, 2), activityDay(11, 3), activityDay(13, 4), activityDay(14, 5)]),
    );
    expect(moved.map(({ day, activities, sessions, duration_s }) => [day, activities, sessions, duration_s])).toEqual([
      [9, 9, 3, 180],
      [10, 5, 1, 60],
    ]);
    expect(days.history(historyOf([activityDay(12)])).days[0]!.day).toBe(9);
  });

  it('moves what falls due in a break behind it, and nothing handed in during the break is late', () => {
    const handIns = [
      { due_day: 12, submitted_day: null },
      { due_day: 9, submitted_day: 12, mark: { percent: 70, day: 13 } },
      { due_day: null, submitted_day: 14 },
    ];
    expect(days.history(historyOf([], { assessments: handIns })).assessments).toEqual([
      { due_day: 10, submitted_day: null },
      { due_day: 9, submitted_day: 9, mark: { percent: 70, day: 9 } },
      { due_day: null, submitted_day: 10 },
    ]);
    expect(days.history(historyOf([], { assessments: null })).assessments).toBeNull();
    expect(days.history(historyOf([], { enrolled_day: 11, course_start_day: null, course_end_day: 12 }))).toMatchObject({
      enrolled_day: 10,
      course_start_day: null,
      course_end_day: 10,
    });
  });
});

describe('a course on teaching days', () => {
  const learner = (active: number[], left_day: number | null = null): LearnerHistory => ({
    history: historyOf(active.map((day) => activityDay(day))),
    left_day,
    result: left_day === null ? 'passed' : 'withdrawn',
  });
  const course = (learners: LearnerHistory[], known_until_day = 100): CourseHistory => ({
    course_id: 3,
    name: 'BIO101',
    start_day: 0,
    known_until_day,
    learners,
  });
  const calendar = new TeachingCalendar([{ ...BREAK, to_day: 30 }]); // 21 days, 10 … 30

  it('has a horizon of 28 days of teaching', () => {
    const comes_back = course([learner([5, 45])]);
    expect(labelOf('silent-28', comes_back, comes_back.learners[0]!, 8)).toBe(1);
    const taught = onTeachingDays(comes_back, calendar);
    expect(labelOf('silent-28', taught, taught.learners[0]!, 8)).toBe(0);
    const gone = onTeachingDays(course([learner([5, 60])]), calendar);
    expect(labelOf('silent-28', gone, gone.learners[0]!, 8)).toBe(1);
  });

  it('has no label where its horizon ends after the data, counted in days of teaching', () => {
    const short = course([learner([5])], 40);
    expect(labelOf('silent-28', short, short.learners[0]!, 8)).toBe(1);
    const taught = onTeachingDays(short, calendar);
    expect(labelOf('silent-28', taught, taught.learners[0]!, 8)).toBeNull();
    expect(onTeachingDays(course([], 31), calendar).known_until_day).toBe(10);
    expect(onTeachingDays(course([], 20), calendar).known_until_day).toBe(9);
  });

  it('counts one who left in a break as gone when teaching goes on, and as leaving before it', () => {
    const taught = onTeachingDays(course([learner([5], 20)]), calendar);
    const [left] = taught.learners;
    expect([8, 9, 10].map((day) => isOpenAt(left!, day))).toEqual([true, true, false]);
    expect(labelOf('formal-withdrawal', taught, left!, 8)).toBe(1);
  });

  it('is the very same without a calendar, and where no break is about it', () => {
    const same = course([learner([5])]);
    expect(onTeachingDays(same, null)).toBe(same);
    expect(onTeachingDays(same, new TeachingCalendar([]))).toBe(same);
    expect(onTeachingDays(same, new TeachingCalendar([{ ...BREAK, course: 'CHEM1' }]))).toBe(same);
    for (const about of ['BIO101', '3'])
      expect(onTeachingDays(same, new TeachingCalendar([{ ...BREAK, course: about }]))).not.toBe(same);
  });

  it('has the cohort of the course whose break was cut out', () => {
    const plain = [historyOf([activityDay(3), activityDay(12)]), historyOf([activityDay(9, 4), activityDay(15)])];
    const teaching = calendar.of({ course_id: 3, shortname: '' })!;
    const moved = plain.map((history) => teaching.history(withBreak(history, 10, 21)));
    const vectors = (list: EnrolmentHistory[], cutoff: number) => {
      const base = list.map((history) => baseFeatures(history, cutoff));
      const cohort = cohortOf(3, 20, base);
      return base.map((vector) => completeFeatures(vector, cohort));
    };
    expect(vectors(moved, teaching.number(41))).toEqual(vectors(plain, 20));
  });
});
