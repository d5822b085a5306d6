/**
 * The writing half of the store: one commit, in one transaction that the caller holds. The parts come in one order, and the
 * rows of a part in the order of their keys, so that commits side by side wait for each other and seldom deadlock. First what
 * may refuse the commit; last what every lane writes, so that it is locked for the shortest time.
 */

import { type Commit, StalePosition } from '../../ports.js';
import { writeAlertEdits } from './alert-edits.js';
import type { Sql } from './database.js';
import { writeAlerts, writeCohorts, writePredictions, writeScores } from './facts.js';
import { DUPLICATE_KEY, errnoOf } from './faults.js';
import { checkClaims, writeLaneClock } from './lanes.js';
import { writeOutbox } from './outbox.js';
import { checkErased } from './people.js';
import { writeChanges, writePersonViews } from './person-views.js';
import { writeReferences } from './references.js';
import { writeCounts, writeRejected } from './rejections.js';
import { literal, upsert, writeRows } from './rows.js';
import { writeSeen } from './seen.js';
import { writeDriftCheck, writeShadowScores, writeStandings } from './watch.js';
import { writeWindows } from './windows.js';

const CLOCK = upsert('site_clock', ['id', 'clock'], ['id']);

/** Throws `ErasedMeanwhile`, `StalePosition`, `StaleState` or `StaleAlert`; what was written until then is the caller's to roll back. */
export async function writeCommit(sql: Sql, commit: Commit, day: (ms: number) => number): Promise<void> {
  const { position, lane, clock, scores = [] } = commit;
  await checkErased(sql, commit.erased);
  if (position) await movePosition(sql, position);
  if (lane) await checkClaims(sql, lane);
  await writeAlerts(sql, commit.alerts ?? []);
  if (lane) await writeLaneClock(sql, lane.name, clock);
  else if (clock) await writeRows(sql, CLOCK, [[1, JSON.stringify(clock)]]);
  await writeWindows(sql, commit.windows ?? [], day);
  await writeReferences(sql, commit.references ?? []);
  await writeCohorts(sql, commit.cohorts ?? []);
  const stored = await writeScores(sql, scores, (commit.sinks ?? []).length > 0);
  await writePredictions(sql, commit.predictions ?? []);
  await writeShadowScores(sql, commit.shadow_scores ?? []);
  await writeDriftCheck(sql, commit.drift);
  await writeStandings(sql, commit.standings ?? []);
  await writeAlertEdits(sql, commit.alert_edits ?? []);
  await writePersonViews(sql, commit.person_views ?? []);
  await writeChanges(sql, commit.changes ?? []);
  await writeRejected(sql, commit.rejected ?? [], lane?.name ?? '');
  await writeCounts(sql, 'ignored', commit.ignored ?? {}, lane?.name ?? '');
  if (commit.sinks?.length) await writeOutbox(sql, commit, stored);
  if (commit.seen?.length) await writeSeen(sql, commit.seen);
}

/** Where positions are: the site's, or those of its clicks. */
export type PositionTable = 'positions' | 'click_positions';

/** Compared here and not in SQL, where texts that differ in their last spaces are the same. */
export async function movePosition(
  sql: Sql,
  { source, from, to }: NonNullable<Commit['position']>,
  table: PositionTable = 'positions',
): Promise<void> {
  const kept = await lockedPosition(sql, source, table);
  if (kept !== from) throw new StalePosition(`${source} is at ${kept}, not at ${from}`);
  if (kept !== null) {
    await sql.run(`UPDATE ${table} SET position = ${literal(to)} WHERE source = ${literal(source)}`);
    return;
  }
  try {
    await sql.run(`INSERT INTO ${table} (source, position) VALUES (${literal(source)}, ${literal(to)})`);
  } catch (cause) {
    if (errnoOf(cause) !== DUPLICATE_KEY) throw cause;
    throw new StalePosition(`another process has begun with ${source}`, { cause });
  }
}

/** Waits for a transaction that moves it just now, its own former connection's too. */
export async function lockedPosition(sql: Sql, source: string, table: PositionTable = 'positions'): Promise<string | null> {
  const [row] = await sql.rows(`SELECT position FROM ${table} WHERE source = ${literal(source)} FOR UPDATE`);
  return row === undefined ? null : String(row.position);
}
