/**
 * A course's students on one day, as quantiles: what a student is compared with. Kept with the scores made from it, so that a
 * score can be repeated when the course has moved on.
 */
import { createHash } from 'node:crypto';
import type { Cohort } from '../domain.js';
import { scaled } from './definition.js';

/** Percentiles 0 … 100. A course with fewer students keeps every value. */
export const QUANTILES_MAX = 101;

/** A course whose students hardly differ in a feature says nothing by it: below this spread all are average. */
const SPREAD_MIN = 1e-6;

/**
 * At most 101 ascending values that stand for all of them. NaN is left out.
 * @example quantilesOf([3, NaN, 1, 2]) → [1, 2, 3]
 */
export function quantilesOf(values: readonly number[]): number[] {
  const known = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  if (known.length <= QUANTILES_MAX) return [...known];
  const last = QUANTILES_MAX - 1;
  return Array.from({ length: QUANTILES_MAX }, (_, i) => known[Math.round((i / last) * (known.length - 1))]!);
}

/** A base feature that is compared, and where it stands in a base vector. */
export interface Compared {
  name: string;
  scale: 'linear' | 'log';
  index: number;
}

/** Decimals of the moments: a millionth, as of the values themselves. */
const DECIMALS = 1e6;
const short = (value: number): number => Math.round(value * DECIMALS) / DECIMALS + 0;

/** Mean and standard deviation of the known values, added up in ascending order so that the students' order does not matter. */
function momentsOf(values: readonly number[]): [mean: number, deviation: number] | null {
  const known = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  return [short(mean), short(Math.sqrt(variance))];
}

/** The snapshot of a course from its students' base vectors. */
export function cohortFrom(
  course_id: number,
  day: number,
  vectors: readonly Float64Array[],
  { ranked, standardised }: { ranked: readonly Compared[]; standardised: readonly Compared[] },
): Cohort {
  const quantiles: Cohort['quantiles'] = {};
  for (const { name, index } of ranked) quantiles[name] = quantilesOf(vectors.map((vector) => vector[index]!));
  const moments: Cohort['moments'] = {};
  for (const feature of standardised) {
    const found = momentsOf(vectors.map((vector) => scaled(feature, vector[feature.index]!)));
    if (found) moments[feature.name] = found;
  }
  const version = createHash('sha256')
    .update(JSON.stringify([course_id, day, quantiles, moments]))
    .digest('hex')
    .slice(0, 12);
  return { course_id, day, version, students: vectors.length, quantiles, moments };
}

/**
 * How many of the ascending values come before `value`; with `inclusive` also those equal to it. Compared as 32-bit floats,
 * since a model's input is one: a value must still equal itself after that rounding.
 */
function countBefore(ascending: readonly number[], value: number, inclusive: boolean): number {
  const limit = Math.fround(value);
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at_middle = Math.fround(ascending[middle]!);
    if (at_middle < limit || (inclusive && at_middle === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function known(cohort: Cohort, feature: string): number[] | null {
  const quantiles = cohort.quantiles[feature];
  return quantiles === undefined || quantiles.length === 0 ? null : quantiles;
}

/**
 * Share of the course's students, 0–100, with a value at most this one; null where there is nothing to compare.
 * @example quantiles [1, 2, 3, 4], value 3 → 75
 */
export function percentileOf(cohort: Cohort, feature: string, value: number): number | null {
  const quantiles = known(cohort, feature);
  if (quantiles === null || Number.isNaN(value)) return null;
  return Math.round((countBefore(quantiles, value, true) / quantiles.length) * 1000) / 10;
}

/** The course's middle value; null where there is none. */
export function medianOf(cohort: Cohort, feature: string): number | null {
  const quantiles = known(cohort, feature);
  if (quantiles === null) return null;
  const n = quantiles.length;
  return (quantiles[(n - 1) >> 1]! + quantiles[n >> 1]!) / 2;
}

/**
 * Rank in the course, 0–1, ties in their middle, so that a value shared by all is 0.5.
 * @example quantiles [0, 0, 0, 4], value 0 → 0.375
 */
export function rankOf(cohort: Cohort, feature: string, value: number): number {
  const quantiles = known(cohort, feature);
  if (quantiles === null || Number.isNaN(value)) return NaN;
  return (countBefore(quantiles, value, false) + countBefore(quantiles, value, true)) / 2 / quantiles.length;
}

/** Distance from the course's mean in its standard deviations, on the feature's own scale. NaN where there is no cohort. */
export function standardisedIn(cohort: Cohort, feature: { name: string; scale: 'linear' | 'log' }, value: number): number {
  const moments = cohort.moments[feature.name];
  if (moments === undefined || Number.isNaN(value)) return NaN;
  const [mean, deviation] = moments;
  return deviation < SPREAD_MIN ? 0 : (scaled(feature, value) - mean) / deviation;
}
