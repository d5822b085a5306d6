/**
 * Windows engine against an object per window (`object-windows.ts`): the same events into the same three tables (sessions
 * per user, sessions per user and course, days per user and course), the same grace, batches of 10,000, in one process.
 *
 *     npm run bench -- engine [events] [users] [rounds]
 *
 * Three comparisons: `sessions` is the first table alone, and no rows are made; `fold` keeps all three tables and forgets after
 * each batch what changed; `rows` makes the changed rows of each batch as plain objects, which is the same work on both sides.
 * Each run is a process of its own; both sides must come to the same checksum. Speeds are by the wall clock and by processor time
 * (garbage collection on other threads included).
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ACTIVITY_DAYS, ACTIVITY_GROUPS, COURSE_SESSIONS, SESSIONS, type WindowChanges } from '../src/domain.js';
import { count, defineTable, session, sum, tumbling } from '../src/windows/declaration.js';
import { WindowEngine } from '../src/windows/engine.js';
import { ObjectWindows } from './object-windows.js';

const GAP_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const BATCH = 10_000;
const ACTIVE_USERS = 5_000;
const EVENTS_A_SESSION = 10;
const BETWEEN_EVENTS_MS = 60_000;

const [events, users, rounds] = [10_000_000, 200_000, 5].map((normal, i) => Number(process.argv[i + 2] ?? normal));

interface Stream {
  user: Int32Array;
  course: Int32Array;
  time: Float64Array;
  group: Uint8Array;
}

/** 5,000 users at once, a minute between two events of one, ten events a session, one in a hundred up to six hours late. */
function makeStream(): Stream {
  let seed = 42;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 4294967296) * below);
  };
  const stream = {
    user: new Int32Array(events),
    course: new Int32Array(events),
    time: new Float64Array(events),
    group: new Uint8Array(events),
  };
  const newcomer = () => ({ user: random(users), course: random(3) });
  const active = Array.from({ length: ACTIVE_USERS }, newcomer);
  for (let i = 0; i < events; i++) {
    const place = random(ACTIVE_USERS);
    if (random(EVENTS_A_SESSION) === 0) active[place] = newcomer();
    const { user, course } = active[place];
    const late = random(100) === 0 ? random(6 * 3_600_000) : 0;
    stream.user[i] = user;
    stream.course[i] = (user * 7 + course) % 500;
    stream.time[i] = 1_790_000_000_000 + Math.floor((i * BETWEEN_EVENTS_MS) / ACTIVE_USERS) - late;
    stream.group[i] = random(5);
  }
  return stream;
}

const ONE_HOT = ACTIVITY_GROUPS.map((_, i) => Float64Array.from(ACTIVITY_GROUPS, (_, j) => (i === j ? 1 : 0)));
const NONE = new Float64Array(0);

let checksum = 0;
function take({ deletes, upserts }: WindowChanges): void {
  for (const { key, start, end, values } of upserts) checksum = (checksum + key[0] * 31 + start + end + values[0]) | 0;
  for (const { start } of deletes) checksum = (checksum + start) | 0;
}

interface Table {
  drain(): WindowChanges;
  discard(): number;
  advance(watermark: number): void;
}
type Mode = 'fold' | 'rows';

function settle(tables: Table[], mode: Mode): void {
  for (const table of tables) {
    if (mode === 'rows') take(table.drain());
    else checksum = (checksum + table.discard()) | 0;
  }
}

function typedArrays(stream: Stream, mode: Mode): { held: number; bytes: number } {
  const aggregates = [count()];
  const grace = DAY_MS;
  const sessions = new WindowEngine(defineTable({ table: SESSIONS, window: session(GAP_MS), aggregates, grace, late: 'merge' }));
  const courses = new WindowEngine(
    defineTable({ table: COURSE_SESSIONS, window: session(GAP_MS), aggregates, grace, late: 'merge' }),
  );
  const perGroup = [count(), ...ACTIVITY_GROUPS.map(sum)];
  const days = new WindowEngine(
    defineTable({ table: ACTIVITY_DAYS, window: tumbling(1), aggregates: perGroup, grace: 1, late: 'merge' }),
  );
  let watermark = 0;
  for (let i = 0; i < events; i++) {
    const time = stream.time[i];
    const day = Math.floor(time / DAY_MS);
    sessions.add1(stream.user[i], time);
    courses.add2(stream.user[i], stream.course[i], time);
    days.add2(stream.user[i], stream.course[i], day, ONE_HOT[stream.group[i]]);
    if (time > watermark) watermark = time;
    if (i % BATCH !== BATCH - 1) continue;
    sessions.advance(watermark);
    courses.advance(watermark);
    days.advance(Math.floor(watermark / DAY_MS));
    settle([sessions, courses, days], mode);
  }
  return {
    held: sessions.size + courses.size + days.size,
    bytes: sessions.memoryBytes + courses.memoryBytes + days.memoryBytes,
  };
}

