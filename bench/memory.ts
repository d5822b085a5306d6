/**
 * Memory of a process that has just met a million users in three courses each: their windows in typed arrays, and the set of those it has
 * claimed. Sessions, sessions by course and days, as the pipeline declares them.
 *
 *     npm run bench -- memory [USERS]
 */
import { MemoryStore } from '../src/adapters/memory/memory-store.js';
import { Counting } from '../src/pipeline/counting.js';
import { Calendar } from '../src/windows/calendar.js';

const COURSES = 3;
const GAP_MS = 900_000;
const START_MS = Date.UTC(2026, 0, 1);
/** As many as a batch has: what is drained in between does not pile up. */
const BATCH = 10_000;

const users = Number(process.argv[2] ?? 1_000_000);
const calendar = new Calendar('UTC');
const store = new MemoryStore();
await store.open({ site: 'bench', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
const counting = new Counting(store, calendar, GAP_MS);
const claimed = new Set<number>();
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
collect();
const before = process.memoryUsage();
let id = 1;
for (let first = 0; first < users; first += BATCH) {
  const activities = [];
  for (let user = first; user < Math.min(first + BATCH, users); user++) {
    claimed.add(user + 2);
    for (let course = 1; course <= COURSES; course++)
      activities.push({ id: id++, user_id: user + 2, course_id: course, time_ms: START_MS + first, group: 'content' as const });
  }
  await counting.prepare(activities);
  for (const activity of activities) counting.count(activity);
  counting.drain(START_MS + first);
}
collect();
const after = process.memoryUsage();
// Resident: the pools of windows lie outside what V8 counts.
const mebibytes = (after.rss - before.rss) / 1024 / 1024;
// Asked last, so that nothing of it is collected before.
if (!counting.hasCounted(1)) throw new Error('nothing was counted');
process.stdout.write(`${users} users in ${COURSES} courses: ${Math.round(mebibytes)} MiB, ${claimed.size} claimed\n`);
