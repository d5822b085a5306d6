/** Features of how regularly the student comes. */
import { enrolmentFeatures } from './definition.js';
import { type Facts, OWN_WEEKS, STREAK_WEEKS_MAX } from './facts.js';
import { median } from './recency-features.js';

/** Fewer active days than this show no weekday rhythm. */
const WEEKDAY_DAYS_MIN = 3;
/** A gap of more than a week: a whole week was missed. */
const LONG_GAP_DAYS = 7;
/** The latest gaps, that tell how the student comes now. */
const LATEST_GAPS = 5;

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** Weeks in a row with activity, back from the cut-off. */
function weeksInARow(active_weeks: number): number {
  let weeks = 0;
  while (weeks < STREAK_WEEKS_MAX && active_weeks & (1 << weeks)) weeks++;
  return weeks;
}

/** Since the begin, so that browsing before the course does not count as regular work. */
function activeShare({ active, begin_day, days_on_course }: Facts): number {
  return active.filter((day) => day >= begin_day).length / days_on_course;
}

/** Shannon's entropy of the active days over the weekdays, in nats: 0 = always the same weekday, ln 7 = any. */
function weekdayEntropy({ weekdays }: Facts): number {
  const days = weekdays.reduce((sum, count) => sum + count, 0);
  if (days < WEEKDAY_DAYS_MIN) return NaN;
  return weekdays.reduce((sum, count) => (count === 0 ? sum : sum - (count / days) * Math.log(count / days)), 0);
}

/** ln(1 + activities) of each week on the course, the present one first, at most eight. */
export function ownWeeks({ weeks, cutoff_day, history, begin_day }: Facts): number[] {
  const from = history.course_start_day ?? begin_day;
  const complete = Math.max(0, Math.floor((cutoff_day - from) / 7));
  return weeks.slice(0, Number.isNaN(complete) ? 0 : Math.min(complete, OWN_WEEKS)).map((week) => Math.log1p(week.activities));
}

export const RHYTHM_FEATURES = enrolmentFeatures([
  {
    name: 'median_gap_days',
    unit: 'days',
    low: 1,
    high: 90,
    meaning: 'median distance between two active days',
    scale: 'log',
    idea: 'rhythm',
    ranked: true,
    compute: ({ gaps_ascending }) => median(gaps_ascending),
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
    name: 'latest_gaps_days',
    unit: 'days',
    low: 1,
    high: 90,
    meaning: `mean of the latest ${LATEST_GAPS} distances between two active days`,
    scale: 'log',
    idea: 'rhythm',
    compute: ({ gaps }) => mean(gaps.slice(-LATEST_GAPS)),
  },
  {
    name: 'longest_gap_days',
    unit: 'days',
    low: 1,
    high: 180,
    meaning: 'longest distance between two active days',
    scale: 'log',
    idea: 'rhythm',
    compute: ({ gaps_ascending }) => gaps_ascending.at(-1) ?? NaN,
  },
  {
    name: 'gap_deviation_days',
    unit: 'days',
    low: 0,
    high: 90,
    meaning: 'standard deviation of the distances between two active days',
    scale: 'log',
    idea: 'rhythm',
    compute: ({ gaps }) => deviation(gaps),
  },
  {
    name: 'long_gaps',
    unit: 'times',
    low: 0,
    high: 50,
    meaning: 'times with more than a week between two active days',
    scale: 'log',
    idea: 'rhythm',
    compute: ({ gaps }) => gaps.filter((gap) => gap > LONG_GAP_DAYS).length,
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
    name: 'weekday_entropy',
    unit: 'nats',
    low: 0,
    high: 1.95,
    meaning: 'how evenly the active days are spread over the weekdays',
    idea: 'rhythm',
    compute: weekdayEntropy,
  },
  {
    name: 'weekly_deviation',
    unit: 'log ratio',
    low: 0,
    high: 8,
    meaning: 'standard deviation of the log activities of the weeks before the present one',
    idea: 'rhythm',
    compute: (facts) => deviation(ownWeeks(facts).slice(1)),
  },
]);
