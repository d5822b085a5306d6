import { describe, expect, it } from '@jest/globals';
import type { Judged } from '../../src/training/metrics.js';
import { randomFrom } from '../../src/training/random.js';
import { standingOf } from '../../src/training/trust.js';

/** `students` with one row each; `says` is what the model says to one whose chance is `chance`. */
function judgedOf(students: number, says: (chance: number) => number, of_chance: (random: number) => number = (r) => r): Judged {
  const random = randomFrom(5);
  const chances = Array.from({ length: students }, () => of_chance(random()));
  return {
    scores: chances.map(says),
    labels: chances.map((chance) => (random() < chance ? 1 : 0)),
    user_ids: chances.map((_, i) => i),
    lists: chances.map(() => '1'),
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
    expect(loud.why).toMatch(/^On this course its probabilities are off by 0\.[3-7]\d on average\.$/);
    const blind = standingOf(
      judgedOf(
        400,
        () => 0.25,
        () => 0.25,
      ),
    );
    expect(blind.why).toMatch(/hardly better than chance/);
    expect(blind.why).not.toMatch(/off by/);
  });

  it('is not told before there are enough students, of each kind', () => {
    expect(standingOf(judgedOf(29, (chance) => chance)).standing).toBe('not-yet');
    expect(
      standingOf(
        judgedOf(
          400,
          () => 0.01,
          () => 0.01,
        ),
      ),
    ).toMatchObject({ standing: 'not-yet', students: 400 });
    expect(standingOf({ scores: [], labels: [], user_ids: [], lists: [] })).toMatchObject({ standing: 'not-yet', rows: 0 });
  });

  it('counts students, not rows', () => {
    const one = judgedOf(20, (chance) => chance);
    const often = {
      scores: Array(10).fill(one.scores).flat(),
      labels: Array(10).fill(one.labels).flat(),
      user_ids: Array(10).fill(one.user_ids).flat(),
      lists: [],
    };
    expect(standingOf(often as Judged)).toMatchObject({ standing: 'not-yet', students: 20, rows: 200 });
  });
});
