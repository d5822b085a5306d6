/** A column that knows the future, planted among the features: no model is made of it. */
import { describe, expect, it } from '@jest/globals';
import { TARGETS } from '../../src/domain.js';
import { FEATURES, featureIndex } from '../../src/features/vector.js';
import { type Examples, examplesOf } from '../../src/training/examples.js';
import { assertNoFuture } from '../../src/training/leaks.js';
import { randomFrom } from '../../src/training/random.js';
import { madeUpCourses } from './courses.js';

const examples = examplesOf(madeUpCourses(150), TARGETS);
const HEAD = TARGETS.indexOf('effective-withdrawal');
const COLUMN = featureIndex('gap_deviation_days');

/** The examples with one column replaced. */
function planted(value: (label: number, random: number) => number): Examples {
  const random = randomFrom(3);
  const rows = examples.rows.slice();
  for (let row = 0; row < examples.count; row++) {
    const label = examples.labels[row * TARGETS.length + HEAD]!;
    rows[row * FEATURES.length + COLUMN] = value(label, random());
  }
  return { ...examples, rows };
}

describe('a planted column', () => {
  it('is found, whether its value tells, its opposite, or that it is missing', () => {
    const name = FEATURES[COLUMN]!.name;
    const refusal = new RegExp(`must know the future: .*${name} tells effective-withdrawal \\(AUC (0\\.9[89]|1\\.0)`);
    expect(() => assertNoFuture(planted((label) => label))).toThrow(refusal);
    expect(() => assertNoFuture(planted((label, random) => 1 - label + 0.9 * random))).toThrow(refusal);
    expect(() => assertNoFuture(planted((label) => (label === 1 ? NaN : 3)))).toThrow(refusal);
  });

  it('is no leak where it only knows half', () => {
    expect(() => assertNoFuture(planted((label, random) => (random < 0.5 ? label : random)))).not.toThrow();
  });

  it('does not mistake the features that there are', () => {
    expect(() => assertNoFuture(examples)).not.toThrow();
  });
});
