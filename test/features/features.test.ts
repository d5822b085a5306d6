import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EnrolmentHistory } from '../../src/domain.js';
import {
  BASE_FEATURES,
  baseFeatures,
  cohortOf,
  completeFeatures,
  FEATURE_SCHEMA,
  FEATURES,
  featureIndex,
} from '../../src/features/vector.js';
import { activityDay, anyCutoff, anyHistory, historyOf, runs } from './histories.js';

const value = (history: EnrolmentHistory, cutoff_day: number, name: string): number =>
  baseFeatures(history, cutoff_day)[featureIndex(name)]!;

describe('the features of one enrolment', () => {
  it('count complete days: active yesterday is no day of silence, active six days before that is six', () => {
    expect(value(historyOf([activityDay(3), activityDay(9)]), 10, 'days_since_activity')).toBe(0);
    expect(value(historyOf([activityDay(3)]), 10, 'days_since_activity')).toBe(6);
  });

  it('count silence from the begin for a student who was never there', () => {
    expect(value(historyOf([], { enrolled_day: 5 }), 30, 'days_since_activity')).toBe(25);
    expect(value(historyOf([], { enrolled_day: null, course_start_day: null }), 30, 'days_since_activity')).toBeNaN();
  });

  it('take the window of 7 days as days 3 to 9 before cut-off 10', () => {
    const history = historyOf([activityDay(2, 50), activityDay(3, 5), activityDay(9, 1)]);
    expect(value(history, 10, 'active_days_7')).toBe(2);
    expect(value(history, 10, 'activities_7')).toBe(6);
    expect(value(history, 10, 'activities_14')).toBe(56);
  });

  it('leave sessions missing, not zero, where the source knows days only', () => {
    const history = historyOf([activityDay(9)], { sessions_known: false });
    expect(value(history, 10, 'sessions_14')).toBeNaN();
    expect(value({ ...history, sessions_known: true }, 10, 'sessions_14')).toBe(1);
  });

  it('leave hand-ins missing where the source knows of no assessments, and count them where it does', () => {
    expect(value(historyOf([], { assessments: null }), 10, 'not_handed_in_all')).toBeNaN();
    const assessments = [
      { due_day: 5, submitted_day: 4 },
      { due_day: 6, submitted_day: 8 },
      { due_day: 9, submitted_day: null },
      { due_day: 10, submitted_day: null },
    ];
    const history = historyOf([], { assessments });
    expect(value(history, 10, 'due_all')).toBe(3);
    expect(value(history, 10, 'not_handed_in_all')).toBe(1);
    expect(value(history, 10, 'late_all')).toBe(1);
    expect(value(history, 10, 'days_since_hand_in')).toBe(1);
    expect(value(history, 10, 'days_to_next_due')).toBe(0);
    expect(value(history, 7, 'not_handed_in_all')).toBe(1); // day 8 has not come yet
  });

  it('stay inside their bounds, or are missing, whatever the history', () => {
    fc.assert(
      fc.property(fc.array(anyHistory, { minLength: 1, maxLength: 5 }), anyCutoff, (histories, cutoff_day) => {
        const bases = histories.map((history) => baseFeatures(history, cutoff_day));
        const cohort = cohortOf(3, cutoff_day, bases);
        for (const base of bases) {
          completeFeatures(base, cohort).forEach((feature, i) => {
            if (Number.isNaN(feature)) return;
            expect(feature).toBeGreaterThanOrEqual(FEATURES[i]!.low);
            expect(feature).toBeLessThanOrEqual(FEATURES[i]!.high);
          });
        }
      }),
      runs(150),
    );
  });

  it('do not change by any order of the days', () => {
    fc.assert(
      fc.property(anyHistory, anyCutoff, fc.infiniteStream(fc.nat()), (history, cutoff_day, random) => {
        const keys = new Map(history.days.map((row) => [row.day, random.next().value as number]));
        const days = [...history.days].sort((a, b) => keys.get(a.day)! - keys.get(b.day)!);
        expect(baseFeatures({ ...history, days }, cutoff_day)).toEqual(baseFeatures(history, cutoff_day));
      }),
      runs(200),
    );
  });

  it('are the same in another year: everything moved by some days gives the same numbers', () => {
    const moved = (history: EnrolmentHistory, by: number): EnrolmentHistory => {
      const at = (day: number | null) => (day === null ? null : day + by);
      return {
        ...history,
        enrolled_day: at(history.enrolled_day),
        course_start_day: at(history.course_start_day),
        course_end_day: at(history.course_end_day),
        days: history.days.map((row) => ({ ...row, day: row.day + by })),
        assessments: history.assessments?.map((a) => ({ due_day: at(a.due_day), submitted_day: at(a.submitted_day) })) ?? null,
      };
    };
    fc.assert(
      fc.property(anyHistory, anyCutoff, fc.integer({ min: -800, max: 21_000 }), (history, cutoff_day, by) => {
        expect(baseFeatures(moved(history, by), cutoff_day + by)).toEqual(baseFeatures(history, cutoff_day));
      }),
      runs(200),
    );
  });
});

