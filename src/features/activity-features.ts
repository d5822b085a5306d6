/** Features of what the student did: how recently, how regularly, how much, of which kind. */
import { ACTIVITY_GROUPS } from '../domain.js';
import type { BaseFeature } from './definition.js';
import { type Facts, STREAK_WEEKS_MAX } from './facts.js';

type Written = Omit<BaseFeature, 'source' | 'scale' | 'ranked'> & { scale?: 'log'; ranked?: boolean };

/** Fills in what most definitions share. */
export function enrolmentFeatures(list: Written[]): BaseFeature[] {
  return list.map((feature) => ({
    ...feature,
    scale: feature.scale ?? 'linear',
    ranked: feature.ranked ?? false,
    source: 'enrolment',
  }));
}

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

const mean = (values: readonly number[]): number =>
  values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Weeks in a row with activity, back from the cut-off. */
function weeksInARow(active_weeks: number): number {
  let weeks = 0;
  while (weeks < STREAK_WEEKS_MAX && active_weeks & (1 << weeks)) weeks++;
  return weeks;
}

/** Last 7 days against a mean week of the three before, as a log ratio: 0 = the same, −0.69 = half. */
function trendActivities({ last }: Facts): number {
  if (last[28].active_days === 0) return NaN;
  return Math.log((last[7].activities + 1) / ((last[28].activities - last[7].activities) / 3 + 1));
}

function trendActiveDays({ last }: Facts): number {
  if (last[28].active_days === 0) return NaN;
  return last[7].active_days - (last[28].active_days - last[7].active_days) / 3;
}

function silenceAgainstOwnGap(facts: Facts): number {
  if (facts.gaps.length < OWN_RHYTHM_GAPS_MIN) return NaN;
  return daysSinceActivity(facts) / median(facts.gaps);
}

/** Since the begin, so that browsing before the course does not count as regular work. */
function activeShare({ active, begin_day, days_on_course }: Facts): number {
  return active.filter((day) => day >= begin_day).length / days_on_course;
}

const weeklyActivities = (f: Facts): number => (f.activities_all / Math.max(7, f.days_on_course)) * 7;

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
    name: 'median_gap_days',
    unit: 'days',
    low: 1,
    high: 90,
    meaning: 'median distance between two active days',
    scale: 'log',
    idea: 'rhythm',
    ranked: true,
    compute: ({ gaps }) => median(gaps),
  },
  {
    name: 'mean_gap_days',
    unit: 'days',
    low: 1,
    high: 90,
    meaning: 'mean distance between two active days',
    scale: 'log',
    idea: 'rhythm',
    ranked: true,
    compute: ({ gaps }) => mean(gaps),
  },
  {
    name: 'longest_gap_days',
    unit: 'days',
    low: 1,
    high: 180,
    meaning: 'longest distance between two active days',
    scale: 'log',
    idea: 'rhythm',
    compute: ({ gaps }) => gaps.at(-1) ?? NaN,
  },
  {
    name: 'active_days_share',
    unit: 'share',
    low: 0,
    high: 1,
    meaning: 'active days since the begin over all days since the begin',
    idea: 'rhythm',
    ranked: true,
    compute: activeShare,
  },
]);

const windowed = ([7, 14, 28] as const).flatMap((days): Written[] => [
  {
    name: `active_days_${days}`,
    unit: 'days',
    low: 0,
    high: days,
    meaning: `days with activity among the last ${days}`,
    idea: 'amount',
    ranked: true,
    compute: ({ last }) => last[days].active_days,
  },
  {
    name: `activities_${days}`,
    unit: 'activities',
    low: 0,
    high: 20_000,
    meaning: `activities in the last ${days} days`,
    scale: 'log',
    idea: 'amount',
    ranked: true,
    compute: ({ last }) => last[days].activities,
  },
]);

export const AMOUNT_FEATURES = enrolmentFeatures([
  ...windowed,
  {
    name: 'activities_per_week',
    unit: 'activities',
    low: 0,
    high: 10_000,
    meaning: 'activities a week since the begin',
    scale: 'log',
    idea: 'amount',
    ranked: true,
    compute: weeklyActivities,
  },
  {
    name: 'active_weeks_4',
    unit: 'weeks',
    low: 0,
    high: 4,
    meaning: 'weeks with activity among the last 4',
    idea: 'rhythm',
    compute: ({ active_weeks }) => [0, 1, 2, 3].filter((week) => active_weeks & (1 << week)).length,
  },
  {
    name: 'weeks_in_a_row',
    unit: 'weeks',
    low: 0,
    high: STREAK_WEEKS_MAX,
    meaning: 'weeks in a row with activity, back from now',
    scale: 'log',
    idea: 'rhythm',
    compute: ({ active_weeks }) => weeksInARow(active_weeks),
  },
  {
    name: 'trend_activities',
    unit: 'log ratio',
    low: -8,
    high: 8,
    meaning: 'activities of the last 7 days against a mean week of the three before',
    idea: 'trend',
    ranked: true,
    compute: trendActivities,
  },
  {
    name: 'trend_active_days',
    unit: 'days',
    low: -7,
    high: 7,
    meaning: 'active days of the last 7 less those of a mean week of the three before',
    idea: 'trend',
    ranked: true,
    compute: trendActiveDays,
  },
]);

export const KIND_FEATURES = enrolmentFeatures(
  ACTIVITY_GROUPS.map(
    (group, index): Written => ({
      name: `${group}_28`,
      unit: 'activities',
      low: 0,
      high: 20_000,
      meaning: `activities of the group ${group} in the last 28 days`,
      scale: 'log',
      idea: 'kinds',
      ranked: true,
      compute: ({ groups_28 }) => groups_28[index]!,
    }),
  ),
);

/** Missing, not zero, where the source has days only. */
const withSessions =
  (compute: (facts: Facts) => number) =>
  (facts: Facts): number =>
    facts.history.sessions_known ? compute(facts) : NaN;

export const SESSION_FEATURES = enrolmentFeatures([
  {
    name: 'sessions_14',
    unit: 'sessions',
    low: 0,
    high: 500,
    meaning: 'sessions begun in the last 14 days',
    scale: 'log',
    idea: 'sessions',
    ranked: true,
    compute: withSessions(({ last }) => last[14].sessions),
  },
  {
    name: 'sessions_28',
    unit: 'sessions',
    low: 0,
    high: 1_000,
    meaning: 'sessions begun in the last 28 days',
    scale: 'log',
    idea: 'sessions',
    ranked: true,
    compute: withSessions(({ last }) => last[28].sessions),
  },
  {
    name: 'mean_session_minutes_28',
    unit: 'minutes',
    low: 0,
    high: 600,
    meaning: 'mean duration of the sessions of the last 28 days',
    scale: 'log',
    idea: 'sessions',
    ranked: true,
    compute: withSessions(({ last, duration_s_28 }) => (last[28].sessions === 0 ? NaN : duration_s_28 / last[28].sessions / 60)),
  },
]);
