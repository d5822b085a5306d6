/** What a commit of clicks has to tell its sinks. */
import type { ClickCommit, ClickOutboxEntry } from '../../click-ports.js';
import type { Connection } from './connection.js';

/** Rows in one entry: some 2 MB. */
const ENTRY_ROWS_MAX = 5_000;

type Telling = Omit<ClickOutboxEntry, 'id'>;

/** For each sink, in parts that can be told one after the other; none where there is nothing to tell. */
export function writeClickOutbox(connection: Connection, { sinks = [], windows = [], clicks = [] }: ClickCommit): void {
  if (sinks.length === 0) return;
  const insert = connection.prepare('INSERT INTO outbox (sink, body) VALUES (?, ?)');
  const put = (entry: Telling) => {
    const body = JSON.stringify(entry);
    for (const sink of new Set(sinks)) insert.run([sink, body]);
  };
  for (const { table, deletes, upserts } of windows) {
    if (deletes.length > 0) put({ windows: [{ table, deletes, upserts: [] }], clicks: [] });
    for (let i = 0; i < upserts.length; i += ENTRY_ROWS_MAX)
      put({ windows: [{ table, deletes: [], upserts: upserts.slice(i, i + ENTRY_ROWS_MAX) }], clicks: [] });
  }
  for (let i = 0; i < clicks.length; i += ENTRY_ROWS_MAX) put({ windows: [], clicks: clicks.slice(i, i + ENTRY_ROWS_MAX) });
}

export function readClickOutbox(connection: Connection, sink: string, limit: number): ClickOutboxEntry[] {
  const rows = connection.prepare('SELECT id, body FROM outbox WHERE sink = ? ORDER BY id LIMIT ?').all([sink, limit]);
  return rows.map((row) => ({ id: Number(row.id), ...(JSON.parse(String(row.body)) as Telling) }));
}
