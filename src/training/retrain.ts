/**
 * Course histories → a calibrated model, with figures that it earned on courses it had not seen.
 *
 * 1. Examples at the landmarks. 2. For each course: a model made without it (and without its students) predicts it: these are the
 * figures. 3. The model of all courses, by the same steps. A model's steps are: fit, then Platt's correction from folds grouped by
 * student, each predicted by a fit without it.
 */
import { type CourseHistory, TARGETS, type Target } from '../domain.js';
import { FEATURE_SCHEMA, FEATURES } from '../features/vector.js';
import type { Calibration, FittedModel, ModelManifest, Trainer } from '../ports.js';
import { calibrate } from './calibration.js';
import { cardOf } from './card.js';
import { type Examples, examplesOf, selected } from './examples.js';
import { joined, judge, judgedOf } from './judge.js';
import { LANDMARKS } from './labels.js';
import type { Judged, Metrics } from './metrics.js';
import { foldOf } from './random.js';

export interface RetrainOptions {
  version: string;
  /** What the data is called in the manifest, and what must be said of it. */
  data_name: string;
  attribution: string;
  limits: readonly string[];
  /** The line that makes this model again. */
  command: string;
  target: Target;
  seed: number;
  now_ms: number;
  /** Days from a course's start; the ends of weeks 1 … 15 by default. */
  landmarks?: readonly number[];
  /** `done` of `total` steps, and which one begins. */
  onProgress?: (done: number, total: number, step: string) => void;
}

export interface Trained {
  model: FittedModel;
  manifest: ModelManifest;
  card: string;
}

/** Fewer than these and the figures are chance: two courses in three of a small school have more in two terms. */
export const ENROLMENTS_MIN = 200;
/** Enrolments with at least one positive row, for the alert's head. */
export const POSITIVES_MIN = 30;
const FOLDS = 4;

/** Read as they are, beside the comparisons with the cohort: the ones that mean the same in every course. */
const READ_AS_THEY_ARE: ReadonlySet<string> = new Set([
  'days_since_activity',
  'silence_vs_own_gap',
  'active_days_7',
  'active_days_14',
  'active_days_28',
  'active_weeks_4',
  'not_handed_in_28',
  'not_handed_in_all',
  'handed_in_share',
]);

/**
 * What the model reads. Amounts differ from course to course, so they are read against the cohort only. The calendar says when,
 * not who, and a handful of courses cannot teach what is usual when. Left out, both predict an unseen course better (mean AUC of
 * effective-withdrawal over two presentations: .860 instead of .847).
 */
const told = FEATURES.map(({ name, scale, idea, source }) => ({
  name,
  scale,
  read: (source === 'cohort' && idea !== 'calendar') || READ_AS_THEY_ARE.has(name),
}));

/** Enrolments with a label for `head`, and those of them with a positive one. */
function countsOf(examples: Examples, head: Target): { labelled: number; positive: number } {
  const h = examples.heads.indexOf(head);
  const labelled = new Set<string>();
  const positive = new Set<string>();
  for (let i = 0; i < examples.count; i++) {
    const label = examples.labels[i * examples.heads.length + h]!;
    if (Number.isNaN(label)) continue;
    const enrolment = `${examples.user_ids[i]}|${examples.courses[i]}`;
    labelled.add(enrolment);
    if (label === 1) positive.add(enrolment);
  }
  return { labelled: labelled.size, positive: positive.size };
}

/** Throws where the data is too little to learn from, with what it needs and what it has. */
export function assertEnough(examples: Examples, target: Target): void {
  const { labelled, positive } = countsOf(examples, target);
  if (labelled >= ENROLMENTS_MIN && positive >= POSITIVES_MIN && labelled > positive) return;
  throw new Error(
    `Training for ${target} needs ${ENROLMENTS_MIN} labelled enrolments with ${POSITIVES_MIN} positives (and some negatives), ` +
      `has ${labelled} with ${positive}. Add finished courses, or keep the model that scores now.`,
  );
}

const fitOn = (trainer: Trainer, { heads, count, rows, labels }: Examples): Promise<FittedModel> =>
  trainer.fit({ features: told, heads, count, rows, labels });

