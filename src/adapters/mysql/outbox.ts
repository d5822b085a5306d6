/** What sinks have yet to hear of. Written with the commit that it tells of; goes when the sink has it. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Score, WindowChanges } from '../../domain.js';
import type { Commit, OutboxEntry } from '../../ports.js';
import type { Sql } from './database.js';
import { insert, literal, numberLists, writeRows } from './rows.js';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Characters of JSON in one entry: a tick over a whole site never has to be read at once, and fits into a statement. */
const ENTRY_CHARACTERS_MAX = 4_000_000;
/** JSON of one window: it has no texts. */
const WINDOW_CHARACTERS = 120;
/** Rows of numbers shrink to a quarter at this level, in half the time of the usual one, which gains little more. */
const GZIP_LEVEL = 1;

const WRITE = insert('outbox', ['sink', 'body']);

type Telling = Omit<OutboxEntry, 'id'>;

/** `scores`: those of the commit that are now stored. After the rows are locked: who touches them later gets a greater id. */
export async function writeOutbox(sql: Sql, commit: Commit, scores: Score[]): Promise<void> {
  const sinks = [...new Set(commit.sinks)].sort();
  for (const entry of entriesOf(commit, scores)) {
    const body = await zip(JSON.stringify(entry), { level: GZIP_LEVEL });
    for (const sink of sinks) await writeRows(sql, WRITE, [[sink, body]]);
  }
}

export async function readOutbox(sql: Sql, sink: string, limit: number): Promise<OutboxEntry[]> {
  const rows = await sql.rows(`SELECT id, body FROM outbox WHERE sink = ${literal(sink)} ORDER BY id LIMIT ${literal(limit)}`);
  return Promise.all(
    rows.map(async ({ id, body }) => {
      const json = await unzip(body as Uint8Array);
      return { id: Number(id), ...(JSON.parse(json.toString()) as Telling) };
    }),
  );
}

export async function confirmOutbox(sql: Sql, sink: string, ids: number[]): Promise<void> {
  for (const list of numberLists(ids)) await sql.run(`DELETE FROM outbox WHERE id IN (${list}) AND sink = ${literal(sink)}`);
}

export async function countOutbox(sql: Sql, sink: string): Promise<number> {
  const [row] = await sql.rows(`SELECT count(*) AS count FROM outbox WHERE sink = ${literal(sink)}`);
  return Number(row!.count);
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
