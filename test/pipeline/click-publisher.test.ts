/** What clicks became is told, whole and in the end as readers see it, whatever fails on the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import type { Click, ClickCommit, ClickRecord } from '../../src/click-ports.js';
import { clickTables, EVENT_COUNTS } from '../../src/clickstream/tables.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import {
  CLICK_PUBLISHED_TABLES,
  CLICKS,
  ClickPublications,
  clickOf,
  EVENT_SNAPSHOT,
} from '../../src/pipeline/click-publications.js';
import { ClickPublisher } from '../../src/pipeline/click-publisher.js';
import { rebuildClicks } from '../../src/pipeline/rebuild.js';
import { CLICK_TABLES } from '../../src/reading/click-table-infos.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { clickAt } from '../clickstream/joined.js';
import { drain, type Rows, TableSink } from './telling.js';

const T0 = Date.UTC(2020, 2, 20, 2, 5);
const MIN = 60_000;
const NOW_MS = Date.parse('2020-02-27T00:06:38.500Z');
const declared = clickTables();
const SINKS = ['elasticsearch'];

const blank: Click = {
  id: null,
  time_ms: T0,
  user_id: null,
  ip: null,
  request: null,
  status: null,
  bytes: null,
  referrer: null,
  agent: null,
  session_id: null,
  city: null,
  country: null,
  extra: {},
};
const user = (key: number): ClickRecord => ({
  kind: 'reference',
  reference: {
    table: 'users',
    key,
    valid_from_ms: T0,
    row: {
      username: `user|${key}`,
      first_name: 'Ann',
      last_name: 'Lee',
      city: 'London',
      level: key % 2 === 0 ? 'Platinum' : 'Gold',
    },
  },
});
const code = (key: number, definition: string): ClickRecord => ({
  kind: 'reference',
  reference: { table: 'codes', key, valid_from_ms: T0, row: { definition } },
});

/** Clicks of ten minutes that touch every table, in an order of their own, with sessions that meet late. */
function clicks(count: number): ClickRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const at = (i * 7_919) % (10 * MIN);
    const click: Click = {
      ...blank,
      time_ms: T0 + at,
      user_id: i % 11 === 0 ? null : i % 5,
      ip: `203.0.113.${i % 3}`,
      request: i % 4 === 0 ? 'GET /images/track.png HTTP/1.1' : 'GET /index.html HTTP/1.1',
      status: [200, 404, 407][i % 3]!,
      bytes: 14_096,
    };
    return { kind: 'click', id: `access.log#line ${i}`, click };
  });
}
const event = (name: string, i: number): ClickRecord => ({
  kind: 'event',
  id: `events#${name}${i}`,
  event: { id: null, time_ms: T0, name, user_id: 'u', product_id: 'p' },
});

