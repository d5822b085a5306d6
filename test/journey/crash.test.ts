/**
 * A crash at any step: before a commit, or just after it. Each time the process begins anew from what the store holds, and the
 * site's tables come out as if nothing had happened.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import { Runner } from '../../src/app/runner.js';
import type { Change } from '../../src/domain.js';
import { Pipeline, type PipelineSettings } from '../../src/pipeline/pipeline.js';
import { Roster } from '../../src/pipeline/roster.js';
import type { Commit, Store } from '../../src/ports.js';
import { Tables } from '../../src/reading/tables.js';
import { csvLines } from '../../src/reading/tables-format.js';
import { Calendar } from '../../src/windows/calendar.js';
import { decoded, ListSource } from './list-source.js';
import { linesOf } from './oracle/recorded.js';
import {
  ALL_TABLES,
  configOf,
  differences,
  HISTORY,
  NO_TICKS,
  ORDER_INDEPENDENT,
  seeded,
  shuffled,
  TempFolder,
  WEEKLY,
} from './site.js';

const BATCH = 1500;
/** Half of all commits end the process: drawn, since a fixed pattern could crash for ever at the same step. */
const CRASH_BEFORE = 0.25;
const CRASH_AFTER = 0.25;
const SEED = 7;
const config = configOf(WEEKLY);
const gap_ms = config.session_gap_s * 1000;
const calendar = new Calendar('UTC');
const changes = decoded(linesOf(HISTORY));
const temp = new TempFolder();
afterAll(() => temp.remove());

class Crash extends Error {}

/** The store as the pipeline sees it, where a commit may be the last thing that the process does. */
function crashing(store: Store, commit: (write: () => Promise<void>) => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'commit') return (what: Commit) => commit(() => target.commit(what));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function begun(store: Store, cron: string): Promise<Pipeline> {
  const settings: PipelineSettings = {
    site: 'moodle',
    threshold: 0.7,
    scope: { include: [], exclude: [] },
    gap_ms,
    cron,
    time_zone: 'UTC',
    count_anonymous: false,
    shared: false,
    sinks: [],
    clock: null,
  };
  const pipeline = new Pipeline(store, calendar, settings, null, Date.now);
  await pipeline.open();
  return pipeline;
}

/** One life of the process: to the end, or to a crash. */
async function live(store: Store): Promise<boolean> {
  const pipeline = await begun(store, WEEKLY.HOLDFAST_SCORE_CRON);
  try {
    await new Runner(new ListSource('history', changes, BATCH), pipeline, store).run();
    return true;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return false;
  }
}

/** A life for each batch: all that one process knows of the one before it is what the store holds. */
async function livesFor(store: Store, order: readonly Change[], batch: number): Promise<void> {
  const source = new ListSource('history', order, batch);
  for await (const one of source.batches(null, new AbortController().signal)) {
    await (await begun(store, NO_TICKS.HOLDFAST_SCORE_CRON)).processBatch(one, source);
  }
}

async function tablesOf(store: Store, names: readonly string[] = ALL_TABLES): Promise<Record<string, string>> {
  const now_ms = (await store.clock())!.now_ms!;
  const tables = new Tables(store, new Roster(store), calendar, { gap_ms, threshold: 0.7, capacity: null }, () => now_ms);
  const texts: Record<string, string> = {};
  for (const name of names) {
    texts[name] = '';
    for await (const part of csvLines(tables.info(name)!, tables.rows(name))) texts[name] += part;
  }
  return texts;
}

async function opened(store: Store): Promise<Store> {
  await store.open({ site: 'moodle', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
  return store;
}

describe.each([
  ['memory', () => new MemoryStore()],
  ['sqlite', () => new SqliteStore(temp.file(`${Math.random().toString(36).slice(2)}.db`))],
] as const)('crashes at any step, %s', (_kind, make) => {
  it('leave no trace in any table', async () => {
    const reference = await opened(new MemoryStore());
    expect(await live(reference)).toBe(true);
    const expected = await tablesOf(reference);
    expect(expected.alerts!.split('\n').length).toBeGreaterThan(10);

    const store = await opened(make());
    const random = seeded(SEED);
    const crashes = { before: 0, after: 0 };
    const crashed = crashing(store, async (write) => {
      const draw = random();
      if (draw < CRASH_BEFORE) {
        crashes.before++;
        throw new Crash();
      }
      await write();
      if (draw < CRASH_BEFORE + CRASH_AFTER) {
        crashes.after++;
        throw new Crash();
      }
    });
    while (!(await live(crashed)));
    expect(Math.min(crashes.before, crashes.after)).toBeGreaterThan(8);
    expect(differences(await tablesOf(store), expected)).toEqual([]);
    await store.close();
  });

  it('nor does a process that lives for one batch only, with the log’s newest rows first, or in any order', async () => {
    const reference = await opened(new MemoryStore());
    await livesFor(reference, changes, changes.length);
    const expected = await tablesOf(reference, ORDER_INDEPENDENT);
    const [log, rest] = [changes.filter((c) => c.table.endsWith('_log')), changes.filter((c) => !c.table.endsWith('_log'))];
    for (const order of [[...log].reverse(), shuffled(log, seeded(SEED))]) {
      const store = await opened(make());
      await livesFor(store, [...order, ...rest], 700);
      expect(differences(await tablesOf(store, ORDER_INDEPENDENT), expected)).toEqual([]);
      await store.close();
    }
  });
});
