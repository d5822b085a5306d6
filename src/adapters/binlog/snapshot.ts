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
import { placeIn } from './log-identity.js';
import { LOG_TABLE, SECRET_COLUMNS, type Target } from './options.js';
import type { Moment } from './position.js';
import type { Server } from './preflight.js';
import { change, coordinate, type Origin, rejection } from './rows.js';

/** The moment that the copy shows; its `source_ms` is in whole seconds, as in the log. */
export interface SnapshotMoment extends Moment {
  gtid: string;
  file: string;
  pos: number;
}

/** Rows inside the place of a moment: what was not copied is gone, and older than what was. */
const GONE = 0;
const COPIED = 1;

export interface SnapshotChunk {
  table: string;
  /** The greatest id so far. */
  after_id: number;
  /** Nothing of the table is left. */
  complete: boolean;
  changes: Change[];
  rejected: Rejected[];
}

/**
 * Opens the transaction; the connection serves the copy alone from here on. `begun`: the first moment of the copy that goes on; no later
 * one is dated before it, whatever the server's clock says.
 */
export async function beginSnapshot(
  connection: Connection,
  server: Server,
  epoch: number,
  begun: Moment | null,
): Promise<SnapshotMoment> {
  await connection.query(`SET SESSION time_zone = '+00:00', wait_timeout = ${IDLE_CONNECTION_S}`);
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  const [clock] = await select(connection, 'SELECT UNIX_TIMESTAMP() AS now_s');
  const source_ms = Math.max(Number(clock?.now_s) * 1000, begun?.source_ms ?? 0);
  const before = server.flavour === 'mysql' ? await mysqlPlace(connection, server.version) : null;
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  const at = before ?? (await mariadbPlace(connection));
  return { ...at, source_ms, place: placeIn(epoch, at.file, at.pos) };
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

export interface Copy {
  moment: SnapshotMoment;
  /** The first moment of the whole copy; null where an earlier version began it, which did not note it. */
  begun: Moment | null;
  /** What was copied before. */
  done: { table: string; after_id: number; complete?: boolean } | null;
  chunk_rows: number;
}

/**
 * The tables in order, each by ascending id, `chunk_rows` at a time. With the last rows of a table comes that it was emptied before them:
 * the rows that are kept from an earlier copy and were not copied now are no more. Log rows are facts, and stay.
 */
export async function* copyTables(connection: Connection, where: Target, copy: Copy): AsyncGenerator<SnapshotChunk> {
  const { moment, begun, done, chunk_rows } = copy;
  // A table that is no longer wanted: from the beginning, since nobody knows what was before it.
  const first = done === null ? 0 : Math.max(where.tables.indexOf(done.table), 0) + (done.complete ? 1 : 0);
  for (const table of where.tables.slice(first)) {
    const columns = await readableColumns(connection, where, table);
    const name = quoted(where.prefix + table);
    for (let after: number | null = table === done?.table ? done.after_id : null, complete = false; !complete; ) {
      const condition: string = after === null ? '' : 'WHERE id > ?';
      const sql = `SELECT ${columns} FROM ${name} ${condition} ORDER BY id LIMIT ${chunk_rows}`;
      const rows = await select(connection, sql, after === null ? [] : [after]);
      complete = rows.length < chunk_rows;
      const chunk = toChunk(where, table, rows, moment);
      if (complete && begun !== null && table !== LOG_TABLE) chunk.changes.push(emptied(table, begun));
      // Ids beyond 2^53 come as text, exact; they end the order, so the number they round to is good enough to go on from.
      after = rows.length > 0 ? Number(rows.at(-1)?.id) : (after ?? 0);
      if (chunk.changes.length + chunk.rejected.length > 0) yield { table, after_id: after, complete, ...chunk };
    }
  }
}

function emptied(table: string, { source_ms, place }: Moment): Change {
  const at = `snapshot of ${table}`;
  return {
    table,
    op: 'truncate',
    id: null,
    row: null,
    source_ms,
    coordinate: coordinate({ table, source_ms, place, at }, GONE),
    at,
  };
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

function toChunk(
  where: Target,
  table: string,
  rows: Record<string, unknown>[],
  moment: SnapshotMoment,
): Pick<SnapshotChunk, 'changes' | 'rejected'> {
  const origin: Origin = {
    table,
    source_ms: moment.source_ms,
    place: moment.place,
    at: `snapshot at ${moment.file}, position ${moment.pos}`,
  };
  const changes: Change[] = [];
  const rejected: Rejected[] = [];
  for (const row of rows) {
    const made = change('read', row, origin, COPIED);
    if (made === null)
      rejected.push({ ...rejection(where.address.name, origin, COPIED), position: `${table}, id ${String(row.id)}` });
    else changes.push(made);
  }
  return { changes, rejected };
}