describe('clicks, told while they are counted', () => {
  let store: MemoryClickStore;
  let sink: TableSink;
  const rowsOf = (on: MemoryClickStore = store) => new ClickPublications(on, declared, () => NOW_MS);

  beforeEach(() => {
    store = new MemoryClickStore();
    sink = new TableSink(CLICK_PUBLISHED_TABLES);
  });
  const publisher = (holder = 'a', to = sink) => new ClickPublisher(store, to, rowsOf(), { holder });

  async function counted(batches: ClickRecord[][], between: () => Promise<unknown> = async () => {}): Promise<void> {
    const settings = {
      tables: declared,
      sinks: SINKS,
      locate: () => null,
      describe: () => ({ browser: null, os: null, bot: false }),
    };
    const pipeline = new ClickPipeline(store, settings, () => T0);
    await pipeline.open();
    for (const records of batches) {
      await pipeline.process({ records, rejected: [], live: false });
      await between();
    }
  }
  /** The tables as an export has them. */
  async function stored(): Promise<Rows> {
    const rows: Rows = {};
    for (const { name, key } of CLICK_TABLES) {
      rows[name] = {};
      for await (const row of new ClickTables(store, declared).rows(name, {}))
        rows[name]![key.map((c) => row[c]).join('|')] = row;
    }
    return rows;
  }

  it('ends as the tables are that people export, with a row in each', async () => {
    const all = clicks(300);
    const tell = publisher();
    const people = [...[0, 1, 2, 3, 4].map(user), code(200, 'Successful'), code(404, 'Page not found')];
    await counted([people, all.slice(0, 150), [event('purchase', 1)], all.slice(150)], () => tell.round());
    await drain(tell);
    const told = sink.rows();
    const expected = await stored();
    for (const [table, rows] of Object.entries(expected)) {
      expect([table, Object.keys(rows).length > 0]).toEqual([table, true]);
      expect({ [table]: told[table] }).toEqual({ [table]: rows });
    }
    expect(Object.keys(told[CLICKS]!)).toHaveLength(300);
  });

  it('is told row for row the same by a rebuild', async () => {
    await counted([[user(0), user(2), code(404, 'Page not found')], clicks(200), [event('purchase', 1)]]);
    await drain(publisher());
    await store.release('publish-clicks:elasticsearch', 'a');
    const again = new TableSink(CLICK_PUBLISHED_TABLES);
    const done = await rebuildClicks(store, again, rowsOf(), { holder: 'rebuild' });
    expect(again.rows()).toEqual(sink.rows());
    expect(done).toMatchObject({ refused: [], rows: { [CLICKS]: 200, event_counts: 1 } });
  });

  it('leave a sink alone until the first of them, where a site has no other clicks', async () => {
    const opened = jest.spyOn(sink, 'open');
    const tell = publisher();
    expect(await tell.round()).toEqual({ sent: 0, refused: 0, backlog: 0 });
    expect(opened).not.toHaveBeenCalled();
    await counted([clicks(1)]);
    await drain(tell);
    expect(opened).toHaveBeenCalledTimes(1);
    expect(Object.keys(sink.rows()[CLICKS]!)).toHaveLength(1);
  });

  it('who was there in a minute is never told: it holds addresses for counting alone', async () => {
    await counted([clicks(20)]);
    const curious = new TableSink([...CLICK_PUBLISHED_TABLES, 'visits_per_min']);
    await drain(publisher('a', curious));
    expect(curious.rows().visits_per_min).toEqual({});
  });

  it('a window that does not pass yet is told when it does', async () => {
    const error = (i: number): ClickRecord => ({
      kind: 'click',
      id: `l#${i}`,
      click: { ...blank, time_ms: T0 + i, status: 404 },
    });
    const tell = publisher();
    const told: unknown[] = [];
    await counted([[1, 2, 3, 4, 5].map(error), [error(6)]], async () => {
      await tell.round();
      told.push(Object.values(sink.rows().errors_per_min_alert!).map((row) => (row as { errors: number }).errors));
    });
    expect(told).toEqual([[], [6, 6, 6]]);
  });

  it('the counts of product events go out in one message, after each round that changed them', async () => {
    const tell = publisher();
    await counted(
      [[event('productview', 1), event('purchase', 1), event('productview', 2)], clicks(1), [event('purchase', 2)]],
      () => tell.round(),
    );
    const told = sink.sent.map(({ publications }) => publications.filter(({ table }) => table === EVENT_SNAPSHOT));
    expect(told.map((publications) => publications.map(({ row }) => JSON.stringify(row)))).toEqual([
      ['{"productview":2,"purchase":1,"receiveAt":"2020-02-27T00:06:38UTC"}'],
      [],
      ['{"productview":2,"purchase":2,"receiveAt":"2020-02-27T00:06:38UTC"}'],
    ]);
    expect(sink.rows().event_counts).toEqual({
      productview: { event_name: 'productview', count: 2 },
      purchase: { event_name: 'purchase', count: 2 },
    });
  });

  it('a whole click goes to a sink that asks for it, and streams to one that asks for those', async () => {
    const click = clickAt(T0, { level: 'Platinum', status: 404 });
    await store.commit({ clicks: [click], sinks: SINKS });
    await publisher().round();
    const told = sink.sent[0]!.publications;
    expect(clickOf(told.find(({ table }) => table === CLICKS)!)).toEqual(click);
    expect(told.map(({ table }) => table).sort()).toEqual([
      CLICKS,
      'enriched_error_codes',
      'platinum_customers_with_errors',
      'user_clickstream',
    ]);
    const few = new TableSink([CLICKS]);
    await store.release('publish-clicks:elasticsearch', 'a');
    await store.commit({ clicks: [clickAt(T0 + 1)], sinks: SINKS });
    await publisher('b', few).round();
    expect(few.sent[0]!.publications.map(({ table }) => table)).toEqual([CLICKS]);
  });
});

