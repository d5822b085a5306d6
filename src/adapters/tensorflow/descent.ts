/**
 * How a network learns: AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on the mean log loss, the rate falling along half a
 * cosine, with dropout. The products run in TensorFlow, everything else here, so that no backend needs gradients of its own and
 * the same rows and seed give the same weights.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Layer, numbersOf } from './network.js';

export interface Lesson {
  /** Rows × width, standardised. */
  columns: Float32Array;
  width: number;
  /** Which rows are learnt from. */
  rows: Int32Array;
  /** Rows × outputs, each 0 … 1; NaN = unknown, not learnt from. */
  wanted: Float32Array;
  outputs: number;
  /** Of each row. */
  weights: Float32Array;
}

export interface Method {
  /** Sizes of the hidden layers; none is a linear model. */
  hidden: readonly number[];
  /** Share of the columns, and of the hidden units, that are left out at each step. */
  dropout_input: number;
  dropout_hidden: number;
  epochs: number;
  /** Little data is gone through more often, until there were this many steps. */
  steps_min: number;
  /** The first learning rate. */
  rate: number;
}

/** In [0, 1). */
type Random = () => number;

/** Looked up once: these run some million times. */
const { ceil, cos, exp, floor, max, min, round, sqrt } = Math;

const { isNaN: is_nan } = Number;

const BATCH = 512;
const WEIGHT_DECAY = 0.01;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;
/** Dropout is drawn in 256ths, four from one random number. */
const GRAIN = 256;

/** Uniform in ±1/√inputs, weights and biases. */
export function newLayers(width: number, hidden: readonly number[], outputs: number, random: Random): Layer[] {
  const sizes = [width, ...hidden, outputs];
  return sizes.slice(1).map((size, i): Layer => {
    const inputs = sizes[i]!;
    const bound = 1 / sqrt(inputs);
    const uniform = () => (random() * 2 - 1) * bound;
    return {
      inputs,
      outputs: size,
      weights: Float32Array.from({ length: inputs * size }, uniform),
      biases: Float32Array.from({ length: size }, uniform),
    };
  });
}

/** Changes `layers`, and gives them. */
export function descend(layers: Layer[], lesson: Lesson, method: Method, random: Random): Layer[] {
  const order = Int32Array.from(lesson.rows);
  const optimiser = adamW(layers);
  const a_round = max(1, ceil(order.length / BATCH));
  const epochs = max(method.epochs, ceil(method.steps_min / a_round));
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    for (let first = 0; first < order.length; first += BATCH) {
      const batch = order.subarray(first, first + BATCH);
      const rate = (method.rate * (1 + cos((Math.PI * step) / (epochs * a_round)))) / 2;
      optimiser(gradientsOf(layers, lesson, batch, method, random), rate);
      step++;
    }
  }
  return layers;
}

function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = floor(random() * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
}

/** Sets a share of the values to 0 and raises the others to make up for it; the factors stay in `mask` for the way back. */
function drop(values: Float32Array, share: number, random: Random): Float32Array | null {
  const limit = round(share * GRAIN);
  if (limit === 0) return null;
  const mask = new Float32Array(values.length);
  const raised = GRAIN / (GRAIN - limit);
  for (let i = 0; i < mask.length; ) {
    let bits = (random() * 0x100000000) | 0;
    for (const end = min(i + 4, mask.length); i < end; i++) {
      mask[i] = (bits & 0xff) < limit ? 0 : raised;
      bits >>>= 8;
    }
  }
  for (let i = 0; i < mask.length; i++) values[i]! *= mask[i]!;
  return mask;
}

/** Adds the biases; below zero becomes zero where there is a layer above. */
function activate(values: Float32Array, biases: Float32Array, is_last: boolean): void {
  const width = biases.length;
  for (let from = 0; from < values.length; from += width) {
    for (let o = 0; o < width; o++) {
      const value = values[from + o]! + biases[o]!;
      values[from + o] = is_last || value > 0 ? value : 0;
    }
  }
}

interface Gradient {
  weights: Float32Array;
  biases: Float32Array;
}

