/**
 * Windows engine against an object per window (`object-windows.ts`): the same events into the same three tables (sessions
 * per user, sessions per user and course, days per user and course), the same grace, batches of 10,000, in one process.
 *
 *     npm run bench -- engine [events] [users] [rounds]
 *
 * Three comparisons: `sessions` is the first table alone, without making rows; `fold` keeps all three tables and forgets after each batch what
 * changed; `rows` makes the changed rows of each
 * batch as plain objects, which is the same work on both sides. Rounds alternate, medians are printed, and both must come to
 * the same checksum. Speeds are by the wall clock and by processor time (garbage collection on other threads included).
 */
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
let rowsOut = 0;
function take({ deletes, upserts }: WindowChanges): void {
  rowsOut += upserts.length + deletes.length;
  for (const { key, start, end, values } of upserts) checksum = (checksum + key[0] * 31 + start + end + values[0]) | 0;
  for (const { start } of deletes) checksum = (checksum + start) | 0;
}

interface Table {
  drain(): WindowChanges;
  discard(): number;
  advance(watermark: number): void;
}
type Mode = 'sessions' | 'fold' | 'rows';

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
    if (mode !== 'sessions') {
      courses.add2(stream.user[i], stream.course[i], time);
      days.add2(stream.user[i], stream.course[i], day, ONE_HOT[stream.group[i]]);
    }
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
    if (mode !== 'sessions') {
      courses.add(stream.user[i], stream.course[i], time, NONE);
      days.add(stream.user[i], stream.course[i], day, ONE_HOT[stream.group[i]]);
    }
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

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const millions = (n: number) => `${(n / 1e6).toFixed(2)} M/s`;

const stream = makeStream();
for (const mode of ['sessions', 'fold', 'rows'] as const) {
  const wall: Record<string, number[]> = { typedArrays: [], objects: [] };
  const cpu: Record<string, number[]> = { typedArrays: [], objects: [] };
  for (let round = 0; round < rounds; round++) {
    for (const run of [typedArrays, objects]) {
      globalThis.gc?.();
      checksum = 0;
      rowsOut = 0;
      const [began, used] = [performance.now(), process.cpuUsage()];
      const { held, bytes } = run(stream, mode);
      const { user, system } = process.cpuUsage(used);
      wall[run.name].push(events / ((performance.now() - began) / 1e3));
      cpu[run.name].push(events / ((user + system) / 1e6));
      console.log(
        `${mode} ${run.name.padEnd(11)} ${millions(wall[run.name][round])} wall  ${millions(cpu[run.name][round])} cpu  ` +
          `held ${held} in ${(bytes / 1e6).toFixed(0)} MB  rows ${rowsOut}  checksum ${checksum}`,
      );
    }
  }
  for (const [clock, speeds] of [
    ['wall', wall],
    ['cpu', cpu],
  ] as const) {
    const [ours, theirs] = [median(speeds.typedArrays), median(speeds.objects)];
    console.log(
      `${mode}, median by ${clock}: ${millions(ours)} against ${millions(theirs)}, ${(ours / theirs).toFixed(2)} times`,
    );
  }
}
