/** What the click tables are called, what their columns hold, and in what order rows come. */
import type { JoinedClick } from '../click-ports.js';
import { STREAMS } from '../clickstream/rows.js';
import { clickTables, EVENT_COUNTS } from '../clickstream/tables.js';
import type { ColumnType, TableInfo } from './table-infos.js';

/** A column that is not named here holds a whole number. */
const TYPES: Record<string, ColumnType> = {
  userid: 'identifier',
  kbytes: 'number',
  avg: 'number',
  ...Object.fromEntries(
    ['username', 'ip', 'city', 'definition', 'event_name', 'request', 'first_name', 'last_name', 'level', 'id'].map((c) => [
      c,
      'text',
    ]),
  ),
};
const WINDOW = ['window_start_ms', 'window_end_ms'];
/** What a stream's row always has; anything else may be unknown of a click. */
const ALWAYS = ['time_ms', 'id'];
/** A stream's columns are those of its rows, of whatever click. */
const NOTHING = {} as JoinedClick;

const column = (name: string, nullable = false) => ({ name, type: TYPES[name] ?? 'integer', nullable });

/** Names and columns are the same for the windows of every version. */
export const CLICK_TABLES: readonly TableInfo[] = [
  ...clickTables().map(({ name, meaning, declaration: { table }, values }) => ({
    name,
    meaning,
    key: [...table.key, 'window_start_ms'],
    columns: [...table.key, ...WINDOW, ...values].map((c) => column(c)),
  })),
  {
    name: 'events_per_min_max_avg',
    meaning: 'Least, most and mean of a user’s clicks a minute',
    key: ['userid', 'window_start_ms'],
    columns: ['userid', ...WINDOW, 'min', 'max', 'avg'].map((c) => column(c)),
  },
  {
    name: EVENT_COUNTS.table.name,
    meaning: 'Product events by name, ever',
    key: ['event_name'],
    columns: ['event_name', 'count'].map((c) => column(c)),
  },
  ...STREAMS.map(({ name, meaning, row }) => ({
    name,
    meaning,
    key: ['time_ms', 'id'],
    columns: Object.keys(row(NOTHING)).map((c) => column(c, !ALWAYS.includes(c))),
  })),
];
