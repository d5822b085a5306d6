/** The click tables over the last minutes, as the public demo's dashboard has them. */
import type { ClickStore } from '../click-ports.js';
import type { ClickTables } from './click-tables.js';
import { Buckets, type PanelChart, type PanelsAnswer, type Span, spanOf } from './panels.js';
import type { TableRow } from './table-infos.js';

/** Looked at in one table at one time: the demo's traffic of a day, or a busy site's quarter of an hour. */
const ROWS_MAX = 50_000;
/** More lines than this in one chart say nothing. */
const SERIES_MAX = 4;
const TABLE_ROWS_MAX = 10;
const MINUTE_MS = 60_000;

export interface ClickPanelsParts {
  store: Pick<ClickStore, 'clock'>;
  tables: Pick<ClickTables, 'rows'>;
}

export async function clickPanels({ store, tables }: ClickPanelsParts, minutes: number): Promise<PanelsAnswer> {
  const until_ms = (await store.clock())?.now_ms ?? null;
  const span = spanOf((until_ms ?? 0) + 1, minutes);
  let cut = false;
  const rows = async (name: string): Promise<TableRow[]> => {
    const found: TableRow[] = [];
    for await (const row of tables.rows(name, { from_ms: span.from_ms, to_ms: span.until_ms })) {
      if (found.length === ROWS_MAX) {
        cut = true;
        break;
      }
      found.push(row);
    }
    return found;
  };
  const events = await rows('events_per_min');
  const errors = await rows('errors_per_min');
  const alerts = await rows('errors_per_min_alert');
  const pages = await rows('pages_per_min');
  const sessions = await rows('click_user_sessions');
  return {
    panels: 'clicks',
    from_ms: span.from_ms,
    until_ms,
    bucket_ms: span.bucket_ms,
    figures: [
      { name: 'hits', value: total(events, 'events') },
      { name: 'users', value: new Set(events.map((row) => row.userid)).size },
      { name: 'click_sessions', value: sessions.length },
    ],
    charts: [
      byColumn('errors_per_min_alert', 'points', span, alerts, 'status', 'errors'),
      byColumn('errors_per_min', 'lines', span, errors, 'status', 'errors'),
      pageViews(span, pages),
      leastMeanMost(span, events),
      byUser(span, events),
      byColumn('click_user_sessions', 'bars', span, sessions, 'username', 'events', 'sum'),
    ],
    tables: [
      table('enriched_error_codes_count', ['code', 'definition', 'count'], await rows('enriched_error_codes_count')),
      table('user_ip_activity', ['ip', 'username', 'city', 'count'], await rows('user_ip_activity')),
      table('malicious_user_sessions', ['username', 'ip', 'kbytes'], await rows('malicious_user_sessions')),
    ],
    cut,
  };
}

const total = (rows: readonly TableRow[], column: string) => rows.reduce((sum, row) => sum + Number(row[column]), 0);
const begin = (row: TableRow) => Number(row.window_start_ms);

/** Windows overlap: of those that begin in one bucket the greatest counts, not their sum. */
function byColumn(
  name: string,
  look: PanelChart['look'],
  span: Span,
  rows: readonly TableRow[],
  series: string,
  value: string,
  fold: 'max' | 'sum' = 'max',
): PanelChart {
  const buckets = new Buckets(span, fold, fold === 'sum' ? 0 : null);
  for (const row of rows) buckets.add(String(row[series]), begin(row), Number(row[value]));
  return buckets.chart(name, look, SERIES_MAX);
}

/** Pages of all users in the minute that begins at each moment: the greatest of a bucket. */
function pageViews(span: Span, rows: readonly TableRow[]): PanelChart {
  const moments = new Map<number, number>();
  for (const row of rows) moments.set(begin(row), (moments.get(begin(row)) ?? 0) + Number(row.pages));
  const buckets = new Buckets(span, 'max', null);
  for (const [at, pages] of moments) buckets.add('pages', at, pages);
  return buckets.chart('pages_per_min', 'lines', 1);
}

/** A minute is known in every bucket that it touches: with shorter buckets there would be gaps between, and no line to see. */
function leastMeanMost(span: Span, events: readonly TableRow[]): PanelChart {
  const charts = (['min', 'mean', 'max'] as const).map((fold) => {
    const buckets = new Buckets(span, fold, null);
    for (const row of events)
      for (let at = begin(row); at < begin(row) + MINUTE_MS; at += span.bucket_ms) buckets.add(fold, at, Number(row.events));
    return buckets.chart('events_per_min_max_avg', 'lines', 1);
  });
  return { ...charts[0]!, series: charts.flatMap(({ series }) => series) };
}

function byUser(span: Span, events: readonly TableRow[]): PanelChart {
  const buckets = new Buckets(span, 'sum', 0);
  for (const row of events) buckets.add(String(row.userid), begin(row), Number(row.events));
  return buckets.chart('events_per_min', 'bars', SERIES_MAX);
}

/** Rows alike in all but the last column are added up; the greatest first. */
function table(name: string, columns: string[], rows: readonly TableRow[]) {
  const value = columns.at(-1)!;
  const known = new Map<string, { row: TableRow; sum: number }>();
  for (const row of rows) {
    const key = JSON.stringify(columns.slice(0, -1).map((column) => row[column] ?? null));
    const one = known.get(key) ?? { row, sum: 0 };
    one.sum += Number(row[value]);
    known.set(key, one);
  }
  const greatest = [...known.values()].sort((a, b) => b.sum - a.sum).slice(0, TABLE_ROWS_MAX);
  const cells = ({ row, sum }: { row: TableRow; sum: number }) =>
    columns.map((column) => (column === value ? Math.round(sum * 10) / 10 : ((row[column] ?? null) as string | number | null)));
  return { name, columns, rows: greatest.map(cells) };
}
