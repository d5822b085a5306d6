/** `retrain --from oulad:DIR` and `evaluate --data oulad:DIR`: reading, learning and judging, wired together. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { OULAD_ATTRIBUTION, readOulad } from '../adapters/oulad/oulad.js';
import { loadModel } from '../adapters/tensorflow/load-model.js';
import { TensorflowTrainer } from '../adapters/tensorflow/trainer.js';
import type { Target } from '../domain.js';
import type { ModelManifest } from '../ports.js';
import { assertFits, parseManifest } from '../scoring/manifest.js';
import { type Evaluation, evaluate, predictionsCsv } from '../training/evaluate.js';
import { retrain } from '../training/retrain.js';

export type OnProgress = (done: number, total: number, step: string) => void;

/** What is true of every model from this data. */
const LIMITS = [
  'Learnt from distance courses of one university; another site differs. Its own finished courses teach better once there are enough.',
  'The data knows days, not times: session features are computed but not read by this model.',
  'The calendar of the course (week, due dates ahead) is not read either: so few presentations cannot teach what is usual when.',
  'It knows clicks and hand-ins, not illness, work or plans. A high score is a reason to ask.',
  'A student who is silent already scores highest in the main list; those still active are in the early list.',
];

/** Versions of one data set that are tried before giving up: nobody keeps that many. */
const VERSIONS_MAX = 999;

/** `oulad-2013-lr-1` for a folder `oulad-2013`, counted on past those that are there. */
function freeVersion(out: string, name: string): string {
  for (let number = 1; number <= VERSIONS_MAX; number++) {
    const version = `${name}-lr-${number}`;
    if (!existsSync(join(out, version))) return version;
  }
  throw new Error(`${out} holds ${VERSIONS_MAX} models made from ${name}. Remove some.`);
}

export interface RetrainFromOulad {
  /** Folder of the CSV files, plain or .gz. */
  dir: string;
  /** Folder of the models. */
  out: string;
  seed: number;
  now_ms: number;
  target?: Target;
  onProgress?: OnProgress;
  onLine?: (line: string) => void;
}

/** Writes `out/<version>/`; gives its manifest. Promotes nothing. */
export async function retrainFromOulad(options: RetrainFromOulad): Promise<ModelManifest> {
  const { dir, out, seed, now_ms, target = 'effective-withdrawal', onProgress, onLine } = options;
  const data_name = basename(resolve(dir)).replace(/[^\w.-]/g, '-');
  const version = freeVersion(out, data_name);
  const courses = await readOulad(dir);
  const { model, manifest, card } = await retrain(courses, new TensorflowTrainer(onLine), {
    version,
    data_name: `${data_name} (${courses.map((course) => course.name).join(', ')})`,
    attribution: OULAD_ATTRIBUTION,
    limits: LIMITS,
    command: `npx holdfast retrain --from oulad:${data_name} --target ${target} --seed ${seed}`,
    target,
    seed,
    now_ms,
    onProgress,
  });
  await mkdir(out, { recursive: true });
  await model.save(out, manifest, card);
  model.dispose();
  return manifest;
}

export interface EvaluateOulad {
  dir: string;
  modelDir: string;
  target: Target;
  /** Days from the course's start; the ends of weeks 1 … 15 by default. */
  landmarks?: readonly number[];
  /** Where the predictions go, as CSV. */
  predictionsFile?: string;
  onLine?: (line: string) => void;
}

export async function evaluateOulad({
  dir,
  modelDir,
  target,
  landmarks,
  predictionsFile,
  onLine,
}: EvaluateOulad): Promise<Evaluation> {
  const checks = { parse: parseManifest, fits: (manifest: ModelManifest) => assertFits(manifest, [target]) };
  const predictor = await loadModel(modelDir, checks, onLine);
  const evaluation = await evaluate(predictor, await readOulad(dir), target, landmarks);
  if (predictionsFile !== undefined) await writeFile(predictionsFile, predictionsCsv(evaluation.rows));
  return evaluation;
}
