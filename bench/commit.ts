/**
 * What a commit costs: batches of 1,000 activities as the pipeline commits them (sessions, course sessions, days, a page of
 * seen ids, clock, position) into SQLite with an fsync each, beside as many rows put one by one by a ready statement
 * into one plain table, in transactions of the same size with the same fsync.
 *
 *     npm run bench -- commit [batches] [users] [folder]
 *
 * The two take turns, batch by batch, so that a noisy machine is noisy for both. Medians are printed. `folder` should be on the
 * disk that is meant: a memory disk has no fsync to pay.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../src/adapters/sqlite/connection.js';
import { SqliteStore } from '../src/adapters/sqlite/sqlite-store.js';
import { ACTIVITY_DAYS, COURSE_SESSIONS, SEEN_PAGE_IDS, SESSIONS, type SeenPage, type WindowRow } from '../src/domain.js';
import type { Commit } from '../src/ports.js';

const EVENTS = 1_000;
const COURSES = 200;
const DAY_MS = 86_400_000;
/** A busy site: 20 activities a second, by 1,200 people who do one a minute, ten in a session. */
const BETWEEN_EVENTS_MS = 50;
const AT_WORK = 1_200;
const EVENTS_A_SESSION = 10;

const batches = Number(process.argv[2] ?? 300);
const users = Number(process.argv[3] ?? 20_000);
const parent = process.argv[4] ?? tmpdir();

let seed = 42;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * below);
}

const atWork: { user: number; course: number; start: number; left: number }[] = [];

/** Batch n: each activity touches a window in each of the three tables; one in ten begins new ones. */
function makeCommit(batch: number): Commit {
  const tables = [SESSIONS, COURSE_SESSIONS, ACTIVITY_DAYS].map((table) => ({ table, rows: new Map<string, WindowRow>() }));
  for (let event = 0; event < EVENTS; event += 1) {
    const time = 1_760_000_000_000 + (batch * EVENTS + event) * BETWEEN_EVENTS_MS;
    const place = random(AT_WORK);
    if (!atWork[place]?.left) {
      const left = batch === 0 ? 1 + random(EVENTS_A_SESSION) : EVENTS_A_SESSION;
      atWork[place] = { user: random(users), course: random(COURSES), start: time, left };
    }
    const person = atWork[place]!;
    person.left -= 1;
    for (const { table, rows } of tables) {
      const key = table === SESSIONS ? [person.user] : [person.user, person.course];
      const start = table === ACTIVITY_DAYS ? Math.floor(time / DAY_MS) : person.start;
      const end = table === ACTIVITY_DAYS ? start : time;
      rows.set(`${key},${start}`, { key, start, end, values: table.values.map((_, index) => (index + event) % 9) });
    }
  }
  return {
    position: { source: 'bench', from: batch === 0 ? null : String(batch - 1), to: String(batch) },
    clock: { kind: 'event', now_ms: batch, last_tick_ms: null, snapshot: false, ahead: [] },
    windows: tables.map(({ table, rows }) => ({ table, deletes: [], upserts: [...rows.values()] })),
    seen: countedIn(batch),
  };
}

/** The log ids of a batch: one after the other. */
function countedIn(batch: number): SeenPage[] {
  const pages = new Map<number, Uint8Array>();
  for (let id = batch * EVENTS; id < (batch + 1) * EVENTS; id += 1) {
    const page = Math.floor(id / SEEN_PAGE_IDS);
    const bits = pages.get(page) ?? new Uint8Array(SEEN_PAGE_IDS / 8);
    bits[(id % SEEN_PAGE_IDS) >> 3]! |= 1 << (id & 7);
    pages.set(page, bits);
  }
  return [...pages].map(([page, bits]) => ({ page, bits }));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const folder = mkdtempSync(join(parent, 'holdfast-bench-'));
const store = new SqliteStore(join(folder, 'store.db'));
await store.open({ site: 'bench', time_zone: 'UTC', day: (ms) => Math.floor(ms / DAY_MS) });
const plain = new Connection(join(folder, 'plain.db'), 'own');
plain.makeDurable();
plain.exec(
  'CREATE TABLE t (user_id INTEGER, course_id INTEGER, start_ms INTEGER, end_ms INTEGER, activities INTEGER, day INTEGER)',
);
const insert = plain.prepare('INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)');

const commit_ms: number[] = [];
const plain_ms: number[] = [];
let rows = 0;
for (let batch = 0; batch < batches; batch += 1) {
  const commit = makeCommit(batch);
  const count = commit.windows!.reduce((sum, changes) => sum + changes.upserts.length, 0);
  rows += count;
  commit_ms.push(await timed(() => store.commit(commit)));
  const insertAll = () => {
    for (let row = 0; row < count; row += 1) insert.run([row, 1, 2, 3, 4, batch]);
  };
  plain_ms.push(await timed(() => plain.transaction(insertAll)));
}
const [ours, theirs] = [median(commit_ms), median(plain_ms)];
const per_batch = rows / batches;
console.log(`${batches} batches of ${EVENTS} activities, ${users} users, ${Math.round(per_batch)} window rows a batch`);
console.log(
  `commit           ${ours.toFixed(2)} ms  ${Math.round((per_batch / ours) * 1000)} rows/s  ${Math.round((EVENTS / ours) * 1000)} activities/s`,
);
console.log(`row by row       ${theirs.toFixed(2)} ms  ${Math.round((per_batch / theirs) * 1000)} rows/s`);
console.log(`ratio (rows/s)   ${(theirs / ours).toFixed(2)}`);
await store.close();
plain.close();
rmSync(folder, { recursive: true });
