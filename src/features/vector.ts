/**
 * The features, in their one order. The same code computes them for a live score, a scheduled score and training:
 *
 *     baseFeatures(history, cutoff_day)   what one enrolment's rows before the cut-off day say
 *     cohortOf(course, day, all of them)  what the course's students have in common, kept as a snapshot
 *     completeFeatures(base, cohort)      both together: the model's input, in the order of FEATURES
 *
 * Everything is a pure function of its arguments. Missing is NaN, never 0.
 */
import { createHash } from 'node:crypto';
import type { Cohort, EnrolmentHistory } from '../domain.js';
import { AMOUNT_FEATURES, KIND_FEATURES, RECENCY_FEATURES, SESSION_FEATURES } from './activity-features.js';
import { cohortFrom, rankOf, standardisedIn } from './cohort.js';
import { CALENDAR_FEATURES, HAND_IN_FEATURES } from './course-features.js';
import { type BaseFeature, type CohortFeature, clamp, type FeatureDefinition } from './definition.js';
import { factsBefore } from './facts.js';

export { percentileOf } from './cohort.js';
export type { FeatureDefinition } from './definition.js';

/** Raise it when a computation changes without its name, unit, bounds or meaning: older models are then refused. */
const COMPUTATION_VERSION = 1;

const BASE: readonly BaseFeature[] = [
  ...RECENCY_FEATURES,
  ...AMOUNT_FEATURES,
  ...KIND_FEATURES,
  ...SESSION_FEATURES,
  ...CALENDAR_FEATURES,
  ...HAND_IN_FEATURES,
];

const baseIndex = new Map(BASE.map((feature, index) => [feature.name, index]));

/** Five standard deviations: further out a value says "far out" and no more. */
const DEVIATIONS_MAX = 5;

/** Ranks only of the main ones; the rest of the comparison is in the standardised values. */
const RANKS_OF = ['days_since_activity', 'active_days_14', 'activities_28', 'active_days_share', 'handed_in_share'];

function rank(of: string): CohortFeature {
  return {
    source: 'cohort',
    name: `rank_${of}`,
    of,
    unit: 'share',
    low: 0,
    high: 1,
    meaning: `rank in the course by ${of}: 0 the lowest, 1 the highest`,
    scale: 'linear',
    idea: BASE[baseIndex.get(of)!]!.idea,
    ranked: false,
    compute: (value, cohort) => rankOf(cohort, of, value),
  };
}

function standardised(feature: BaseFeature): CohortFeature {
  return {
    source: 'cohort',
    name: `z_${feature.name}`,
    of: feature.name,
    unit: 'sd',
    low: -DEVIATIONS_MAX,
    high: DEVIATIONS_MAX,
    meaning: `${feature.name} in standard deviations from the course's mean`,
    scale: 'linear',
    idea: feature.idea,
    ranked: false,
    compute: (value, cohort) => standardisedIn(cohort, feature, value),
  };
}

/** In a week without teaching nobody is active: silence then means less. */
const COURSE_ACTIVE: CohortFeature = {
  source: 'cohort',
  name: 'course_active_share_7',
  of: null,
  unit: 'share',
  low: 0,
  high: 1,
  meaning: "share of the course's students with activity in the last 7 days",
  scale: 'linear',
  idea: 'calendar',
  ranked: false,
  compute: (_, cohort) => {
    const days = cohort.quantiles.active_days_7 ?? [];
    return days.length === 0 ? NaN : days.filter((value) => value > 0).length / days.length;
  },
};

const COHORT: readonly CohortFeature[] = [
  ...RANKS_OF.map(rank),
  ...BASE.filter((f) => f.ranked).map(standardised),
  COURSE_ACTIVE,
];

export const FEATURES: readonly FeatureDefinition[] = [...BASE, ...COHORT];

/** The base features alone: the first of FEATURES, and the whole of a base vector. */
export const BASE_FEATURES: readonly BaseFeature[] = BASE;

/** Where a feature stands in FEATURES; asks only for names that exist. */
export function featureIndex(name: string): number {
  const index = indexes.get(name);
  if (index === undefined) throw new Error(`There is no feature '${name}'.`);
  return index;
}
const indexes = new Map(FEATURES.map((feature, index) => [feature.name, index]));

/** Names what the numbers mean. A model made for another meaning is refused when it is loaded. */
export const FEATURE_SCHEMA: string = createHash('sha256')
  .update(JSON.stringify([COMPUTATION_VERSION, FEATURES.map((f) => [f.name, f.unit, f.low, f.high, f.meaning])]))
  .digest('hex');

const RANKED = BASE.flatMap(({ name, ranked }, index) => (ranked ? [{ name, index }] : []));

/**
 * What one enrolment's rows before `cutoff_day` (exclusive) say, in the order of BASE_FEATURES.
 * @example active on days 3 and 9, cut-off 10: days_since_activity 0, active_days_7 2 (days 3 … 9)
 */
export function baseFeatures(history: EnrolmentHistory, cutoff_day: number): Float64Array {
  const facts = factsBefore(history, cutoff_day);
  return Float64Array.from(BASE, (feature) => clamp(feature, feature.compute(facts)));
}

/** The snapshot of a course at cut-off `day`, from the base vectors of its students at that day, in any order. */
export function cohortOf(course_id: number, day: number, vectors: readonly Float64Array[]): Cohort {
  return cohortFrom(course_id, day, vectors, RANKED);
}

/** The model's input, in the order of FEATURES. Without a cohort the comparisons are missing. */
export function completeFeatures(base: Float64Array, cohort: Cohort | null): Float32Array {
  const complete = new Float32Array(FEATURES.length).fill(NaN);
  complete.set(base);
  if (cohort === null) return complete;
  COHORT.forEach((feature, i) => {
    const value = feature.of === null ? 0 : base[baseIndex.get(feature.of)!]!;
    complete[BASE.length + i] = clamp(feature, feature.compute(value, cohort));
  });
  return complete;
}
