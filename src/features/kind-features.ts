/** Features of what the student works with, and in which sittings. */
import { ACTIVITY_GROUPS } from '../domain.js';
import { enrolmentFeatures } from './definition.js';
import type { Facts } from './facts.js';

const ACTIVITIES_MAX = 20_000;

export const KIND_FEATURES = ACTIVITY_GROUPS.flatMap((group, g) =>
  enrolmentFeatures([
    {
      name: `${group}_7`,
      unit: 'activities',
      low: 0,
      high: ACTIVITIES_MAX,
      meaning: `activities of the group ${group} in the last 7 days`,
      scale: 'log',
      idea: 'kinds',
      compute: ({ groups }) => groups[g]!.activities_7,
    },
    {
      name: `${group}_28`,
      unit: 'activities',
      low: 0,
      high: ACTIVITIES_MAX,
      meaning: `activities of the group ${group} in the last 28 days`,
      scale: 'log',
      idea: 'kinds',
      ranked: true,
      compute: ({ groups }) => groups[g]!.activities_28,
    },
    {
      name: `${group}_days_28`,
      unit: 'days',
      low: 0,
      high: 28,
      meaning: `days with activity of the group ${group} among the last 28`,
      idea: 'kinds',
      compute: ({ groups }) => groups[g]!.active_days_28,
    },
    {
      name: `${group}_per_week`,
      unit: 'activities',
      low: 0,
      high: ACTIVITIES_MAX,
      meaning: `activities of the group ${group} a week since the begin`,
      scale: 'log',
      idea: 'kinds',
      compute: (facts) => (facts.groups[g]!.activities_all / Math.max(7, facts.days_on_course)) * 7,
    },
    {
      name: `days_since_${group}`,
      unit: 'days',
      low: 0,
      high: 365,
      meaning: `complete days without activity of the group ${group}; those since the begin where there was none`,
      scale: 'log',
      idea: 'kinds',
      compute: ({ groups, cutoff_day, days_on_course }) =>
        groups[g]!.last_day === -Infinity ? days_on_course : cutoff_day - 1 - groups[g]!.last_day,
    },
  ]),
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
