import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calibrate } from '../../src/training/calibration.js';
import { auc, aucInterval, averagePrecision, brier, calibrationError, metricsOf } from '../../src/training/metrics.js';
import { foldOf, randomFrom } from '../../src/training/random.js';
import { runs } from '../features/histories.js';

const anyRows = fc.array(fc.record({ score: fc.integer({ min: 0, max: 10 }).map((n) => n / 10), label: fc.constantFrom(0, 1) }), {
  minLength: 2,
  maxLength: 60,
});

describe('the figures', () => {
  it('agree with counting every pair, ties half', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const [scores, labels] = [rows.map((r) => r.score), rows.map((r) => r.label)];
        const positives = rows.filter((r) => r.label === 1);
        const negatives = rows.filter((r) => r.label === 0);
        const won = positives.flatMap((p) => negatives.map((n) => (p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0)));
        const wanted = won.length === 0 ? NaN : won.reduce<number>((a, b) => a + b, 0) / won.length;
        if (Number.isNaN(wanted)) expect(auc(scores, labels)).toBeNaN();
        else expect(auc(scores, labels)).toBeCloseTo(wanted, 10);
      }),
      runs(200),
    );
  });

  it('are those of small cases that can be done by hand', () => {
    expect(averagePrecision([0.9, 0.8, 0.7], [1, 0, 1])).toBeCloseTo((1 + 2 / 3) / 2);
    expect(averagePrecision([0.5, 0.5], [1, 0])).toBeCloseTo(0.5);
    expect(brier([1, 0.5], [1, 0])).toBeCloseTo(0.125);
    expect(calibrationError([0.21, 0.29, 0.9], [0, 1, 1])).toBeCloseTo((0.5 + 0.1) / 3);
  });

  it('cut the top 15 % in each course and week, not over all', () => {
    const rows = { scores: [0.9, 0.8, 0.3, 0.2], labels: [0, 1, 1, 0], user_ids: [1, 2, 3, 4], lists: ['a', 'a', 'b', 'b'] };
    const { precision_top15, recall_top15, precision_at_threshold, recall_at_threshold } = metricsOf(rows, 0.7);
    expect([precision_top15, recall_top15]).toEqual([0.5, 0.5]);
    expect([precision_at_threshold, recall_at_threshold]).toEqual([0.5, 0.5]);
  });

  it('have an interval around them that a seed repeats', () => {
    const random = randomFrom(4);
    const labels = Array.from({ length: 300 }, () => (random() < 0.3 ? 1 : 0));
    const rows = { labels, scores: labels.map((y) => y * 0.2 + random()), user_ids: labels.map((_, i) => i >> 1), lists: [] };
    const { low, high } = aucInterval(rows, randomFrom(1));
    expect(low).toBeLessThan(auc(rows.scores, labels));
    expect(high).toBeGreaterThan(auc(rows.scores, labels));
    expect(aucInterval(rows, randomFrom(1))).toEqual({ low, high });
  });
});

describe('calibration', () => {
  it('finds the correction that the log-odds were bent by', () => {
    const random = randomFrom(9);
    const log_odds = Array.from({ length: 20_000 }, () => 4 * random() - 2);
    const labels = log_odds.map((x) => (random() < 1 / (1 + Math.exp(-(2 * x - 1))) ? 1 : 0));
    const { slope, intercept } = calibrate(log_odds, labels);
    expect(Math.abs(slope - 2)).toBeLessThan(0.1);
    expect(Math.abs(intercept + 1)).toBeLessThan(0.1);
  });

  it('never turns a ranking upside down, where the unseen positives happen to score lowest', () => {
    const log_odds = Array.from({ length: 4_000 }, (_, i) => i / 1_000 - 4);
    const labels = log_odds.map((x) => (x < -3.9 ? 1 : 0));
    const { slope, intercept } = calibrate(log_odds, labels);
    expect(slope).toBeGreaterThan(0);
    const mean = log_odds.reduce((sum, x) => sum + 1 / (1 + Math.exp(-(slope * x + intercept))), 0) / log_odds.length;
    expect(mean).toBeCloseTo(labels.reduce<number>((a, b) => a + b, 0) / labels.length, 2);
  });

  it('leaves a head alone that has one label only', () => {
    expect(calibrate([1, 2], [0, 0])).toEqual({ slope: 1, intercept: 0 });
  });
});

describe('folds', () => {
  it('keep a student together and are about even', () => {
    const folds = Array.from({ length: 4_000 }, (_, id) => foldOf(id, 1, 4));
    expect(foldOf(77, 1, 4)).toBe(folds[77]);
    for (const fold of [0, 1, 2, 3]) expect(Math.abs(folds.filter((f) => f === fold).length - 1_000)).toBeLessThan(150);
    expect(Array.from({ length: 4_000 }, (_, id) => foldOf(id, 2, 4))).not.toEqual(folds);
  });
});
