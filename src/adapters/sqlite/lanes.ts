/** What those who share a store agree on: who counts whom, the clocks of lanes, leases. */
import type { Clock } from '../../domain.js';
import { type Commit, StaleState } from '../../ports.js';
import type { Connection } from './connection.js';
import { upsertRows, writeRows } from './rows.js';

const CLAIM = upsertRows('user_claims', ['user_id', 'lane'], ['user_id']);
const CLOCK = upsertRows('lane_clocks', ['lane', 'clock', 'heard_ms'], ['lane']);
const LEASE = upsertRows('leases', ['name', 'holder', 'token', 'until_ms'], ['name']);

export function writeClaims(connection: Connection, lane: string, user_ids: number[]): void {
  connection.transaction(() =>
    writeRows(
      connection,
      CLAIM,
      user_ids.map((user_id) => [user_id, lane]),
    ),
  );
}

/** Throws `StaleState` where one of the users counts for another lane by now. */
export function checkClaims(connection: Connection, { name, user_ids }: NonNullable<Commit['lane']>): void {
  const claimed = connection.prepare('SELECT 1 FROM user_claims WHERE user_id = ? AND lane = ?');
  for (const user_id of user_ids) {
    if (claimed.all([user_id, name]).length === 0) {
      throw new StaleState(`a user of ${name} was claimed for another lane, or never for it`);
    }
  }
}

export function writeLaneClock(connection: Connection, lane: string, clock: Clock | undefined, now_ms: number): void {
  if (clock) connection.prepare(CLOCK(1)).run([lane, JSON.stringify(clock), now_ms]);
  else connection.prepare('UPDATE lane_clocks SET heard_ms = ? WHERE lane = ?').run([now_ms, lane]);
}

export function readLaneClocks(connection: Connection): { lane: string; clock: Clock; heard_ms: number }[] {
  const rows = connection.prepare('SELECT lane, clock, heard_ms FROM lane_clocks ORDER BY lane').all();
  return rows.map((row) => ({ lane: String(row.lane), clock: JSON.parse(String(row.clock)), heard_ms: Number(row.heard_ms) }));
}

export function writeLease(connection: Connection, name: string, holder: string, ttl_ms: number, now_ms: number): number | null {
  return connection.transaction(() => {
    const [kept] = connection.prepare('SELECT holder, token, until_ms FROM leases WHERE name = ?').all([name]);
    if (kept && kept.holder !== holder && Number(kept.until_ms) > now_ms) return null;
    const token = Number(kept?.token ?? 0) + 1;
    connection.prepare(LEASE(1)).run([name, holder, token, now_ms + ttl_ms]);
    return token;
  });
}

/** The token stays, so that the next one is greater. */
export function endLease(connection: Connection, name: string, holder: string): void {
  connection.prepare('UPDATE leases SET until_ms = 0 WHERE name = ? AND holder = ?').run([name, holder]);
}