describe('round by round', () => {
  let store: MemoryClickStore;
  let sink: TableSink;

  beforeEach(() => {
    store = new MemoryClickStore();
    sink = new TableSink(CLICK_PUBLISHED_TABLES);
  });
  const publisherNamed = (holder: string, events?: ConstructorParameters<typeof ClickPublisher>[3]['events']) =>
    new ClickPublisher(store, sink, new ClickPublications(store, declared, () => NOW_MS), { holder, events });
  const count = (name: string, n: number) => {
    const upserts = [{ key: [name], start: 0, end: 0, values: [n] }];
    return store.commit({ windows: [{ table: EVENT_COUNTS.table, deletes: [], upserts }], sinks: SINKS } satisfies ClickCommit);
  };

  it('several commits of one row are told once, as the last one left it', async () => {
    await count('purchase', 1);
    await count('purchase', 2);
    expect(await publisherNamed('a').round()).toEqual({ sent: 2, refused: 0, backlog: 0 });
    expect(sink.rows().event_counts).toEqual({ purchase: { event_name: 'purchase', count: 2 } });
  });

  it('a crash after sending and before confirming tells it again, the same, in a newer round', async () => {
    await count('purchase', 1);
    const crash = new Error('crash');
    sink.afterwards = () => Promise.reject(crash);
    await expect(publisherNamed('a').round()).rejects.toBe(crash);
    sink.afterwards = async () => {};
    expect(await publisherNamed('a').round()).toMatchObject({ backlog: 0 });
    expect(sink.sent[1]!.publications).toEqual(sink.sent[0]!.publications);
    expect(sink.sent[1]!.round).toBeGreaterThan(sink.sent[0]!.round);
  });

  it('of two publishers one tells; the other goes on when it stops', async () => {
    const [a, b] = [publisherNamed('a'), publisherNamed('b')];
    await count('purchase', 1);
    expect(await a.round()).not.toBeNull();
    await count('purchase', 2);
    expect(await b.round()).toBeNull();
    await store.release('publish-clicks:elasticsearch', 'a');
    expect(await b.round()).toMatchObject({ sent: 2 });
  });

  it('a large backlog is told in rounds of bounded size', async () => {
    const clicks = (entry: number) => Array.from({ length: 3_000 }, (_, i) => clickAt(T0 + i, { id: `${entry}#${i}` }));
    for (let entry = 0; entry < 6; entry++) await store.commit({ clicks: clicks(entry), sinks: SINKS });
    await drain(publisherNamed('a'));
    const rounds = sink.sent.map(({ publications }) => publications.filter(({ table }) => table === CLICKS).length);
    expect(Math.max(...rounds)).toBe(9_000);
    expect(rounds.reduce((sum, n) => sum + n)).toBe(18_000);
  });

  it('a sink that is away is waited for, said once, and then told everything', async () => {
    sink.away = true;
    const said: string[] = [];
    const publisher = publisherNamed('a', { away: (message) => said.push(message), back: () => said.push('back') });
    await count('purchase', 1);
    const stop = new AbortController();
    const running = publisher.run(stop.signal);
    while (said.length === 0) await sleep(10);
    sink.away = false;
    while ((await store.backlog('elasticsearch')) > 0) await sleep(10);
    stop.abort();
    await running;
    expect(said).toEqual(['the sink is away: look at it', 'back']);
  });
});
