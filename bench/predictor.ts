/**
 * The predictor against LightGBM, and its speed.
 *
 *     npm run bench -- predictor oulad:DIR [folder]
 *
 * Two kinds of split, two minutes for two presentations:
 *
 *     new course     each presentation predicted by a model made of the others, without its students
 *     weeks forward  weeks 11 to 15 of each presentation predicted by a model made of its weeks 1 to 7, whose outcomes are known at
 *                    the end of week 11; outcomes that are known at the end of the course only are not learnt and not judged
 *
 * Rows, labels, splits and predictions are written to `folder` (bench-predictor), from which LightGBM learns on the same rows and
 * features:
 *
 *     pip install lightgbm numpy scikit-learn && python bench/lightgbm_peer.py bench-predictor
 *
 * Speed: rows a second in one call, and the time of a single one, on one core.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TensorflowTrainer } from '../src/adapters/tensorflow/trainer.js';
import { ouladData } from '../src/app/course-histories.js';
import { TARGETS, type Target } from '../src/domain.js';
import { FEATURES } from '../src/features/vector.js';
import type { Predictor } from '../src/ports.js';
import { examplesOf, selected, withHeads } from '../src/training/examples.js';
import { HORIZON_DAYS, LANDMARKS } from '../src/training/labels.js';
import { randomFrom } from '../src/training/random.js';
import { calibratedModel, LEARNING_LANDMARKS, manifestOf, READ } from '../src/training/retrain.js';

const ROUNDS = 5;
const SINGLES = 2_000;
const SEED = 1;
/** The last landmark that is learnt from, and the first that is predicted, weeks forward. */
const FORWARD_FROM_DAY = 49;
const FORWARD_TO_DAY = FORWARD_FROM_DAY + HORIZON_DAYS;
const KNOWN_IN_TIME: readonly Target[] = ['effective-withdrawal', 'silent-28', 'disengagement', 'formal-withdrawal'];

interface Split {
  kind: 'new course' | 'weeks forward';
  tested_on: string;
  heads: readonly Target[];
  train(row: number): boolean;
  test(row: number): boolean;
}

async function speed(predictor: Predictor, rows: Float32Array, count: number): Promise<void> {
  const width = FEATURES.length;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    await predictor.predict(rows, count);
    const batch_s = (performance.now() - begin) / 1_000;
    const one = rows.slice(round * width, (round + 1) * width);
    const from = performance.now();
    for (let i = 0; i < SINGLES; i++) await predictor.predict(one, 1);
    const single_us = ((performance.now() - from) / SINGLES) * 1_000;
    console.log(`${Math.round(count / batch_s)} rows/s in one call, ${single_us.toFixed(0)} µs for one (${predictor.backend})`);
  }
}

const [source = '', folder = 'bench-predictor'] = process.argv.slice(2);
const { courses } = await ouladData(source.replace(/^oulad:/, ''));
if (courses.length < 2) throw new Error(`${source} has one presentation only: there is none to learn from.`);
mkdirSync(folder, { recursive: true });
const examples = examplesOf(courses, TARGETS, LEARNING_LANDMARKS);
const { user_ids, landmark_days, asked, count } = examples;
const write = (name: string, data: Float32Array | Uint8Array) => writeFileSync(join(folder, name), new Uint8Array(data.buffer));
const bytes = (of: (row: number) => boolean) => Uint8Array.from({ length: count }, (_, row) => Number(of(row)));

const isJudged = (row: number) => LANDMARKS.includes(landmark_days[row]!);
const splits = courses.flatMap(({ name }): Split[] => {
  const here = (row: number) => examples.courses[row] === name;
  const students = new Set(user_ids.filter((_, row) => here(row)));
  return [
    {
      kind: 'new course',
      tested_on: name,
      heads: TARGETS,
      train: (row) => !here(row) && !students.has(user_ids[row]!),
      test: (row) => here(row) && isJudged(row),
    },
    {
      kind: 'weeks forward',
      tested_on: name,
      heads: KNOWN_IN_TIME,
      train: (row) => here(row) && landmark_days[row]! <= FORWARD_FROM_DAY,
      test: (row) => here(row) && isJudged(row) && landmark_days[row]! >= FORWARD_TO_DAY,
    },
  ];
});

write('rows.f32', examples.rows);
write('labels.f32', examples.labels);
const early = TARGETS.indexOf('disengagement');
write(
  'active.u8',
  bytes((row) => asked[row * TARGETS.length + early] === 1),
);
for (const [index, { kind, tested_on, heads, train, test }] of splits.entries()) {
  const begin = performance.now();
  const lessons = withHeads(selected(examples, train), heads);
  const { model } = await calibratedModel(new TensorflowTrainer(randomFrom), lessons, { seed: SEED }, () => {});
  const about = { version: 'bench', data_name: source, attribution: '', limits: [], command: '', seed: SEED, now_ms: 0 };
  const predictor = model.predictor(manifestOf(lessons, { ...about, target: heads[0]! }, {}));
  const rows = selected(examples, test);
  const predicted = await predictor.predict(rows.rows, rows.count);
  for (const head of heads) write(`predicted-${index}-${head}.f32`, predicted[head]!);
  write(`train-${index}.u8`, bytes(train));
  write(`test-${index}.u8`, bytes(test));
  const took_s = Math.round((performance.now() - begin) / 1_000);
  console.error(`${kind}, ${tested_on}: learnt from ${lessons.count} rows, predicted ${rows.count}, ${took_s} s`);
  if (index === splits.length - 1) await speed(predictor, rows.rows, rows.count);
  model.dispose();
}
const features = FEATURES.map((feature, f) => ({ name: feature.name, read: READ[f]! }));
writeFileSync(
  join(folder, 'about.json'),
  JSON.stringify({
    source,
    targets: TARGETS,
    splits: splits.map(({ kind, tested_on, heads }) => ({ kind, tested_on, heads })),
    features,
    user_ids,
    courses: examples.courses,
    landmark_days,
  }),
);
