/**
 * Whose log is read, and which of two logs came first. After a failover another server is read under the same address: its files
 * have numbers of their own, so file and offset put the changes of one server in order, and those of two servers in none.
 *
 * ```
 * server 1   binlog.000057  first read at 12:00:00  →  coordinates above 12:00:00 × 2^22
 * server 2   binlog.000003  first read at 15:30:00  →  coordinates above 15:30:00 × 2^22: newer than all that server 1 gave
 * ```
 */
import type { Connection } from 'mysql2/promise';
import { select } from './connect.js';
import { PositionLost } from './faults.js';
import { type Flavour, gtidsOf, type LastRead, type Log, type Position, refuseUnknown } from './position.js';

/** With seconds since 2020 in front of it this stays below 2^53 until 2088. A log with more files than that stays in order in itself. */
const FILES_OF_A_LOG = 2 ** 22;
const EPOCHS_SINCE_MS = Date.UTC(2020);

/** `binlog.000012` of a log of epoch 0 → log 12. */
export function placeIn(epoch: number, file: string, pos: number): { log: number; offset: number } {
  return { log: epoch * FILES_OF_A_LOG + logNumber(file), offset: pos };
}

/** `binlog.000012` → 12. */
export function logNumber(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
}

/** The log of the server behind `connection`, from which reading goes on at `from` (null = begins). Refuses one that cannot. */
export async function enterLog(
  connection: Connection,
  name: string,
  flavour: Flavour,
  from: Position | null,
  now_ms: number,
): Promise<Log> {
  const [row] = await select(connection, `SELECT @@GLOBAL.${flavour === 'mysql' ? 'server_uuid' : 'server_id'} AS server`);
  const server = String(row?.server);
  const now = Math.max(Math.floor((now_ms - EPOCHS_SINCE_MS) / 1000), 1);
  if (from === null) return { server, epoch: now, last: null };
  await refuseUnknown(connection, name, flavour, from.gtid);
  const { log } = from;
  if (!log) return { server, epoch: 0, last: null };
  if (log.server !== server) return { server, epoch: Math.max(log.epoch + 1, now), last: null };
  if (log.last && flavour === 'mariadb') await refuseNamesake(connection, name, server, log.last);
  return log;
}

/**
 * Every MariaDB calls itself server 1 and counts its transactions from 0-1-1 on, unless it is told otherwise. So a server that was
 * set up anew from a dump may know the position's GTID, as that of another transaction. Its log has something else in that place.
 */
async function refuseNamesake(
  connection: Connection,
  name: string,
  server: string,
  { gtid, file, pos }: LastRead,
): Promise<void> {
  const [row] = await select(connection, 'SELECT BINLOG_GTID_POS(?, 4) AS begin, BINLOG_GTID_POS(?, ?) AS here', [
    file,
    file,
    pos,
  ]);
  const ends_before = row?.begin === null && logNumber(file) > (await currentFile(connection));
  // A file that is gone proves nothing: it was purged, and the server knows what it can still send.
  if (row?.begin === null && !ends_before) return;
  const here = gtidsOf(String(row?.here ?? ''));
  const same = gtidsOf(gtid).every((read) => here.some((one) => one.text === read.text));
  if (ends_before || row?.here === null || !same) {
    throw new PositionLost(
      name,
      `this is not the server that was read before, although both have server_id ${server}, or it was set up anew: its log does not have ${gtid} in ${file} at position ${pos}`,
    );
  }
}

async function currentFile(connection: Connection): Promise<number> {
  const [row] = await select(connection, "SHOW STATUS LIKE 'binlog\\_snapshot\\_file'");
  return logNumber(String(row?.Value ?? ''));
}