function objects(stream: Stream, mode: Mode): { held: number; bytes: number } {
  const before = process.memoryUsage().heapUsed;
  const sessions = new ObjectWindows(SESSIONS, GAP_MS, DAY_MS);
  const courses = new ObjectWindows(COURSE_SESSIONS, GAP_MS, DAY_MS);
  const days = new ObjectWindows(ACTIVITY_DAYS, null, 1);
  let watermark = 0;
  for (let i = 0; i < events; i++) {
    const time = stream.time[i];
    const day = Math.floor(time / DAY_MS);
    sessions.add(stream.user[i], 0, time, NONE);
    courses.add(stream.user[i], stream.course[i], time, NONE);
    days.add(stream.user[i], stream.course[i], day, ONE_HOT[stream.group[i]]);
    if (time > watermark) watermark = time;
    if (i % BATCH !== BATCH - 1) continue;
    sessions.advance(watermark);
    courses.advance(watermark);
    days.advance(Math.floor(watermark / DAY_MS));
    settle([sessions, courses, days], mode);
  }
  globalThis.gc?.();
  const bytes = process.memoryUsage().heapUsed - before;
  return { held: sessions.held.size + courses.held.size + days.held.size, bytes };
}

/** Sessions per user alone, nothing handed out: the engine itself. */
function sessionsAlone(stream: Stream, table: Table, add: (user: number, time: number) => unknown): void {
  let watermark = 0;
  for (let i = 0; i < events; i++) {
    const time = stream.time[i];
    add(stream.user[i], time);
    if (time > watermark) watermark = time;
    if (i % BATCH !== BATCH - 1) continue;
    table.advance(watermark);
    checksum = (checksum + table.discard()) | 0;
  }
}

const SIDES: Record<string, (stream: Stream) => unknown> = {
  'sessions ours': (stream) => {
    const table = defineTable({ table: SESSIONS, window: session(GAP_MS), aggregates: [count()], grace: DAY_MS, late: 'merge' });
    const engine = new WindowEngine(table);
    sessionsAlone(stream, engine, (user, time) => engine.add1(user, time));
  },
  'sessions objects': (stream) => {
    const table = new ObjectWindows(SESSIONS, GAP_MS, DAY_MS);
    sessionsAlone(stream, table, (user, time) => table.add(user, 0, time, NONE));
  },
  'fold ours': (stream) => typedArrays(stream, 'fold'),
  'fold objects': (stream) => objects(stream, 'fold'),
  'rows ours': (stream) => typedArrays(stream, 'rows'),
  'rows objects': (stream) => objects(stream, 'rows'),
};

interface Measured {
  wall: number;
  cpu: number;
  checksum: number;
}

/** In a process of its own, so that neither side runs in what the other left behind; the second of two goes, warm. */
function measure(side: string): Measured {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), String(events), String(users), String(rounds), side];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`${side} failed`);
  return JSON.parse(stdout);
}

function runAlone(side: string): void {
  const stream = makeStream();
  for (const warm of [false, true]) {
    globalThis.gc?.();
    checksum = 0;
    const [began, used] = [performance.now(), process.cpuUsage()];
    SIDES[side](stream);
    const { user, system } = process.cpuUsage(used);
    const measured = { wall: events / ((performance.now() - began) / 1e3), cpu: events / ((user + system) / 1e6), checksum };
    if (warm) process.stdout.write(JSON.stringify(measured));
  }
}

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const millions = (n: number) => `${(n / 1e6).toFixed(2)} M/s`;

function compareAll(): void {
  for (const mode of ['sessions', 'fold', 'rows']) {
    const pairs = Array.from({ length: rounds }, () => ({ ours: measure(`${mode} ours`), objects: measure(`${mode} objects`) }));
    if (pairs.some(({ ours, objects }) => ours.checksum !== objects.checksum)) throw new Error(`${mode}: the two sides differ`);
    for (const clock of ['wall', 'cpu'] as const) {
      const [ours, objects] = [median(pairs.map((p) => p.ours[clock])), median(pairs.map((p) => p.objects[clock]))];
      const ratio = median(pairs.map((p) => p.ours[clock] / p.objects[clock]));
      console.log(
        `${mode.padEnd(8)} by ${clock.padEnd(4)} ${millions(ours)} against ${millions(objects)}, ${ratio.toFixed(2)} times (median of ${rounds} pairs)`,
      );
    }
  }
}

if (process.argv[5] === undefined) compareAll();
else runAlone(process.argv[5]);
