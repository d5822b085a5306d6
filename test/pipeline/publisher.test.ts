/** What is committed is told, whole and in the end as it stands, whatever fails on the way. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import type { Service } from '../../src/app/service.js';
import { COURSE_SESSIONS, SESSIONS, type WindowRow } from '../../src/domain.js';
import { Publications } from '../../src/pipeline/publications.js';
import { Publisher } from '../../src/pipeline/publisher.js';
import { rebuild } from '../../src/pipeline/rebuild.js';
import { Roster } from '../../src/pipeline/roster.js';
import type { Commit, Publication } from '../../src/ports.js';
import { Calendar } from '../../src/windows/calendar.js';
import { HISTORY, openSite, replay, TempFolder } from '../journey/site.js';
import { drain, GAP_MS, MONTHLY, publicationsOf, publisherOf, storedRows, TableSink, THRESHOLD } from './telling.js';

const ES = { HOLDFAST_ELASTICSEARCH: 'http://127.0.0.1:9' };
const MIN_MS = 60_000;
const START_MS = Date.parse('2026-11-20T09:00:00Z');

describe('a site’s history, told while it is read', () => {
  let service: Service;
  let sink: TableSink;
  let publisher: Publisher;
  const folder = new TempFolder();
  beforeAll(async () => {
    const site = await openSite({ ...MONTHLY, ...ES, HOLDFAST_STORE: `sqlite:${folder.file('site.db')}` });
    service = site.service;
    sink = new TableSink();
    publisher = publisherOf(service, sink);
    const stop = new AbortController();
    const running = publisher.run(stop.signal);
    await replay(service, site.config, [HISTORY], { batch_size: 500 });
    stop.abort();
    await running;
    await drain(publisher);
    await service.store.release('publish:elasticsearch', 'a');
  });
  afterAll(async () => {
    await service.close();
    folder.remove();
  });

  it('ends as the tables are that people export, those of late roles too', async () => {
    const stored = await storedRows(service);
    expect(Object.values(stored).every((rows) => Object.keys(rows).length > 0)).toBe(true);
    const told = sink.rows();
    for (const [table, rows] of Object.entries(stored)) expect({ [table]: told[table] }).toEqual({ [table]: rows });
  });

  it('is told row for row the same by a rebuild', async () => {
    const again = new TableSink();
    const progress: string[] = [];
    const done = await rebuild(service.store, again, publicationsOf(service), service.pipeline.now_ms(), {
      holder: 'rebuild',
      progress: (table) => progress.push(table),
    });
    expect(again.rows()).toEqual(sink.rows());
    expect(done.rows.activity_days).toBe(Object.keys(sink.rows().activity_days!).length);
    expect(new Set(progress).size).toBe(8);
    const times = new Map([...again.kept].map(([name, { publication }]) => [name, publication.time_ms]));
    const present = [...sink.kept].filter(([, { publication }]) => publication.row !== null);
    expect(present.filter(([name, { publication }]) => times.get(name) !== publication.time_ms)).toEqual([]);
  });
});

describe('round by round', () => {
  let store: MemoryStore;
  let sink: TableSink;
  let now_ms: number;
  const calendar = new Calendar('UTC');

  beforeEach(async () => {
    store = new MemoryStore();
    await store.open({ site: 'test', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
    sink = new TableSink();
    now_ms = START_MS + 30 * MIN_MS;
  });
  afterEach(() => store.close());

  const publisherNamed = (holder: string, on: MemoryStore = store, to = sink) =>
    new Publisher(
      on,
      to,
      new Publications(on, new Roster(on), calendar, { gap_ms: GAP_MS, threshold: THRESHOLD }),
      () => now_ms,
      {
        holder,
      },
    );
  const session = (user: number, start: number, end: number, activities: number): WindowRow => ({
    key: [user],
    start,
    end,
    values: [activities],
  });
  const commit = (windows: NonNullable<Commit['windows']>) => store.commit({ windows, sinks: ['elasticsearch'] });
  const upsert = (...upserts: WindowRow[]) => commit([{ table: SESSIONS, deletes: [], upserts }]);
  const toldOf = (publications: Publication[]) =>
    publications.filter(({ table }) => table === 'sessions').map(({ key, row }) => [key.join('|'), row?.activities, row?.closed]);
  const told = () => sink.sent.map(({ publications }) => toldOf(publications)).filter((rows) => rows.length > 0);

  it('several commits of one row are told once, as the last one left it', async () => {
    await upsert(session(7, START_MS, START_MS, 1));
    await upsert(session(7, START_MS, START_MS + MIN_MS, 2), session(8, START_MS, START_MS, 1));
    await commit([{ table: SESSIONS, deletes: [{ key: [8], start: START_MS }], upserts: [] }]);
    expect(await publisherNamed('a').round()).toMatchObject({ backlog: 0 });
    expect(told()).toEqual([
      [
        [`7|${START_MS}`, 2, true],
        [`8|${START_MS}`, undefined, undefined],
      ],
    ]);
    expect(sink.rows().user_activity).toEqual({ 7: { user_id: 7, activities: 2, duration_s: 60, sessions: 1 } });
  });

  it('nothing to tell sends nothing', async () => {
    const publisher = publisherNamed('a');
    expect(await publisher.round()).toEqual({ sent: 0, refused: 0, backlog: 0 });
    expect(sink.sent).toEqual([]);
  });

  it('a crash after sending and before confirming tells it again, the same, in a newer round', async () => {
    await upsert(session(7, START_MS, START_MS, 1));
    const crash = new Error('crash');
    sink.afterwards = () => Promise.reject(crash);
    await expect(publisherNamed('a').round()).rejects.toBe(crash);
    sink.afterwards = async () => {};
    expect(await publisherNamed('a').round()).toMatchObject({ backlog: 0 });
    expect(sink.sent[1]!.publications).toEqual(sink.sent[0]!.publications);
    expect(sink.sent[1]!.round).toBeGreaterThan(sink.sent[0]!.round);
  });

  it('a session that closes with no further event is told again, once, when the clock has passed it', async () => {
    const publisher = publisherNamed('a');
    await upsert(session(7, START_MS, START_MS + 25 * MIN_MS, 3));
    await publisher.round();
    now_ms = START_MS + 40 * MIN_MS;
    await publisher.round();
    expect(told()).toEqual([[[`7|${START_MS}`, 3, false]]]);
    now_ms += 1;
    await publisher.round();
    await publisher.round();
    expect(told().slice(1)).toEqual([[[`7|${START_MS}`, 3, true]]]);
  });

  it('a session that closes while nobody runs is told as closed after the start', async () => {
    const row: WindowRow = { key: [7, 2], start: START_MS, end: START_MS + 25 * MIN_MS, values: [3] };
    await commit([
      { table: SESSIONS, deletes: [], upserts: [session(7, START_MS, START_MS + 25 * MIN_MS, 3)] },
      { table: COURSE_SESSIONS, deletes: [], upserts: [row] },
    ]);
    await publisherNamed('a').round();
    await store.release('publish:elasticsearch', 'a');
    now_ms += 3 * 86_400_000;
    const after = publisherNamed('b');
    await after.round();
    expect(sink.rows().sessions).toMatchObject({ [`7|${START_MS}`]: { closed: true } });
    expect(sink.rows().course_sessions).toMatchObject({ [`7|2|${START_MS}`]: { closed: true } });
    expect(await after.round()).toMatchObject({ sent: 0 });
  });

  it('a clock that steps back opens nothing again', async () => {
    const publisher = publisherNamed('a');
    await upsert(session(7, START_MS, START_MS, 1));
    now_ms = START_MS + 60 * MIN_MS;
    await publisher.round();
    now_ms = START_MS;
    await upsert(session(7, START_MS, START_MS, 1), session(8, START_MS, START_MS, 1));
    await publisher.round();
    expect(sink.rows().sessions).toMatchObject({ [`7|${START_MS}`]: { closed: true }, [`8|${START_MS}`]: { closed: true } });
  });

  it('of two publishers one tells; the other goes on when it stops', async () => {
    const [a, b] = [publisherNamed('a'), publisherNamed('b')];
    await upsert(session(7, START_MS, START_MS + 25 * MIN_MS, 1));
    expect(await a.round()).not.toBeNull();
    expect(await b.round()).toBeNull();
    await store.release('publish:elasticsearch', 'a');
    expect(await b.round()).toMatchObject({ sent: 0 });
    now_ms += 60 * MIN_MS;
    // What was open when it took over is its to close; the first, coming back, has nothing left to say.
    expect(await b.round()).toMatchObject({ sent: 1 });
    await store.release('publish:elasticsearch', 'b');
    expect(await a.round()).toMatchObject({ sent: 0 });
  });

  it('a publisher whose lease ran out while it sent confirms nothing', async () => {
    await store.close();
    let lease_ms = 0;
    store = new MemoryStore(() => lease_ms);
    await store.open({ site: 'test', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
    await upsert(session(7, START_MS, START_MS, 1));
    const [a, b] = [publisherNamed('a'), publisherNamed('b')];
    sink.afterwards = async () => {
      sink.afterwards = async () => {};
      lease_ms += 31_000;
      expect(await b.round()).toMatchObject({ backlog: 0 });
      await upsert(session(7, START_MS, START_MS, 2));
    };
    await a.round();
    expect(await store.backlog('elasticsearch')).toBe(1);
  });

  it('a sink that is away is waited for, said once, and then told everything', async () => {
    sink.away = true;
    const said: string[] = [];
    const rows = new Publications(store, new Roster(store), calendar, { gap_ms: GAP_MS, threshold: THRESHOLD });
    const events = { away: (message: string) => said.push(message), back: () => said.push('back') };
    const publisher = new Publisher(store, sink, rows, () => now_ms, { holder: 'a', events });
    await upsert(session(7, START_MS, START_MS, 1));
    const stop = new AbortController();
    const running = publisher.run(stop.signal);
    while (said.length === 0) await sleep(10);
    sink.away = false;
    while ((await store.backlog('elasticsearch')) > 0) await sleep(10);
    stop.abort();
    await running;
    expect(said).toEqual(['the sink is away: look at it', 'back']);
    expect(Object.keys(sink.rows().sessions!)).toEqual([`7|${START_MS}`]);
  });

  it('a rebuild tells in a round that is two after the last, since a document deleted by hand is one after its own', async () => {
    const rows = new Publications(store, new Roster(store), calendar, { gap_ms: GAP_MS, threshold: THRESHOLD });
    await upsert(session(7, START_MS, START_MS, 1));
    const last = (await store.lease('publish:elasticsearch', 'publisher', 1_000))!;
    await store.release('publish:elasticsearch', 'publisher');
    const rounds: number[] = [];
    const send = sink.send.bind(sink);
    sink.send = (publications, round) => {
      rounds.push(round);
      return send(publications, round);
    };
    await rebuild(store, sink, rows, now_ms, { holder: 'rebuild' });
    expect(rounds.length).toBeGreaterThan(0);
    expect(Math.min(...rounds)).toBeGreaterThanOrEqual(last + 2);
  });

  it('a rebuild waits until the publisher lets go, and the publisher until it is done', async () => {
    await upsert(session(7, START_MS, START_MS, 1));
    const stop = new AbortController();
    const running = publisherNamed('a').run(stop.signal);
    while ((await store.backlog('elasticsearch')) > 0) await sleep(10);
    const rows = new Publications(store, new Roster(store), calendar, { gap_ms: GAP_MS, threshold: THRESHOLD });
    const done = await rebuild(store, sink, rows, now_ms, { holder: 'rebuild' });
    expect(done.rows).toMatchObject({ sessions: 1, user_activity: 1 });
    stop.abort();
    await running;
    expect(await publisherNamed('b').round()).not.toBeNull();
  });
});
