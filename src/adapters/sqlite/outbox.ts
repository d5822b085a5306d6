/** What sinks have yet to hear of. Written with the commit that it tells of; goes when the sink has it. */
import type { Score, WindowChanges } from '../../domain.js';
import type { Commit, OutboxEntry } from '../../ports.js';
import type { Connection } from './connection.js';

/** Rows in one entry: some 4 MB of scores with their reasons, so that a tick over a whole site never has to be read at once. */
const ENTRY_ROWS_MAX = 2_000;

type Telling = Omit<OutboxEntry, 'id'>;

/** `scores`: those of the commit that are now stored. */
export function writeOutbox(connection: Connection, commit: Commit, scores: Score[]): void {
  const insert = connection.prepare('INSERT INTO outbox (sink, body) VALUES (?, ?)');
  const sinks = new Set(commit.sinks);
  for (const entry of entriesOf(commit, scores)) {
    const body = JSON.stringify(entry);
    for (const sink of sinks) insert.run([sink, body]);
  }
}

export function readOutbox(connection: Connection, sink: string, limit: number): OutboxEntry[] {
  const rows = connection.prepare('SELECT id, body FROM outbox WHERE sink = ? ORDER BY id LIMIT ?').all([sink, limit]);
  return rows.map((row) => ({ id: Number(row.id), ...(JSON.parse(String(row.body)) as Telling) }));
}

export function confirmOutbox(connection: Connection, sink: string, ids: number[]): void {
  const remove = connection.prepare('DELETE FROM outbox WHERE id = ? AND sink = ?');
  connection.transaction(() => {
    for (const id of ids) remove.run([id, sink]);
  });
}

export function countOutbox(connection: Connection, sink: string): number {
  return Number(connection.prepare('SELECT count(*) AS count FROM outbox WHERE sink = ?').all([sink])[0]?.count);
}

/** In the order of the commit; none where there is nothing to tell. */
function entriesOf({ windows = [], alerts = [] }: Commit, scores: Score[]): Telling[] {
  const entries: Telling[] = [];
  let rows = ENTRY_ROWS_MAX;
  const next = (): Telling => {
    if (rows >= ENTRY_ROWS_MAX) {
      entries.push({ windows: [], scores: [], alerts: [] });
      rows = 0;
    }
    rows += 1;
    return entries.at(-1)!;
  };
  for (const { table, deletes, upserts } of windows) {
    let part: WindowChanges | undefined;
    const changes = (): WindowChanges => {
      const entry = next();
      if (part === undefined || entry.windows.at(-1) !== part) {
        part = { table, deletes: [], upserts: [] };
        entry.windows.push(part);
      }
      return part;
    };
    for (const row of deletes) changes().deletes.push(row);
    for (const row of upserts) changes().upserts.push(row);
  }
  for (const score of scores) next().scores.push(score);
  for (const alert of alerts) next().alerts.push(alert);
  return entries;
}
