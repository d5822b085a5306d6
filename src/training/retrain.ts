/**
 * Course histories → a calibrated model, with figures that it earned on courses it had not seen.
 *
 * 1. Examples at the landmarks. 2. For each course: a model made without it (and without its students) predicts it: these are the
 * figures. 3. The model of all courses, by the same steps. A model's steps are: fit, then a correction of the probabilities, chosen
 * and fitted on what its learners say of the students that they have not seen.
 */
import { type CourseHistory, TARGETS, type Target } from '../domain.js';
import { FEATURE_SCHEMA, FEATURES } from '../features/vector.js';
import { type CalibrationChoice, type FittedModel, FOLDS, type ModelManifest, probabilityOf, type Trainer } from '../ports.js';
import { referenceOf } from '../scoring/drift.js';
import { type Chosen, chosenCalibration } from './calibration.js';
import { cardOf } from './card.js';
import { type Examples, examplesOf, selected, withHeads } from './examples.js';
import type { PeopleGroups } from './fairness.js';
import { joined, judge, judgedOf } from './judge.js';
import { LANDMARKS } from './labels.js';
import { assertNoFuture } from './leaks.js';
import type { Judged, Metrics } from './metrics.js';
import { foldOf } from './random.js';
import { testedOn } from './tested.js';

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
  /** What it learns to predict: those of the base; what the data says enough of by default. */
  heads?: readonly Target[];
  /** Days from a course's start; weeks 1 … 26 by default. */
  landmarks?: readonly number[];
  /** The model to go on from. */
  base?: FittedModel;
  /** To see whether some are served worse. Nothing is learnt from them. */
  groups?: PeopleGroups | null;
  /** `done` of `total` steps, and which one begins. */
  onProgress?: (done: number, total: number, step: string) => void;
}

export interface Trained {
  /** By course: what a model without it said of it, about the alert's target. */
  unseen: ReadonlyMap<string, Judged>;
  model: FittedModel;
  manifest: ModelManifest;
  card: string;
}

/** Fewer than these and the figures are chance: two courses in three of a small school have more in two terms. */
export const ENROLMENTS_MIN = 200;
/** Enrolments with at least one positive row, for the alert's head. */
export const POSITIVES_MIN = 30;
/** Trainings for the figures, beside the one that is kept. */
const PARTS_MAX = 5;

/**
 * What the model reads: every feature as it compares with the cohort, since amounts differ from course to course, and the calendar.
 * A network that also reads the plain numbers learns those courses, and predicts another one worse.
 */
export const READ: readonly boolean[] = FEATURES.map(({ idea, source }) => source === 'cohort' || idea === 'calendar');

const told = FEATURES.map(({ name, scale }, f) => ({ name, scale, read: READ[f]! }));

/** The ends of weeks 1 … 15 and the middles, then the ends of weeks 16 … 26. */
export const LEARNING_LANDMARKS: readonly number[] = [
  ...LANDMARKS.flatMap((day) => [day, day + 3]),
  ...Array.from({ length: 11 }, (_, i) => (16 + i) * 7),
];
/** Later weeks teach what students do, but are not what the model is for. */
const LATE_WEIGHT = 0.5;

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

interface Calibrated {
  model: FittedModel;
  /** Per head and row: the calibrated probability by learners that have not seen the row's student. */
  unseen: Map<Target, Float32Array>;
  choices: Record<string, CalibrationChoice>;
}

/** Learns, and corrects each head by what was said of students that were not seen. */
export async function calibratedModel(
  trainer: Trainer,
  examples: Examples,
  { seed, base }: Pick<RetrainOptions, 'seed' | 'base'>,
  onProgress: (share: number) => void,
): Promise<Calibrated> {
  const { heads, count, rows, labels, auxiliary } = examples;
  const last = LANDMARKS.at(-1)! + 6;
  const weights = Float32Array.from(examples.landmark_days, (day) => (day > last ? LATE_WEIGHT : 1));
  const folds = Uint8Array.from(examples.user_ids, (id) => foldOf(id, seed, FOLDS));
  const lessons = { features: told, heads, count, rows, labels, auxiliary, weights, folds, seed };
  const { model, unseen } = await trainer.fit(lessons, base ?? null, onProgress);
  const chosen = heads.map((head): [Target, Chosen] => [head, chosenCalibration(judgedOf(examples, head, unseen[head]!), seed)]);
  return {
    model: model.calibrated(Object.fromEntries(chosen.map(([head, { calibration }]) => [head, calibration]))),
    unseen: new Map(
      chosen.map(([head, { calibration }]) => [head, unseen[head]!.map((log_odds) => probabilityOf(calibration, log_odds))]),
    ),
    choices: Object.fromEntries(chosen.map(([head, { choice }]) => [head, choice])),
  };
}

