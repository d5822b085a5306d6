/** Rows of the click tables for reading: those of the store as they are shown, HAVING applied. */
import type { ClickFilter, ClickKey, ClickStore, JoinedClick } from '../click-ports.js';
import { maxAvgRow, type ShownRow, STREAMS, windowRow } from '../clickstream/rows.js';
import { type ClickTable, EVENT_COUNTS } from '../clickstream/tables.js';
import type { WindowRow, WindowTable } from '../domain.js';
import type { TableRow, Value } from './table-infos.js';

/** Rows asked of the store at once. */
const ROWS_PER_PAGE = 5_000;

export class ClickTables {
  constructor(
    private readonly store: ClickStore,
    private readonly declared: readonly ClickTable[],
  ) {}

  /**
   * Rows in the order of the table's key, after the given key values (exclusive); the filter is on the window's start or the click's
   * time. Throws RangeError for a name that is none.
   */
  rows(name: string, filter: ClickFilter, after?: Value[]): AsyncIterable<TableRow> {
    return this.#rows(name, filter, after) as AsyncIterable<TableRow>;
  }

  /** Click records that could not be used, by (source, position, reason). */
  async *rejected(after?: [string, string, string]): AsyncGenerator<TableRow> {
    let from = after;
    for (;;) {
      const rows = await this.store.rejected({ after: from, limit: ROWS_PER_PAGE });
      for (const row of rows) yield { ...row };
      if (rows.length < ROWS_PER_PAGE) return;
      const { source, position, reason } = rows.at(-1)!;
      from = [source, position, reason];
    }
  }

  #rows(name: string, filter: ClickFilter, after?: Value[]): AsyncIterable<ShownRow> {
    const stream = STREAMS.find((s) => s.name === name);
    if (stream) return this.#clicks(filter, after, stream.where, stream.row);
    if (name === EVENT_COUNTS.table.name)
      return this.#windows(EVENT_COUNTS.table, {}, after && [...after, 0], ({ key, values }) => ({
        event_name: key[0]!,
        count: values[0]!,
      }));
    if (name === 'events_per_min_max_avg')
      return this.#windows(this.#table('events_per_min').declaration.table, filter, after, maxAvgRow);
    const table = this.#table(name);
    const { having } = table;
    const row = (stored: WindowRow<ClickKey>) => (having === null || having(stored.values) ? windowRow(table, stored) : null);
    return this.#windows(table.declaration.table, filter, after, row);
  }

  #table(name: string): ClickTable {
    const table = this.declared.find((t) => t.name === name);
    if (!table) throw new RangeError(`there is no click table ${JSON.stringify(name)}`);
    return table;
  }

  async *#windows(
    table: WindowTable,
    filter: ClickFilter,
    after: Value[] | undefined,
    shown: (row: WindowRow<ClickKey>) => ShownRow | null,
  ): AsyncGenerator<ShownRow> {
    let from = after && { key: after.slice(0, -1) as ClickKey[], start: after.at(-1) as number };
    for (;;) {
      const rows = await this.store.windows(table, filter, { after: from, limit: ROWS_PER_PAGE });
      for (const stored of rows) {
        const row = shown(stored);
        if (row !== null) yield row;
      }
      if (rows.length < ROWS_PER_PAGE) return;
      from = { key: [...rows.at(-1)!.key], start: rows.at(-1)!.start };
    }
  }

  async *#clicks(
    filter: ClickFilter,
    after: Value[] | undefined,
    where: ((click: JoinedClick) => boolean) | null,
    shown: (click: JoinedClick) => ShownRow,
  ): AsyncGenerator<ShownRow> {
    let from = after && { time_ms: after[0] as number, id: after[1] as string };
    for (;;) {
      const clicks = await this.store.clicks(filter, { after: from, limit: ROWS_PER_PAGE });
      for (const click of clicks) if (where === null || where(click)) yield shown(click);
      if (clicks.length < ROWS_PER_PAGE) return;
      from = clicks.at(-1)!;
    }
  }
}
