/**
 * Windows engine against an object per window: the same events, the same three tables (sessions per user, sessions per user
 * and course, days per user and course), the same changed rows handed out after every batch, the same grace, in one process.
 *
 *     node_modules/.bin/tsc -p tsconfig.bench.json && node --expose-gc dist-bench/bench/engine.js [events] [users] [rounds]
 *
 * Rounds alternate between the two; medians are printed. Both must end with the same checksum over all rows handed out.
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

function typedArrays(stream: Stream): { held: number; bytes: number } {
  const sessions = new WindowEngine(
    defineTable({ table: SESSIONS, window: session(GAP_MS), aggregates: [count()], grace: DAY_MS, late: 'merge' }),
  );
  const courses = new WindowEngine(
    defineTable({ table: COURSE_SESSIONS, window: session(GAP_MS), aggregates: [count()], grace: DAY_MS, late: 'merge' }),
  );
  const days = new WindowEngine(
    defineTable({
      table: ACTIVITY_DAYS,
      window: tumbling(1),
      aggregates: [count(), ...ACTIVITY_GROUPS.map(sum)],
      grace: 1,
      late: 'merge',
    }),
  );
  let watermark = 0;
  for (let i = 0; i < events; i++) {
    const time = stream.time[i];
    sessions.add1(stream.user[i], time);
    courses.add2(stream.user[i], stream.course[i], time);
    days.add2(stream.user[i], stream.course[i], Math.floor(time / DAY_MS), ONE_HOT[stream.group[i]]);
    if (time > watermark) watermark = time;
    if (i % BATCH === BATCH - 1) {
      sessions.advance(watermark);
      courses.advance(watermark);
      days.advance(Math.floor(watermark / DAY_MS));
      take(sessions.drain());
      take(courses.drain());
      take(days.drain());
    }
  }
  return {
    held: sessions.size + courses.size + days.size,
    bytes: sessions.memoryBytes + courses.memoryBytes + days.memoryBytes,
  };
}

function objects(stream: Stream): { held: number; bytes: number } {
  const sessions = new ObjectWindows(SESSIONS, GAP_MS, DAY_MS);
  const courses = new ObjectWindows(COURSE_SESSIONS, GAP_MS, DAY_MS);
  const days = new ObjectWindows(ACTIVITY_DAYS, null, 1);
  let watermark = 0;
  for (let i = 0; i < events; i++) {
    const time = stream.time[i];
    sessions.add(stream.user[i], 0, time, NONE);
    courses.add(stream.user[i], stream.course[i], time, NONE);
    days.add(stream.user[i], stream.course[i], Math.floor(time / DAY_MS), ONE_HOT[stream.group[i]]);
    if (time > watermark) watermark = time;
    if (i % BATCH === BATCH - 1) {
      sessions.advance(watermark);
      courses.advance(watermark);
      days.advance(Math.floor(watermark / DAY_MS));
      take(sessions.drain());
      take(courses.drain());
      take(days.drain());
    }
  }
  const heap = process.memoryUsage().heapUsed;
  return { held: sessions.held.size + courses.held.size + days.held.size, bytes: heap };
}

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

const stream = makeStream();
const speeds: Record<string, number[]> = { 'typed arrays': [], objects: [] };
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of [
    ['typed arrays', typedArrays],
    ['objects', objects],
  ] as const) {
    globalThis.gc?.();
    checksum = 0;
    rowsOut = 0;
    const began = performance.now();
    const { held, bytes } = run(stream);
    const seconds = (performance.now() - began) / 1000;
    speeds[name].push(events / seconds);
    console.log(
      `${name.padEnd(12)} ${(events / seconds / 1e6).toFixed(2)} M events/s  held ${held}  ${(bytes / 1e6).toFixed(0)} MB  rows out ${rowsOut}  checksum ${checksum}`,
    );
  }
}
const [ours, theirs] = [median(speeds['typed arrays']), median(speeds.objects)];
console.log(
  `median ${(ours / 1e6).toFixed(2)} against ${(theirs / 1e6).toFixed(2)} M events/s: ${(ours / theirs).toFixed(2)} times`,
);
