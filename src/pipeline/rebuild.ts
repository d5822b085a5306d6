/** A sink from the store alone: all rows are told again, and what the store does not have goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Publication, PublishedTable, Sink, Store } from '../ports.js';
import { HeldLease, LEASE_MS } from './held-lease.js';
import type { Publications } from './publications.js';
import { rebuildLease } from './publisher.js';

/** A sink that can tell what it has from what it was told. Others (topics) are told all rows, and keep what they have besides. */
export interface RebuildableSink extends Sink {
  /** As `send`, but what is there gives way in every table. */
  replace: Sink['send'];
  /** Removes what neither this round nor a later one brought; resolves with how many. */
  removeOlder(table: PublishedTable, round: number): Promise<number>;
}

export interface RebuildOptions {
  holder: string;
  /** Rows of a table that are told so far. */
  progress?: (table: PublishedTable, rows: number) => void;
}

export interface Rebuilt {
  rows: Partial<Record<PublishedTable, number>>;
  refused: { table: PublishedTable; why: string }[];
  /** Documents that the store does not have. */
  removed: number;
}

const PUBLICATIONS_PER_PAGE = 5_000;
/** Refusals are reported, not collected without bound. */
const REFUSED_MAX = 100;
/** A publisher lets go within a round, or its lease runs out. */
const WAIT_MS_MAX = 3 * LEASE_MS;
const LOOK_MS = 200;

/**
 * Alone with the sink: publishers of running services pause until it is done. What is committed meanwhile waits in the outbox, and
 * is told after it, in a newer round.
 */
export async function rebuild(
  store: Store,
  sink: Sink,
  rows: Publications,
  now_ms: number,
  { holder, progress }: RebuildOptions,
): Promise<Rebuilt> {
  const asks = await HeldLease.take(store, rebuildLease(sink.name), holder);
  if (!asks) throw new Error(`Another rebuild of ${sink.name} is at work. Wait until it is done.`);
  let lease: HeldLease | null = null;
  try {
    lease = await publisherLease(store, sink.name, holder);
    const done: Rebuilt = { rows: {}, refused: [], removed: 0 };
    await sink.open();
    const send = isRebuildable(sink) ? sink.replace.bind(sink) : sink.send.bind(sink);
    for (const table of sink.tables) {
      done.rows[table] = 0;
      for await (const page of pagesOf(rows.all(table, now_ms))) {
        const { refused } = await send(page, lease.token);
        if (!lease.held) throw lost(sink);
        for (const { why } of refused) if (done.refused.length < REFUSED_MAX) done.refused.push({ table, why });
        done.rows[table] += page.length - refused.length;
        progress?.(table, done.rows[table]);
      }
    }
    if (isRebuildable(sink)) for (const table of sink.tables) done.removed += await sink.removeOlder(table, lease.token);
    await tellPublishers(store, sink.name, lease.token);
    return done;
  } finally {
    asks.stop();
    lease?.stop();
    await store.release(`publish:${sink.name}`, holder);
    await store.release(rebuildLease(sink.name), holder);
  }
}

async function publisherLease(store: Store, sink: string, holder: string): Promise<HeldLease> {
  for (let waited_ms = 0; waited_ms < WAIT_MS_MAX; waited_ms += LOOK_MS) {
    const lease = await HeldLease.take(store, `publish:${sink}`, holder);
    if (lease) return lease;
    await sleep(LOOK_MS);
  }
  throw new Error(`A running service does not let go of ${sink}. Stop it, or take the role publish from it, and try again.`);
}

/** Publishers that held something in memory read it again: the round in their position is another. */
async function tellPublishers(store: Store, sink: string, round: number): Promise<void> {
  const source = `publish:${sink}`;
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
