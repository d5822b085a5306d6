/** Histories for tests, by hand and at random. */
import fc from 'fast-check';
import { ACTIVITY_GROUPS, type ActivityDay, type EnrolmentHistory } from '../../src/domain.js';

/** HOLDFAST_LONG=1 runs ten times as many. */
export const runs = (short: number): { numRuns: number; seed: number } => ({
  numRuns: process.env.HOLDFAST_LONG === '1' ? short * 10 : short,
  seed: 20_779,
});

export function activityDay(day: number, activities = 1, more: Partial<ActivityDay> = {}): ActivityDay {
  const zero = { navigation: 0, content: 0, social: 0, assessment: 0, other: 0, sessions: 1, duration_s: 60 };
  return { user_id: 7, course_id: 3, day, activities, ...zero, navigation: activities, ...more };
}

export function historyOf(days: ActivityDay[], more: Partial<EnrolmentHistory> = {}): EnrolmentHistory {
  return {
    user_id: 7,
    course_id: 3,
    enrolled_day: 0,
    course_start_day: 0,
    course_end_day: 200,
    days,
    sessions_known: true,
    assessments: [],
    ...more,
  };
}

const anyDay = fc.integer({ min: -40, max: 260 });

const anyActivityDay = fc
  .record({
    day: anyDay,
    groups: fc.tuple(...ACTIVITY_GROUPS.map(() => fc.nat({ max: 400 }))),
    sessions: fc.nat({ max: 9 }),
    duration_s: fc.nat({ max: 90_000 }),
  })
  .map(({ day, groups, sessions, duration_s }) => {
    const activities = groups.reduce((sum, count) => sum + count, 0);
    const by_group = Object.fromEntries(ACTIVITY_GROUPS.map((group, i) => [group, groups[i]!]));
    return { user_id: 7, course_id: 3, day, activities, sessions, duration_s, ...by_group } as ActivityDay;
  });

/** Ascending days, and now and then a course without dates, without sessions or without assessments. */
export const anyHistory: fc.Arbitrary<EnrolmentHistory> = fc.record({
  user_id: fc.constant(7),
  course_id: fc.constant(3),
  enrolled_day: fc.option(anyDay),
  course_start_day: fc.option(anyDay),
  course_end_day: fc.option(anyDay),
  days: fc
    .uniqueArray(anyActivityDay, { selector: (row) => row.day, maxLength: 60 })
    .map((days) => days.sort((a, b) => a.day - b.day)),
  sessions_known: fc.boolean(),
  assessments: fc.option(
    fc.array(fc.record({ due_day: fc.option(anyDay), submitted_day: fc.option(anyDay) }), { maxLength: 12 }),
  ),
});

export const anyCutoff = fc.integer({ min: -20, max: 240 });
