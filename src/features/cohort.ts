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

/** The snapshot of a course from its students' base vectors; `names[i]` is the ranked feature at `indexes[i]` of a vector. */
export function cohortFrom(
  course_id: number,
  day: number,
  vectors: readonly Float64Array[],
  ranked: readonly { name: string; index: number }[],
): Cohort {
  const quantiles: Record<string, number[]> = {};
  for (const { name, index } of ranked) quantiles[name] = quantilesOf(vectors.map((vector) => vector[index]!));
  const version = createHash('sha256')
    .update(JSON.stringify([course_id, day, quantiles]))
    .digest('hex')
    .slice(0, 12);
  return { course_id, day, version, students: vectors.length, quantiles };
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

/** Mean and spread of the scaled quantiles, once per snapshot: they are asked for by every student of the course. */
const spreads = new WeakMap<Cohort, Map<string, { mean: number; deviation: number }>>();

/** Distance from the course's mean in its standard deviations, on the feature's own scale. NaN where there is no cohort. */
export function standardisedIn(cohort: Cohort, feature: { name: string; scale: 'linear' | 'log' }, value: number): number {
  const quantiles = known(cohort, feature.name);
  if (quantiles === null || Number.isNaN(value)) return NaN;
  const of_cohort = spreads.get(cohort) ?? new Map<string, { mean: number; deviation: number }>();
  spreads.set(cohort, of_cohort);
  let spread = of_cohort.get(feature.name);
  if (!spread) {
    const values = quantiles.map((quantile) => scaled(feature, quantile));
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    spread = { mean, deviation: Math.sqrt(variance) };
    of_cohort.set(feature.name, spread);
  }
  if (spread.deviation < SPREAD_MIN) return 0;
  return (scaled(feature, value) - spread.mean) / spread.deviation;
}
