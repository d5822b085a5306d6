import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadBase, loadModel } from '../../src/adapters/tensorflow/load-model.js';
import { RECIPE, TensorflowTrainer } from '../../src/adapters/tensorflow/trainer.js';
import { assertFits, parseManifest } from '../../src/scoring/manifest.js';
import { evaluate, predictionsCsv } from '../../src/training/evaluate.js';
import { randomFrom } from '../../src/training/random.js';
import { type RetrainOptions, retrain } from '../../src/training/retrain.js';
import { madeUpCourses } from './courses.js';

const OPTIONS: RetrainOptions = {
  version: 'made-up-net-1',
  data_name: 'made up',
  attribution: 'Made up for a test',
  limits: ['It knows nobody.'],
  command: 'npx holdfast retrain --from oulad:made-up',
  target: 'effective-withdrawal',
  seed: 1,
  now_ms: Date.parse('2026-11-22T00:00:00Z'),
  landmarks: [35, 77],
};
const CHECKS = { parse: parseManifest, fits: assertFits };
const courses = madeUpCourses(220);
/** The same steps, smaller and shorter. */
const QUICK = {
  ...RECIPE,
  learners: 1,
  learning: { ...RECIPE.learning, hidden: [32], steps_min: 60 },
  kept: { ...RECIPE.kept, steps_min: 200 },
};

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-models-'));
  for (const run of ['one', 'two']) {
    const { model, manifest, card } = await retrain(courses, new TensorflowTrainer(randomFrom, undefined, QUICK), OPTIONS);
    await model.save(join(dir, run), manifest, card);
    model.dispose();
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('retraining', () => {
  it('gives the same files, byte by byte, from the same data and seed', async () => {
    for (const name of ['manifest.json', 'model.json', 'weights.bin', 'card.md']) {
      const [one, two] = await Promise.all(['one', 'two'].map((run) => readFile(join(dir, run, OPTIONS.version, name))));
      expect(one!.equals(two!)).toBe(true);
    }
  });

  it('learns: on a course that it has not seen it ranks far better than chance', async () => {
    const manifest = parseManifest(await readFile(join(dir, 'one', OPTIONS.version, 'manifest.json'), 'utf8'), dir);
    expect(manifest.metrics['effective-withdrawal']!.auc).toBeGreaterThan(0.75);
    expect(manifest.metrics['effective-withdrawal @ M1/2026']!.rows).toBeGreaterThan(300);
    expect(manifest.data.positives['effective-withdrawal']).toBeGreaterThan(50);
  });

  it('leaves a card with attribution, limits, seed and the command', async () => {
    const card = await readFile(join(dir, 'one', OPTIONS.version, 'card.md'), 'utf8');
    for (const part of [OPTIONS.attribution, 'It knows nobody.', 'seed 1', OPTIONS.command]) expect(card).toContain(part);
    expect(card).not.toMatch(/NaN|undefined/);
  });

  it('says of each head which correction of its probabilities is kept, and what each was worth on other students', async () => {
    const manifest = parseManifest(await readFile(join(dir, 'one', OPTIONS.version, 'manifest.json'), 'utf8'), dir);
    const card = await readFile(join(dir, 'one', OPTIONS.version, 'card.md'), 'utf8');
    expect(Object.keys(manifest.calibration!)).toEqual(manifest.heads);
    for (const [head, { kept, log_loss }] of Object.entries(manifest.calibration!)) {
      const { platt, isotonic, error } = log_loss!;
      expect(kept).toBe(platt - isotonic > 2 * error ? 'isotonic' : 'platt');
      expect(card).toContain(
        `| ${head} | ${kept === 'platt' ? "Platt's" : 'isotonic'} | ${platt.toFixed(5)} | ${isotonic.toFixed(5)} |`,
      );
    }
  });

  it('goes on from a base: a little data bends it, and does not make it forget', async () => {
    const { model: base } = await loadBase(join(dir, 'one', OPTIONS.version), CHECKS);
    const other = madeUpCourses(220).map((course) => ({ ...course, name: `later ${course.name}` }));
    const { manifest, model } = await retrain(other, new TensorflowTrainer(randomFrom, undefined, QUICK), {
      ...OPTIONS,
      version: 'tuned-1',
      base,
    });
    expect(manifest.metrics['effective-withdrawal']!.auc).toBeGreaterThan(0.75);
    await model.save(join(dir, 'tuned'), manifest, '');
    const tuned = await readFile(join(dir, 'tuned', 'tuned-1', 'weights.bin'));
    const before = await readFile(join(dir, 'one', OPTIONS.version, 'weights.bin'));
    expect(tuned).toHaveLength(before.length);
    expect(tuned.equals(before)).toBe(false);
  });

  it('refuses too little data and says what it has and needs', async () => {
    await expect(retrain(madeUpCourses(20), new TensorflowTrainer(randomFrom, undefined, QUICK), OPTIONS)).rejects.toThrow(
      /needs 200 labelled enrolments with 30 positives.*has 40 with \d+/,
    );
  });
});

describe('evaluating', () => {
  it('predicts each row of the population once, in order, and leaves an unobserved label empty', async () => {
    const predictor = await loadModel(join(dir, 'one', OPTIONS.version), CHECKS);
    const { rows, pooled, by_landmark } = await evaluate(predictor, courses, 'silent-28', [7, 105, 126]);
    expect(pooled.rows).toBe(rows.filter((row) => row.label !== null).length);
    expect(rows.filter((row) => row.landmark_day === 126).every((row) => row.label === null)).toBe(true);
    expect(Object.keys(by_landmark)).toEqual(['7', '105']);
    const lines = predictionsCsv(rows).trimEnd().split('\n');
    expect(lines[0]).toBe('user_id,course_id,landmark_day,score,label');
    expect(lines).toHaveLength(rows.length + 1);
    expect(lines[1]).toMatch(/^10000,M1\/2026,7,0\.\d{1,6},[01]$/);
    expect(lines.some((line) => /,126,0\.\d+,$/.test(line))).toBe(true);
  });

  it('asks about disengagement only for those still active', async () => {
    const predictor = await loadModel(join(dir, 'one', OPTIONS.version), CHECKS);
    const all = await evaluate(predictor, courses, 'silent-28', [70]);
    const active = await evaluate(predictor, courses, 'disengagement', [70]);
    expect(active.rows.length).toBeLessThan(all.rows.length);
    expect(active.rows.length).toBeGreaterThan(0);
  });
});
