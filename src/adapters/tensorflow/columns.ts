/**
 * How a linear model reads a feature. Each becomes a few columns, so that its part of the log-odds may bend, and stays exactly
 * attributable to the feature:
 *
 *     z           the scaled value, standardised, inside ±5; 0 where it is missing
 *     z above k   max(0, z − k) for each knot k: the slope may change there
 *     missing     1 where the value is missing, else 0 (only for features that are missing for some students)
 *
 * Worked example, mean 2, deviation 1, knots [0], scale linear: the value 3 gives z = 1 and columns [1, 1]; 1 gives [−1, 0].
 */

export interface Input {
  name: string;
  scale: 'linear' | 'log';
  mean: number;
  /** 0 = hardly varies in the training data (or is never known there): the feature is not read. */
  deviation: number;
  /** Ascending, in units of z. */
  knots: number[];
  missing: boolean;
}

/** A feature known for fewer rows than this share is not read. */
const KNOWN_SHARE_MIN = 0.01;
/** A feature missing for more rows than this share gets a column that says so. */
const MISSING_SHARE_MIN = 0.01;
const DEVIATION_MIN = 1e-6;
const Z_MAX = 5;
/** Where slopes may change: the training data's quartiles. */
const KNOTS_AT = [0.25, 0.5, 0.75];
/** Knots closer than this say the same. */
const KNOT_DISTANCE_MIN = 0.2;

const scaledValue = (scale: Input['scale'], value: number): number =>
  scale === 'log' ? Math.sign(value) * Math.log1p(Math.abs(value)) : value;

/** The standardised value; NaN for a missing one or a feature that is not read. */
function standardised(input: Input, value: number): number {
  if (input.deviation === 0) return NaN;
  const z = (scaledValue(input.scale, value) - input.mean) / input.deviation;
  return Math.min(Z_MAX, Math.max(-Z_MAX, z));
}

/** Learns how to read each feature from `count` rows. */
export function inputsFrom(
  features: readonly { name: string; scale: 'linear' | 'log' }[],
  rows: Float32Array,
  count: number,
): Input[] {
  return features.map(({ name, scale }, f) => {
    const values: number[] = [];
    for (let r = 0; r < count; r++) {
      const value = rows[r * features.length + f]!;
      if (!Number.isNaN(value)) values.push(scaledValue(scale, value));
    }
    const unread: Input = { name, scale, mean: 0, deviation: 0, knots: [], missing: false };
    if (values.length < count * KNOWN_SHARE_MIN || values.length === 0) return unread;
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    if (deviation < DEVIATION_MIN) return unread;
    const missing = count - values.length > count * MISSING_SHARE_MIN;
    return { name, scale, mean, deviation, knots: knotsOf(values, mean, deviation), missing };
  });
}

function knotsOf(values: number[], mean: number, deviation: number): number[] {
  const ascending = Float64Array.from(values).sort();
  const knots: number[] = [];
  for (const at of KNOTS_AT) {
    const knot = (ascending[Math.floor(at * (ascending.length - 1))]! - mean) / deviation;
    const lowest = (ascending[0]! - mean) / deviation;
    if (knot - (knots.at(-1) ?? lowest) >= KNOT_DISTANCE_MIN && knot < Z_MAX) knots.push(knot);
  }
  return knots;
}

/** How many columns a feature has: the first of all columns of feature f is the sum of those before it. */
export function widthOf(input: Input): number {
  return input.deviation === 0 ? 0 : 1 + input.knots.length + (input.missing ? 1 : 0);
}

export function totalWidth(inputs: readonly Input[]): number {
  return inputs.reduce((sum, input) => sum + widthOf(input), 0);
}

/** Writes one row's columns at `to` of `columns`; `rows` holds the row's features from `from`. */
export function writeColumns(
  inputs: readonly Input[],
  rows: Float32Array,
  from: number,
  columns: Float32Array,
  to: number,
): void {
  let at = to;
  for (let f = 0; f < inputs.length; f++) {
    const input = inputs[f]!;
    if (input.deviation === 0) continue;
    const z = standardised(input, rows[from + f]!);
    const is_missing = Number.isNaN(z);
    columns[at++] = is_missing ? 0 : z;
    for (const knot of input.knots) columns[at++] = is_missing ? 0 : Math.max(0, z - knot);
    if (input.missing) columns[at++] = is_missing ? 1 : 0;
  }
}
