/** What a feature is: a number with a name, a unit, bounds and a meaning, defined once for scoring and training. */
import type { Cohort } from '../domain.js';
import type { Facts } from './facts.js';

/** Features of one idea tell the same story in several ways; a list of reasons shows each idea once. */
export type Idea =
  | 'recency'
  | 'rhythm'
  | 'amount'
  | 'trend'
  | 'kinds'
  | 'sessions'
  | 'calendar'
  | 'start'
  | 'hand-ins'
  | 'marks'
  | 'timing'
  | 'ahead';

export type Unit =
  | 'days'
  | 'activities'
  | 'sessions'
  | 'minutes'
  | 'weeks'
  | 'times'
  | 'assessments'
  | 'percent'
  | 'share'
  | 'sd'
  | 'nats'
  | 'log ratio';

interface Common {
  name: string;
  unit: Unit;
  /** Bounds, inclusive. A value outside is clamped, so one broken row cannot move a score without limit. */
  low: number;
  high: number;
  meaning: string;
  /** How a model reads it: `log` = sign(x) · ln(1 + |x|), for counts and durations with a long tail. */
  scale: 'linear' | 'log';
  idea: Idea;
  /** True when the course's values are kept in the cohort snapshot as quantiles, for ranks and medians. */
  ranked: boolean;
  /** True when it is also given as a distance from the course's mean; the calendar is the same for all, so it is not. */
  standardised: boolean;
}

/** Computed from one enrolment alone. NaN = missing. */
export interface BaseFeature extends Common {
  source: 'enrolment';
  compute(facts: Facts): number;
}

/** Computed from the enrolment's base features and the course's cohort. NaN = missing. */
export interface CohortFeature extends Common {
  source: 'cohort';
  /** The base feature that it compares; null for a property of the course. */
  of: string | null;
  /** `own` gives the student's own base features by name. */
  compute(own: (feature: string) => number, cohort: Cohort): number;
}

export type FeatureDefinition = BaseFeature | CohortFeature;

/** Digits kept after the decimal point: a millionth is below every unit used, and quantiles stay short in the store. */
const DECIMALS = 1e6;

/**
 * Inside the bounds and rounded; NaN stays NaN.
 * @example clamp({ low: 0, high: 7 }, 9) → 7
 */
export function clamp(bounds: { low: number; high: number }, value: number): number {
  if (Number.isNaN(value)) return NaN;
  const inside = Math.min(bounds.high, Math.max(bounds.low, value));
  return Math.round(inside * DECIMALS) / DECIMALS + 0; // + 0: never −0
}

/** sign(x) · ln(1 + |x|): 0 stays 0, 1,000 becomes 6.9. */
export function signedLog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

/** As a model reads the feature. */
export function scaled(feature: { scale: 'linear' | 'log' }, value: number): number {
  return feature.scale === 'log' ? signedLog(value) : value;
}

type Written = Omit<BaseFeature, 'source' | 'scale' | 'ranked' | 'standardised'> & { scale?: 'log'; ranked?: boolean };

/** Fills in what most definitions share. */
export function enrolmentFeatures(list: readonly Written[]): BaseFeature[] {
  return list.map((feature) => ({
    ...feature,
    scale: feature.scale ?? 'linear',
    ranked: feature.ranked ?? false,
    standardised: feature.idea !== 'calendar',
    source: 'enrolment',
  }));
}
