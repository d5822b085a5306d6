import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Calibration, probabilityOf } from '../../src/ports.js';
import { calibrate, chosenCalibration } from '../../src/training/calibration.js';
import { isotonic } from '../../src/training/isotonic.js';
import type { Judged } from '../../src/training/metrics.js';
import { randomFrom } from '../../src/training/random.js';
import { runs } from '../features/histories.js';

interface Row {
  x: number;
  label: number;
}
const anyRows = fc.array(fc.record({ x: fc.integer({ min: -8, max: 8 }).map((n) => n / 4), label: fc.constantFrom(0, 1) }), {
  minLength: 1,
  maxLength: 40,
});
const curveOf = (rows: readonly Row[]) => {
  const points = isotonic(
    rows.map(({ x }) => x),
    rows.map(({ label }) => label),
  );
  const calibration: Calibration = { slope: 1, intercept: 0, points };
  return { points, at: (x: number) => probabilityOf(calibration, x) };
};

/** The textbook's: the highest, over beginnings at or before x, of the lowest, over ends at or after x, of the mean between them. */
function oracle(rows: readonly Row[], x: number): number {
  const places = [...new Set(rows.map((row) => row.x))];
  const mean = (from: number, to: number) => {
    const inside = rows.filter((row) => row.x >= from && row.x <= to);
    return inside.reduce((sum, row) => sum + row.label, 0) / inside.length;
  };
  const lowest = (from: number) => Math.min(...places.filter((to) => to >= x).map((to) => mean(from, to)));
  const value = Math.max(...places.filter((from) => from <= x).map(lowest));
  const furthest = 1 / (rows.length + 2);
  return Math.min(1 - furthest, Math.max(furthest, value));
}

describe('the isotonic correction', () => {
  it('is, at each row, what the definition says: tried on small cases with ties', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { at } = curveOf(rows);
        for (const { x } of rows) expect(at(x)).toBeCloseTo(oracle(rows, x), 10);
      }),
      runs(300),
    );
  });

  it('never falls, and never says 0 or 1, on rows or between and beyond them', () => {
    fc.assert(
      fc.property(anyRows, fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { maxLength: 30 }), (rows, more) => {
        const { at, points } = curveOf(rows);
        const said = [...more, ...points.log_odds].sort((a, b) => a - b).map(at);
        said.forEach((p, i) => {
          expect(p).toBeGreaterThan(0);
          expect(p).toBeLessThan(1);
          if (i > 0) expect(p).toBeGreaterThanOrEqual(said[i - 1]! - 1e-12);
        });
      }),
      runs(200),
    );
  });

  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        expect(curveOf([...rows].reverse()).points).toEqual(curveOf(rows).points);
        const sorted = [...rows].sort((a, b) => a.label - b.label);
        expect(curveOf(sorted).points).toEqual(curveOf(rows).points);
      }),
      runs(200),
    );
  });

  it('is the worked example', () => {
    const rows = [
      [-1, 0],
      [0, 1],
      [0, 0],
      [1, 0],
      [2, 1],
    ].map(([x, label]) => ({ x: x!, label: label! }));
    const { points, at } = curveOf(rows);
    expect(points.log_odds).toEqual([-1, 0, 1, 2]);
    expect(points.probabilities.map((p) => p.toFixed(2))).toEqual(['0.14', '0.33', '0.33', '0.86']);
    expect([at(-9), at(9)].map((p) => p.toFixed(4))).toEqual(['0.1429', '0.8571']);
    expect(at(1.5)).toBeCloseTo((1 / 3 + 6 / 7) / 2);
  });
});

/** Rows of students, four each; `truth` gives the probability behind the log-odds. */
function madeUp(students: number, truth: (x: number) => number): Judged {
  const random = randomFrom(5);
  const scores = Array.from({ length: students * 4 }, () => 6 * random() - 3);
  return {
    scores,
    labels: scores.map((x) => (random() < truth(x) ? 1 : 0)),
    user_ids: scores.map((_, i) => i >> 2),
    lists: scores.map(() => ''),
  };
}
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe('the choice between the corrections', () => {
  it('falls on the isotonic one where no sigmoid tells the truth, and that is nearer to it', () => {
    const truth = (x: number) => (x < -1 ? 0.05 : x < 1 ? 0.4 : 0.55);
    const judged = madeUp(1_000, truth);
    const { calibration, choice } = chosenCalibration(judged, 1);
    expect(choice.kept).toBe('isotonic');
    expect(choice.log_loss!.isotonic).toBeLessThan(choice.log_loss!.platt - 2 * choice.log_loss!.error);
    const off = (of: Calibration) =>
      [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].reduce((sum, x) => sum + Math.abs(probabilityOf(of, x) - truth(x)), 0);
    expect(off(calibration)).toBeLessThan(off(calibrate(judged.scores, judged.labels)) / 2);
  });

  it('stays with Platt where a sigmoid does, and where the students are few', () => {
    const bent = (x: number) => sigmoid(1.5 * x - 1);
    for (const judged of [madeUp(1_000, bent), madeUp(15, bent)]) {
      const { calibration, choice } = chosenCalibration(judged, 1);
      expect(choice.kept).toBe('platt');
      expect(calibration).toEqual(calibrate(judged.scores, judged.labels));
    }
  });

  it('is the same for the same rows and seed', () => {
    const judged = madeUp(300, (x) => sigmoid(x));
    expect(chosenCalibration(judged, 2)).toEqual(chosenCalibration(judged, 2));
  });

  it('is not made where one label does not occur: nothing is corrected', () => {
    const { calibration, choice } = chosenCalibration(
      madeUp(50, () => 0),
      1,
    );
    expect(calibration).toEqual({ slope: 1, intercept: 0 });
    expect(choice).toEqual({ kept: 'platt', log_loss: null });
  });
});
