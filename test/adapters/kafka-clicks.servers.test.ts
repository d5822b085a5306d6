/** Clicks through a real broker: what is counted, in which order, and what happens to what is wrong, missing or killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { CLICK_KINDS, type ClickKind } from '../../src/adapters/kafka/click-topics.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { SqliteClickStore } from '../../src/adapters/sqlite/sqlite-click-store.js';
import { StalePosition } from '../../src/ports.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { Child } from './children.js';
import { compiled } from './compiled.js';
import { clicksIn, countedInto, eventsIn, generated, RunningClicks, tablesIn, topicsOf } from './kafka-clicks-site.js';
import { Desk, until } from './kafka-site.js';

/** A broker starts in 5 s; beside other suites on two cores it takes many times that. */
const START_MS_MAX = 180_000;

/** Some of everything: what clicks are joined to comes last, so that only its own order can have helped. */
const SOME: [ClickKind, string[]][] = [
  ['clicks', [...generated('clicks', 600), ...generated('udp', 200)]],
  ['events', generated('events', 300)],
  ['users', generated('users', 40)],
  ['codes', generated('codes', 12)],
];
/** The same as it has to be counted: users and codes first. */
const IN_ORDER = [...SOME.slice(2), ...SOME.slice(0, 2)];

needsServer('clicks through Kafka', kafkaMissing(), () => {
  let kafka: Kafka;
  let desk: Desk;
  let folder: string;
  let made = 0;
  const running: RunningClicks[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-clicks-'));
    kafka = await Kafka.start();
    desk = new Desk(kafka.brokers);
    await desk.connect();
  }, START_MS_MAX);

  afterAll(async () => {
    await Promise.allSettled(running.map((source) => source.stop()));
    await desk?.close();
    await kafka?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A site of its own for a test, with its topics. */
  async function site(kinds: readonly ClickKind[] = CLICK_KINDS) {
    const name = `clicks${++made}`;
    const topics = topicsOf(name);
    await desk.admin.createTopics({
      topics: kinds.map((kind) => ({ topic: topics[kind], numPartitions: kind === 'events' ? 3 : 1 })),
      waitForLeaders: true,
    });
    return { name, topics };
  }

  async function start(name: string, store: MemoryClickStore | SqliteClickStore, ...rest: Rest): Promise<RunningClicks> {
    const [options = {}, before] = rest;
    const source = await RunningClicks.into(store, { brokers: kafka.brokers, site: name, ...options }, before);
    running.push(source);
    return source;
  }

  async function send(topic: string, texts: readonly (string | Buffer | null)[], keys = false): Promise<void> {
    await desk.send(
      topic,
      texts.map((value, i) => ({ key: keys ? `k${i}` : null, value })),
    );
  }

  it('counts clicks of any shape, product events, users and codes as if they had come from a file, users and codes first', async () => {
    const { name, topics } = await site();
    for (const [kind, texts] of SOME.slice(0, 2)) await send(topics[kind], texts, kind === 'events');
    // More users than come in one answer of the broker.
    for (const some of [0, 10, 20, 30]) await send(topics.users, generated('users', 10, some));
    await send(topics.codes, generated('codes', 12));
    const store = new MemoryClickStore();
    const source = await start(name, store, { limits: { partition_bytes: 1_000 } });
    await source.until(async () => (await clicksIn(store)).length >= 800 && (await eventsIn(store)) >= 300, 'all of it');
    await source.stop();
    const straight = new MemoryClickStore();
    await countedInto(straight, IN_ORDER);
    expect(await tablesIn(store)).toEqual(await tablesIn(straight));
    const clicks = await clicksIn(store);
    expect(clicks).toHaveLength(800);
    expect(clicks.filter(({ username }) => username !== null).length).toBeGreaterThan(500);
    expect(new Set(clicks.map(({ id }) => id))).toEqual(
      new Set(Array.from({ length: 800 }, (_, i) => `${topics.clicks}/0#${i}`)),
    );
    const told = await desk.admin.fetchOffsets({ groupId: `holdfast-${name}-clicks`, topics: [topics.clicks] });
    expect(told[0]!.partitions).toEqual([expect.objectContaining({ partition: 0, offset: '800' })]);
  });

  it('counts a user that waits beside clicks before them, while it runs', async () => {
    const { name, topics } = await site();
    let held: (() => void) | null = null;
    const store = new MemoryClickStore();
    const source = await start(name, store, {}, (sink) => ({
      ...sink,
      async process(batch) {
        const of_nobody = batch.records.some((record) => record.kind === 'click' && record.click.user_id === null);
        if (of_nobody)
          await new Promise<void>((resolve) => {
            held = resolve;
          });
        await sink.process(batch);
      },
    }));
    const [click] = generated('clicks', 1).map((text) => JSON.parse(text));
    // Some rounds: a broker's answer has its topics in any order.
    for (let user_id = 1; user_id <= 6; user_id++) {
      held = null;
      await send(topics.clicks, [JSON.stringify({ ...click, userid: null })]);
      await source.until(() => held !== null, 'a click of nobody to be held');
      await send(topics.clicks, [JSON.stringify({ ...click, userid: user_id })]);
      await send(topics.users, [JSON.stringify({ user_id, username: `zoe_${user_id}` })]);
      held!();
      await source.until(async () => (await clicksIn(store)).length >= 2 * user_id, 'both clicks');
    }
    await source.stop();
    const joined = (await clicksIn(store)).filter(({ user_id }) => user_id !== null);
    expect(joined.map(({ username }) => username).sort()).toEqual([1, 2, 3, 4, 5, 6].map((user_id) => `zoe_${user_id}`));
  });

  it('does not wait for users of a transaction that was aborted', async () => {
    const { name, topics } = await site();
    const producer = desk.kafka.producer({ transactionalId: name, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: topics.users, messages: [{ value: '{"user_id":7,"username":"nobody"}' }] });
    await transaction.abort();
    await producer.disconnect();
    await send(topics.clicks, [JSON.stringify({ ...JSON.parse(generated('clicks', 1)[0]!), userid: 7 })]);
    const store = new MemoryClickStore();
    const source = await start(name, store);
    await source.until(async () => (await clicksIn(store)).length >= 1, 'the click');
    await source.stop();
    expect((await clicksIn(store))[0]!.username).toBeNull();
  });

  it('waits for topics that are missing, says so once, and reads them when they come', async () => {
    const { name, topics } = await site([]);
    const store = new MemoryClickStore();
    const source = await start(name, store);
    await source.until(() => source.logged.length > 0, 'a word about waiting');
    await desk.topic(topics.clicks);
    await send(topics.clicks, generated('clicks', 20));
    await source.until(async () => (await clicksIn(store)).length >= 20, 'the first topic');
    await desk.admin.createTopics({ topics: [{ topic: topics.events, numPartitions: 3 }], waitForLeaders: true });
    await send(topics.events, generated('events', 30), true);
    await source.until(async () => (await eventsIn(store)) >= 30, 'the second topic');
    await source.stop();
    const waited = source.logged.filter((line) => line.includes('not there yet')).map((line) => line.split('the topics ')[1]);
    expect(waited).toEqual([
      expect.stringContaining(CLICK_KINDS.map((kind) => topics[kind]).join(', ')),
      expect.stringContaining(`${topics.users}, ${topics.codes}, ${topics.events};`),
      expect.stringContaining(`${topics.users}, ${topics.codes};`),
    ]);
    expect(await clicksIn(store)).toHaveLength(20);
  });

  it('makes the topics where it is asked to, clicks kept for two days and events in three partitions', async () => {
    const { name, topics } = await site([]);
    const store = new MemoryClickStore();
    const source = await start(name, store, { create: true });
    await source.until(() => source.logged.some((line) => line.includes('made the topics')), 'the topics');
    await send(topics.clicks, generated('clicks', 10));
    await source.until(async () => (await clicksIn(store)).length >= 10, 'ten clicks');
    await source.stop();
    const metadata = await desk.admin.fetchTopicMetadata({ topics: CLICK_KINDS.map((kind) => topics[kind]) });
    expect(Object.fromEntries(metadata.topics.map((topic) => [topic.name, topic.partitions.length]))).toEqual({
      [topics.users]: 1,
      [topics.codes]: 1,
      [topics.clicks]: 1,
      [topics.events]: 3,
    });
    const { resources } = await desk.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topics.clicks, configNames: ['retention.ms'] }],
    });
    expect(resources[0]!.configEntries[0]!.configValue).toBe(String(48 * 3_600_000));
  });

  it('keeps what it cannot read as rejected rows and dead letters, bytes and all, and goes on', async () => {
    const { name, topics } = await site();
    const broken = Buffer.from([0xff, 0xfe, 1, 2]);
    const [good, other] = generated('clicks', 2);
    await send(topics.clicks, [good!, '{"ip":"203.0.113.9","userid":', broken, null, '{"ip":"203.0.113.9"}', other!]);
    await send(topics.users, ['{"username":"nobody"}', null]);
    const store = new MemoryClickStore();
    const source = await start(name, store);
    await source.until(async () => (await clicksIn(store)).length >= 2, 'both good ones');
    await source.stop();
    const rejected = await store.rejected({ limit: 10 });
    const from = `${topics.clicks}/0`;
    expect(rejected.map(({ detail: _, ...row }) => row)).toEqual([
      { source: from, position: 'offset 1', reason: 'not-json' },
      { source: from, position: 'offset 2', reason: 'not-utf8' },
      { source: from, position: 'offset 3', reason: 'unknown-shape' },
      { source: from, position: 'offset 4', reason: expect.any(String) },
      { source: `${topics.users}/0`, position: 'offset 0', reason: 'missing-column' },
    ]);
    expect(JSON.stringify(rejected)).not.toMatch(/nobody|203\.0/);
    const dead = (await desk.read(`dlq.${topics.clicks}`)).map(({ message }) => message);
    expect(dead.map(({ headers }) => headers!.dlq_offset!.toString())).toEqual(['1', '2', '3', '4']);
    expect(dead[1]!.value).toEqual(broken);
    expect(Object.keys(dead[0]!.headers!)).toEqual([
      'dlq_topic',
      'dlq_partition',
      'dlq_offset',
      'dlq_error_class',
      'dlq_error_message',
    ]);
    expect(await desk.read(`dlq.${topics.users}`)).toHaveLength(1);
  });

  it('loses nothing and counts nothing twice when a process is killed in the middle of a run', async () => {
    const { name, topics } = await site();
    for (const [kind, texts] of SOME) await send(topics[kind], texts, kind === 'events');
    const file = join(folder, 'killed.db');
    const child = new Child(compiled('test/adapters/kafka-clicks-child.ts'), [kafka.brokers, name, file, '8']);
    await child.printed((line) => line === 'in the middle');
    await child.kill();
    const store = new SqliteClickStore(file);
    await store.open();
    const before = (await clicksIn(store)).length + (await eventsIn(store));
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(1100);
    const heir = await start(name, store);
    await heir.until(async () => (await clicksIn(store)).length >= 800 && (await eventsIn(store)) >= 300, 'the rest');
    await heir.stop();
    const straight = new MemoryClickStore();
    await countedInto(straight, IN_ORDER);
    expect(await tablesIn(store)).toEqual(await tablesIn(straight));
    expect(await clicksIn(store)).toHaveLength(800);
    await store.close();
  });

  it('goes on from the store when another process has counted what it has in hand', async () => {
    const { name, topics } = await site();
    const store = new MemoryClickStore();
    let overtaken = 0;
    const source = await start(name, store, { limits: { batch_messages: 20 } }, (sink) => ({
      ...sink,
      async process(batch) {
        await sink.process(batch);
        // As it looks to whoever hung while another committed the same.
        if (++overtaken === 2) throw new StalePosition('another has counted this');
      },
    }));
    await send(topics.clicks, generated('clicks', 100));
    await source.until(async () => (await clicksIn(store)).length >= 100, 'all clicks');
    await source.stop();
    expect(overtaken).toBeGreaterThan(2);
    expect(await clicksIn(store)).toHaveLength(100);
    const straight = new MemoryClickStore();
    await countedInto(straight, [['clicks', generated('clicks', 100)]]);
    expect(await tablesIn(store)).toEqual(await tablesIn(straight));
  });

  it('refuses a gap that retention made until it is told to go on, and reads a topic that was made anew from its beginning', async () => {
    const { name, topics } = await site();
    const store = new MemoryClickStore();
    await send(topics.clicks, generated('clicks', 10));
    const first = await start(name, store);
    await first.until(async () => (await clicksIn(store)).length >= 10, 'the first ten');
    await first.stop();
    await send(topics.clicks, generated('clicks', 20, 10));
    await desk.deleteBefore(topics.clicks, 15);
    const second = await start(name, store);
    await expect(second.ended).rejects.toThrow(
      `${topics.clicks}, partition 0: 5 messages (offsets 10 to 14) were deleted by the topic's retention before they were read. Start once with HOLDFAST_KAFKA_GAP=accept; and lengthen the topic's retention.ms`,
    );
    const third = await start(name, store, { gap: 'accept' });
    await third.until(async () => (await clicksIn(store)).length >= 25, 'what is left');
    await third.stop();
    await desk.admin.deleteTopics({ topics: [topics.clicks] });
    await until(async () => !(await desk.admin.listTopics()).includes(topics.clicks), 'the topic to go');
    // Its leader is waited for by whoever sends: asked at once, a broker may still know the old topic.
    await desk.admin.createTopics({ topics: [{ topic: topics.clicks, numPartitions: 1 }], waitForLeaders: false });
    await send(topics.clicks, generated('clicks', 40, 30));
    const fourth = await start(name, store);
    await fourth.until(async () => (await clicksIn(store)).length >= 65, 'the new topic');
    await fourth.stop();
    expect(fourth.logged.join('\n')).toContain('made anew');
  });
});

type Rest = [
  options?: Partial<ConstructorParameters<typeof RunningClicks>[1]>,
  before?: Parameters<typeof RunningClicks.into>[2],
];