/** Log-odds of every row by a fit without its student, then the correction of each head. */
async function calibrationOf(trainer: Trainer, examples: Examples, seed: number): Promise<Partial<Record<Target, Calibration>>> {
  const folds = examples.user_ids.map((id) => foldOf(id, seed, FOLDS));
  const unseen = new Map(examples.heads.map((head) => [head, new Float32Array(examples.count)]));
  for (let fold = 0; fold < FOLDS; fold++) {
    const here = folds.flatMap((f, i) => (f === fold ? [i] : []));
    const model = await fitOn(
      trainer,
      selected(examples, (i) => folds[i] !== fold),
    );
    const log_odds = await model.logOdds(selected(examples, (i) => folds[i] === fold).rows, here.length);
    for (const [head, all] of unseen) {
      here.forEach((row, i) => {
        all[row] = log_odds[head]![i]!;
      });
    }
    model.dispose();
  }
  return Object.fromEntries(
    [...unseen].map(([head, all]) => {
      const { scores, labels } = judgedOf(examples, head, all);
      return [head, calibrate(scores, labels)];
    }),
  );
}

async function calibratedModel(trainer: Trainer, examples: Examples, seed: number): Promise<FittedModel> {
  const by_head = await calibrationOf(trainer, examples, seed);
  return (await fitOn(trainer, examples)).calibrated(by_head);
}

/** Predictions of one course by a model without it and without its students; null where the rest is too little. */
async function judgedWithout(
  trainer: Trainer,
  examples: Examples,
  course: string,
  options: RetrainOptions,
): Promise<Map<Target, Judged> | null> {
  const test_students = new Set(examples.user_ids.filter((_, i) => examples.courses[i] === course));
  const train = selected(examples, (i) => examples.courses[i] !== course && !test_students.has(examples.user_ids[i]!));
  const test = selected(examples, (i) => examples.courses[i] === course);
  const { labelled, positive } = countsOf(train, options.target);
  if (labelled < ENROLMENTS_MIN || positive < POSITIVES_MIN) return null;
  const model = await calibratedModel(trainer, train, options.seed);
  const predicted = await model.predictor(manifestOf(examples, options, {})).predict(test.rows, test.count);
  model.dispose();
  return new Map(examples.heads.map((head) => [head, judgedOf(test, head, predicted[head]!)]));
}

function manifestOf(examples: Examples, options: RetrainOptions, metrics: Record<string, Metrics>): ModelManifest {
  const enrolments = new Set(examples.user_ids.map((id, i) => `${id}|${examples.courses[i]}`)).size;
  const positives = examples.heads.map((head, h) => {
    let count = 0;
    for (let i = h; i < examples.labels.length; i += examples.heads.length) if (examples.labels[i] === 1) count++;
    return [head, count];
  });
  return {
    version: options.version,
    kind: 'logistic regression',
    created: new Date(options.now_ms).toISOString(),
    feature_schema: FEATURE_SCHEMA,
    features: FEATURES.map((feature) => feature.name),
    heads: [...examples.heads],
    target: options.target,
    seed: options.seed,
    data: { name: options.data_name, rows: examples.count, enrolments, positives: Object.fromEntries(positives) },
    metrics,
    attribution: options.attribution,
    limits: [...options.limits],
  };
}

/** Throws with what is missing where the data is too little. */
export async function retrain(courses: readonly CourseHistory[], trainer: Trainer, options: RetrainOptions): Promise<Trained> {
  const total = courses.length + 3;
  const progress = (done: number, step: string) => options.onProgress?.(done, total, step);
  progress(0, 'examples');
  const examples = examplesOf(courses, TARGETS, options.landmarks ?? LANDMARKS);
  assertEnough(examples, options.target);
  const parts = new Map<string, Map<Target, Judged>>();
  for (const [index, { name }] of courses.entries()) {
    progress(1 + index, `figures on ${name}`);
    const judged = await judgedWithout(trainer, examples, name, options);
    if (judged) parts.set(name, judged);
  }
  progress(courses.length + 1, 'the model of all courses');
  const model = await calibratedModel(trainer, examples, options.seed);
  progress(courses.length + 2, 'figures');
  const metrics: Record<string, Metrics> = {};
  for (const head of examples.heads) {
    if (parts.size > 0) metrics[head] = judge(joined([...parts.values()].map((part) => part.get(head)!)), options.seed);
    for (const [name, part] of parts) metrics[`${head} @ ${name}`] = judge(part.get(head)!, options.seed);
  }
  progress(total, 'done');
  const manifest = manifestOf(examples, options, metrics);
  return { model, manifest, card: cardOf(manifest, options.command) };
}
