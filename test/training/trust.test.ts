import { describe, expect, it } from '@jest/globals';
import { randomFrom } from '../../src/training/random.js';
import { type Issued, standingOf } from '../../src/training/trust.js';

/** `students` with one row each; `says` is what the model says to one whose chance is `chance`. */
function judgedOf(students: number, says: (chance: number) => number, of_chance: (random: number) => number = (r) => r): Issued {
  const random = randomFrom(5);
  const chances = Array.from({ length: students }, () => of_chance(random()));
  return {
    scores: chances.map(says),
    labels: chances.map((chance) => (random() < chance ? 1 : 0)),
    user_ids: chances.map((_, i) => i),
    lists: chances.map(() => '1'),
    weeks: chances.map((_, i) => (i % 4 === 0 ? '2025-11-10' : '2025-11-17')),
  };
}

describe('a course’s standing', () => {
  it('is checked where the model ranks well and means what it says', () => {
    const { standing, auc, why } = standingOf(judgedOf(400, (chance) => chance));
    expect(standing).toBe('checked');
    expect(auc).toBeGreaterThan(0.75);
    expect(why).toMatch(/^AUC 0\.\d\d, probabilities off by 0\.0\d on average\.$/);
  });

  it('is not good where it ranks well but exaggerates, or cannot rank at all, and says which', () => {
    const loud = standingOf(
      judgedOf(
        400,
        (chance) => 0.6 + 0.4 * chance,
        (r) => 0.5 * r,
      ),
    );
    expect(loud.standing).toBe('not-good');
    expect(loud.faults).toEqual(['calibration']);
    expect(loud.why).toMatch(/^On this course its probabilities are off by 0\.[3-7]\d on average\.$/);
    const blind = standingOf(
      judgedOf(
        400,
        () => 0.25,
        () => 0.25,
      ),
    );
    expect(blind.faults).toEqual(['ranking']);
    expect(blind.why).toMatch(/hardly better than chance/);
    expect(blind.why).not.toMatch(/off by/);
  });

  it('is not told before there are enough students, of each kind', () => {
    expect(standingOf(judgedOf(29, (chance) => chance))).toMatchObject({ standing: 'not-yet', faults: ['few'] });
    expect(
      standingOf(
        judgedOf(
          400,
          () => 0.01,
          () => 0.01,
        ),
      ),
    ).toMatchObject({ standing: 'not-yet', students: 400 });
    expect(standingOf({ scores: [], labels: [], user_ids: [], lists: [], weeks: [] })).toMatchObject({
      standing: 'not-yet',
      rows: 0,
    });
  });

  it('shows what was predicted in each week of scoring, and what came, the oldest first', () => {
    const judged = judgedOf(400, (chance) => chance);
    const { weeks, reliability } = standingOf(judged);
    expect(weeks.map(({ from, rows }) => [from, rows])).toEqual([
      ['2025-11-10', 100],
      ['2025-11-17', 300],
    ]);
    const first = Array.from(judged.labels).filter((_, i) => i % 4 === 0);
    expect(weeks[0]!.positives).toBe(first.reduce((sum, label) => sum + label, 0));
    for (const { mean_predicted, positives, rows } of weeks)
      expect(Math.abs(mean_predicted - positives / rows)).toBeLessThan(0.1);
    expect(reliability).toHaveLength(10);
    expect(reliability.reduce((sum, { rows }) => sum + rows, 0)).toBe(400);
  });

  it('counts students, not rows', () => {
    const one = judgedOf(20, (chance) => chance);
    const often = {
      scores: Array(10).fill(one.scores).flat(),
      labels: Array(10).fill(one.labels).flat(),
      user_ids: Array(10).fill(one.user_ids).flat(),
      lists: [],
      weeks: Array(10).fill(one.weeks).flat(),
    };
    expect(standingOf(often as Issued)).toMatchObject({ standing: 'not-yet', students: 20, rows: 200 });
  });
});
