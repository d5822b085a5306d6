/**
 * From labelled rows to one small network, in two steps:
 *
 * 1. Learners: networks with much dropout and one trunk for all outcomes; for each fold of students some that never see it. Their
 *    mean log-odds are better than any one's.
 * 2. One smaller network learns to say what the mean of all learners says (distillation: Hinton, Vinyals and Dean 2015, arXiv
 *    1503.02531). It is as good, and quick enough to score a university.
 *
 * What the learners say of the fold that they have not seen is the honest ground for calibration.
 */
import type { Target } from '../../domain.js';
import { type FittedModel, FOLDS, type LabelledRows, type Learnt, Trainer } from '../../ports.js';
import { type OnLine, startBackend } from './backend.js';
import { columnWriter, type Input, inputsFrom, totalWidth } from './columns.js';
import { descend, type Lesson, type Method, newLayers } from './descent.js';
import { Fitted } from './fitted.js';
import { headOf, type Layer, Running } from './network.js';

/** How the learners learn, and the network that is kept. */
export interface Recipe {
  /** Of each fold. */
  learners: number;
  learning: Method;
  /** Going on from a base: short and slow, so that what it knows is not lost. */
  tuning: Method;
  kept: Method;
}

/** Chosen by leaving one presentation out, both ways, and by folds of students (docs/adr/0008-a-distilled-ensemble.md). */
export const RECIPE: Recipe = {
  learners: 2,
  learning: { hidden: [128, 64], dropout_input: 0.4, dropout_hidden: 0.3, epochs: 12, steps_min: 300, rate: 2e-3 },
  tuning: { hidden: [], dropout_input: 0.2, dropout_hidden: 0.2, epochs: 4, steps_min: 100, rate: 5e-4 },
  kept: { hidden: [64, 32], dropout_input: 0, dropout_hidden: 0, epochs: 12, steps_min: 1500, rate: 2e-3 },
};

/** Seeded numbers in [0, 1). */
export type RandomFrom = (seed: number) => () => number;

/** Random sequences of one training: one for each learner, the last for the network that is kept. */
const SEEDS = 1_000;

export class TensorflowTrainer extends Trainer {
  constructor(
    private readonly randomFrom: RandomFrom,
    private readonly onLine: OnLine = () => {},
    private readonly recipe: Recipe = RECIPE,
  ) {
    super();
  }

  async fit(examples: LabelledRows, base: FittedModel | null, onProgress: (share: number) => void = () => {}): Promise<Learnt> {
    const backend = await startBackend(this.onLine);
    const from = base instanceof Fitted ? base.network : null;
    const inputs = from?.inputs ?? inputsFrom(examples.features, examples.rows, examples.count);
    const columns = columnsOf(inputs, examples);
    const lessons = new Lessons(examples, columns, inputs);
    const learners = from ? 1 : this.recipe.learners;
    const method = from ? this.recipe.tuning : this.recipe.learning;
    const n = examples.heads.length;
    const mean = new Float32Array(examples.count * n);
    const unseen = new Float32Array(examples.count * n);
    for (let index = 0; index < FOLDS * learners; index++) {
      const fold = index % FOLDS;
      const random = this.randomFrom(examples.seed * SEEDS + index);
      const start = from
        ? widened(from.layers, lessons.outputs, random)
        : newLayers(totalWidth(inputs), method.hidden, lessons.outputs, random);
      const layers = descend(start, lessons.without(fold), method, random);
      lessons.add(layers, 1 / (FOLDS * learners), mean, () => true);
      lessons.add(layers, 1 / learners, unseen, (row) => examples.folds[row] === fold);
      onProgress((index + 1) / (FOLDS * learners + 1));
      await new Promise(setImmediate); // what shows the progress may want to run
    }
    const random = this.randomFrom(examples.seed * SEEDS + SEEDS - 1);
    const start = from ? copied(from.layers) : newLayers(totalWidth(inputs), this.recipe.kept.hidden, n, random);
    const layers = descend(start, lessons.toSay(mean), from ? this.recipe.tuning : this.recipe.kept, random);
    onProgress(1);
    const means = columnMeans(columns, examples.count, totalWidth(inputs));
    const model = new Fitted({ inputs, heads: [...examples.heads], layers, means, calibration: {} }, backend);
    return { model, unseen: Object.fromEntries(examples.heads.map((head: Target, h) => [head, headOf(unseen, n, h)])) };
  }
}

