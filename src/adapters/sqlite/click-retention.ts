/** Letting go of what is too old, some rows at a time: SQLite works inside this process, which has clicks to take in meanwhile. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Connection } from './connection.js';

/** Rows in one step: some tens of milliseconds in which nothing else runs. */
const ROWS_A_STEP = 5_000;

/** The first of each table's windows, and then of the next table: by the index, without reading them all. */
const TABLES = `
  WITH RECURSIVE tables(name) AS (
    SELECT min(table_name) FROM windows
    UNION ALL SELECT (SELECT min(table_name) FROM windows WHERE table_name > name) FROM tables WHERE name IS NOT NULL
  ) SELECT name FROM tables WHERE name IS NOT NULL`;
const CLICKS =
  'DELETE FROM clicks WHERE (time_ms, id) IN (SELECT time_ms, id FROM clicks WHERE time_ms < ? ORDER BY time_ms, id LIMIT ?)';
const SEEN = 'DELETE FROM seen_ids WHERE id IN (SELECT id FROM seen_ids WHERE time_ms < ? ORDER BY time_ms LIMIT ?)';
const WINDOWS = `DELETE FROM windows WHERE (table_name, key, start_ms) IN (
  SELECT table_name, key, start_ms FROM windows
  WHERE table_name = ? AND end_ms < ? AND NOT (start_ms = 0 AND end_ms = 0) ORDER BY end_ms LIMIT ?)`;

/** Gives how many rows went. `owned` is asked before each step: the store may be closed meanwhile. */
export async function forgetClicks(owned: () => Connection, before_ms: number): Promise<number> {
  const tables = owned()
    .prepare(TABLES)
    .all()
    .map((row) => String(row.name));
  const steps: [sql: string, values: (number | string)[]][] = [
    [CLICKS, [before_ms]],
    [SEEN, [before_ms]],
    ...tables.map((name): [string, (number | string)[]] => [WINDOWS, [name, before_ms]]),
  ];
  let gone = 0;
  for (const [sql, values] of steps)
    for (let rows = ROWS_A_STEP; rows === ROWS_A_STEP; gone += rows) {
      rows = Number(
        owned()
          .prepare(sql)
          .run([...values, ROWS_A_STEP]).changes,
      );
      await turn();
    }
  return gone;
}
