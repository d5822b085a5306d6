/** Letting go of what is too old, some rows at a time: nobody who commits meanwhile waits long. */
import type { Database } from './database.js';
import { literal } from './rows.js';

/** Rows in one statement: some tens of milliseconds of locks, and a binary log event of a few megabytes. */
const ROWS_A_STATEMENT = 5_000;

/** Gives how many rows went. Each statement stands for itself: what is cut off in the middle is done by the next call. */
export async function forgetClicks(database: Database, before_ms: number): Promise<number> {
  const tables = await database.again(() =>
    database.connected((sql) => sql.rows('SELECT DISTINCT table_name FROM click_windows')),
  );
  const before = literal(before_ms);
  let gone = 0;
  for (const delete_ of [
    `click_joined WHERE time_ms < ${before} ORDER BY time_ms`,
    `click_seen WHERE time_ms < ${before} ORDER BY time_ms`,
    ...tables.map(({ table_name }) => {
      const table = literal(String(table_name));
      return `click_windows WHERE table_name = ${table} AND end_ms < ${before} AND NOT (start_ms = 0 AND end_ms = 0) ORDER BY end_ms`;
    }),
  ]) {
    const statement = `DELETE FROM ${delete_} LIMIT ${ROWS_A_STATEMENT}`;
    for (let rows = ROWS_A_STATEMENT; rows === ROWS_A_STATEMENT; gone += rows)
      rows = await database.again(() => database.connected((sql) => sql.run(statement)));
  }
  return gone;
}
