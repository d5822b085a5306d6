/** A sink from the store alone: all rows are told again, and what the store does not have goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PUBLISHED_TABLES, type Publication, type Sink, type Store } from '../ports.js';
import type { ClickPublications } from './click-publications.js';
import { type ClickOutbox, clickLeaseNames } from './click-publisher.js';
import { HeldLease, LEASE_MS } from './held-lease.js';
import type { Publications } from './publications.js';
import { leaseNames } from './publisher.js';
import type { LeaseNames } from './sink-rounds.js';

/** A sink that can tell what it has from what it was told. Others (topics) are told all rows, and keep what they have besides. */
export interface RebuildableSink extends Sink {
  /** As `send`, but what is there gives way in every table. */
  replace: Sink['send'];
  /** Removes what neither this round nor a later one brought; resolves with how many. */
  removeOlder(table: string, round: number): Promise<number>;
}

export interface RebuildOptions {
  holder: string;
  /** Rows of a table that are told so far. */
  progress?: (table: string, rows: number) => void;
}

export interface Rebuilt {
  rows: Record<string, number>;
  refused: { table: string; why: string }[];
  /** Documents that the store does not have. */
  removed: number;
}

const PUBLICATIONS_PER_PAGE = 5_000;
/** Refusals are reported, not collected without bound. */
const REFUSED_MAX = 100;
/** A publisher lets go within a round, or its lease runs out. */
const WAIT_MS_MAX = 3 * LEASE_MS;
const LOOK_MS = 200;

/** What is told again, and under which leases. */
interface Retold {
  store: Pick<Store, 'lease' | 'release'>;
  names: LeaseNames;
  tables: readonly string[];
  all(table: string): AsyncIterable<Publication>;
}

/**
 * Alone with the sink: publishers of running services pause until it is done. What is committed meanwhile waits in the outbox, and
 * is told after it, in a newer round.
 */
export function rebuild(store: Store, sink: Sink, rows: Publications, now_ms: number, options: RebuildOptions): Promise<Rebuilt> {
  const tables = PUBLISHED_TABLES.filter((table) => sink.tables.includes(table));
  const all = (table: string) => rows.all(table as (typeof tables)[number], now_ms);
  const names = leaseNames(sink.name);
  return retell({ store, names, tables, all }, sink, options, (round) => tellPublishers(store, names.publish, round));
}

/** The same for the tables of clicks. */
export function rebuildClicks(
  store: ClickOutbox,
  sink: Sink,
  rows: ClickPublications,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const all = (table: string) => rows.all(table);
  return retell({ store, names: clickLeaseNames(sink.name), tables: sink.tables, all }, sink, options, async () => {});
}

/** `done` before the leases are given back, with the round in which all was told. */
async function retell(
  { store, names, tables, all }: Retold,
  sink: Sink,
  { holder, progress }: RebuildOptions,
  done: (round: number) => Promise<void>,
): Promise<Rebuilt> {
  const asks = await HeldLease.take(store, names.rebuild, holder);
  if (!asks) throw new Error(`Another rebuild of ${sink.name} is at work. Wait until it is done.`);
  let lease: HeldLease | null = null;
  try {
    lease = await publisherLease(store, sink.name, names.publish, holder);
    const rebuilt: Rebuilt = { rows: {}, refused: [], removed: 0 };
    await sink.open();
    const send = isRebuildable(sink) ? sink.replace.bind(sink) : sink.send.bind(sink);
    for (const table of tables) {
      let told = 0;
      for await (const page of pagesOf(all(table))) {
        const { refused } = await send(page, lease.token);
        if (!lease.held) throw lost(sink);
        for (const { why } of refused) if (rebuilt.refused.length < REFUSED_MAX) rebuilt.refused.push({ table, why });
        told += page.length - refused.length;
        progress?.(table, told);
      }
      rebuilt.rows[table] = told;
    }
    if (isRebuildable(sink)) for (const table of tables) rebuilt.removed += await sink.removeOlder(table, lease.token);
    await done(lease.token);
    return rebuilt;
  } finally {
    asks.stop();
    lease?.stop();
    await store.release(names.publish, holder);
    await store.release(names.rebuild, holder);
  }
}

async function publisherLease(store: Retold['store'], sink: string, name: string, holder: string): Promise<HeldLease> {
  for (let waited_ms = 0; waited_ms < WAIT_MS_MAX; waited_ms += LOOK_MS) {
    // One round is left out: a document that somebody deleted by hand counts as changed in the round after its own.
    const lease = (await store.lease(name, holder, LEASE_MS)) === null ? null : await HeldLease.take(store, name, holder);
    if (lease) return lease;
    await sleep(LOOK_MS);
  }
  throw new Error(`A running service does not let go of ${sink}. Stop it, or take the role publish from it, and try again.`);
}

/** Publishers that held something in memory read it again: the round in their position is another. */
async function tellPublishers(store: Store, source: string, round: number): Promise<void> {
  const kept = await store.position(source);
  if (kept === null) return;
  const to = JSON.stringify({ ...(JSON.parse(kept) as object), round });
  await store.commit({ position: { source, from: kept, to } });
}

async function* pagesOf(rows: AsyncIterable<Publication>): AsyncGenerator<Publication[]> {
  let page: Publication[] = [];
  for await (const row of rows) {
    page.push(row);
    if (page.length < PUBLICATIONS_PER_PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function isRebuildable(sink: Sink): sink is RebuildableSink {
  return 'replace' in sink && 'removeOlder' in sink;
}

function lost(sink: Sink): Error {
  return new Error(`Another process took ${sink.name} over meanwhile: the store did not answer in time. Run the rebuild again.`);
}
