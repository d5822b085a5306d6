/** Where the reader is: text in the store, and whether the server can still go on from it. */
import type { Connection } from 'mysql2/promise';
import { select } from './connect.js';
import { PositionLost } from './faults.js';
import type { Origin } from './rows.js';

/**
 * `snapshot`: copying; everything up to `after_id` of `table` was handed over, and `gtid` is that of the copy's first moment, from which the
 * stream goes on, however often the copy is interrupted. `stream`: everything up to `gtid` was handed over, whole transactions only.
 */
export type Position = SnapshotPosition | StreamPosition;
export interface StreamPosition {
  phase: 'stream';
  gtid: string;
  /** Absent in positions of earlier versions. */
  log?: Log;
}
export interface SnapshotPosition {
  phase: 'snapshot';
  gtid: string;
  table: string;
  after_id: number;
  /** The whole of the table was handed over. */
  complete?: boolean;
  log?: Log;
  /** The first moment of the copy: what is kept from before it and was not copied is no more. */
  begun?: Moment;
}

/** The log that is read, among those of all servers that were ever read (see `log-identity.ts`). */
export interface Log {
  /** `server_id` on MariaDB, `server_uuid` on MySQL. */
  server: string;
  /** When it was first read, in seconds since 2020; greater than that of any log before. 0 = a position of before there were epochs. */
  epoch: number;
  /** Where the latest transaction was found: the proof, after a pause, that this is the log that was read. null = not known. */
  last: LastRead | null;
}

export interface LastRead {
  gtid: string;
  file: string;
  /** A place between two events, after the transaction's first. */
  pos: number;
}

/** When, by the server's clock, and where in its log. */
export interface Moment {
  source_ms: number;
  place: NonNullable<Origin['place']>;
}

export type Flavour = 'mariadb' | 'mysql';

/** null = from the beginning, that is a snapshot first. */
export function parsePosition(server: string, text: string | null): Position | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'phase' in value && 'gtid' in value) {
      if ((value.phase === 'snapshot' || value.phase === 'stream') && typeof value.gtid === 'string') return value as Position;
    }
  } catch {
    // Falls through to the refusal.
  }
  throw new PositionLost(server, 'the stored position is not one of the binary log');
}

/**
 * Refuses a position that this server cannot continue. The server itself says so when the log was purged; but a GTID of
 * a domain that its log has never seen it takes for "nothing seen yet" and sends its whole log, without an error.
 *
 * | position | this server's log has     |                                                                       |
 * | -------- | ------------------------- | --------------------------------------------------------------------- |
 * | 0-1-50   | 0-1-90                    | goes on                                                               |
 * | 0-1-50   | 0-1-50, 0-2-61            | goes on: server 2 took over from server 1, and had everything         |
 * | 0-1-50   | 0-1-40, 0-2-61            | refused: 41 to 50 of server 1 never came here                         |
 * | 0-1-50   | 0-1-40                    | refused: restored from a backup, or a replica that is behind          |
 * | 0-1-50   | 7-1-90                    | refused: another history                                              |
 * | 0-1-50   | –, but it replicated that | goes on only after exactly 0-1-50: what it replicated is not in its log |
 */
export async function refuseUnknown(connection: Connection, server: string, flavour: Flavour, gtid: string): Promise<void> {
  if (gtid.includes(':') !== (flavour === 'mysql') && gtid !== '') {
    throw new PositionLost(server, `the position ${gtid} belongs to another kind of server`);
  }
  if (flavour === 'mysql') return refuseUnknownMysql(connection, server, gtid);
  const [row] = await select(connection, 'SELECT @@GLOBAL.gtid_binlog_state AS logged, @@GLOBAL.gtid_slave_pos AS replicated');
  const logged = gtidsOf(String(row?.logged ?? ''));
  const replicated = gtidsOf(String(row?.replicated ?? ''));
  for (const read of gtidsOf(gtid)) {
    const known = logged.some((one) => one.domain === read.domain && one.server === read.server && one.sequence >= read.sequence);
    if (!known && !replicated.some((one) => one.text === read.text)) {
      throw new PositionLost(server, notInLog(read, logged, replicated));
    }
  }
}

function notInLog({ text, domain }: Gtid, logged: Gtid[], replicated: Gtid[]): string {
  const missing = `the last transaction that was read, ${text}, is not in this server's log`;
  const there = logged.filter((one) => one.domain === domain);
  if (there.length > 0) {
    const stands = there.map((one) => one.text).join(', ');
    return (
      `${missing}, which has ${stands}: rows that the old server had committed never came here (a failover loses those), ` +
      'or this is a replica that is still behind (then wait for it and start again)'
    );
  }
  if (replicated.some((one) => one.domain === domain)) {
    return `${missing}, which leaves out what it replicates (log_slave_updates is OFF: switch it on in the configuration file)`;
  }
  return `${missing}, which has nothing of replication domain ${domain}: another server, or one that was set up anew`;
}

async function refuseUnknownMysql(connection: Connection, server: string, gtid: string): Promise<void> {
  const [row] = await select(
    connection,
    'SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed) AS known, GTID_SUBSET(@@GLOBAL.gtid_purged, ?) AS kept',
    [gtid, gtid],
  );
  if (row?.known !== 1) throw new PositionLost(server, "the position lies beyond this server's log");
  if (row.kept !== 1) throw new PositionLost(server, 'the server has purged the log since the last position');
}

export interface Gtid {
  text: string;
  domain: string;
  server: string;
  sequence: bigint;
}

/** `0-1-50,0-2-61` → two. A log's state has several of one domain, a position one. */
export function gtidsOf(text: string): Gtid[] {
  return [...text.matchAll(/(?<!\d)(\d+)-(\d+)-(\d+)/g)].map(([all, domain = '', server = '', sequence = '']) => ({
    text: all,
    domain,
    server,
    sequence: BigInt(sequence),
  }));
}
