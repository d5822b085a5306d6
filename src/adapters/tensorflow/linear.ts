/** A linear model in TensorFlow: one dense layer over the columns, a head for each target. */
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import type { Target } from '../../domain.js';
import type { Calibration } from '../../ports.js';
import { type Input, totalWidth, writeColumns } from './columns.js';

/** Everything that the model is, besides its manifest. */
export interface Linear {
  inputs: Input[];
  heads: Target[];
  /** Columns × heads, a column's heads side by side. */
  weights: Float32Array;
  biases: Float32Array;
  /** The mean of each column in the training data: the model's mean student. */
  means: number[];
  calibration: Partial<Record<Target, Calibration>>;
}

/**
 * Rows of one TensorFlow call. Always this many, the rest zeros: the same row then meets the same code whatever is beside it,
 * and gives the same bytes. 128 keeps a single row quick (0.2 ms) and
 * large batches near full speed (1,024 rows in 3 ms on one core).
 */
export const BATCH_ROWS = 128;

/** The layer with its weights in it. */
export function layerOf({ inputs, heads, weights, biases }: Linear): LayersModel {
  const width = totalWidth(inputs);
  const model = sequential({
    name: 'holdfast',
    layers: [layers.dense({ units: heads.length, inputShape: [width], name: 'heads' })],
  });
  tf.tidy(() => {
    model.setWeights([tf.tensor2d(weights, [width, heads.length]), tf.tensor1d(biases)]);
  });
  return model;
}

/** A result's numbers, everything on the way to it freed. (`tidy` would walk through an array that is returned from it.) */
export function numbersOf(compute: () => tf.Tensor): Float32Array {
  const result = tf.tidy(compute);
  const numbers = result.dataSync() as Float32Array;
  result.dispose();
  return numbers;
}

/** Log-odds of `count` rows before calibration, a row's heads side by side. */
export function logOddsOf(model: LayersModel, linear: Linear, rows: Float32Array, count: number): Float32Array {
  const width = totalWidth(linear.inputs);
  const n = linear.heads.length;
  const log_odds = new Float32Array(count * n);
  for (let first = 0; first < count; first += BATCH_ROWS) {
    const here = Math.min(BATCH_ROWS, count - first);
    const columns = new Float32Array(BATCH_ROWS * width);
    for (let r = 0; r < here; r++) writeColumns(linear.inputs, rows, (first + r) * linear.inputs.length, columns, r * width);
    const out = numbersOf(() => model.predictOnBatch(tf.tensor2d(columns, [BATCH_ROWS, width])) as tf.Tensor);
    log_odds.set(out.subarray(0, here * n), first * n);
  }
  return log_odds;
}

/** One head's values out of those that lie side by side. */
export function headOf(values: Float32Array, heads: number, head: number): Float32Array {
  return Float32Array.from({ length: values.length / heads }, (_, r) => values[r * heads + head]!);
}
