/**
 * What each column adds to a head's log-odds: integrated gradients (Sundararajan, Taly and Yan 2017, arXiv 1703.01365) along the
 * straight way from the mean student to this one. Of a linear model that is weight × (value − mean), exactly.
 *
 * On the way only the units of the first layer move, each evenly, so the way is walked over them alone; the step from there to
 * the columns is linear and done once. What the steps leave over is shared out in proportion, so that the parts add up.
 */
import type { Layer } from './network.js';

/** Looked up once: these run some million times. */
const { abs, max } = Math;

/** Points on the way, in the middle of equal steps. */
const STEPS = 32;

/** Per column; `head` is an output of the last layer. */
export function attributed(layers: readonly Layer[], from: ArrayLike<number>, to: ArrayLike<number>, head: number): Float64Array {
  const [first, ...rest] = layers as [Layer, ...Layer[]];
  const start = outputsOf(first, from);
  const end = outputsOf(first, to);
  const slope = new Float64Array(first.outputs);
  const point = new Float64Array(first.outputs);
  for (let step = 0; step < STEPS; step++) {
    const share = (step + 0.5) / STEPS;
    for (let u = 0; u < point.length; u++) point[u] = start[u]! + share * (end[u]! - start[u]!);
    const here = slopeAt(rest, point, head);
    for (let u = 0; u < slope.length; u++) slope[u]! += here[u]! / STEPS;
  }
  const parts = new Float64Array(from.length);
  let sum = 0;
  let size = 0;
  for (let c = 0; c < parts.length; c++) {
    let by_column = 0;
    for (let u = 0; u < first.outputs; u++) by_column += first.weights[c * first.outputs + u]! * slope[u]!;
    parts[c] = by_column * (to[c]! - from[c]!);
    sum += parts[c]!;
    size += abs(parts[c]!);
  }
  const left_over = outputAt(rest, end, head) - outputAt(rest, start, head) - sum;
  if (size > 0) for (let c = 0; c < parts.length; c++) parts[c]! += (left_over * abs(parts[c]!)) / size;
  return parts;
}

/** Before its activation. */
function outputsOf({ inputs, outputs, weights, biases }: Layer, values: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(biases);
  for (let i = 0; i < inputs; i++) {
    const value = values[i]!;
    if (value !== 0) for (let o = 0; o < outputs; o++) out[o]! += value * weights[i * outputs + o]!;
  }
  return out;
}

const rectified = (values: Float64Array): Float64Array => values.map((value) => max(0, value));

function outputAt(rest: readonly Layer[], first: Float64Array, head: number): number {
  return rest.reduce((values, layer) => outputsOf(layer, rectified(values)), first)[head]!;
}

/** Of the head by each unit of the first layer, before its activation. */
function slopeAt(rest: readonly Layer[], first: Float64Array, head: number): Float64Array {
  const values = [first];
  for (const layer of rest) values.push(outputsOf(layer, rectified(values.at(-1)!)));
  let slope = Float64Array.from(values.at(-1)!, (_, o) => (o === head ? 1 : 0));
  for (let l = rest.length - 1; l >= 0; l--) {
    const { inputs, outputs, weights } = rest[l]!;
    const below = new Float64Array(inputs);
    for (let i = 0; i < inputs; i++) {
      if (values[l]![i]! <= 0) continue;
      for (let o = 0; o < outputs; o++) below[i]! += weights[i * outputs + o]! * slope[o]!;
    }
    slope = below;
  }
  return slope;
}
