/**
 * The predictor against LightGBM, and its speed.
 *
 *     npm run bench -- predictor oulad:DIR [folder]
 *
 * For each presentation of DIR a model is made without it and without its students, and predicts it. Rows, labels and predictions
 * are written to `folder` (bench-predictor), from which LightGBM learns on the same rows and features:
 *
 *     pip install lightgbm numpy scikit-learn && python bench/lightgbm_peer.py bench-predictor
 *
 * Speed: rows a second in one call, and the time of a single one, on one core.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TensorflowTrainer } from '../src/adapters/tensorflow/trainer.js';
import { ouladData } from '../src/app/course-histories.js';
import { TARGETS } from '../src/domain.js';
import { FEATURES } from '../src/features/vector.js';
import type { Predictor } from '../src/ports.js';
import { examplesOf, selected } from '../src/training/examples.js';
import { randomFrom } from '../src/training/random.js';
import { LEARNING_LANDMARKS, READ, retrain } from '../src/training/retrain.js';

const ROUNDS = 5;
const SINGLES = 2_000;

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
mkdirSync(folder, { recursive: true });
const examples = examplesOf(courses, TARGETS, LEARNING_LANDMARKS);
const write = (name: string, data: Float32Array) => writeFileSync(join(folder, name), new Uint8Array(data.buffer));
write('rows.f32', examples.rows);
write('labels.f32', examples.labels);
const { user_ids, landmark_days } = examples;
const tested: string[] = [];
for (const [index, { name }] of courses.entries()) {
  const test = new Set(user_ids.filter((_, i) => examples.courses[i] === name));
  const others = courses
    .filter((course) => course.name !== name)
    .map((course) => ({ ...course, learners: course.learners.filter(({ history }) => !test.has(history.user_id)) }));
  if (others.length === 0) throw new Error(`${source} has one presentation only: there is none to learn from.`);
  const { model, manifest } = await retrain(others, new TensorflowTrainer(randomFrom), {
    version: 'bench',
    data_name: source,
    attribution: '',
    limits: [],
    command: '',
    target: 'effective-withdrawal',
    seed: 1,
    now_ms: 0,
    onProgress: (done, total, step) => console.error(`without ${name}: ${Math.round((done / total) * 100)} % (${step})`),
  });
  const rows = selected(examples, (i) => examples.courses[i] === name);
  const predictor = model.predictor(manifest);
  const predicted = await predictor.predict(rows.rows, rows.count);
  TARGETS.forEach((target) => {
    write(`predicted-${index}-${target}.f32`, predicted[target]!);
  });
  tested.push(name);
  if (index === courses.length - 1) await speed(predictor, rows.rows, rows.count);
}
const features = FEATURES.map((feature, f) => ({ name: feature.name, read: READ[f]! }));
writeFileSync(
  join(folder, 'about.json'),
  JSON.stringify({ heads: TARGETS, tested, features, user_ids, courses: examples.courses, landmark_days }),
);
