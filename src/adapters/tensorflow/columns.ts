/**
 * How a linear model reads a feature, as at most two columns, so that its part of the log-odds stays exactly attributable:
 *
 *     z         the scaled value, standardised by the training data, inside ±5; 0 where it is missing
 *     missing   1 where the value is missing, else 0 (only for features that are missing for some students)
 *
 * Worked example, mean 2, deviation 0.5, scale linear, missing for some: the value 3 gives [2, 0], a missing one [0, 1].
 */

export interface Input {
  name: string;
  scale: 'linear' | 'log';
  mean: number;
  /** 0 = the feature is not read: not meant to be, or it hardly varies (or is never known) in the training data. */
  deviation: number;
  /** True where the feature has a column that says that it is missing. */
  missing: boolean;
}

/** What the trainer is told about a feature. */
export interface Told {
  name: string;
  scale: 'linear' | 'log';
  read: boolean;
}

/** A feature known for fewer rows than this share is not read. */
const KNOWN_SHARE_MIN = 0.01;
/** A feature missing for more rows than this share gets a column that says so. */
const MISSING_SHARE_MIN = 0.01;
const DEVIATION_MIN = 1e-6;
const Z_MAX = 5;

/** Looked up once: these run some million times. */
const { abs, log1p, max, min, sign, sqrt } = Math;

const { isNaN: is_nan } = Number;

const scaledValue = (scale: Input['scale'], value: number): number => (scale === 'log' ? sign(value) * log1p(abs(value)) : value);

/** Learns how to read each feature from `count` rows. */
export function inputsFrom(features: readonly Told[], rows: Float32Array, count: number): Input[] {
  return features.map(({ name, scale, read }, f) => {
    const unread: Input = { name, scale, mean: 0, deviation: 0, missing: false };
    if (!read) return unread;
    const values: number[] = [];
    for (let r = 0; r < count; r++) {
      const value = rows[r * features.length + f]!;
      if (!Number.isNaN(value)) values.push(scaledValue(scale, value));
    }
    if (values.length === 0 || values.length < count * KNOWN_SHARE_MIN) return unread;
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const deviation = sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    if (deviation < DEVIATION_MIN) return unread;
    return { name, scale, mean, deviation, missing: count - values.length > count * MISSING_SHARE_MIN };
  });
}

/** How many columns a feature has. */
export function widthOf(input: Input): number {
  return input.deviation === 0 ? 0 : input.missing ? 2 : 1;
}

export function totalWidth(inputs: readonly Input[]): number {
  return inputs.reduce((sum, input) => sum + widthOf(input), 0);
}

/** Writes the columns of row `row` at `to` of `columns`; `rows` holds the rows' features, one row after another. */
export type ColumnWriter = (rows: Float32Array, row: number, columns: Float32Array, to: number) => void;

export function columnWriter(inputs: readonly Input[]): ColumnWriter {
  const read = inputs.flatMap((input, f) => (input.deviation === 0 ? [] : [{ ...input, f }]));
  const places = Int32Array.from(read, ({ f }) => f);
  const means = Float64Array.from(read, ({ mean }) => mean);
  const deviations = Float64Array.from(read, ({ deviation }) => deviation);
  const is_log = Uint8Array.from(read, ({ scale }) => (scale === 'log' ? 1 : 0));
  const tells_missing = Uint8Array.from(read, ({ missing }) => (missing ? 1 : 0));
  const width = inputs.length;
  return (rows, row, columns, to) => {
    const from = row * width;
    let at = to;
    for (let i = 0; i < places.length; i++) {
      const value = rows[from + places[i]!]!;
      const is_missing = is_nan(value);
      const scaled = is_log[i] === 1 ? scaledValue('log', value) : value;
      const z = (scaled - means[i]!) / deviations[i]!;
      columns[at++] = is_missing ? 0 : min(Z_MAX, max(-Z_MAX, z));
      if (tells_missing[i] === 1) columns[at++] = is_missing ? 1 : 0;
    }
  };
}
