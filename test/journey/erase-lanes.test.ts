/** Somebody is erased by one process while others count: whatever they hold in memory, nothing of the person is left in the end. */
import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import type { Change } from '../../src/domain.js';
import { LOG_TABLE } from '../../src/moodle/tables.js';
import { Erased } from '../../src/pipeline/erased.js';
import { LanePool } from '../../src/pipeline/lane-pool.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import type { Store } from '../../src/ports.js';
import { Calendar } from '../../src/windows/calendar.js';
import { rowsNaming } from './erased-site.js';
import { decoded } from './list-source.js';
import { linesOf } from './oracle/recorded.js';
import { HISTORY, LONG, NO_TICKS, seeded, TempFolder } from './site.js';

const BATCH = 400;
const LANES = 4;
const calendar = new Calendar('UTC');
const temp = new TempFolder();
afterAll(() => temp.remove());

const changes = decoded(linesOf(HISTORY));
const userOf = (change: Change) => Number(change.row?.userid ?? 0);
const USERS = [...new Set(changes.filter((change) => change.table === LOG_TABLE).map(userOf))].filter((id) => id > 20);
const hash = async () => (user_id: number) => `hash-${user_id}`;

async function processOver(store: Store): Promise<{ pool: LanePool; pipeline: Pipeline }> {
  const settings = {
    site: 'moodle',
    threshold: 0.7,
    scope: { include: [], exclude: [] },
    gap_ms: 900_000,
    cron: NO_TICKS.HOLDFAST_SCORE_CRON,
    time_zone: 'UTC',
    count_anonymous: false,
    shared: true,
    sinks: ['kafka'],
    clock: 'event' as const,
    hash,
  };
  const pipeline = new Pipeline(store, calendar, settings, null, Date.now);
  await pipeline.open();
  const told = { sinks: [], clock: 'event' as const, outbox_entries_max: 1_000_000 };
  return { pipeline, pool: new LanePool(pipeline, store, told, new AbortController().signal) };
}

/** Log rows come in the lane of their user, or, with `anywhere`, in any. */
function streamsOf(anywhere: boolean): Map<string, Change[]> {
  const streams = new Map<string, Change[]>();
  for (const [i, change] of changes.entries()) {
    const lane = change.table === LOG_TABLE ? `kafka:log/${(anywhere ? i : userOf(change)) % LANES}` : `kafka:${change.table}/0`;
    streams.set(lane, [...(streams.get(lane) ?? []), change]);
  }
  return streams;
}

it('whenever it is, in whichever lane the person is counted', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...USERS),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (user_id, when, anywhere) => {
        const file = temp.file(`lanes-${runs++}.db`);
        const store = new SqliteStore(file);
        await store.open({ site: 'moodle', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
        try {
          const processes = [await processOver(store), await processOver(store)];
          const streams = [...streamsOf(anywhere)];
          const at = streams.map(() => 0);
          for (const [i, [lane]] of streams.entries()) await processes[i % 2]!.pool.open(lane);
          const random = seeded(when);
          for (let batches = 0; ; batches++) {
            const left = streams.flatMap(([, list], i) => (at[i]! < list.length ? [i] : []));
            if (left.length === 0) break;
            if (batches === when) await new Erased(store, hash).erase(user_id, 1, ['kafka']);
            const i = left[Math.floor(random() * left.length)]!;
            const [source, list] = streams[i]!;
            const part = list.slice(at[i]!, at[i]! + BATCH);
            at[i] = at[i]! + part.length;
            const position = String(at[i]);
            await processes[i % 2]!.pool.batch({
              source,
              changes: part,
              rejected: [],
              ignored: {},
              position,
              snapshot: false,
              caught_up: false,
            });
          }
          for (const entry of await store.outbox('kafka', 100_000)) {
            const upserts = entry.windows.flatMap((window) => window.upserts);
            expect(upserts.filter(({ key }) => key[0] === user_id)).toEqual([]);
          }
          await store.confirm('kafka', (await store.outbox('kafka', 100_000)).map(({ id }) => id)); // biome-ignore format: one line
          expect(rowsNaming(file, user_id)).toEqual([]);
          expect(processes.map(({ pipeline }) => pipeline.erased.has(user_id))).toEqual([true, true]);
        } finally {
          await store.close();
        }
      },
    ),
    { numRuns: LONG ? 40 : 4, seed: 3 },
  );
}, 300_000);