describe('nothing from the cut-off day or later', () => {
  /** Everything after the cut-off replaced by something else; due days stay, since they are known in advance. */
  const withOtherFuture = (history: EnrolmentHistory, cutoff_day: number, other: EnrolmentHistory): EnrolmentHistory => ({
    ...history,
    days: [...history.days.filter((row) => row.day < cutoff_day), ...other.days.filter((row) => row.day >= cutoff_day)],
    assessments:
      history.assessments?.map((a) => ({
        ...a,
        submitted_day: a.submitted_day !== null && a.submitted_day < cutoff_day ? a.submitted_day : cutoff_day + 3,
      })) ?? null,
  });

  const leaks = (compute: (history: EnrolmentHistory, cutoff_day: number) => Float64Array, cut_shift: number): boolean => {
    const outcome = fc.check(
      fc.property(anyHistory, anyCutoff, anyHistory, (history, cutoff_day, other) => {
        const now = compute(history, cutoff_day + cut_shift);
        expect(compute(withOtherFuture(history, cutoff_day, other), cutoff_day + cut_shift)).toEqual(now);
      }),
      runs(200),
    );
    return outcome.failed;
  };

  it('reaches a feature', () => {
    expect(leaks(baseFeatures, 0)).toBe(false);
  });

  it('would be noticed: features cut one day too late are caught by the same check', () => {
    expect(leaks(baseFeatures, 1)).toBe(true);
  });
});

describe('a second, slow computation from single activities', () => {
  const anyActivities = fc.array(fc.integer({ min: -30, max: 120 }), { maxLength: 80 });

  const collected = (activity_days: number[]) => {
    const counts = new Map<number, number>();
    for (const day of activity_days) counts.set(day, (counts.get(day) ?? 0) + 1);
    return [...counts].sort((a, b) => a[0] - b[0]).map(([day, count]) => activityDay(day, count));
  };

  it('gives the same recency, amounts, rhythm and trend', () => {
    fc.assert(
      fc.property(anyActivities, fc.integer({ min: 1, max: 100 }), (activities, cutoff_day) => {
        const history = historyOf(collected(activities));
        const before = activities.filter((day) => day < cutoff_day);
        const inLast = (days: number) => before.filter((day) => day >= cutoff_day - days);
        const distinct = (list: number[]) => [...new Set(list)].sort((a, b) => a - b);
        const active = distinct(before);
        const gaps = active.slice(1).map((day, i) => day - active[i]!);
        const sorted = [...gaps].sort((a, b) => a - b);
        const middle = [sorted[Math.floor((gaps.length - 1) / 2)]!, sorted[Math.floor(gaps.length / 2)]!];
        let silent = 0;
        while (active.length > 0 && !active.includes(cutoff_day - 1 - silent)) silent++;
        const week = inLast(7).length;
        const expected: Record<string, number> = {
          days_since_activity: active.length === 0 ? cutoff_day : silent,
          active_days_7: distinct(inLast(7)).length,
          active_days_28: distinct(inLast(28)).length,
          activities_14: inLast(14).length,
          activities_28: inLast(28).length,
          activities_per_week: (before.length / Math.max(7, cutoff_day)) * 7,
          active_days_share: active.filter((day) => day >= 0).length / cutoff_day,
          median_gap_days: gaps.length === 0 ? NaN : Math.min(90, (middle[0]! + middle[1]!) / 2),
          longest_gap_days: gaps.length === 0 ? NaN : Math.max(...gaps),
          active_weeks_4: [0, 1, 2, 3].filter((w) =>
            before.some((day) => day >= cutoff_day - 7 * (w + 1) && day < cutoff_day - 7 * w),
          ).length,
          trend_activities: inLast(28).length === 0 ? NaN : Math.log((week + 1) / ((inLast(28).length - week) / 3 + 1)),
          active_days_before_start: active.filter((day) => day < 0).length,
        };
        for (const [name, wanted] of Object.entries(expected)) {
          if (Number.isNaN(wanted)) expect([name, value(history, cutoff_day, name)]).toEqual([name, NaN]);
          else expect(Math.abs(value(history, cutoff_day, name) - wanted)).toBeLessThan(1e-6);
        }
      }),
      runs(300),
    );
  });
});

describe('the list of features', () => {
  it('has a name, a meaning and true bounds for each, and no name twice', () => {
    expect(new Set(FEATURES.map((f) => f.name)).size).toBe(FEATURES.length);
    for (const feature of FEATURES) {
      expect(feature.meaning.length).toBeGreaterThan(5);
      expect(feature.low).toBeLessThan(feature.high);
    }
    expect(FEATURES.slice(0, BASE_FEATURES.length)).toEqual([...BASE_FEATURES]);
  });

  it('is named by a hash, so that a model made for another list can be told', () => {
    expect(FEATURE_SCHEMA).toMatch(/^[0-9a-f]{64}$/);
  });
});
