import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ModelFolder } from '../../../src/adapters/tensorflow/model-folder.js';
import { RECIPE, TensorflowTrainer } from '../../../src/adapters/tensorflow/trainer.js';
import { TARGETS } from '../../../src/domain.js';
import { FEATURE_SCHEMA, FEATURES, featureIndex } from '../../../src/features/vector.js';
import { type FittedModel, FOLDS, type LabelledRows, type ModelManifest, type Predictor } from '../../../src/ports.js';
import { assertFits, parseManifest } from '../../../src/scoring/manifest.js';
import { randomFrom } from '../../../src/training/random.js';
import { runs } from '../../features/histories.js';

const WIDTH = FEATURES.length;
const ROWS = 600;
const CHECKS = { parse: parseManifest, fits: assertFits };

/** Rows inside the features' bounds, some values missing; the label follows silence. */
function madeUpRows() {
  const random = randomFrom(3);
  const rows = new Float32Array(ROWS * WIDTH);
  const labels = new Float32Array(ROWS * TARGETS.length);
  for (let r = 0; r < ROWS; r++) {
    FEATURES.forEach(({ low, high }, f) => {
      rows[r * WIDTH + f] = random() < 0.1 ? NaN : low + (high - low) * random() ** 3;
    });
    const silence = rows[r * WIDTH + featureIndex('days_since_activity')]!;
    for (let h = 0; h < TARGETS.length; h++) labels[r * TARGETS.length + h] = random() < (silence > 20 ? 0.7 : 0.2) ? 1 : 0;
  }
  return { rows, labels };
}

const { rows, labels } = madeUpRows();
/** The same steps, smaller and shorter. */
const QUICK = {
  ...RECIPE,
  learners: 1,
  learning: { ...RECIPE.learning, hidden: [16], steps_min: 400 },
  kept: { ...RECIPE.kept, hidden: [16], steps_min: 600 },
};
const LESSONS: Omit<LabelledRows, 'features'> = {
  heads: TARGETS,
  count: ROWS,
  rows,
  labels,
  auxiliary: new Float32Array(0),
  weights: new Float32Array(ROWS).fill(1),
  folds: Uint8Array.from({ length: ROWS }, (_, r) => r % FOLDS),
  seed: 1,
};
const manifest: ModelManifest = {
  version: 'test-1',
  kind: 'logistic regression',
  created: '2026-11-22T00:00:00.000Z',
  feature_schema: FEATURE_SCHEMA,
  features: FEATURES.map((feature) => feature.name),
  heads: [...TARGETS],
  target: 'effective-withdrawal',
  seed: 1,
  data: { name: 'made up', rows: ROWS, enrolments: ROWS, positives: {} },
  metrics: {},
  attribution: 'Made up for a test',
  limits: [],
};

