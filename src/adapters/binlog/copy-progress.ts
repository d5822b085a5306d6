/** How far the copy is, by what the server knows of its tables at no cost: near enough for a bar, and the same after a restart. */
import type { Connection } from 'mysql2/promise';
import { quoted, select } from './connect.js';
import type { CopySoFar, Target } from './options.js';

interface Known {
  rows: number;
  /** Lowest and highest id; null where the table is empty. */
  ids: { first: number; last: number } | null;
}

/** By name, in the order of the copy. */
export async function knownTables(connection: Connection, { address, prefix, tables }: Target): Promise<Map<string, Known>> {
  const sql = 'SELECT TABLE_NAME AS name, TABLE_ROWS AS estimate FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?';
  const estimates = new Map<string, number>();
  for (const row of await select(connection, sql, [address.database])) estimates.set(String(row.name), Number(row.estimate));
  const known = new Map<string, Known>();
  for (const table of tables) {
    const name = prefix + table;
    const [ends] = await select(connection, `SELECT MIN(id) AS first, MAX(id) AS last FROM ${quoted(name)}`);
    const is_empty = ends === undefined || ends.first === null;
    const ids = is_empty ? null : { first: Number(ends.first), last: Number(ends.last) };
    known.set(table, { rows: estimates.get(name) ?? 0, ids });
  }
  return known;
}

/**
 * Tables before this one count whole, this one by how far its ids have come.
 *
 *   role 10 rows, log 1000 rows with ids 500 to 899; at id 599 of the log → { table: 'log', rows: 260, rows_known: 1010 }
 */
export function soFar(
  known: ReadonlyMap<string, Known>,
  { table, after_id, complete }: { table: string; after_id: number; complete: boolean },
): CopySoFar {
  let [rows, rows_known, before] = [0, 0, true];
  for (const [name, { rows: its_rows, ids }] of known) {
    rows_known += its_rows;
    if (name === table) before = false;
    if (before || (name === table && complete)) rows += its_rows;
    else if (name === table && ids !== null) rows += Math.floor(its_rows * shareOf(ids, after_id));
  }
  return { table, rows, rows_known };
}

function shareOf({ first, last }: { first: number; last: number }, after_id: number): number {
  return Math.min(1, Math.max(0, (after_id - first + 1) / (last - first + 1)));
}
