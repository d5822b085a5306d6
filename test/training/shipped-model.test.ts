import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModelFolder } from '../../src/adapters/tensorflow/model-folder.js';
import { ouladData } from '../../src/app/course-histories.js';
import { evaluateRun } from '../../src/app/evaluate-run.js';
import { retrainRun } from '../../src/app/retrain-run.js';
import { assertFits, parseManifest } from '../../src/scoring/manifest.js';

const SMALL = 'test/fixtures/oulad-small';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-shipped-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the model that comes with Holdfast', () => {
  const shelf = new ModelFolder('models', { parse: parseManifest, fits: assertFits });

  it('fits the features that are computed now: after a change of features it must be made again', async () => {
    const { predictor, why_not } = await shelf.champion();
    expect(why_not).toBeNull();
    expect(predictor!.manifest.heads).toEqual(expect.arrayContaining(['effective-withdrawal', 'disengagement']));
  });

  it('names its data as the licence asks, in manifest and card', async () => {
    const { predictor } = await shelf.champion();
    const { card, manifest } = (await shelf.show(predictor!.manifest.version))!;
    for (const text of [card, manifest.attribution]) {
      for (const part of ['Kuzilek', '2017', 'Scientific Data 4:170171', 'CC-BY 4.0']) expect(text).toContain(part);
    }
  });

  it('says on its card what LightGBM does with the same rows, for every target, with an interval and the command', async () => {
    const { predictor } = await shelf.champion();
    const { card } = (await shelf.show(predictor!.manifest.version))!;
    const part = card.slice(card.indexOf('## Against LightGBM'), card.indexOf('## Limits'));
    expect(part).toContain('npm run bench -- predictor');
    for (const head of predictor!.manifest.heads)
      expect(part).toMatch(
        new RegExp(`\\*\\*${head}, new course, mean\\*\\* .* 0\\.\\d{3} [+-]0\\.\\d{3} \\[[+-]0\\.\\d{3}, [+-]0\\.\\d{3}\\]`),
      );
  });

  it('says which correction of its probabilities each head keeps', async () => {
    const { predictor } = await shelf.champion();
    expect(Object.keys(predictor!.manifest.calibration!)).toEqual(predictor!.manifest.heads);
  });

  it('judges a folder of the data set and writes the predictions, each row once', async () => {
    const { predictor } = await shelf.champion();
    const predictionsFile = join(dir, 'predictions.csv');
    const modelDir = join('models', predictor!.manifest.version);
    const { pooled, rows } = await evaluateRun({
      data: await ouladData(SMALL),
      modelDir,
      target: 'silent-28',
      predictionsFile,
    });
    expect(pooled.auc).toBeGreaterThan(0.8);
    const lines = (await readFile(predictionsFile, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(rows.length + 1);
    expect(new Set(lines.map((line) => line.split(',').slice(0, 3).join())).size).toBe(lines.length);
  });

  it('cannot be made from forty students, which is said, and nothing is left behind', async () => {
    const made = retrainRun({
      data: await ouladData(SMALL),
      source: 'oulad:small',
      out: join(dir, 'models'),
      seed: 1,
      now_ms: 0,
    });
    await expect(made).rejects.toThrow(/needs 200 labelled enrolments/);
    expect(await new ModelFolder(join(dir, 'models'), { parse: parseManifest, fits: assertFits }).list()).toEqual([]);
  });
});
