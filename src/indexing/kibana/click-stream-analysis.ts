/** "Click Stream Analysis": the click tables of the public demo, a panel each, and two that its version 4.1 had. */
import type { LogSpec } from '../click-stream.js';
import type { IndexSpec } from '../documents.js';
import { CLICK_DAYS, CLICK_STREAM, outsideNames } from '../names.js';
import type { Dashboard, Panel, View } from './panel.js';

const of = (table: string) => outsideNames(table).index;
/** The demo has 41 users and 4 statuses of errors; a chart of more lines than this says nothing. */
const USERS_MAX = 50;
const STATUSES_MAX = 10;
/** A table's rows are nested: addresses × users × cities stay below the 65,535 buckets that Elasticsearch gives in one answer. */
const ADDRESSES_MAX = 100;
/** Several users may share a name, in several cities; what a code is called may change. */
const CITIES_MAX = 10;
const DEFINITIONS_MAX = 10;
/**
 * A window of these tables overlaps the next, so that one click is in several rows: of them the greatest is shown, not their sum. A
 * row stands where its window begins, every 20 s: looked at by 5 s they stand apart, as points.
 */
const POINTS = '5s';
/** Rows of whole minutes: finer, every other interval would be empty. */
const MINUTES = '1m';

const PANELS: readonly Panel[] = [
  {
    title: 'All events per user',
    meaning: 'Clicks of each user, by the minute in which they came.',
    index: of('events_per_min'),
    place: [0, 0, 24, 13],
    show: 'bars',
    interval: MINUTES,
    by: [{ field: 'userid', label: 'User', most: USERS_MAX }],
    values: [{ label: 'Clicks', fold: 'sum', field: 'events' }],
  },
  {
    title: 'Page views',
    meaning: 'Pages of each user in a minute: the most of the windows that began there.',
    index: of('pages_per_min'),
    place: [24, 0, 24, 13],
    show: 'lines',
    by: [{ field: 'userid', label: 'User', most: USERS_MAX }],
    values: [{ label: 'Pages a minute', fold: 'max', field: 'pages' }],
  },
  {
    title: 'Errors per minute',
    meaning: 'Clicks with a status above 400 in a minute: the most of the windows that began there.',
    index: of('errors_per_min'),
    place: [0, 13, 24, 13],
    show: 'lines',
    by: [{ field: 'status', label: 'Status', most: STATUSES_MAX }],
    values: [{ label: 'Errors a minute', fold: 'max', field: 'errors' }],
  },
  {
    title: '400 error alert',
    meaning: 'Windows in which a status above 400 came more than 5 times.',
    index: of('errors_per_min_alert'),
    place: [24, 13, 24, 13],
    show: 'points',
    interval: POINTS,
    by: [{ field: 'status', label: 'Status', most: STATUSES_MAX }],
    values: [{ label: 'Errors', fold: 'max', field: 'errors' }],
  },
  {
    title: 'User sessions',
    meaning: 'Clicks of the sessions of each user name, at the time of a session’s last click.',
    index: of('click_user_sessions'),
    place: [0, 26, 24, 13],
    show: 'bars',
    by: [{ field: 'username', label: 'User name', most: USERS_MAX }],
    values: [{ label: 'Clicks in sessions', fold: 'sum', field: 'events' }],
  },
  {
    title: 'Error codes with definitions',
    meaning: 'Clicks by status code and what it means, in half minutes that had more than one of them.',
    index: of('enriched_error_codes_count'),
    place: [24, 26, 24, 13],
    show: 'table',
    by: [
      { field: 'code', label: 'Code', most: STATUSES_MAX },
      { field: 'definition', label: 'Definition', most: DEFINITIONS_MAX },
    ],
    values: [{ label: 'Clicks', fold: 'sum', field: 'count' }],
  },
  {
    title: 'User–IP activity',
    meaning: 'Clicks of a user name from an address, in minutes that had more than one of them.',
    index: of('user_ip_activity'),
    place: [0, 39, 24, 15],
    show: 'table',
    by: [
      { field: 'ip', label: 'IP', most: ADDRESSES_MAX },
      { field: 'username', label: 'User name', most: USERS_MAX },
      { field: 'city', label: 'City', most: CITIES_MAX },
    ],
    values: [{ label: 'Hits', fold: 'sum', field: 'count' }],
  },
  {
    title: 'Malicious user sessions',
    meaning: 'Sessions of a user name from an address that drew more than 50 kbytes, by the time of their last click.',
    index: of('malicious_user_sessions'),
    place: [24, 39, 24, 15],
    show: 'table',
    by: [
      { field: 'username', label: 'User name', most: USERS_MAX },
      { field: 'ip', label: 'IP', most: ADDRESSES_MAX },
    ],
    values: [
      { label: 'Data (kbytes)', fold: 'sum', field: 'kbytes', decimals: 1 },
      { label: 'Sessions', fold: 'count' },
    ],
  },
  {
    title: 'Events per minute: min, max, average',
    meaning: 'Over the users who clicked in a minute.',
    index: of('events_per_min_max_avg'),
    place: [0, 54, 48, 13],
    show: 'lines',
    interval: MINUTES,
    values: [
      { label: 'Min', fold: 'min', field: 'min' },
      { label: 'Max', fold: 'max', field: 'max' },
      { label: 'Average', fold: 'average', field: 'avg', decimals: 2 },
    ],
  },
];

/** `indices`: those of the click tables, and of whole clicks. Each has a data view. */
export function clickStreamAnalysis(indices: readonly (IndexSpec | LogSpec)[]): Dashboard {
  return {
    id: 'holdfast-click-stream-analysis',
    title: 'Click Stream Analysis',
    description: 'Clicks of other sites in the last minutes. Made by Holdfast: loading it again replaces it.',
    from: 'now-15m',
    refresh_ms: 5_000,
    views: indices.map(viewOf),
    panels: PANELS,
  };
}

function viewOf({ index, meaning, properties }: IndexSpec | LogSpec): View {
  // A session is shown at its end: it may have begun long before, and still goes on.
  const time = SESSIONS.includes(index) ? 'window_end_ms' : '@timestamp';
  return { index: index === CLICK_STREAM ? `${CLICK_STREAM},${CLICK_DAYS}-*` : index, name: meaning, time, properties };
}

const SESSIONS = ['click_user_sessions', 'malicious_user_sessions', 'per_user_kbytes'].map(of);
