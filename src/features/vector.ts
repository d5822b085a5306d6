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
import { AMOUNT_FEATURES, TREND_FEATURES } from './amount-features.js';
import { CALENDAR_FEATURES } from './calendar-features.js';
import { cohortFrom, rankOf, standardisedIn } from './cohort.js';
import { type BaseFeature, type CohortFeature, clamp, type FeatureDefinition } from './definition.js';
import { factsBefore } from './facts.js';
import { HAND_IN_FEATURES, MARK_FEATURES } from './hand-in-features.js';
import { KIND_FEATURES, SESSION_FEATURES } from './kind-features.js';
import { RECENCY_FEATURES } from './recency-features.js';
import { RHYTHM_FEATURES } from './rhythm-features.js';

export { percentileOf } from './cohort.js';
export type { FeatureDefinition } from './definition.js';

/** Raise it when a computation changes without its name, unit, bounds or meaning: older models are then refused. */
const COMPUTATION_VERSION = 2;

const BASE: readonly BaseFeature[] = [
  ...RECENCY_FEATURES,
  ...RHYTHM_FEATURES,
  ...AMOUNT_FEATURES,
  ...TREND_FEATURES,
  ...KIND_FEATURES,
  ...SESSION_FEATURES,
  ...CALENDAR_FEATURES,
  ...HAND_IN_FEATURES,
  ...MARK_FEATURES,
];

const baseIndex = new Map(BASE.map((feature, index) => [feature.name, index]));

/** Five standard deviations: further out a value says "far out" and no more. */
const DEVIATIONS_MAX = 5;

/** Ranks only of the main ones; the rest of the comparison is in the standardised values. */
const RANKS_OF = [
  'days_since_activity',
  'active_days_14',
  'active_days_28',
  'activities_7',
  'activities_28',
  'activities_per_week',
  'active_days_share',
  'handed_in_share',
  'mean_mark',
];

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
    standardised: false,
    compute: (own, cohort) => rankOf(cohort, of, own(of)),
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
    standardised: false,
    compute: (own, cohort) => standardisedIn(cohort, feature, own(feature.name)),
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
  standardised: false,
  compute: (_, cohort) => {
    const days = cohort.quantiles.active_days_7 ?? [];
    return days.length === 0 ? NaN : days.filter((value) => value > 0).length / days.length;
  },
};

/** How the whole course is doing: what a student's own numbers are to be read against. */
function ofCourse(name: string, unit: 'days', low: number, high: number, meaning: string, compute: CohortFeature['compute']) {
  const shared = { source: 'cohort', of: null, scale: 'linear', idea: 'calendar', ranked: false, standardised: false } as const;
  return { ...shared, name, unit, low, high, meaning, compute };
}

const meanIn = (cohort: Cohort, feature: string): number => cohort.moments[feature]?.[0] ?? NaN;

const COURSE_DAYS: readonly CohortFeature[] = [
  ofCourse(
    'course_active_days_7',
    'days',
    0,
    7,
    "active days of the course's students in the last 7 days, on average",
    (_, cohort) => meanIn(cohort, 'active_days_7'),
  ),
  ofCourse(
    'course_trend_days',
    'days',
    -7,
    7,
    'the same less that of the week before',
    (_, cohort) => meanIn(cohort, 'active_days_7') - meanIn(cohort, 'active_days_week_2'),
  ),
];

/** Where a rank over the last days is against the rank so far: negative = fallen behind the others. */
function rankChange(recent: string, before: string): CohortFeature {
  return {
    ...rank(recent),
    name: `rank_change_${recent}`,
    low: -1,
    meaning: `rank in the course by ${recent} less the rank by ${before}`,
    idea: 'trend',
    of: recent,
    compute: (own, cohort) => rankOf(cohort, recent, own(recent)) - rankOf(cohort, before, own(before)),
  };
}

const COHORT: readonly CohortFeature[] = [
  ...RANKS_OF.map(rank),
  rankChange('activities_7', 'activities_per_week'),
  rankChange('active_days_14', 'active_days_share'),
  ...BASE.filter((f) => f.standardised).map(standardised),
  COURSE_ACTIVE,
  ...COURSE_DAYS,
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

const placed = BASE.map((feature, index) => ({ ...feature, index }));
const COMPARED = { ranked: placed.filter((f) => f.ranked), standardised: placed.filter((f) => f.standardised) };

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
  return cohortFrom(course_id, day, vectors, COMPARED);
}

/** The model's input, in the order of FEATURES. Without a cohort the comparisons are missing. */
export function completeFeatures(base: Float64Array, cohort: Cohort | null): Float32Array {
  const complete = new Float32Array(FEATURES.length).fill(NaN);
  complete.set(base);
  if (cohort === null) return complete;
  COHORT.forEach((feature, i) => {
    complete[BASE.length + i] = clamp(
      feature,
      feature.compute((name) => base[baseIndex.get(name)!]!, cohort),
    );
  });
  return complete;
}
