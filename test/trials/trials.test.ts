/** The draw, the estimate and the power of a fair trial. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, draw } from '../../src/trials/draw.js';
import { difference, type Stratum } from '../../src/trials/estimate.js';
import { neededInEach, smallestShown } from '../../src/trials/power.js';
import { seeded } from '../journey/site.js';

const candidates = fc
  .uniqueArray(fc.record({ user_id: fc.integer({ min: 1, max: 500 }), course_id: fc.integer({ min: 2, max: 5 }) }), {
    selector: ({ user_id }) => user_id,
    maxLength: 60,
  })
  .map((list): Candidate[] => list);

describe('a draw', () => {
  it('takes everybody once, and half of each course, whatever the order', () => {
    fc.assert(
      fc.property(candidates, fc.string(), fc.string(), (list, seed, week) => {
        const drawn = draw(list, seed, week);
        expect(draw([...list].reverse(), seed, week)).toEqual(drawn);
        expect(drawn.map(({ user_id }) => user_id).sort()).toEqual(list.map(({ user_id }) => user_id).sort());
        for (const course of new Set(list.map(({ course_id }) => course_id))) {
          const of = drawn.filter(({ course_id }) => course_id === course);
          const now = of.filter(({ arm }) => arm === 'now').length;
          expect(Math.abs(2 * now - of.length)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('gives each student the same chance, alone in a course or not, and another draw each week', () => {
    for (const size of [1, 2, 3, 8]) {
      const list = Array.from({ length: size }, (_, i) => ({ user_id: i + 1, course_id: 2 }));
      const counts = new Array<number>(size).fill(0);
      const WEEKS = 4_000;
      for (let week = 0; week < WEEKS; week++)
        for (const one of draw(list, 'seed', String(week))) if (one.arm === 'now') counts[one.user_id - 1]!++;
      // Five standard deviations: the draw is the same in every run of the test.
      for (const count of counts) expect(Math.abs(count / WEEKS - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / WEEKS));
    }
  });
});

describe('the difference', () => {
  const stratum = (n1: number, x1: number, n0: number, x0: number): Stratum => ({
    now: { drawn: n1, active: x1 },
    later: { drawn: n0, active: x0 },
  });

  it('of one stratum is that of its shares, and of none is none', () => {
    expect(difference([stratum(10, 6, 20, 8)])!.difference).toBeCloseTo(0.2, 12);
    expect(difference([stratum(10, 6, 0, 0), stratum(0, 0, 5, 1)])).toBeNull();
    expect(difference([])).toBeNull();
  });

  it('of pairs has the interval of paired differences', () => {
    // 10 pairs: 4 where only the one called was active, 1 where only the other was.
    const pairs = [
      ...Array.from({ length: 4 }, () => stratum(1, 1, 1, 0)),
      stratum(1, 0, 1, 1),
      ...Array.from({ length: 5 }, () => stratum(1, 1, 1, 1)),
    ];
    const { difference: found, low, high } = difference(pairs)!;
    expect(found).toBeCloseTo(0.3, 12);
    const half = 1.959964 * Math.sqrt((5 / 10 - 0.09) / 10);
    expect([low, high]).toEqual([expect.closeTo(0.3 - half, 5), expect.closeTo(0.3 + half, 5)]);
  });

  it.each([
    ['few large strata', 4, 60, 0.1],
    ['many small ones', 120, 2, 0.1],
    ['no effect at all', 60, 4, 0],
  ])('with %s: its interval holds the truth 95 times of 100', (_, strata, size, effect) => {
    const random = seeded(7);
    let held = 0;
    const RUNS = 2_000;
    for (let run = 0; run < RUNS; run++) {
      const made = Array.from({ length: strata }, () => {
        const base = 0.2 + 0.5 * random();
        const active = (n: number, p: number) => Array.from({ length: n }).filter(() => random() < p).length;
        return stratum(size / 2, active(size / 2, base + effect), size / 2, active(size / 2, base));
      });
      const { low, high } = difference(made)!;
      if (low <= effect && effect <= high) held++;
    }
    expect(held / RUNS).toBeGreaterThan(0.935);
    expect(held / RUNS).toBeLessThan(0.968);
  });
});

describe('the power', () => {
  it('is that of the formula', () => {
    // 40 % against 50 %, worked by hand.
    expect(neededInEach(0.4, 0.1)).toBe(388);
    expect(neededInEach(0.95, 0.1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is held by a simulation: 80 times of 100 the interval leaves out zero', () => {
    const random = seeded(11);
    const n = neededInEach(0.4, 0.15);
    let shown = 0;
    const RUNS = 1_500;
    for (let run = 0; run < RUNS; run++) {
      const active = (p: number) => Array.from({ length: n }).filter(() => random() < p).length;
      const found = difference([{ now: { drawn: n, active: active(0.55) }, later: { drawn: n, active: active(0.4) } }])!;
      if (found.low > 0) shown++;
    }
    expect(Math.abs(shown / RUNS - 0.8)).toBeLessThan(0.04);
  });

  it('finds the smallest difference that a number of students shows', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.9, noNaN: true }), fc.integer({ min: 1, max: 5_000 }), (base, n) => {
        const by = smallestShown(base, n);
        if (by === null) return;
        expect(neededInEach(base, by)).toBeLessThanOrEqual(n);
        if (by > 0.005) expect(neededInEach(base, by - 0.005)).toBeGreaterThan(n);
      }),
    );
  });
});
