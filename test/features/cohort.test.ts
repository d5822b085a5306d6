import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { medianOf, QUANTILES_MAX, quantilesOf } from '../../src/features/cohort.js';
import { baseFeatures, cohortOf, completeFeatures, featureIndex, percentileOf } from '../../src/features/vector.js';
import { activityDay, anyHistory, historyOf, runs } from './histories.js';

const CUTOFF = 30;
const course = [0, 3, 5, 9].map((active_days) =>
  baseFeatures(historyOf(Array.from({ length: active_days }, (_, i) => activityDay(CUTOFF - 1 - i))), CUTOFF),
);

describe('the snapshot of a course', () => {
  const cohort = cohortOf(3, CUTOFF, course);

  it('says which share of the students has at most a value', () => {
    expect(percentileOf(cohort, 'active_days_28', 0)).toBe(25);
    expect(percentileOf(cohort, 'active_days_28', 5)).toBe(75);
    expect(percentileOf(cohort, 'active_days_28', 28)).toBe(100);
    expect(percentileOf(cohort, 'active_days_28', NaN)).toBeNull();
    expect(percentileOf(cohort, 'no_such_feature', 1)).toBeNull();
    expect(medianOf(cohort, 'active_days_28')).toBe(4);
  });

  it('ranks ties in their middle and standardises around the mean', () => {
    const least = completeFeatures(course[0]!, cohort);
    expect(least[featureIndex('rank_active_days_14')]).toBeCloseTo(0.125);
    const zs = course.map((base) => completeFeatures(base, cohort)[featureIndex('z_active_days_14')]!);
    expect(zs.reduce((sum, z) => sum + z, 0)).toBeCloseTo(0, 4);
    expect(zs[0]!).toBeLessThan(0);
    expect(least[featureIndex('course_active_share_7')]).toBeCloseTo(0.75);
  });

  it('leaves comparisons missing where there is no course to compare with', () => {
    const alone = completeFeatures(course[1]!, null);
    expect(alone[featureIndex('z_active_days_14')]).toBeNaN();
    expect(alone[featureIndex('active_days_14')]).toBe(3);
  });

  it('has the same name for the same students in any order, and another for other students', () => {
    expect(cohortOf(3, CUTOFF, [...course].reverse())).toEqual(cohort);
    expect(cohortOf(3, CUTOFF, course.slice(1)).version).not.toBe(cohort.version);
    expect(cohort.version).toMatch(/^[0-9a-f]{12}$/);
  });

  it('survives being kept as JSON', () => {
    fc.assert(
      fc.property(fc.array(anyHistory, { minLength: 1, maxLength: 6 }), (histories) => {
        const bases = histories.map((history) => baseFeatures(history, CUTOFF));
        const made = cohortOf(3, CUTOFF, bases);
        const kept = JSON.parse(JSON.stringify(made));
        expect(kept).toEqual(made);
        for (const base of bases) expect(completeFeatures(base, kept)).toEqual(completeFeatures(base, made));
      }),
      runs(60),
    );
  });

  it('holds at most 101 values of a feature, from the least to the greatest', () => {
    const quantiles = quantilesOf(Array.from({ length: 5_000 }, (_, i) => (i * 7) % 5_000));
    expect(quantiles).toHaveLength(QUANTILES_MAX);
    expect(quantiles[0]).toBe(0);
    expect(quantiles[50]).toBeCloseTo(2_500, -1);
    expect(quantiles[100]).toBe(4_999);
  });
});
