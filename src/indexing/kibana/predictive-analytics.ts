/** "Predictive Analytics": sessions, and students whose score is above the threshold. */
import type { IndexSpec } from '../documents.js';
import { OUTSIDE_NAMES } from '../names.js';
import type { Dashboard, Panel } from './panel.js';

const SESSIONS = OUTSIDE_NAMES.sessions.index;
const IN_RISK = OUTSIDE_NAMES.in_risk.index;
const RISK = 'Students with a scheduled score above the threshold in this time; each counts once, in however many courses.';

const PANELS: readonly Panel[] = [
  {
    title: 'Sessions count',
    meaning: 'Sessions that began in this time, open ones too. A session that was merged into another is none.',
    index: SESSIONS,
    place: [0, 0, 12, 8],
    show: 'figure',
    values: [{ label: 'Sessions', fold: 'count' }],
  },
  {
    title: 'Average session duration',
    meaning:
      'Mean over the sessions that began in this time, from the first activity to the last; a session of one activity has 0 s.',
    index: SESSIONS,
    place: [12, 0, 12, 8],
    show: 'figure',
    values: [{ label: 'Average session duration (s)', fold: 'average', field: 'duration_s', decimals: 1 }],
  },
  {
    title: 'Average activities per session',
    meaning: 'Mean over the sessions that began in this time.',
    index: SESSIONS,
    place: [24, 0, 12, 8],
    show: 'figure',
    values: [{ label: 'Average activities per session', fold: 'average', field: 'activities', decimals: 2 }],
  },
  {
    title: 'Students in risk count',
    meaning: RISK,
    index: IN_RISK,
    place: [36, 0, 12, 8],
    show: 'figure',
    values: [{ label: 'Students in risk', fold: 'unique_count', field: 'user_id' }],
  },
  {
    title: 'Sessions over time',
    meaning: 'Sessions by the time at which they began.',
    index: SESSIONS,
    place: [0, 8, 24, 15],
    show: 'bars',
    values: [{ label: 'Sessions', fold: 'count' }],
  },
  {
    title: 'Students in risk over time',
    meaning: RISK,
    index: IN_RISK,
    place: [24, 8, 24, 15],
    show: 'bars',
    values: [{ label: 'Students in risk', fold: 'unique_count', field: 'user_id' }],
  },
];

/** `indices`: those of the site's tables. Each has a data view, for Discover and for panels that people make themselves. */
export function predictiveAnalytics(indices: readonly IndexSpec[]): Dashboard {
  return {
    id: 'holdfast-predictive-analytics',
    title: 'Predictive Analytics',
    description:
      'Sessions of a Moodle site and students above the alert threshold. Made by Holdfast: loading it again replaces it.',
    from: 'now-30d',
    refresh_ms: 60_000,
    views: indices.map(({ index, meaning, properties }) => ({ index, name: meaning, time: '@timestamp', properties })),
    panels: PANELS,
  };
}
