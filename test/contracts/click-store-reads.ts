/** Everything that can be read from a store of clicks, page by page and through filters: two stores with the same are the same. */
import type { ClickFilter, ClickKey, ClickStore, ClickUser, JoinedClick } from '../../src/click-ports.js';
import type { Rejected, WindowRow, WindowTable } from '../../src/domain.js';
import { ALL, T0, THINGS, TOTALS } from './click-store-samples.js';

const FILTERS: ClickFilter[] = [{}, { from_ms: T0 + 2 }, { to_ms: T0 + 3 }, { from_ms: T0 + 1, to_ms: T0 + 4 }];

/** What the random commits speak of. */
export interface Asked {
  sources: string[];
  ids: string[];
  users: ClickUser[];
}

export async function everythingIn(store: ClickStore, { sources, ids, users }: Asked): Promise<unknown> {
  return {
    positions: await Promise.all(sources.map((source) => store.position(source))),
    clock: await store.clock(),
    seen: await store.seen(ids),
    references: [await store.references('users', users), await store.references('codes', users)],
    tables: await Promise.all([THINGS, TOTALS].map((table) => tableIn(store, table))),
    clicks: await Promise.all(FILTERS.map((filter) => paged<JoinedClick>(2, (page) => store.clicks(filter, page)))),
    rejected: await paged<Rejected>(2, ({ after, limit }) =>
      store.rejected({ after: after && [after.source, after.position, after.reason], limit }),
    ),
    counts: await store.counts(),
  };
}

async function tableIn(store: ClickStore, table: WindowTable) {
  return {
    held: await Promise.all([0, T0 + 2, T0 + 5].map((end_from) => store.heldWindows(table, end_from).then(sorted))),
    pages: await Promise.all(
      FILTERS.map((filter) => paged<WindowRow<ClickKey>>(3, (page) => store.windows(table, filter, page))),
    ),
  };
}

/** All rows, by pages of `limit`, each after the last row of the one before. */
export async function paged<Row>(limit: number, page: (page: { after?: Row; limit: number }) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: Row | undefined; ; after = rows.at(-1)) {
    const some = await page({ after, limit });
    rows.push(...some);
    if (some.length < limit) return rows;
  }
}

/** Held windows come in no order that anybody may rely on. */
function sorted<Row>(rows: Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** What a sink has yet to hear, row by row, however it is divided into entries. */
export async function toldTo(store: ClickStore, sink: string): Promise<unknown> {
  const entries = await store.outbox(sink, ALL.limit);
  const windows = entries.flatMap((entry) => entry.windows);
  return {
    windows: windows.flatMap(({ table, deletes, upserts }) => [
      ...deletes.map((row) => [table.name, 'delete', row]),
      ...upserts.map((row) => [table.name, 'upsert', row]),
    ]),
    clicks: entries.flatMap(({ clicks }) => clicks),
  };
}
