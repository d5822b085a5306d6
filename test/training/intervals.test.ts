import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { intervalsOf, rankedOf, WITH_INTERVAL, weighed } from '../../src/training/intervals.js';
import { judge, judgeSurely, THRESHOLD } from '../../src/training/judge.js';
import { type Judged, metricsOf } from '../../src/training/metrics.js';
import { randomFrom } from '../../src/training/random.js';
import { runs } from '../features/histories.js';

const STUDENTS = 6;
const anyRow = fc.record({
  score: fc.integer({ min: 0, max: 10 }).map((n) => n / 10),
  label: fc.constantFrom(0, 1),
  user_id: fc.integer({ min: 0, max: STUDENTS - 1 }),
  list: fc.constantFrom('a', 'b', 'c'),
});
type Row = { score: number; label: number; user_id: number; list: string };
const judgedRows = (rows: readonly Row[]): Judged => ({
  scores: rows.map((row) => row.score),
  labels: rows.map((row) => row.label),
  user_ids: rows.map((row) => row.user_id),
  lists: rows.map((row) => row.list),
});

/** `students` with four rows each, over four lists, scores that know something of the label. */
function madeUp(students: number, seed = 3): Judged {
  const random = randomFrom(seed);
  return judgedRows(
    Array.from({ length: students * 4 }, (_, i) => {
      const label = random() < 0.3 ? 1 : 0;
      return { score: Math.min(1, 0.85 * random() + 0.3 * label), label, user_id: i >> 2, list: String(i % 4) };
    }),
  );
}

describe('a draw of students', () => {
  it('has the figures that the rows would have, written out as often as they were drawn', () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: STUDENTS, maxLength: STUDENTS }),
        (rows, times) => {
          const written = rows.flatMap((row) => Array.from({ length: times[row.user_id]! }, () => row));
          fc.pre(written.length > 0);
          const wanted = metricsOf(judgedRows(written), THRESHOLD);
          const seen = [...new Set(rows.map((row) => row.user_id))];
          const got = weighed(
            rankedOf(judgedRows(rows)),
            seen.map((id) => times[id]!),
            THRESHOLD,
          );
          for (const name of WITH_INTERVAL) {
            if (Number.isNaN(wanted[name])) expect(got[name]).toBeNaN();
            else expect(got[name]).toBeCloseTo(wanted[name], 10);
          }
        },
      ),
      runs(300),
    );
  });
});

describe('the intervals of an evaluation', () => {
  it('hold each figure between their ends', () => {
    const metrics = judgeSurely(madeUp(300), 1);
    for (const name of WITH_INTERVAL) {
      expect(metrics[`${name}_low`]).toBeLessThanOrEqual(metrics[name]);
      expect(metrics[`${name}_high`]).toBeGreaterThanOrEqual(metrics[name]);
      expect(metrics[`${name}_high`]! - metrics[`${name}_low`]!).toBeGreaterThan(0);
    }
  });

  it('are about half as wide with four times as many students', () => {
    const width = (judged: Judged, name: string) => {
      const ends = intervalsOf(judged, THRESHOLD, randomFrom(1));
      return ends[`${name}_high`]! - ends[`${name}_low`]!;
    };
    for (const name of ['auc', 'average_precision', 'brier', 'precision_top15']) {
      const ratio = width(madeUp(1_200), name) / width(madeUp(300), name);
      expect(ratio).toBeGreaterThan(0.35);
      expect(ratio).toBeLessThan(0.7);
    }
  });

  it('are wider where a student has the same row four times than where four students have it', () => {
    const rows = madeUp(300);
    const repeated = {
      ...rows,
      scores: Array.from(rows.scores, (_, i) => rows.scores[i - (i % 4)]!),
      labels: Array.from(rows.labels, (_, i) => rows.labels[i - (i % 4)]!),
    };
    const width = (judged: Judged) => {
      const { brier_low, brier_high } = intervalsOf(judged, THRESHOLD, randomFrom(1));
      return brier_high! - brier_low!;
    };
    const apart = { ...repeated, user_ids: repeated.scores.map((_, i) => i) };
    expect(width(repeated)).toBeGreaterThan(1.6 * width(apart));
  });

  it('are repeated by a seed, and agree with the interval of the AUC alone', () => {
    const rows = madeUp(200);
    expect(judgeSurely(rows, 4)).toEqual(judgeSurely(rows, 4));
    expect(judgeSurely(rows, 4)).not.toEqual(judgeSurely(rows, 5));
    expect(judgeSurely(rows, 4)).toMatchObject(judge(rows, 4));
  });

  it('cannot be told where nobody is above the threshold or nobody is positive', () => {
    const rows = madeUp(100);
    const low = judgeSurely({ ...rows, scores: Array.from(rows.scores, (score) => score / 2) }, 1);
    expect([low.precision_at_threshold_low, low.precision_at_threshold_high]).toEqual([NaN, NaN]);
    expect(low.brier_low).toBeGreaterThan(0);
    const none = judgeSurely({ ...rows, labels: Array.from(rows.labels, () => 0) }, 1);
    expect([none.auc_low, none.recall_top15_high]).toEqual([NaN, NaN]);
  });

  it('never claim less than no calibration error', () => {
    const random = randomFrom(8);
    const rows = madeUp(400);
    const scores = Array.from(rows.scores, () => random());
    const labels = scores.map((score) => (random() < score ? 1 : 0));
    const { ece, ece_low, ece_high } = judgeSurely({ ...rows, scores, labels }, 1);
    expect(ece_low).toBeGreaterThanOrEqual(0);
    expect(ece_low).toBeLessThanOrEqual(ece);
    expect(ece_high).toBeGreaterThan(ece);
  });
});