function gradientsOf(layers: Layer[], lesson: Lesson, batch: Int32Array, method: Method, random: Random): Gradient[] {
  const n = batch.length;
  const tensors = layers.map((layer) => tf.tensor2d(layer.weights, [layer.inputs, layer.outputs]));
  const values = [gathered(lesson.columns, lesson.width, batch)];
  const masks = [drop(values[0]!, method.dropout_input, random)];
  layers.forEach((layer, i) => {
    const out = numbersOf(() => tf.matMul(tf.tensor2d(values[i]!, [n, layer.inputs]), tensors[i]!));
    const is_last = i === layers.length - 1;
    activate(out, layer.biases, is_last);
    values.push(out);
    if (!is_last) masks.push(drop(out, method.dropout_hidden, random));
  });
  let slope = slopeOf(values.at(-1)!, lesson, batch);
  const gradients: Gradient[] = [];
  for (let i = layers.length - 1; i >= 0; i--) {
    const { inputs, outputs } = layers[i]!;
    const above = tf.tensor2d(slope, [n, outputs]);
    const weights = numbersOf(() => tf.matMul(tf.transpose(tf.tensor2d(values[i]!, [n, inputs])), above));
    gradients[i] = { weights, biases: columnSums(slope, outputs) };
    if (i > 0) {
      const below = numbersOf(() => tf.matMul(above, tf.transpose(tensors[i]!)));
      blocked(below, values[i]!, masks[i]!);
      slope = below;
    }
    above.dispose();
  }
  tf.dispose(tensors);
  return gradients;
}

/** What comes back through a unit that was off, or left out, is nothing. */
function blocked(slope: Float32Array, values: Float32Array, mask: Float32Array | null): void {
  for (let k = 0; k < slope.length; k++) if (values[k]! <= 0) slope[k] = 0;
  if (mask) for (let k = 0; k < slope.length; k++) slope[k]! *= mask[k]!;
}

function gathered(columns: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let r = 0; r < rows.length; r++) {
    const from = rows[r]! * width;
    out.set(columns.subarray(from, from + width), r * width);
  }
  return out;
}

/** Of the weighted mean log loss of the known outputs, times the number of outputs, by each log-odds. */
function slopeOf(log_odds: Float32Array, { wanted, outputs, weights }: Lesson, batch: Int32Array): Float32Array {
  const slope = new Float32Array(log_odds.length);
  let total = 0;
  for (let r = 0; r < batch.length; r++) {
    const weight = weights[batch[r]!]!;
    const from = batch[r]! * outputs;
    for (let o = 0; o < outputs; o++) {
      const y = wanted[from + o]!;
      if (is_nan(y)) continue;
      total += weight;
      slope[r * outputs + o] = weight * (1 / (1 + exp(-log_odds[r * outputs + o]!)) - y);
    }
  }
  const factor = total === 0 ? 0 : outputs / total;
  for (let k = 0; k < slope.length; k++) slope[k]! *= factor;
  return slope;
}

function columnSums(values: Float32Array, width: number): Float32Array {
  const sums = new Float32Array(width);
  for (let from = 0; from < values.length; from += width) for (let o = 0; o < width; o++) sums[o]! += values[from + o]!;
  return sums;
}

function adamW(layers: Layer[]): (gradients: Gradient[], rate: number) => void {
  const moments = layers.map(({ weights, biases }) => ({
    weights: { first: new Float64Array(weights.length), second: new Float64Array(weights.length) },
    biases: { first: new Float64Array(biases.length), second: new Float64Array(biases.length) },
  }));
  let step = 0;
  return (gradients, rate) => {
    step++;
    const scale = sqrt(1 - BETA_2 ** step) / (1 - BETA_1 ** step);
    layers.forEach((layer, i) => {
      for (const part of ['weights', 'biases'] as const) {
        const { first, second } = moments[i]![part];
        const values = layer[part];
        const gradient = gradients[i]![part];
        for (let k = 0; k < values.length; k++) {
          const g = gradient[k]!;
          first[k] = BETA_1 * first[k]! + (1 - BETA_1) * g;
          second[k] = BETA_2 * second[k]! + (1 - BETA_2) * g * g;
          values[k] = values[k]! * (1 - rate * WEIGHT_DECAY) - (rate * scale * first[k]!) / (sqrt(second[k]!) + EPSILON);
        }
      }
    });
  };
}
