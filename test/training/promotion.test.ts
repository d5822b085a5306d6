import { describe, expect, it } from '@jest/globals';
import { compare, coursesLearnt, type Paired, sentenceOf } from '../../src/training/promotion.js';
import { randomFrom } from '../../src/training/random.js';

/** 200 students with four rows each; a model is better where it sees more of what makes a student leave. */
function rows(sees: { champion: number; challenger: number }, skew = 1, students = 200): Paired {
  const random = randomFrom(5);
  const paired = { champion: [] as number[], challenger: [] as number[], labels: [] as number[], user_ids: [] as number[] };
  for (let row = 0; row < students * 4; row++) {
    const truth = random();
    const score = (seen: number) => Math.min(0.999, Math.max(0.001, seen * truth + (1 - seen) * random()));
    paired.champion.push(score(sees.champion));
    paired.challenger.push(score(sees.challenger) ** skew);
    paired.labels.push(random() < truth ? 1 : 0);
    paired.user_ids.push(row % students);
  }
  return { ...paired, lists: paired.labels.map(() => 'course|7') };
}

const verdict = (paired: Paired) => compare(paired).verdict;
const NAMES = { champion: 'old-1', challenger: 'new-1' };

describe('the rule of promotion', () => {
  it('takes a challenger that ranks better and is as well calibrated', () => {
    const comparison = compare(rows({ champion: 0.6, challenger: 0.95 }));
    expect(comparison).toMatchObject({ verdict: 'better', rows: 800, students: 200 });
    expect(comparison.difference!.low).toBeGreaterThan(-0.003);
    expect(comparison.difference!.low).toBeLessThan(comparison.difference!.auc);
    expect(comparison.difference!.high).toBeGreaterThan(comparison.difference!.auc);
    expect(sentenceOf(comparison, NAMES, 'BIO 210')).toMatch(
      /^new-1 is better by the rule: AUC .* on 200 students of BIO 210\.$/,
    );
  });

  it('leaves the same, a worse one, and one whose gain may be chance', () => {
    const same = rows({ champion: 0.9, challenger: 0.9 });
    expect(verdict({ ...same, challenger: same.champion })).toBe('not-better');
    expect(verdict(rows({ champion: 0.95, challenger: 0.6 }))).toBe('not-better');
    const chance = compare(rows({ champion: 0.9, challenger: 0.9 }, 1, 60));
    expect(chance.verdict).toBe('not-better');
  });

  it('leaves one that ranks better and whose probabilities are further off', () => {
    const comparison = compare(rows({ champion: 0.6, challenger: 0.95 }, 4));
    expect(comparison.verdict).toBe('worse-calibrated');
    expect(comparison.challenger!.ece).toBeGreaterThan(comparison.champion!.ece + 0.01);
    expect(sentenceOf(comparison, NAMES, 'BIO 210')).toContain('probabilities are further off');
  });

  it('says that it cannot be told with too few students, or with one outcome only', () => {
    const few = compare(rows({ champion: 0.6, challenger: 0.95 }, 1, 49));
    expect(few).toMatchObject({ verdict: 'cannot-be-told', students: 49, difference: null });
    const all = rows({ champion: 0.6, challenger: 0.95 });
    expect(verdict({ ...all, labels: all.labels.length ? Array(800).fill(0) : [] })).toBe('cannot-be-told');
    expect(verdict({ champion: [], challenger: [], labels: [], user_ids: [], lists: [] })).toBe('cannot-be-told');
    expect(sentenceOf(few, NAMES, 'BIO 210')).toMatch(/cannot be told.*49 students.*50 are needed/);
  });

  it('gives the same verdict again', () => {
    expect(compare(rows({ champion: 0.7, challenger: 0.8 }))).toEqual(compare(rows({ champion: 0.7, challenger: 0.8 })));
  });

  it('reads the courses of a manifest', () => {
    expect(coursesLearnt({ data: { name: 'oulad-2013 (AAA/2013J, BBB/2013B)' } })).toEqual(['AAA/2013J', 'BBB/2013B']);
    expect(coursesLearnt({ data: { name: 'store', courses: ['BIO (1), 2'] } })).toEqual(['BIO (1), 2']);
    expect(coursesLearnt({ data: { name: 'store' } })).toEqual([]);
  });
});
