/** Rows of click tables as readers see them: the columns of exports, REST, topics and documents. */
import type { ClickKey, JoinedClick } from '../click-ports.js';
import type { WindowRow } from '../domain.js';
import { type ClickTable, isPlatinumError } from './tables.js';

export type ShownRow = Record<string, ClickKey>;

/** Key columns, both ends of the window (of a session: its first and last click), values. */
export function windowRow({ declaration, values, shown }: ClickTable, row: WindowRow<ClickKey>): ShownRow {
  const { table, window } = declaration;
  const result: ShownRow = {};
  for (const [i, column] of table.key.entries()) result[column] = row.key[i]!;
  result.window_start_ms = row.start;
  result.window_end_ms = window.kind === 'session' ? row.end : row.start + window.size;
  const numbers = shown(row.values);
  for (const [i, column] of values.entries()) result[column] = numbers[i]!;
  return result;
}

/** `events_per_min_max_avg` is a table over `events_per_min`: windows of ten seconds over the minutes' starts, so one minute each. */
const OVER_MS = 10_000;

export function maxAvgRow({ key, start, values }: WindowRow<ClickKey>): ShownRow {
  const events = values[0]!;
  return { userid: key[0]!, window_start_ms: start, window_end_ms: start + OVER_MS, min: events, max: events, avg: events };
}

/** Clicks as they pass, one row each. */
export interface ClickStream {
  name: string;
  meaning: string;
  where: ((click: JoinedClick) => boolean) | null;
  row: (click: JoinedClick) => ShownRow;
}

/** `id` tells clicks of one moment apart. */
export const STREAMS: readonly ClickStream[] = [
  {
    name: 'user_clickstream',
    meaning: 'Clicks with what is known of their user',
    where: null,
    row: ({ time_ms, user_id: userid, username, ip, city, request, status, bytes, id }) =>
      ({ time_ms, userid, username, ip, city, request, status, bytes, id }), // biome-ignore format: columns in a row
  },
  {
    name: 'enriched_error_codes',
    meaning: 'Clicks with what their status code means',
    where: null,
    row: ({ time_ms, status: code, definition, id }) => ({ time_ms, code, definition, id }),
  },
  {
    name: 'platinum_customers_with_errors',
    meaning: 'Errors on pages that Platinum users met',
    where: isPlatinumError,
    row: ({ time_ms, user_id: userid, username, first_name, last_name, level, city, ip, request, status, bytes, id }) =>
      ({ time_ms, userid, username, first_name, last_name, level, city, ip, request, status, bytes, id }), // biome-ignore format: columns in a row
  },
];
