/**
 * Logistic regression with one head for each target, by TensorFlow: the products over all rows run there, everything that is
 * summed into a decision runs in doubles here. No randomness: the same rows in the same order give the same bytes.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type FittedModel, type LabelledRows, Trainer } from '../../ports.js';
import { type OnLine, startBackend } from './backend.js';
import { inputsFrom, totalWidth, writeColumns } from './columns.js';
import { Fitted } from './fitted.js';
import { minimise } from './lbfgs.js';
import { numbersOf } from './linear.js';

/** Weight of the penalty on squared weights beside the mean log loss: chosen by leaving one presentation out. */
export const L2 = 0.05;

/** Looked up once: this loop runs some million times. */
const { abs, exp, log1p, max } = Math;

const LIMITS = { steps_max: 200, relative_change_min: 1e-7 };

export class TensorflowTrainer extends Trainer {
  constructor(
    private readonly onLine: OnLine = () => {},
    private readonly l2 = L2,
  ) {
    super();
  }

  async fit(examples: LabelledRows): Promise<FittedModel> {
    const backend = await startBackend(this.onLine);
    const { features, rows, count } = examples;
    const inputs = inputsFrom(features, rows, count);
    const width = totalWidth(inputs);
    const columns = new Float32Array(count * width);
    for (let r = 0; r < count; r++) writeColumns(inputs, rows, r * features.length, columns, r * width);
    const means = columnMeans(columns, count, width);
    const { weights, biases } = solve(columns, width, examples, this.l2);
    return new Fitted({ inputs, heads: [...examples.heads], weights, biases, means, calibration: {} }, backend);
  }
}

function columnMeans(columns: Float32Array, count: number, width: number): number[] {
  const sums = new Float64Array(width);
  for (let r = 0; r < count; r++) for (let c = 0; c < width; c++) sums[c]! += columns[r * width + c]!;
  return Array.from(sums, (sum) => sum / count);
}

/** Minimises the mean log loss of each head over its labelled rows, plus the penalty; biases are not penalised. */
function solve(columns: Float32Array, width: number, { count, heads, labels }: LabelledRows, l2: number) {
  const n = heads.length;
  const labelled = new Float64Array(n);
  for (let i = 0; i < count * n; i++) if (!Number.isNaN(labels[i]!)) labelled[i % n]!++;
  const x = tf.tensor2d(columns, [count, width]);
  const x_turned = tf.transpose(x); // the fast product wants its left side as it lies in memory
  const evaluate = (point: Float64Array) => {
    const weights = Float32Array.from(point.subarray(0, width * n));
    const logits = numbersOf(() => tf.matMul(x, tf.tensor2d(weights, [width, n])));
    const residuals = new Float32Array(count * n);
    const gradient = new Float64Array(point.length);
    let value = 0;
    for (let r = 0; r < count; r++) {
      for (let h = 0; h < n; h++) {
        const y = labels[r * n + h]!;
        if (y !== 0 && y !== 1) continue; // not labelled
        const z = logits[r * n + h]! + point[width * n + h]!;
        const share = 1 / labelled[h]!;
        value += share * (max(z, 0) - z * y + log1p(exp(-abs(z))));
        const residual = share * (1 / (1 + exp(-z)) - y);
        residuals[r * n + h] = residual * count; // near 1, where 32-bit floats are at their best
        gradient[width * n + h]! += residual;
      }
    }
    const products = numbersOf(() => tf.matMul(x_turned, tf.tensor2d(residuals, [count, n])));
    for (let i = 0; i < width * n; i++) {
      gradient[i] = products[i]! / count + l2 * point[i]!;
      value += (l2 / 2) * point[i]! ** 2;
    }
    return { value, gradient };
  };
  const point = minimise({ start: new Float64Array((width + 1) * n), evaluate }, LIMITS);
  tf.dispose([x, x_turned]);
  return { weights: Float32Array.from(point.subarray(0, width * n)), biases: Float32Array.from(point.subarray(width * n)) };
}
