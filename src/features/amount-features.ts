/** Features of how much the student does, lately and so far, and of where that is heading. */
import { enrolmentFeatures } from './definition.js';
import { type Facts, FIRST_DAYS, HALF_LIVES, WINDOWS } from './facts.js';
import { deviation, mean, ownWeeks } from './rhythm-features.js';

/** Fewer complete weeks than this show no direction. */
const TREND_WEEKS_MIN = 3;
/** Added to a person's own weekly deviation, so that a very even student is not alarming at every change. */
const OWN_DEVIATION_MIN = 0.5;
/** Windows whose course values are kept as quantiles: those with a sentence. */
const RANKED_WINDOWS: readonly number[] = [7, 14, 28];

/** Last 7 days against a mean week of the three before, as a log ratio: 0 = the same, −0.69 = half. */
function trendActivities({ last }: Facts): number {
  if (last[28].active_days === 0) return NaN;
  return Math.log((last[7].activities + 1) / ((last[28].activities - last[7].activities) / 3 + 1));
}

function trendActiveDays({ last }: Facts): number {
  if (last[28].active_days === 0) return NaN;
  return last[7].active_days - (last[28].active_days - last[7].active_days) / 3;
}

/** Least-squares slope of the weekly log activities over the last weeks, at most eight: 0.69 = doubled each week. */
function weeklySlope(facts: Facts): number {
  const weeks = ownWeeks(facts);
  if (weeks.length < TREND_WEEKS_MIN) return NaN;
  const middle = (weeks.length - 1) / 2;
  let product = 0;
  let square = 0;
  weeks.forEach((value, week) => {
    product += (middle - week) * value; // the list begins with the present week
    square += (middle - week) ** 2;
  });
  return product / square;
}

/** The present week against the student's own weeks before, in their standard deviations. */
function againstOwnWeeks(facts: Facts): number {
  const [now, ...before] = ownWeeks(facts);
  if (now === undefined || before.length < TREND_WEEKS_MIN - 1) return NaN;
  return (now - mean(before)) / (deviation(before) + OWN_DEVIATION_MIN);
}

function firstDays({ active, history }: Facts): number {
  const start_day = history.course_start_day;
  return start_day === null ? NaN : active.filter((day) => day >= start_day && day < start_day + FIRST_DAYS).length;
}

const windowed = WINDOWS.flatMap((days) =>
  enrolmentFeatures([
    {
      name: `active_days_${days}`,
      unit: 'days',
      low: 0,
      high: days,
      meaning: `days with activity among the last ${days}`,
      idea: 'amount',
      ranked: RANKED_WINDOWS.includes(days),
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
      ranked: RANKED_WINDOWS.includes(days),
      compute: ({ last }) => last[days].activities,
    },
  ]),
);

const weekly = [2, 3, 4].flatMap((week) =>
  enrolmentFeatures([
    {
      name: `active_days_week_${week}`,
      unit: 'days',
      low: 0,
      high: 7,
      meaning: `days with activity in the week ${week} back from now (1 = the last 7 days)`,
      idea: 'trend',
      compute: ({ weeks }) => weeks[week - 1]!.active_days,
    },
    {
      name: `activities_week_${week}`,
      unit: 'activities',
      low: 0,
      high: 20_000,
      meaning: `activities in the week ${week} back from now (1 = the last 7 days)`,
      scale: 'log',
      idea: 'trend',
      compute: ({ weeks }) => weeks[week - 1]!.activities,
    },
  ]),
);

const decayed = HALF_LIVES.flatMap((days, h) =>
  enrolmentFeatures([
    {
      name: `active_decayed_${days}`,
      unit: 'days',
      low: 0,
      high: 60,
      meaning: `active days, each counting half after ${days} days`,
      idea: 'amount',
      compute: (facts) => facts.decayed.active[h]!,
    },
    {
      name: `activities_decayed_${days}`,
      unit: 'log ratio',
      low: 0,
      high: 500,
      meaning: `log activities of the days, each counting half after ${days} days`,
      idea: 'amount',
      compute: (facts) => facts.decayed.log_activities[h]!,
    },
  ]),
);

export const AMOUNT_FEATURES = [
  ...windowed,
  ...decayed,
  ...enrolmentFeatures([
    {
      name: 'activities_per_week',
      unit: 'activities',
      low: 0,
      high: 10_000,
      meaning: 'activities a week since the begin',
      scale: 'log',
      idea: 'amount',
      ranked: true,
      compute: (f) => (f.activities_all / Math.max(7, f.days_on_course)) * 7,
    },
    {
      name: 'active_days_all',
      unit: 'days',
      low: 0,
      high: 400,
      meaning: 'days with activity so far',
      scale: 'log',
      idea: 'amount',
      compute: ({ active }) => active.length,
    },
    {
      name: 'active_days_first_14',
      unit: 'days',
      low: 0,
      high: FIRST_DAYS,
      meaning: `days with activity among the first ${FIRST_DAYS} of the course`,
      idea: 'start',
      compute: firstDays,
    },
  ]),
];

export const TREND_FEATURES = [
  ...weekly,
  ...enrolmentFeatures([
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
    {
      name: 'weekly_slope',
      unit: 'log ratio',
      low: -8,
      high: 8,
      meaning: 'change of the log activities from week to week over the last weeks, at most eight',
      idea: 'trend',
      compute: weeklySlope,
    },
    {
      name: 'week_vs_own_weeks',
      unit: 'sd',
      low: -16,
      high: 16,
      meaning: "the last 7 days against the student's own weeks before, in their standard deviations",
      idea: 'trend',
      compute: againstOwnWeeks,
    },
  ]),
];
