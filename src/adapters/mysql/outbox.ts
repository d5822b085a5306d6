/** What sinks have yet to hear of. Written with the commit that it tells of; goes when the sink has it. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Score, WindowChanges } from '../../domain.js';
import type { Commit, OutboxEntry } from '../../ports.js';
import type { Sql } from './database.js';
import { insert, literal, numberLists, writeRows } from './rows.js';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Where entries wait: those of the site, or of its clicks. */
export type OutboxTable = 'outbox' | 'click_outbox';

/** Characters of JSON in one entry: a tick over a whole site never has to be read at once, and fits into a statement. */
const ENTRY_CHARACTERS_MAX = 4_000_000;
/** JSON of one window: it has no texts. */
const WINDOW_CHARACTERS = 120;
/** Rows of numbers shrink to a quarter at this level, in half the time of the usual one, which gains little more. */
const GZIP_LEVEL = 1;

type Telling = Omit<OutboxEntry, 'id'>;

/** `scores`: those of the commit that are now stored. After the rows are locked: who touches them later gets a greater id. */
export async function writeOutbox(sql: Sql, commit: Commit, scores: Score[]): Promise<void> {
  for (const entry of entriesOf(commit, scores)) await writeEntry(sql, commit.sinks ?? [], JSON.stringify(entry), 'outbox');
}

/** One entry, as JSON, for each of the sinks. */
export async function writeEntry(sql: Sql, sinks: readonly string[], json: string, table: OutboxTable): Promise<void> {
  const write = insert(table, ['sink', 'body']);
  const body = await zip(json, { level: GZIP_LEVEL });
  for (const sink of [...new Set(sinks)].sort()) await writeRows(sql, write, [[sink, body]]);
}

export async function readOutbox<Entry = OutboxEntry>(
  sql: Sql,
  sink: string,
  limit: number,
  table: OutboxTable = 'outbox',
): Promise<Entry[]> {
  const rows = await sql.rows(`SELECT id, body FROM ${table} WHERE sink = ${literal(sink)} ORDER BY id LIMIT ${literal(limit)}`);
  return Promise.all(
    rows.map(async ({ id, body }) => {
      const json = await unzip(body as Uint8Array);
      return { id: Number(id), ...JSON.parse(json.toString()) } as Entry;
    }),
  );
}

export async function confirmOutbox(sql: Sql, sink: string, ids: number[], table: OutboxTable = 'outbox'): Promise<void> {
  for (const list of numberLists(ids)) await sql.run(`DELETE FROM ${table} WHERE id IN (${list}) AND sink = ${literal(sink)}`);
}

export async function countOutbox(sql: Sql, sink: string, table: OutboxTable = 'outbox'): Promise<number> {
  const [row] = await sql.rows(`SELECT count(*) AS count FROM ${table} WHERE sink = ${literal(sink)}`);
  return Number(row!.count);
}

/** Each waiting entry anew, where `change` gives one. */
export async function rewriteOutbox<Entry>(sql: Sql, change: (entry: Entry) => Entry | null): Promise<void> {
  const first = 'SELECT id, body FROM outbox WHERE id >';
  for (let after = 0; ; ) {
    const [row] = await sql.rows(`${first} ${literal(after)} ORDER BY id LIMIT 1 FOR UPDATE`);
    if (row === undefined) return;
    after = Number(row.id);
    const changed = change(JSON.parse((await unzip(row.body as Uint8Array)).toString()) as Entry);
    if (changed === null) continue;
    const body = await zip(JSON.stringify(changed), { level: GZIP_LEVEL });
    await sql.run(`UPDATE outbox SET body = ${literal(body)} WHERE id = ${literal(after)}`);
  }
}

/** In the order of the commit; none where there is nothing to tell. */
function entriesOf({ windows = [], alerts = [] }: Commit, scores: Score[]): Telling[] {
  const entries: Telling[] = [];
  let room = 0;
  const next = (characters: number): Telling => {
    if (room < characters) {
      entries.push({ windows: [], scores: [], alerts: [] });
      room = ENTRY_CHARACTERS_MAX;
    }
    room -= characters;
    return entries.at(-1)!;
  };
  for (const { table, deletes, upserts } of windows) {
    let part: WindowChanges | undefined;
    const changes = (): WindowChanges => {
      const entry = next(WINDOW_CHARACTERS);
      if (part === undefined || entry.windows.at(-1) !== part) {
        part = { table, deletes: [], upserts: [] };
        entry.windows.push(part);
      }
      return part;
    };
    for (const row of deletes) changes().deletes.push(row);
    for (const row of upserts) changes().upserts.push(row);
  }
  for (const score of scores) next(JSON.stringify(score).length).scores.push(score);
  for (const alert of alerts) next(JSON.stringify(alert).length).alerts.push(alert);
  return entries;
}
