/** Features of the present silence, and of whether it is long for this student. */
import { enrolmentFeatures } from './definition.js';
import type { Facts } from './facts.js';

/** Fewer gaps than this say nothing about a person's own rhythm. */
const OWN_RHYTHM_GAPS_MIN = 2;

/**
 * Complete days without activity up to the cut-off; counted from the begin of the course where there was none at all.
 * @example cut-off 10, last active on day 9 → 0; last active on day 3 → 6
 */
export function daysSinceActivity({ active, cutoff_day, begin_day }: Facts): number {
  const last = active.at(-1);
  if (last !== undefined) return cutoff_day - 1 - last;
  return Math.max(0, cutoff_day - begin_day);
}

/** Middle of an ascending list; the mean of the two middle ones where their number is even. */
export function median(ascending: readonly number[]): number {
  const n = ascending.length;
  if (n === 0) return NaN;
  return (ascending[(n - 1) >> 1]! + ascending[n >> 1]!) / 2;
}

function silenceAgainstOwnGap(facts: Facts): number {
  if (facts.gaps.length < OWN_RHYTHM_GAPS_MIN) return NaN;
  return daysSinceActivity(facts) / median(facts.gaps_ascending);
}

/** Share of the student's own gaps that were longer than the present silence: 0 = never silent for so long. */
function ownGapsLonger(facts: Facts): number {
  const { gaps } = facts;
  if (gaps.length === 0) return NaN;
  const silent = daysSinceActivity(facts);
  return gaps.filter((gap) => gap > silent).length / gaps.length;
}

export const RECENCY_FEATURES = enrolmentFeatures([
  {
    name: 'days_since_activity',
    unit: 'days',
    low: 0,
    high: 365,
    meaning: 'complete days without activity up to now',
    scale: 'log',
    idea: 'recency',
    ranked: true,
    compute: daysSinceActivity,
  },
  {
    name: 'silence_vs_own_gap',
    unit: 'times',
    low: 0,
    high: 100,
    meaning: "the present silence against the student's own median gap",
    scale: 'log',
    idea: 'recency',
    ranked: true,
    compute: silenceAgainstOwnGap,
  },
  {
    name: 'own_gaps_longer',
    unit: 'share',
    low: 0,
    high: 1,
    meaning: "share of the student's own gaps that were longer than the present silence",
    idea: 'recency',
    compute: ownGapsLonger,
  },
]);