let dir: string;
let fitted: FittedModel;
let predictor: Predictor;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-model-'));
  const features = FEATURES.map(({ name, scale }) => ({ name, scale, read: name !== 'course_progress' }));
  const { model } = await new TensorflowTrainer(randomFrom, undefined, QUICK).fit({ ...LESSONS, features }, null);
  fitted = model.calibrated({
    'effective-withdrawal': { slope: 1.5, intercept: -0.25 },
    disengagement: { slope: 1, intercept: 0, points: { log_odds: [-1, 1], probabilities: [0.1, 0.7] } },
  });
  predictor = fitted.predictor(manifest);
  for (const version of ['test-1', 'test-2', 'test-3']) await fitted.save(dir, { ...manifest, version }, `# ${version}\n`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const bytesOf = async (input: Float32Array, count: number) => {
  const heads = await predictor.predict(input, count);
  return TARGETS.map((head) => Buffer.from(heads[head]!.buffer).toString('hex'));
};

describe('a prediction', () => {
  it('runs on WebAssembly here', () => {
    expect(predictor.backend).toBe('tensorflow wasm');
  });

  it('has the same bytes whatever is beside the row, and wherever it stands', async () => {
    const all = await predictor.predict(rows, ROWS);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat({ max: ROWS - 1 }), { minLength: 1, maxLength: 300 }), async (picked) => {
        const input = new Float32Array(picked.length * WIDTH);
        picked.forEach((r, i) => {
          input.set(rows.subarray(r * WIDTH, (r + 1) * WIDTH), i * WIDTH);
        });
        const some = await predictor.predict(input, picked.length);
        for (const head of TARGETS) expect([...some[head]!]).toEqual(picked.map((r) => all[head]![r]));
      }),
      runs(40),
    );
  });

  it('is explained to the last bit: contributions of two rows differ as their log-odds do', async () => {
    const heads = await predictor.predict(rows, ROWS);
    const logOdds = (r: number) => Math.log(heads['effective-withdrawal']![r]! / (1 - heads['effective-withdrawal']![r]!));
    const sum = (r: number) =>
      predictor.contributions(rows.subarray(r * WIDTH, (r + 1) * WIDTH), 'effective-withdrawal').reduce((a, b) => a + b, 0);
    for (let r = 1; r < 50; r++) expect(Math.abs(logOdds(r) - logOdds(0) - (sum(r) - sum(0)))).toBeLessThan(1e-4);
  });

  it('of a head with an isotonic correction lies on its line, and ranks students as before', async () => {
    const heads = await predictor.predict(rows, ROWS);
    const { disengagement: log_odds } = await fitted.logOdds(rows, ROWS);
    for (let r = 0; r < ROWS; r++) {
      const x = Math.min(1, Math.max(-1, log_odds![r]!));
      expect(heads.disengagement![r]).toBeCloseTo(0.1 + (0.6 * (x + 1)) / 2, 6);
    }
    expect(new Set(heads.disengagement).size).toBeGreaterThan(ROWS / 4);
  });

  it('has no contribution of a feature that the model does not read', () => {
    const of = (r: number) => predictor.contributions(rows.subarray(r * WIDTH, (r + 1) * WIDTH), 'silent-28');
    for (let r = 0; r < 50; r++) expect(of(r)[featureIndex('course_progress')]).toBe(0);
  });

  it('is above chance for those who are silent', async () => {
    const heads = await predictor.predict(rows, ROWS);
    const mean = (keep: (silence: number) => boolean) => {
      const at = featureIndex('days_since_activity');
      const kept = [...heads['silent-28']!].filter((_, r) => keep(rows[r * WIDTH + at]!));
      return kept.reduce((a, b) => a + b, 0) / kept.length;
    };
    expect(mean((silence) => silence > 20)).toBeGreaterThan(mean((silence) => silence <= 20) + 0.2);
  });
});

describe('a folder of models', () => {
  const folder = () => new ModelFolder(dir, CHECKS);

  it('gives back the model that was kept, to the byte', async () => {
    const before = await bytesOf(rows, ROWS);
    const kept = await folder().load('test-1');
    const heads = await kept.predict(rows, ROWS);
    expect(TARGETS.map((head) => Buffer.from(heads[head]!.buffer).toString('hex'))).toEqual(before);
    expect(kept.contributions(rows.subarray(0, WIDTH), 'disengagement')).toEqual(
      predictor.contributions(rows.subarray(0, WIDTH), 'disengagement'),
    );
  });

  it('knows its champion, and goes back to the one before', async () => {
    expect((await folder().champion()).why_not).toMatch(/promote/);
    await folder().promote('test-1');
    await folder().promote('test-2');
    expect((await folder().champion()).predictor!.manifest.version).toBe('test-2');
    expect((await folder().list()).map((m) => [m.manifest.version, m.champion])).toEqual([
      ['test-1', false],
      ['test-2', true],
      ['test-3', false],
    ]);
    expect(await folder().rollback()).toBe('test-1');
    expect((await folder().show('test-1'))!.champion).toBe(true);
    await expect(folder().rollback()).rejects.toThrow(/no champion before/);
  });

  it('refuses a version that is not there, and one that is there already', async () => {
    await expect(folder().promote('test-9')).rejects.toThrow(/no model test-9/);
    expect(await folder().show('../test-1')).toBeNull();
    await expect(fitted.save(dir, manifest, '')).rejects.toThrow(/there already/);
  });

  it('refuses a model made for other features, with both hashes and the command that helps', async () => {
    const file = join(dir, 'test-3', 'manifest.json');
    const other = 'f'.repeat(64);
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), feature_schema: other }));
    const refusal = await folder()
      .promote('test-3')
      .then(
        () => '',
        (error: Error) => error.message,
      );
    for (const part of [other, FEATURE_SCHEMA, 'holdfast retrain']) expect(refusal).toContain(part);
  });

  it('notices a file that was copied by half', async () => {
    await cp(join(dir, 'test-2'), join(dir, 'half'), { recursive: true });
    const weights = await readFile(join(dir, 'half', 'weights.bin'));
    await writeFile(join(dir, 'half', 'weights.bin'), weights.subarray(0, 100));
    await expect(folder().load('half')).rejects.toThrow(/weights.bin is not the file/);
    await writeFile(join(dir, 'registry.json'), JSON.stringify({ champion: 'half', before: [] }));
    expect((await folder().champion()).why_not).toMatch(/copy the model's folder again/);
  });
});