/** The rows as lessons: what is wanted of the heads, and beside them of the auxiliary outcomes. */
class Lessons {
  readonly outputs: number;
  readonly #wanted: Float32Array;
  readonly #width: number;

  constructor(
    readonly examples: LabelledRows,
    readonly columns: Float32Array,
    readonly inputs: Input[],
  ) {
    const { count, heads, labels, auxiliary } = examples;
    const n = heads.length;
    const further = auxiliary.length / count;
    this.outputs = n + further;
    this.#width = totalWidth(inputs);
    this.#wanted = new Float32Array(count * this.outputs);
    for (let r = 0; r < count; r++) {
      this.#wanted.set(labels.subarray(r * n, (r + 1) * n), r * this.outputs);
      this.#wanted.set(auxiliary.subarray(r * further, (r + 1) * further), r * this.outputs + n);
    }
  }

  without(fold: number): Lesson {
    const { count, folds, weights } = this.examples;
    const rows = Int32Array.from({ length: count }, (_, r) => r).filter((r) => folds[r] !== fold);
    return { columns: this.columns, width: this.#width, rows, wanted: this.#wanted, outputs: this.outputs, weights };
  }

  /** To give these log-odds, for every head and row, labelled or not. */
  toSay(log_odds: Float32Array): Lesson {
    const { count, weights, heads } = this.examples;
    const wanted = log_odds.map((x) => 1 / (1 + Math.exp(-x)));
    const rows = Int32Array.from({ length: count }, (_, r) => r);
    return { columns: this.columns, width: this.#width, rows, wanted, outputs: heads.length, weights };
  }

  /** Adds share × the log-odds of the heads to `sum`, of those rows. */
  add(layers: Layer[], share: number, sum: Float32Array, of: (row: number) => boolean): void {
    const { count, rows, heads } = this.examples;
    const n = heads.length;
    const running = new Running({ inputs: this.inputs, layers: narrowed(layers, n) });
    const log_odds = running.logOdds(rows, count);
    running.dispose();
    for (let r = 0; r < count; r++) {
      if (of(r)) for (let h = r * n; h < (r + 1) * n; h++) sum[h]! += share * log_odds[h]!;
    }
  }
}

function columnsOf(inputs: Input[], { rows, count }: LabelledRows): Float32Array {
  const width = totalWidth(inputs);
  const columns = new Float32Array(count * width);
  const write = columnWriter(inputs);
  for (let r = 0; r < count; r++) write(rows, r, columns, r * width);
  return columns;
}

function columnMeans(columns: Float32Array, count: number, width: number): number[] {
  const sums = new Float64Array(width);
  for (let r = 0; r < count; r++) for (let c = 0; c < width; c++) sums[c]! += columns[r * width + c]!;
  return Array.from(sums, (sum) => sum / count);
}

const copied = (layers: readonly Layer[]): Layer[] =>
  layers.map((layer) => ({ ...layer, weights: layer.weights.slice(), biases: layer.biases.slice() }));

/** The last layer with the first `outputs` of its outputs, or with further ones that begin near nothing. */
function withOutputs(layers: readonly Layer[], outputs: number, further: () => number): Layer[] {
  const all = copied(layers);
  const last = all.pop()!;
  const weights = new Float32Array(last.inputs * outputs);
  for (let i = 0; i < last.inputs; i++) {
    for (let o = 0; o < outputs; o++)
      weights[i * outputs + o] = o < last.outputs ? last.weights[i * last.outputs + o]! : further();
  }
  const biases = Float32Array.from({ length: outputs }, (_, o) => (o < last.outputs ? last.biases[o]! : 0));
  return [...all, { inputs: last.inputs, outputs, weights, biases }];
}

const narrowed = (layers: readonly Layer[], outputs: number): Layer[] => withOutputs(layers, outputs, () => 0);
const widened = (layers: readonly Layer[], outputs: number, random: () => number): Layer[] =>
  withOutputs(layers, outputs, () => (random() - 0.5) / 10);
