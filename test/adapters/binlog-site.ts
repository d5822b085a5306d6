/** What the tests of the binary log share: a small site, reading until something came, and a copy kept from changes. */
import { type Connection, createConnection } from 'mysql2/promise';
import { BinlogSource } from '../../src/adapters/binlog/binlog-source.js';
import type { BinlogLimits, BinlogOptions } from '../../src/adapters/binlog/options.js';
import type { Change } from '../../src/domain.js';
import { LOG_TABLE, TABLES } from '../../src/moodle/tables.js';
import { type ChangeBatch, isStale } from '../../src/ports.js';
import type { Mariadb } from '../servers/mariadb.js';

/** The recorded site has no groups. */
export const MOODLE_TABLES = [...Object.keys(TABLES).filter((table) => !table.startsWith('groups')), LOG_TABLE];
export const MOODLE_DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';

export function options(db: Mariadb, tables: readonly string[], limits: Partial<BinlogLimits> = {}): BinlogOptions {
  return { url: db.url(), site: 'test', prefix: 'mdl_', tables, clock: Date.now, limits };
}

export async function root(db: Mariadb): Promise<Connection> {
  const connection = await createConnection({
    socketPath: db.socket,
    user: 'root',
    database: 'moodle',
    dateStrings: true,
    supportBigNumbers: true,
    multipleStatements: true,
  });
  // A server that is killed between two queries: the next query tells.
  connection.on('error', () => {});
  return connection;
}

/** Reads from `from` until `enough` says so of everything read so far (or `ms_max` passed). */
export async function read(
  source: BinlogSource | BinlogOptions,
  from: string | null,
  enough: (batches: ChangeBatch[]) => boolean | Promise<boolean>,
  ms_max = 30_000,
): Promise<ChangeBatch[]> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ms_max);
  const batches: ChangeBatch[] = [];
  const reader = source instanceof BinlogSource ? source : new BinlogSource(source);
  try {
    for await (const batch of reader.batches(from, abort.signal)) {
      batches.push(batch);
      if (await enough(batches)) abort.abort();
    }
  } finally {
    clearTimeout(timer);
  }
  return batches;
}

export function changesOf(batches: ChangeBatch[]): Change[] {
  return batches.flatMap((batch) => batch.changes);
}

/** True once a row of `table` with this id came. */
export function came(table: string, id: number): (batches: ChangeBatch[]) => boolean {
  return (batches) => batches.at(-1)?.changes.some((change) => change.table === table && change.id === id) ?? false;
}

/** The stream's position at this moment: what a snapshot of no rows of interest leads to. */
export async function here(db: Mariadb): Promise<string> {
  const gtid = (await db.sql('SELECT @@GLOBAL.gtid_binlog_pos')).trim();
  return JSON.stringify({ phase: 'stream', gtid });
}

/** The tables as the changes leave them: table → id → row. As in a store, emptying a table spares the rows that are newer. */
export function applied(changes: Change[]): Map<string, Map<number, Record<string, unknown>>> {
  const tables = new Map<string, Map<number, Change>>();
  for (const change of changes) {
    const { table, op } = change;
    const id = change.id ?? Number.NaN;
    const rows = tables.get(table) ?? new Map<number, Change>();
    tables.set(table, rows);
    if (op === 'truncate') for (const [kept_id, kept] of rows) !isStale(change, kept) && rows.delete(kept_id);
    else if (op === 'delete') rows.delete(id);
    else rows.set(id, change);
  }
  const rowsOf = (rows: Map<number, Change>) => new Map([...rows].map(([id, { row }]) => [id, row ?? {}]));
  return new Map([...tables].map(([table, rows]) => [table, rowsOf(rows)]));
}

/** The table as the server has it, without the columns that are never kept. */
export async function selected(connection: Connection, table: string): Promise<Map<number, Record<string, unknown>>> {
  const [rows] = await connection.query(`SELECT * FROM mdl_${table}`);
  const found = new Map<number, Record<string, unknown>>();
  for (const { password: _password, secret: _secret, ...row } of rows as Record<string, unknown>[])
    found.set(Number(row.id), row);
  return found;
}
