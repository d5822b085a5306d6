/** Where the reader is: text in the store, and whether the server can still go on from it. */
import { MariadbGtidPosition } from '@vlasky/zongji';
import type { Connection } from 'mysql2/promise';
import { select } from './connect.js';
import { PositionLost } from './faults.js';

/**
 * `snapshot`: copying; everything up to `after_id` of `table` was handed over, and `gtid` is that of the copy's first moment, from which the
 * stream goes on, however often the copy is interrupted. `stream`: everything up to `gtid` was handed over, whole transactions only.
 */
export type Position = SnapshotPosition | { phase: 'stream'; gtid: string };
export interface SnapshotPosition {
  phase: 'snapshot';
  gtid: string;
  file: string;
  pos: number;
  table: string;
  after_id: number;
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
 * a domain that it has never seen it takes for "nothing seen yet" and sends its whole log, without an error.
 *
 * `0-1-50` on a server at `0-1-90` passes; on one at `0-1-40` (restored from a backup) or at `7-1-90` it is lost.
 */
export async function refuseUnknown(connection: Connection, server: string, flavour: Flavour, gtid: string): Promise<void> {
  if (gtid.includes(':') !== (flavour === 'mysql') && gtid !== '') {
    throw new PositionLost(server, `the position ${gtid} belongs to another kind of server`);
  }
  if (flavour === 'mysql') return refuseUnknownMysql(connection, server, gtid);
  const [row] = await select(connection, 'SELECT @@GLOBAL.gtid_binlog_pos AS logged, @@GLOBAL.gtid_current_pos AS current');
  const logged = domains(String(row?.logged ?? ''));
  const current = domains(String(row?.current ?? ''));
  for (const [domain, ours] of domains(gtid)) {
    const theirs = logged.get(domain) ?? current.get(domain);
    if (theirs === undefined) {
      throw new PositionLost(
        server,
        `the position ${gtid} is of a replication domain (${domain}) that this server does not know`,
      );
    }
    if (theirs.server === ours.server && theirs.sequence < ours.sequence) {
      throw new PositionLost(server, `the position ${gtid} lies beyond the end of this server's log`);
    }
  }
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

function domains(text: string): Map<string, { server: string; sequence: bigint }> {
  const found = new Map<string, { server: string; sequence: bigint }>();
  for (const entry of MariadbGtidPosition.parse(text.trim()).toString().split(',')) {
    const [domain, server, sequence] = entry.split('-');
    if (domain && server && sequence) found.set(domain, { server, sequence: BigInt(sequence) });
  }
  return found;
}

/** `binlog.000012` → 12. */
export function logNumber(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
}
