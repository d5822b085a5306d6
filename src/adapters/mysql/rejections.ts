/** What could not be used, and how often. */
import type { Rejected } from '../../domain.js';
import { REJECTED_KEPT } from '../../ports.js';
import type { Sql } from './database.js';
import { clipped, insert, keyConditions, literal, type Value, writeRows } from './rows.js';

/** As wide as the columns: such names come out of the input, and may be of any length there. */
const SOURCE_CHARACTERS = 380;
const POSITION_CHARACTERS = 255;
const LANE_CHARACTERS = 255;

const KEY = ['source', 'position', 'reason'] as const;
/** In front of the names of the tables: the site's, or those of its clicks. */
export type Prefix = '' | 'click_';

const writing = (prefix: Prefix) =>
  insert(`${prefix}rejected`, [...KEY, 'detail'], ' ON DUPLICATE KEY UPDATE reason = VALUES(reason)');
const counting = (prefix: Prefix) =>
  insert(`${prefix}counts`, ['kind', 'name', 'lane', 'count'], ' ON DUPLICATE KEY UPDATE count = count + VALUES(count)');

/** One that is kept already counts no more; beyond the bound of its source one is counted only. */
export async function writeRejected(sql: Sql, list: Rejected[], lane: string, prefix: Prefix = ''): Promise<void> {
  if (list.length === 0) return;
  const rows = list.map((rejected) => ({
    ...rejected,
    source: clipped(rejected.source, SOURCE_CHARACTERS),
    position: clipped(rejected.position, POSITION_CHARACTERS),
  }));
  const known = await knownOf(sql, rows, prefix);
  const room = await roomOf(sql, rows, prefix);
  const counts: Record<string, number> = {};
  const kept: Record<string, number> = {};
  const written: Value[][] = [];
  for (const rejected of rows) {
    const { source, position, reason, detail } = rejected;
    const name = nameOf([source, position, reason]);
    if (known.has(name)) continue;
    counts[reason] = (counts[reason] ?? 0) + 1;
    if ((kept[source] ?? 0) >= room.get(source)!) continue;
    known.add(name);
    kept[source] = (kept[source] ?? 0) + 1;
    written.push([source, position, reason, detail]);
  }
  await writeRows(sql, writing(prefix), written);
  await writeCounts(sql, 'rejected', counts, lane, prefix);
  await writeCounts(sql, 'kept', kept, lane, prefix);
}

/** Adds up. `lane`: its own row for each, so that lanes need not wait for each other. */
export async function writeCounts(
  sql: Sql,
  kind: 'rejected' | 'ignored' | 'kept' | 'counted',
  counts: Record<string, number>,
  lane: string,
  prefix: Prefix = '',
): Promise<void> {
  const names = Object.keys(counts).sort();
  const rows = names.map((name) => [kind, clipped(name, SOURCE_CHARACTERS), clipped(lane, LANE_CHARACTERS), counts[name]]);
  await writeRows(sql, counting(prefix), rows);
}

async function knownOf(sql: Sql, rows: Rejected[], prefix: Prefix): Promise<Set<string>> {
  const known = new Set<string>();
  const keys = rows.map(({ source, position, reason }) => [source, position, reason]);
  for (const where of keyConditions(KEY, keys)) {
    for (const row of await sql.rows(`SELECT ${KEY} FROM ${prefix}rejected WHERE ${where}`))
      known.add(nameOf(KEY.map((name) => String(row[name]))));
  }
  return known;
}

/** By source: how many more of its rejections may be kept. */
async function roomOf(sql: Sql, rows: Rejected[], prefix: Prefix): Promise<Map<string, number>> {
  const room = new Map<string, number>();
  for (const { source } of rows) {
    if (room.has(source)) continue;
    const where = `kind = 'kept' AND name = ${literal(source)}`;
    const [sum] = await sql.rows(`SELECT coalesce(sum(count), 0) AS kept FROM ${prefix}counts WHERE ${where}`);
    room.set(source, REJECTED_KEPT - Number(sum!.kept));
  }
  return room;
}

function nameOf(key: readonly unknown[]): string {
  return JSON.stringify(key);
}