/** By course: predictions by a model without these courses and without their students; nothing where the rest is too little. */
async function judgedWithout(
  trainer: Trainer,
  examples: Examples,
  courses: readonly string[],
  options: RetrainOptions,
  onProgress: (share: number) => void,
): Promise<Map<string, Map<Target, Judged>>> {
  const left_out = new Set(courses);
  const test_students = new Set(examples.user_ids.filter((_, i) => left_out.has(examples.courses[i]!)));
  const train = selected(examples, (i) => !left_out.has(examples.courses[i]!) && !test_students.has(examples.user_ids[i]!));
  const { labelled, positive } = countsOf(train, options.target);
  if (labelled < ENROLMENTS_MIN || positive < POSITIVES_MIN) return new Map();
  const { model } = await calibratedModel(trainer, train, options, onProgress);
  const predictor = model.predictor(manifestOf(examples, options, {}));
  const judged = new Map<string, Map<Target, Judged>>();
  for (const course of courses) {
    const test = selected(examples, (i) => examples.courses[i] === course && LANDMARKS.includes(examples.landmark_days[i]!));
    if (test.count === 0) continue;
    const predicted = await predictor.predict(test.rows, test.count);
    judged.set(course, new Map(examples.heads.map((head) => [head, judgedOf(test, head, predicted[head]!)])));
  }
  model.dispose();
  return judged;
}

/** Each course alone; of many, every fifth together, since each part is a training of its own. */
export function partsOf(courses: readonly string[]): string[][] {
  const parts = Array.from({ length: Math.min(PARTS_MAX, courses.length) }, (): string[] => []);
  courses.forEach((course, i) => {
    parts[i % parts.length]!.push(course);
  });
  return parts;
}

/** Heads that the data says enough of: one of which nothing is known would say anything. */
function headsIn(examples: Examples): Target[] {
  return examples.heads.filter((head) => {
    const { labelled, positive } = countsOf(examples, head);
    return positive >= POSITIVES_MIN && labelled > positive;
  });
}

export function manifestOf(examples: Examples, options: RetrainOptions, metrics: Record<string, Metrics>): ModelManifest {
  const enrolments = new Set(examples.user_ids.map((id, i) => `${id}|${examples.courses[i]}`)).size;
  const positives = examples.heads.map((head, h) => {
    let count = 0;
    for (let i = h; i < examples.labels.length; i += examples.heads.length) if (examples.labels[i] === 1) count++;
    return [head, count];
  });
  return {
    version: options.version,
    kind: 'small neural network, distilled from an ensemble',
    created: new Date(options.now_ms).toISOString(),
    feature_schema: FEATURE_SCHEMA,
    features: FEATURES.map((feature) => feature.name),
    heads: [...examples.heads],
    target: options.target,
    seed: options.seed,
    data: {
      name: options.data_name,
      courses: [...new Set(examples.courses)],
      rows: examples.count,
      enrolments,
      positives: Object.fromEntries(positives),
    },
    metrics,
    attribution: options.attribution,
    limits: [...options.limits],
  };
}

/** Throws with what is missing where the data is too little. */
export async function retrain(courses: readonly CourseHistory[], trainer: Trainer, options: RetrainOptions): Promise<Trained> {
  const groups = partsOf(courses.map(({ name }) => name));
  const total = groups.length + 3;
  const progress = (done: number, step: string) => options.onProgress?.(done, total, step);
  progress(0, 'examples');
  const everything = examplesOf(courses, TARGETS, options.landmarks ?? LEARNING_LANDMARKS);
  assertEnough(everything, options.target);
  const examples = withHeads(everything, options.heads ?? headsIn(everything));
  assertNoFuture(examples);
  const parts = new Map<string, Map<Target, Judged>>();
  for (const [index, group] of groups.entries()) {
    const step = `figures on ${group.length > 1 ? `${group.length} courses` : group[0]}`;
    progress(1 + index, step);
    const judged = await judgedWithout(trainer, examples, group, options, (share) => progress(1 + index + share, step));
    for (const [name, part] of judged) parts.set(name, part);
  }
  progress(groups.length + 1, 'the model of all courses');
  const { model, unseen, choices } = await calibratedModel(trainer, examples, options, (share) =>
    progress(groups.length + 1 + share, 'the model of all courses'),
  );
  progress(groups.length + 2, 'figures');
  const metrics: Record<string, Metrics> = {};
  for (const head of examples.heads) {
    if (parts.size > 0) metrics[head] = judge(joined([...parts.values()].map((part) => part.get(head)!)), options.seed);
    for (const [name, part] of parts) metrics[`${head} @ ${name}`] = judge(part.get(head)!, options.seed);
  }
  progress(total, 'done');
  const manifest = manifestOf(examples, options, metrics);
  manifest.calibration = choices;
  manifest.reference = referenceOf(examples.rows, examples.count, unseen.get(options.target)!);
  const of_target = new Map([...parts].map(([name, part]) => [name, part.get(options.target)!]));
  if (of_target.size > 0) manifest.tested = testedOn(options.data_name, of_target, options.groups ?? null);
  return { model, manifest, card: cardOf(manifest, options.command), unseen: of_target };
}
