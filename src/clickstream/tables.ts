/**
 * The windowed tables of clicks, each a declaration on the windows engine. Names, windows and filters are those of the public demos
 * that they come from: ksqlDB's clickstream (versions 4.1 to 8.2) and what a well-known homework on it adds.
 *
 * Rows are stored whole, whether they pass HAVING or not, and with bytes as they were counted; readers see `shown` columns.
 */
import type { ClickKey, JoinedClick } from '../click-ports.js';
import {
  type Aggregate,
  always,
  count,
  defineTable,
  hopping,
  session,
  sum,
  type TableDeclaration,
  tumbling,
  type WindowKind,
} from '../windows/declaration.js';
import type { Having } from '../windows/having.js';

const S = 1_000;
const MIN = 60 * S;
/** Clicks may be this late; later ones are counted as late and left out. It bounds what is held in memory. */
export const CLICK_GRACE_MS = 24 * 60 * MIN;
const BYTES_PER_KBYTE = 1_024;

/** A column as it is folded, and as it is shown. */
interface Value {
  fold: Aggregate;
  shown?: (value: number) => number;
}

export interface ClickTable {
  name: string;
  meaning: string;
  /** What the engine and the store keep. Its key columns have the names that are shown. */
  declaration: TableDeclaration;
  /** A null in any part leaves the click out of this table. */
  key: (click: JoinedClick) => readonly ClickKey[];
  where: ((click: JoinedClick) => boolean) | null;
  having: Having | null;
  /** Shown value columns, and how each is made of the stored one. */
  values: readonly string[];
  shown: (values: readonly number[]) => number[];
}

/** Numbers that come with each click, in this order: its bytes, and whether it is its visitor's first of the minute. */
export const FIELDS = ['bytes', 'first'] as const;

interface Options {
  name: string;
  meaning: string;
  window: WindowKind;
  key: Record<string, (click: JoinedClick) => ClickKey>;
  values: Record<string, Value>;
  where?: (click: JoinedClick) => boolean;
  having?: Having;
}

/** Of which version of the demo the windows are. */
export const CLICK_VERSIONS = ['newest', '5.5', '4.1'] as const;
export type ClickVersion = (typeof CLICK_VERSIONS)[number];

const hits: Value = { fold: count() };
const kbytes: Value = { fold: sum('bytes'), shown: (bytes) => bytes / BYTES_PER_KBYTE };
const visitors: Value = { fold: sum('first') };
const userid = (c: JoinedClick) => c.user_id;
const username = (c: JoinedClick) => c.username;
const ip = (c: JoinedClick) => c.ip;
const status = (c: JoinedClick) => c.status;
const city = (c: JoinedClick) => c.city;
const definition = (c: JoinedClick) => c.definition;

export const isPage = ({ request }: JoinedClick) => request?.includes('html') ?? false;
/** Strictly above 400, as the demo has it: a 400 is none. */
export const isError = (c: JoinedClick) => c.status !== null && c.status > 400;
export const isPlatinumError = (c: JoinedClick) => c.level === 'Platinum' && isError(c) && isPage(c);
const moreThan =
  (least: number): Having =>
  (values) =>
    values[0]! > least;
const moreThanKbytes =
  (least: number): Having =>
  (values) =>
    values[0]! / BYTES_PER_KBYTE > least;

/** All of them, with the windows of a version. */
export function clickTables(version: ClickVersion = 'newest'): ClickTable[] {
  const userGap = version === '4.1' ? 300 * S : 30 * S;
  const alert = version === '5.5' ? hopping(30 * S, 20 * S) : hopping(MIN, 20 * S);
  // biome-ignore format: a table, a line each
  const declared: Options[] = [
    { name: 'events_per_min', meaning: 'Clicks of a user in a minute', window: tumbling(MIN), key: { userid }, values: { events: hits } },
    { name: 'pages_per_min', meaning: 'Pages of a user in a minute, every 5 seconds', window: hopping(MIN, 5 * S), key: { userid }, values: { pages: hits }, where: isPage },
    { name: 'click_user_sessions', meaning: 'Sessions of a user name', window: session(userGap), key: { username }, values: { events: hits } },
    { name: 'errors_per_min', meaning: 'Errors of a status in a minute, every 5 seconds', window: hopping(MIN, 5 * S), key: { status }, values: { errors: hits }, where: isError },
    { name: 'errors_per_min_alert', meaning: 'The same every 20 seconds, where more than 5', window: alert, key: { status }, values: { errors: hits }, where: isError, having: moreThan(5) },
    { name: 'enriched_error_codes_count', meaning: 'Clicks of a status code in half a minute, where more than 1', window: tumbling(30 * S), key: { code: status, definition }, values: { count: hits }, having: moreThan(1) },
    { name: 'user_ip_activity', meaning: 'Clicks of a user name from an address in a minute, where more than 1', window: tumbling(MIN), key: { username, ip, city }, values: { count: hits }, having: moreThan(1) },
    { name: 'per_user_kbytes', meaning: 'Data of a user name’s sessions', window: session(300 * S), key: { username }, values: { kbytes } },
    { name: 'malicious_user_sessions', meaning: 'Sessions of a user name from an address that drew more than 50 kbytes', window: session(300 * S), key: { username, ip }, values: { kbytes }, having: moreThanKbytes(50) },
    { name: 'platinum_errors_per_5_min', meaning: 'Errors on pages that a Platinum user met in five minutes', window: tumbling(5 * MIN), key: { userid }, values: { errors: hits }, where: isPlatinumError },
    { name: 'visitors_per_min', meaning: 'Clicks, distinct visitors (addresses) and data in a minute', window: tumbling(MIN), key: {}, values: { hits, visitors, kbytes } },
  ];
  return declared.map(define);
}

/** Who was there in a minute, so that `visitors_per_min` counts each of them once. Kept, never shown. */
export const VISITS = defineTable({
  table: { name: 'visits_per_min', key: ['visitor'], start: 'window_start_ms', end: null, values: ['clicks'] },
  window: tumbling(MIN),
  aggregates: [count()],
  grace: CLICK_GRACE_MS,
  late: 'drop',
});

/** A visitor is an address, or a user where no address is known. */
export function visitorOf({ ip, user_id }: JoinedClick): ClickKey {
  return ip ?? user_id;
}

function define({ name, meaning, window, key, values, where, having }: Options): ClickTable {
  const parts = Object.values(key);
  const columns = Object.values(values);
  return {
    name,
    meaning,
    declaration: defineTable({
      table: {
        name,
        key: Object.keys(key),
        start: 'window_start_ms',
        end: window.kind === 'session' ? 'window_end_ms' : null,
        values: columns.map(({ fold }, i) => fold.field ?? Object.keys(values)[i]!),
      },
      window,
      aggregates: columns.map(({ fold }) => fold),
      fields: [...FIELDS],
      grace: CLICK_GRACE_MS,
      late: 'drop',
    }),
    key: (click) => parts.map((part) => part(click)),
    where: where ?? null,
    having: having ?? null,
    values: Object.keys(values),
    shown: (stored) => stored.map((value, i) => columns[i]!.shown?.(value) ?? value),
  };
}

/** Product events by name, for all time. */
export const EVENT_COUNTS = defineTable({
  table: { name: 'event_counts', key: ['event_name'], start: 'start', end: null, values: ['count'] },
  window: always(),
  aggregates: [count()],
  grace: CLICK_GRACE_MS,
  late: 'merge',
});
