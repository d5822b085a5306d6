import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Prediction, Score } from '../../src/domain.js';
import { baseFeatures, cohortOf, completeFeatures, FEATURES, featureIndex } from '../../src/features/vector.js';
import { band, roundScore } from '../../src/scoring/bands.js';
import { earlyList } from '../../src/scoring/early.js';
import { reasons } from '../../src/scoring/reasons.js';
import { NO_COHORT, scoreBatch } from '../../src/scoring/score.js';
import { activityDay, anyHistory, historyOf, runs } from '../features/histories.js';

const CUTOFF = 40;

/** Students active on every n-th day; the first stopped twelve days ago. */
const course = [1, 2, 2, 3, 3, 4, 5].map((every, i) =>
  historyOf(
    Array.from({ length: CUTOFF }, (_, day) => day)
      .filter((day) => day % every === 0 && (i > 0 || day < CUTOFF - 12))
      .map((day) => activityDay(day, 3)),
    { user_id: 100 + i },
  ),
);
const bases = course.map((history) => baseFeatures(history, CUTOFF));
const cohort = cohortOf(3, CUTOFF, bases);
const rows = course.map((history, i) => ({ history, cutoff_day: CUTOFF, features: completeFeatures(bases[i]!, cohort) }));
const context = { as_of_ms: 1_000, cohort, threshold: 0.7 };

describe('a score', () => {
  it('is called by its band, the threshold itself being raised only', () => {
    expect([0.3999, 0.4, 0.7, 0.700001, 0.85, 0.850001].map((score) => band(score, 0.7))).toEqual([
      'low',
      'raised',
      'raised',
      'high',
      'high',
      'very high',
    ]);
    expect(band(0.3, 0.2)).toBe('high');
    expect(roundScore(0.12345649)).toBe(0.123456);
  });

  it('comes from the rule of thumb where no model fits, says so, and is highest for the one who stopped', async () => {
    const scores = await scoreBatch(null, rows, context);
    expect(scores.map((score) => score.method)).toEqual(rows.map(() => 'heuristic'));
    expect(Math.max(...scores.map((score) => score.score))).toBe(scores[0]!.score);
    expect(scores[0]!.reasons[0]!.text).toBe('No activity for 12 days – course median: 1 day');
    expect(scores[0]!.cohort_version).toBe(cohort.version);
  });

  it('has an early score only for a student active in the last 14 days', async () => {
    const silent = {
      ...rows[0]!,
      history: course[0]!,
      features: completeFeatures(baseFeatures(course[0]!, CUTOFF + 20), cohort),
    };
    const [first, second] = await scoreBatch(null, [silent, rows[1]!], context);
    expect(first!.early_score).toBeNull();
    expect(second!.early_score).toBeGreaterThan(0);
  });

  it('is the same whoever is scored beside it', async () => {
    const together = await scoreBatch(null, rows, context);
    const alone = await Promise.all(rows.map(async (row) => (await scoreBatch(null, [row], context))[0]!));
    expect(alone).toEqual(together);
  });

  it('stays a probability with sensible reasons for any history', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const features = completeFeatures(baseFeatures(history, CUTOFF), null);
        const [score] = await scoreBatch(null, [{ history, cutoff_day: CUTOFF, features }], { ...context, cohort: null });
        expect(score!.score).toBeGreaterThanOrEqual(0);
        expect(score!.score).toBeLessThanOrEqual(1);
        expect(score!.cohort_version).toBe(NO_COHORT);
        for (const reason of score!.reasons) expect(reason.text).not.toMatch(/NaN|undefined|null/);
      }),
      runs(150),
    );
  });
});

describe('the reasons', () => {
  const contributions = (given: Record<string, number>): Float32Array => {
    const all = new Float32Array(FEATURES.length);
    for (const [name, value] of Object.entries(given)) all[featureIndex(name)] = value;
    return all;
  };
  const features = rows[0]!.features;

  it('tell one story once, however many features tell it', () => {
    const told = reasons(
      features,
      contributions({ days_since_activity: 1, z_days_since_activity: 0.5, silence_vs_own_gap: 0.2 }),
      cohort,
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ feature: 'days_since_activity', value: 12, unit: 'days', contribution: 1.7 });
    expect(told[0]!.cohort_percentile).toBe(100);
  });

  it('are sorted by strength, equal ones in feature order, and show what lowers the score too', () => {
    const told = reasons(features, contributions({ days_since_activity: 1, active_days_28: -1, median_gap_days: -2 }), cohort);
    expect(told.map((reason) => [reason.feature, reason.contribution])).toEqual([
      ['median_gap_days', -2],
      ['days_since_activity', 1],
      ['active_days_28', -1],
    ]);
  });

  it('never show a fact that speaks against their direction', () => {
    // 16 of the last 28 days is above this course's median, so it cannot be what raises the score.
    expect(reasons(features, contributions({ active_days_28: 1 }), cohort).map((r) => r.feature)).not.toContain('active_days_28');
  });

  it('are at most five, and none where nothing moves the score', () => {
    const everything = new Float32Array(FEATURES.length).fill(0.5);
    expect(reasons(features, everything, cohort).length).toBeLessThanOrEqual(5);
    expect(reasons(features, new Float32Array(FEATURES.length), cohort)).toEqual([]);
  });

  it('are written in words that judge nobody', () => {
    fc.assert(
      fc.property(
        anyHistory,
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: FEATURES.length, maxLength: FEATURES.length }),
        (history, parts) => {
          const row = completeFeatures(baseFeatures(history, CUTOFF), cohort);
          for (const { text } of reasons(row, Float32Array.from(parts), cohort)) {
            expect(text).not.toMatch(/NaN|undefined|drop|inactive|missed|disengag|withdraw|fail|lazy|poor/i);
            expect(text).not.toMatch(/\b1 (days|weeks|activities|sessions|minutes)\b/);
          }
        },
      ),
      runs(300),
    );
  });
});

describe('the early list', () => {
  const prediction = (user_id: number, course_id: number, early_score: number | null): Prediction => ({
    user_id,
    course_id,
    as_of_ms: 5,
    score: { early_score, reasons: [] } as unknown as Score,
    not_scored: null,
    last_active_ms: 4,
  });
  const predictions = [
    ...[0.2, 0.9, 0.9, null, 0.1, 0.3, 0.4, 0.5].map((early, i) => prediction(10 - i, 2, early)),
    prediction(1, 1, 0.05),
    { ...prediction(2, 1, null), score: null, not_scored: 'not-active' as const },
  ];

  it('takes 15 % rounded up of each course by default, equal scores by user', () => {
    expect(earlyList(predictions, null).map((e) => [e.course_id, e.rank, e.user_id])).toEqual([
      [1, 1, 1],
      [2, 1, 8],
      [2, 2, 9],
    ]);
  });

  it('takes as many per course as staff can see', () => {
    expect(earlyList(predictions, 3).map((e) => e.user_id)).toEqual([1, 8, 9, 3]);
    expect(earlyList(predictions, 0)).toEqual([]);
  });

  it('takes three of twenty, not four', () => {
    expect(
      earlyList(
        Array.from({ length: 20 }, (_, i) => prediction(i + 1, 1, i / 100)),
        null,
      ),
    ).toHaveLength(3);
  });
});
