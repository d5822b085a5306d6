/** What clicks became, as it is told outside: rows as readers see them, HAVING applied, and what is derived from them. */
import type { ClickKey, ClickOutboxEntry, ClickStore, JoinedClick } from '../click-ports.js';
import { maxAvgRow, type ShownRow, STREAMS, windowRow } from '../clickstream/rows.js';
import { type ClickTable, EVENT_COUNTS } from '../clickstream/tables.js';
import type { WindowChanges, WindowRow } from '../domain.js';
import type { Publication } from '../ports.js';
import { CLICK_TABLES } from '../reading/click-table-infos.js';
import { ClickTables } from '../reading/click-tables.js';
import { shown } from '../windows/having.js';
import { LatestRows } from './latest-rows.js';
import { paged } from './paged.js';

/** Whole clicks, one publication each: for sinks that make something of their own of them. Their row is a `JoinedClick`. */
export const CLICKS = 'clicks';
/** All counts of product events in one row, under one key: `{"productview":9278,"purchase":9301,"receiveAt":"2020-02-27T00:06:38UTC"}`. */
export const EVENT_SNAPSHOT = 'event_snapshot';

const MAX_AVG = 'events_per_min_max_avg';
const STREAM_NAMES: readonly string[] = STREAMS.map(({ name }) => name);
/** Tables whose rows change: the others are streams. */
export const CLICK_STATE_TABLES: readonly string[] = CLICK_TABLES.map(({ name }) => name).filter(
  (n) => !STREAM_NAMES.includes(n),
);
/** Everything that is told of clicks, by the names of the exports. */
export const CLICK_PUBLISHED_TABLES: readonly string[] = [...CLICK_TABLES.map(({ name }) => name), CLICKS, EVENT_SNAPSHOT];

const KEYS = new Map(CLICK_TABLES.map(({ name, key }) => [name, key]));

export class ClickPublications {
  readonly #declared: Map<string, ClickTable>;

  readonly #tables: ClickTables;

  constructor(
    private readonly store: ClickStore,
    declared: readonly ClickTable[],
    /** For what has no time of its own: the time of the click clock, or of the wall. */
    private readonly now: () => number,
  ) {
    this.#declared = new Map(declared.map((table) => [table.name, table]));
    this.#tables = new ClickTables(store, declared);
  }

  /** What these entries have to tell to a sink of these tables. */
  async ofEntries(entries: readonly ClickOutboxEntry[], tables: readonly string[]): Promise<Publication[]> {
    const telling = new LatestRows();
    for (const { windows, clicks } of entries) {
      for (const changes of windows) this.#changed(changes, telling);
      for (const click of clicks) for (const publication of ofClick(click, tables)) telling.put(publication);
    }
    const counted = entries.some(({ windows }) => windows.some(({ table }) => table.name === EVENT_COUNTS.table.name));
    if (counted && tables.includes(EVENT_SNAPSHOT)) telling.put(await this.#snapshot());
    return telling.of(tables);
  }

  /** All rows of a table as they stand. */
  async *all(table: string): AsyncGenerator<Publication> {
    if (table === EVENT_SNAPSHOT) yield await this.#snapshot();
    else if (table === CLICKS) for await (const click of this.#clicks()) yield ofWhole(click);
    else for await (const row of this.#tables.rows(table, {})) yield this.#ofRow(table, row as ShownRow);
  }

  #clicks() {
    return paged<JoinedClick, { time_ms: number; id: string }>(
      (page) => this.store.clicks({}, page),
      ({ time_ms, id }) => ({ time_ms, id }),
    );
  }

  #changed(changes: WindowChanges<ClickKey>, telling: LatestRows): void {
    const { name } = changes.table;
    const table = this.#declared.get(name);
    // What is kept and never shown, as who was there in a minute, is in no declaration of a table.
    if (name === EVENT_COUNTS.table.name) this.#put(telling, name, changes, ({ key, values }) => countRow(key[0]!, values[0]!));
    if (table === undefined) return;
    this.#put(telling, name, shown(changes, table.having), (row) => windowRow(table, row));
    if (name === 'events_per_min') this.#put(telling, MAX_AVG, changes, maxAvgRow);
  }

  #put(
    telling: LatestRows,
    table: string,
    { deletes, upserts }: WindowChanges<ClickKey>,
    row: (stored: WindowRow<ClickKey>) => ShownRow,
  ) {
    // A window is known by its key and start; what has no window by its key alone.
    const windowed = KEYS.get(table)!.includes('window_start_ms');
    for (const { key, start } of deletes)
      telling.put({ table, key: keyOf(windowed ? [...key, start] : key), row: null, time_ms: windowed ? start : this.now() });
    for (const stored of upserts) telling.put(this.#ofRow(table, row(stored)));
  }

  #ofRow(table: string, row: ShownRow): Publication {
    const key = keyOf(KEYS.get(table)!.map((column) => row[column]!));
    return { table, key, row, time_ms: (row.window_start_ms ?? row.time_ms ?? this.now()) as number };
  }

  async #snapshot(): Promise<Publication> {
    const counts: [string, number][] = [];
    for await (const { event_name, count } of this.#tables.rows(EVENT_COUNTS.table.name, {}))
      counts.push([event_name as string, count as number]);
    const time_ms = this.now();
    const receiveAt = `${new Date(time_ms).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}UTC`;
    const row = Object.fromEntries<unknown>([...counts, ['receiveAt', receiveAt]]);
    return { table: EVENT_SNAPSHOT, key: [EVENT_COUNTS.table.name], row, time_ms };
  }
}

/** The click of a publication of CLICKS. */
export function clickOf({ row }: Pick<Publication, 'row'>): JoinedClick {
  return row as unknown as JoinedClick;
}

function ofWhole(click: JoinedClick): Publication {
  return { table: CLICKS, key: [click.time_ms, click.id], row: { ...click }, time_ms: click.time_ms };
}

function* ofClick(click: JoinedClick, tables: readonly string[]): Generator<Publication> {
  if (tables.includes(CLICKS)) yield ofWhole(click);
  const { time_ms, id } = click;
  for (const { name, where, row } of STREAMS)
    if (tables.includes(name) && (where === null || where(click)))
      yield { table: name, key: [time_ms, id], row: row(click), time_ms };
}

function countRow(event_name: ClickKey, count: number): ShownRow {
  return { event_name, count };
}

/** A null in any key column leaves a click out of the table, so none has any. */
function keyOf(key: readonly ClickKey[]): (number | string)[] {
  return key as (number | string)[];
}
