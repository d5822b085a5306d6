/** Reasons are only worth showing where a small change of the numbers does not turn them over. */
import { describe, expect, it } from '@jest/globals';
import { loadModel } from '../../src/adapters/tensorflow/load-model.js';
import { ouladData } from '../../src/app/course-histories.js';
import { FEATURES, featureIndex } from '../../src/features/vector.js';
import { assertFits, parseManifest } from '../../src/scoring/manifest.js';
import { reasons } from '../../src/scoring/reasons.js';
import { examplesOf } from '../../src/training/examples.js';
import { randomFrom } from '../../src/training/random.js';
import { championFolder } from './shipped.js';

const WIDTH = FEATURES.length;
/** Of a standard deviation in the course, and of a rank's whole range. */
const NOISE_SD = 0.05;
const NOISE_SHARE = 0.01;

/** The row a little moved: every comparison with the cohort by chance, the facts that are shown as they were. */
function moved(row: Float32Array, random: () => number): Float32Array {
  const noise = () => random() * 2 - 1;
  return row.map((value, f) => {
    const { source, unit } = FEATURES[f]!;
    return source !== 'cohort' ? value : value + noise() * (unit === 'sd' ? NOISE_SD : NOISE_SHARE);
  });
}

const ideaOf = (feature: string) => FEATURES[featureIndex(feature)]!.idea;

describe('the reasons of the model that comes with Holdfast', () => {
  it('keep their leading idea when the numbers hardly change', async () => {
    const predictor = await loadModel(await championFolder(), { parse: parseManifest, fits: assertFits });
    const { courses } = await ouladData('test/fixtures/oulad-small');
    const { rows, count } = examplesOf(courses, ['effective-withdrawal']);
    const random = randomFrom(7);
    const told = (row: Float32Array) =>
      reasons(row, predictor.contributions(row, 'effective-withdrawal'), null).map(({ feature }) => ideaOf(feature));
    let asked = 0;
    let same = 0;
    let among_three = 0;
    for (let r = 0; r < count; r += 3) {
      const row = rows.slice(r * WIDTH, (r + 1) * WIDTH);
      const [leading] = told(row);
      if (leading === undefined) continue;
      const after = told(moved(row, random));
      asked++;
      if (after[0] === leading) same++;
      if (after.slice(0, 3).includes(leading)) among_three++;
    }
    expect(asked).toBeGreaterThan(100);
    expect(same / asked).toBeGreaterThan(0.9);
    expect(among_three / asked).toBeGreaterThan(0.99);
  });
});
