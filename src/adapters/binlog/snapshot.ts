/**
 * The first copy of the tables, without a global lock: one transaction that sees a single moment, and the place in the
 * log that belongs to that moment, from which the stream goes on.
 *
 * MariaDB tells the exact place (`binlog_snapshot_%`), so copy plus stream is the table, with nothing twice. MySQL does
 * not: there the place is read just before the transaction begins, so that what was committed in between comes by both
 * ways. Rows are known by identity, so this is harmless, and needs no FLUSH TABLES WITH READ LOCK, which stops a site's
 * writers behind its longest query.
 */
import type { Connection } from 'mysql2/promise';
import type { Change, Rejected } from '../../domain.js';
import { IDLE_CONNECTION_S, quoted, select } from './connect.js';
import { SECRET_COLUMNS, type Target } from './options.js';
import { logNumber } from './position.js';
import type { Server } from './preflight.js';
import { change, type Origin, rejection } from './rows.js';

/** The moment that the copy shows. */
export interface SnapshotMoment {
  gtid: string;
  file: string;
  pos: number;
  /** The server's clock, in whole seconds as in its log. */
  source_ms: number;
}

export interface SnapshotChunk {
  table: string;
  /** The greatest id so far. */
  after_id: number;
  changes: Change[];
  rejected: Rejected[];
}

/** Opens the transaction; the connection serves the copy alone from here on. */
export async function beginSnapshot(connection: Connection, server: Server): Promise<SnapshotMoment> {
  await connection.query(`SET SESSION time_zone = '+00:00', wait_timeout = ${IDLE_CONNECTION_S}`);
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  const [clock] = await select(connection, 'SELECT UNIX_TIMESTAMP() AS now_s');
  const source_ms = Number(clock?.now_s) * 1000;
  const before = server.flavour === 'mysql' ? await mysqlPlace(connection, server.version) : null;
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  return { ...(before ?? (await mariadbPlace(connection))), source_ms };
}

async function mariadbPlace(connection: Connection): Promise<{ gtid: string; file: string; pos: number }> {
  const status = new Map<string, string>();
  for (const row of await select(connection, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")) {
    status.set(String(row.Variable_name).toLowerCase(), String(row.Value));
  }
  const file = status.get('binlog_snapshot_file') ?? '';
  const pos = Number(status.get('binlog_snapshot_position'));
  const [row] = await select(connection, 'SELECT BINLOG_GTID_POS(?, ?) AS gtid', [file, pos]);
  return { gtid: String(row?.gtid ?? ''), file, pos };
}

async function mysqlPlace(connection: Connection, version: string): Promise<{ gtid: string; file: string; pos: number }> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const renamed = major > 8 || (major === 8 && minor >= 2);
  const [row] = await select(connection, renamed ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS');
  return { gtid: String(row?.Executed_Gtid_Set ?? '').replace(/\s/g, ''), file: String(row?.File), pos: Number(row?.Position) };
}

/** The tables in order, each by ascending id, `chunk_rows` at a time; after `done`, where part of them was copied before. */
export async function* copyTables(
  connection: Connection,
  where: Target,
  moment: SnapshotMoment,
  chunk_rows: number,
  done: { table: string; after_id: number } | null = null,
): AsyncGenerator<SnapshotChunk> {
  // A table that is no longer wanted: from the beginning, since nobody knows what was before it.
  const first = Math.max(done === null ? 0 : where.tables.indexOf(done.table), 0);
  for (const table of where.tables.slice(first)) {
    const columns = await readableColumns(connection, where, table);
    const name = quoted(where.prefix + table);
    for (let after: number | null = table === done?.table ? done.after_id : null; ; ) {
      const condition: string = after === null ? '' : 'WHERE id > ?';
      const sql = `SELECT ${columns} FROM ${name} ${condition} ORDER BY id LIMIT ${chunk_rows}`;
      const rows = await select(connection, sql, after === null ? [] : [after]);
      if (rows.length > 0) {
        const chunk = toChunk(where, table, rows, moment);
        yield chunk;
        after = chunk.after_id;
      }
      if (rows.length < chunk_rows) break;
    }
  }
}

/** Passwords are not even asked for, and a user who was granted some columns only is served those. */
async function readableColumns(connection: Connection, where: Target, table: string): Promise<string> {
  const rows = await select(connection, `SHOW COLUMNS FROM ${quoted(where.prefix + table)}`);
  const names = rows.map((row) => String(row.Field));
  return names
    .filter((name) => !SECRET_COLUMNS.some((secret) => secret === name))
    .map(quoted)
    .join(', ');
}

function toChunk(where: Target, table: string, rows: Record<string, unknown>[], moment: SnapshotMoment): SnapshotChunk {
  const origin: Origin = {
    table,
    source_ms: moment.source_ms,
    place: { log: logNumber(moment.file), offset: moment.pos },
    at: `snapshot at ${moment.file}, position ${moment.pos}`,
  };
  const changes: Change[] = [];
  const rejected: Rejected[] = [];
  for (const row of rows) {
    const made = change('read', row, origin, 0);
    if (made === null) rejected.push({ ...rejection(where.address.name, origin, 0), position: `${table}, id ${String(row.id)}` });
    else changes.push(made);
  }
  // Ids beyond 2^53 come as text, exact; they end the order, so the number they round to is good enough to go on from.
  return { table, after_id: Number(rows.at(-1)?.id), changes, rejected };
}
