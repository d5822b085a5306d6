/** What those who share a store agree on: who counts whom, the clocks of lanes, leases. */
import type { Clock } from '../../domain.js';
import { type Commit, StaleState } from '../../ports.js';
import type { Sql } from './database.js';
import { literal, numberLists, upsert, writeRows } from './rows.js';

const CLAIM = upsert('user_claims', ['user_id', 'lane'], ['user_id']);
/** The server's clock at this moment, as epoch milliseconds: the one clock that all processes share. */
const SERVER_MS = 'CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED)';

/** Ascending: two who claim the same users do not wait for each other crosswise. */
export async function writeClaims(sql: Sql, lane: string, user_ids: number[]): Promise<void> {
  const users = [...new Set(user_ids)].sort((a, b) => a - b);
  await writeRows(
    sql,
    CLAIM,
    users.map((user_id) => [user_id, lane]),
  );
}

/** Throws `StaleState` where one of the users counts for another lane by now. Until the transaction ends nobody can claim them. */
export async function checkClaims(sql: Sql, { name, user_ids }: NonNullable<Commit['lane']>): Promise<void> {
  let claimed = 0;
  for (const users of numberLists(user_ids)) {
    const where = `FORCE INDEX (PRIMARY) WHERE user_id IN (${users})`;
    // MySQL's newer FOR SHARE is not known to MariaDB; both know this.
    const rows = await sql.rows(`SELECT lane FROM user_claims ${where} LOCK IN SHARE MODE`);
    claimed += rows.filter((row) => row.lane === name).length;
  }
  if (claimed < new Set(user_ids).size) throw new StaleState(`a user of ${name} was claimed for another lane, or never for it`);
}

export async function writeLaneClock(sql: Sql, lane: string, clock: Clock | undefined): Promise<void> {
  if (clock) {
    const values = `${literal(lane)}, ${literal(JSON.stringify(clock))}, ${SERVER_MS}`;
    const others = 'clock = VALUES(clock), heard_ms = VALUES(heard_ms)';
    await sql.run(`INSERT INTO lane_clocks (lane, clock, heard_ms) VALUES (${values}) ON DUPLICATE KEY UPDATE ${others}`);
  } else await sql.run(`UPDATE lane_clocks SET heard_ms = ${SERVER_MS} WHERE lane = ${literal(lane)}`);
}

/** Where leases are: the site's, or those of its clicks. */
export type LeaseTable = 'leases' | 'click_leases';

/** In a transaction. */
export async function takeLease(
  sql: Sql,
  name: string,
  holder: string,
  ttl_ms: number,
  table: LeaseTable = 'leases',
): Promise<number | null> {
  const row = `${literal(name)}, '', 0, 0`;
  // Makes the row where it is missing, and locks it where it is there: two who ask at once come one after the other.
  await sql.run(
    `INSERT INTO ${table} (name, holder, token, until_ms) VALUES (${row}) ON DUPLICATE KEY UPDATE name = VALUES(name)`,
  );
  const where = `WHERE name = ${literal(name)}`;
  const [kept] = await sql.rows(`SELECT holder, token, until_ms > ${SERVER_MS} AS lasts FROM ${table} ${where} FOR UPDATE`);
  if (kept!.lasts && kept!.holder !== holder) return null;
  const token = Number(kept!.token) + 1;
  const until = `${SERVER_MS} + ${literal(Math.round(ttl_ms))}`;
  await sql.run(`UPDATE ${table} SET holder = ${literal(holder)}, token = ${token}, until_ms = ${until} ${where}`);
  return token;
}

/** The token stays, so that the next one is greater. */
export async function endLease(sql: Sql, name: string, holder: string, table: LeaseTable = 'leases'): Promise<void> {
  await sql.run(`UPDATE ${table} SET until_ms = 0 WHERE name = ${literal(name)} AND holder = ${literal(holder)}`);
}
