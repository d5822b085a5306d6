/** What each threshold and each staff capacity would have meant in terms that are over. */
import type { Target } from '../domain.js';
import { figuresOf, type ListFigures } from './list-figures.js';
import { type AlertRules, alertListing, type Capacity, capacityListing } from './listing.js';
import type { ReplayedCourse } from './replay.js';

/** 0.05, 0.10 … 0.95. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
export const SHARES: readonly number[] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3];

export interface SimulationOptions {
  target: Target;
  thresholds: readonly number[];
  capacities: readonly Capacity[];
  /** Staff talks with the student so many days after an alert opened; null = nobody touches one. */
  contact_after_days: number | null;
}

export type ThresholdFigures = { threshold: number } & ListFigures;
export type CapacityFigures = { share: number | null; calls_max: number | null } & ListFigures;

export function simulate(
  courses: readonly ReplayedCourse[],
  { target, thresholds, capacities, contact_after_days }: SimulationOptions,
  rules: AlertRules,
): { thresholds: ThresholdFigures[]; capacities: CapacityFigures[] } {
  const listed = (listingOf: (course: ReplayedCourse) => ReturnType<typeof capacityListing>) =>
    figuresOf(
      courses.map((replayed) => ({ replayed, listing: listingOf(replayed) })),
      target,
    );
  return {
    thresholds: thresholds.map((threshold) => ({
      threshold,
      ...listed((course) => alertListing(course, threshold, rules, contact_after_days)),
    })),
    capacities: capacities.map((capacity) => ({
      share: 'share' in capacity ? capacity.share : null,
      calls_max: 'calls' in capacity ? capacity.calls : null,
      ...listed((course) => capacityListing(course, capacity)),
    })),
  };
}
