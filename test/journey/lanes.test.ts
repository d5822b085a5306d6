/**
 * Several processes count one site: whatever share of the log comes to whom, in whatever order, and however often, the tables are
 * those of a single process that read everything once.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import type { Change } from '../../src/domain.js';
import { LOG_TABLE } from '../../src/moodle/tables.js';
import { LanePool } from '../../src/pipeline/lane-pool.js';
import { Pipeline, type PipelineSettings } from '../../src/pipeline/pipeline.js';
import { Roster } from '../../src/pipeline/roster.js';
import { type ChangeBatch, StalePosition, type Store } from '../../src/ports.js';
import { Tables } from '../../src/reading/tables.js';
import { csvLines } from '../../src/reading/tables-format.js';
import { Calendar } from '../../src/windows/calendar.js';
import { decoded } from './list-source.js';
import { linesOf } from './oracle/recorded.js';
import { differences, HISTORY, NO_TICKS, ORDER_INDEPENDENT, seeded, TempFolder, tablesAfter } from './site.js';

const GAP_MS = 900_000;
const BATCH = 400;
const calendar = new Calendar('UTC');
const temp = new TempFolder();
const changes = decoded(linesOf(HISTORY));
let expected: Record<string, string>;
let stores = 0;
beforeAll(async () => {
  expected = await tablesAfter([HISTORY], { env: NO_TICKS, tables: ORDER_INDEPENDENT });
});
afterAll(() => temp.remove());

/** One process of several: its own pipeline and lanes over the common store. */
async function processOver(store: Store): Promise<LanePool> {
  const settings: PipelineSettings = {
    site: 'moodle',
    threshold: 0.7,
    scope: { include: [], exclude: [] },
    gap_ms: GAP_MS,
    cron: NO_TICKS.HOLDFAST_SCORE_CRON,
    time_zone: 'UTC',
    count_anonymous: false,
    shared: true,
    sinks: [],
    clock: 'event',
  };
  const pipeline = new Pipeline(store, calendar, settings, null, Date.now);
  await pipeline.open();
  const signal = new AbortController().signal;
  return new LanePool(pipeline, store, { sinks: [], clock: 'event', outbox_entries_max: 1000 }, signal);
}

async function opened(): Promise<Store> {
  const store = new SqliteStore(temp.file(`shared-${stores++}.db`));
  await store.open({ site: 'moodle', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
  return store;
}

async function tablesOf(store: Store): Promise<Record<string, string>> {
  const pipeline = new Pipeline(
    store,
    calendar,
    { site: 'moodle', threshold: 0.7, scope: { include: [], exclude: [] }, gap_ms: GAP_MS, cron: '0 3 * * *', time_zone: 'UTC', count_anonymous: false, shared: null, sinks: [], clock: null }, // biome-ignore format: settings
    null,
    Date.now,
  );
  await pipeline.open();
  const tables = new Tables(store, new Roster(store), calendar, { gap_ms: GAP_MS, threshold: 0.7, capacity: null }, () =>
    pipeline.now_ms(),
  );
  const texts: Record<string, string> = {};
  for (const name of ORDER_INDEPENDENT) {
    texts[name] = '';
    for await (const part of csvLines(tables.info(name)!, tables.rows(name))) texts[name] += part;
  }
  return texts;
}

/** What comes in one lane, in order. */
type Stream = { lane: string; changes: Change[] };

function batchAt(stream: Stream, at: number): ChangeBatch {
  const part = stream.changes.slice(at, at + BATCH);
  const position = String(at + part.length);
  return { source: stream.lane, changes: part, rejected: [], ignored: {}, position, snapshot: false, caught_up: false };
}

/** Works the streams off, a batch of a lane drawn at random at a time, each lane by the process that `owner` names just then. */
async function work(pools: LanePool[], streams: Stream[], random: () => number, owner: (lane: number) => number): Promise<void> {
  const at = streams.map(() => 0);
  const holds = streams.map((): number | null => null);
  const open = () => streams.flatMap((stream, i) => (at[i]! < stream.changes.length ? [i] : []));
  for (let left = open(); left.length > 0; left = open()) {
    const lane = left[Math.floor(random() * left.length)]!;
    const stream = streams[lane]!;
    const to = owner(lane);
    if (holds[lane] !== to) {
      if (holds[lane] !== null) await pools[holds[lane]!]!.close(stream.lane);
      at[lane] = Number((await pools[to]!.open(stream.lane)) ?? 0);
      holds[lane] = to;
    }
    await pools[to]!.batch(batchAt(stream, at[lane]!));
    at[lane] = at[lane]! + BATCH;
  }
}

const isLog = (change: Change) => change.table === LOG_TABLE;
const userOf = (change: Change) => Number(change.row?.userid ?? 0);
const streams = (laneOf: (change: Change, index: number) => string[]): Stream[] => {
  const byLane = new Map<string, Change[]>();
  for (const [i, change] of changes.entries())
    for (const lane of isLog(change) ? laneOf(change, i) : [`kafka:${change.table}/0`])
      byLane.set(lane, [...(byLane.get(lane) ?? []), change]);
  return [...byLane].map(([lane, list]) => ({ lane, changes: list }));
};

describe('several processes over one store', () => {
  it.each([
    ['users divided over three lanes and two processes', (c: Change) => [`kafka:log/${userOf(c) % 3}`]],
    [
      'a topic that gains partitions in the middle, so that users move',
      (c: Change, i: number) => [`kafka:log/${userOf(c) % (i < changes.length / 2 ? 2 : 5)}`],
    ],
    ['rows in any lane, whoever they are about', (_: Change, i: number) => [`kafka:log/${i % 4}`]],
    ['every row in two lanes', (c: Change, i: number) => [`kafka:log/${userOf(c) % 3}`, `kafka:again/${i % 2}`]],
  ])('%s', async (_name, laneOf) => {
    const store = await opened();
    const pools = [await processOver(store), await processOver(store)];
    await work(pools, streams(laneOf), seeded(11), (lane) => lane % 2);
    expect(differences(await tablesOf(store), expected)).toEqual([]);
    await store.close();
  });

  it('lanes that move from process to process all the time', async () => {
    const store = await opened();
    const pools = [await processOver(store), await processOver(store), await processOver(store)];
    const random = seeded(5);
    const owner = () => Math.floor(random() * pools.length);
    await work(
      pools,
      streams((c) => [`kafka:log/${userOf(c) % 4}`]),
      seeded(12),
      owner,
    );
    expect(differences(await tablesOf(store), expected)).toEqual([]);
    await store.close();
  });

  it('a process that slept while its lane went elsewhere commits nothing', async () => {
    const store = await opened();
    const [sleeper, other] = [await processOver(store), await processOver(store)];
    const stream = { lane: 'kafka:log/0', changes: changes.filter(isLog) };
    await sleeper.open(stream.lane);
    await other.open(stream.lane);
    await sleeper.batch(batchAt(stream, 0));
    await expect(other.batch(batchAt(stream, 0))).rejects.toThrow(StalePosition);
    await other.open(stream.lane);
    await other.batch(batchAt(stream, BATCH));
    const before = await tablesOf(store);
    await expect(sleeper.batch(batchAt(stream, BATCH))).rejects.toThrow(StalePosition);
    expect(await tablesOf(store)).toEqual(before);
    await store.close();
  });
});
