/** A small network in TensorFlow: dense layers with ReLU between them over the columns, a head for each target at the end. */
import * as tf from '@tensorflow/tfjs-core';
import { layers as kinds, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import type { Target } from '../../domain.js';
import type { Calibration } from '../../ports.js';
import { columnWriter, type Input, totalWidth } from './columns.js';

export interface Layer {
  inputs: number;
  outputs: number;
  /** Inputs × outputs, an input's outputs side by side. */
  weights: Float32Array;
  biases: Float32Array;
}

/** Everything that the model is, besides its manifest. */
export interface Network {
  inputs: Input[];
  heads: Target[];
  /** The last one has an output for each head. */
  layers: Layer[];
  /** The mean of each column in the training data: the model's mean student. */
  means: number[];
  calibration: Partial<Record<Target, Calibration>>;
}

/** The layers in TensorFlow's own format, with their weights in them: how a model is kept. */
export function layersModelOf({ layers }: Pick<Network, 'layers'>): LayersModel {
  const last = layers.length - 1;
  const model = sequential({
    name: 'holdfast',
    layers: layers.map(({ inputs, outputs }, i) =>
      kinds.dense({
        units: outputs,
        inputShape: i === 0 ? [inputs] : undefined,
        activation: i === last ? 'linear' : 'relu',
        name: i === last ? 'heads' : `hidden_${i + 1}`,
      }),
    ),
  });
  tf.tidy(() => {
    model.setWeights(layers.flatMap((l) => [tf.tensor2d(l.weights, [l.inputs, l.outputs]), tf.tensor1d(l.biases)]));
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

/**
 * Rows of one TensorFlow call: a few for a few, many for many. Both are multiples of the rows that its product takes at once, the
 * rest of the last call is zeros: so the same row meets the same code whatever is beside it, and gives the same bytes.
 */
const FEW_ROWS = 8;
const MANY_ROWS = 512;

/** A network ready to run; its weights lie in TensorFlow until `dispose`. */
export class Running {
  readonly #weights: tf.Tensor2D[];
  readonly #biases: tf.Tensor1D[];
  readonly #write: (rows: Float32Array, row: number, columns: Float32Array, to: number) => void;
  readonly #width: number;

  constructor(private readonly network: Pick<Network, 'inputs' | 'layers'>) {
    this.#weights = network.layers.map((layer) => tf.tensor2d(layer.weights, [layer.inputs, layer.outputs]));
    this.#biases = network.layers.map((layer) => tf.tensor1d(layer.biases));
    this.#write = columnWriter(network.inputs);
    this.#width = totalWidth(network.inputs);
  }

  /** Log-odds of `count` rows before calibration, a row's heads side by side. */
  logOdds(rows: Float32Array, count: number): Float32Array {
    const n = this.network.layers.at(-1)!.outputs;
    const log_odds = new Float32Array(count * n);
    const at_once = count <= FEW_ROWS ? FEW_ROWS : MANY_ROWS;
    const columns = new Float32Array(at_once * this.#width);
    for (let first = 0; first < count; first += at_once) {
      const here = Math.min(at_once, count - first);
      columns.fill(0, here * this.#width);
      for (let r = 0; r < here; r++) this.#write(rows, first + r, columns, r * this.#width);
      const out = numbersOf(() => this.#forward(tf.tensor2d(columns, [at_once, this.#width])));
      log_odds.set(out.subarray(0, here * n), first * n);
    }
    return log_odds;
  }

  #forward(columns: tf.Tensor2D): tf.Tensor2D {
    const last = this.#weights.length - 1;
    return this.#weights.reduce(
      (values, b, i) =>
        tf.fused.matMul({ a: values, b, bias: this.#biases[i]!, activation: i === last ? 'linear' : 'relu' }) as tf.Tensor2D,
      columns,
    );
  }

  dispose(): void {
    tf.dispose([...this.#weights, ...this.#biases]);
  }
}

/** One head's values out of those that lie side by side. */
export function headOf(values: Float32Array, heads: number, head: number): Float32Array {
  return Float32Array.from({ length: values.length / heads }, (_, r) => values[r * heads + head]!);
}
