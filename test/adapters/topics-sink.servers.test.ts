/** Rows on topics of a real broker: in order, as CloudEvents, as the schemas say, and whole after the broker was killed. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { KafkaTopicsSink } from '../../src/adapters/kafka/topics-sink.js';
import { messageOf, TOPICS } from '../../src/indexing/cloud-events.js';
import { OUTSIDE_NAMES } from '../../src/indexing/names.js';
import { PUBLISHED_TABLES, type Publication, SinkUnavailable } from '../../src/ports.js';
import { HISTORY, LONG, openSite, replay, TempFolder } from '../journey/site.js';
import { drain, MONTHLY, publisherOf, type Rows, storedRows } from '../pipeline/telling.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

const START_MS = Date.parse('2026-11-20T09:00:00Z');
const TABLES_WITH_TOPIC = PUBLISHED_TABLES.filter((table) => OUTSIDE_NAMES[table].topic !== null);
const TOPIC_NAMES = TOPICS.map(({ topic }) => topic);
const SESSIONS = OUTSIDE_NAMES.sessions.topic;
const session = (user: number, activities: number): Publication => ({
  table: 'sessions',
  key: [user, START_MS],
  row: { user_id: user, start_ms: START_MS, end_ms: START_MS, activities, duration_s: 0, closed: true },
  time_ms: START_MS,
});

needsServer('topics of a Kafka broker', kafkaMissing(), () => {
  let broker: Kafka;
  let sink: KafkaTopicsSink;
  let client: kafkajs.Kafka;

  beforeAll(async () => {
    broker = await Kafka.start();
    client = new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING });
    sink = sinkOf();
    await sink.open();
    const admin = client.admin();
    await admin.connect();
    // A new topic has its leader a moment later.
    for (const topic of TOPIC_NAMES) while (!(await admin.fetchTopicOffsets(topic).catch(() => null))) await sleep(50);
    await admin.disconnect();
  });
  afterAll(async () => {
    await sink.close();
    await broker.stop();
  });

  const sinkOf = (brokers = broker.brokers) =>
    new KafkaTopicsSink({ brokers, site: 'sample' }, TABLES_WITH_TOPIC, TOPICS, (publication, round) =>
      messageOf('sample', publication, round),
    );

  /** Everything that is in these topics now. */
  async function messagesOf(topics: readonly string[]): Promise<{ topic: string; partition: number; message: KafkaMessage }[]> {
    const admin = client.admin();
    await admin.connect();
    let wanted = 0;
    for (const topic of topics)
      for (const { high, low } of await admin.fetchTopicOffsets(topic)) wanted += Number(high) - Number(low);
    await admin.disconnect();
    const found: { topic: string; partition: number; message: KafkaMessage }[] = [];
    const consumer = client.consumer({ groupId: `test-${performance.now()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ eachMessage: async (payload) => void found.push(payload) });
    while (found.length < wanted) await sleep(20);
    await consumer.disconnect();
    return found;
  }
  const valuesOf = async (user: number) =>
    (await messagesOf([SESSIONS]))
      .filter(({ message }) => message.key!.toString() === `${user}|${START_MS}`)
      .map(({ message }) =>
        message.value === null ? null : (JSON.parse(message.value.toString()) as { activities: number }).activities,
      );

  it('every topic is there from the start, compacted, and opening again changes nothing', async () => {
    await sink.open();
    const admin = client.admin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual(expect.arrayContaining([...TOPIC_NAMES]));
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: TOPIC_NAMES.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: ['cleanup.policy'] })),
    });
    expect(resources.map(({ configEntries }) => configEntries[0]!.configValue)).toEqual(TOPIC_NAMES.map(() => 'compact'));
    await admin.disconnect();
  });

  it('a row’s messages come in the order of the rounds, a row that is no more as a tombstone', async () => {
    await sink.send([session(1, 1), session(2, 1)], 1);
    await sink.send([session(1, 2)], 2);
    await sink.send([{ ...session(1, 2), row: null }], 3);
    await sink.send([session(1, 4)], 4);
    expect(await valuesOf(1)).toEqual([1, 2, null, 4]);
    expect(await valuesOf(2)).toEqual([1]);
  });

  it('a message is a CloudEvent in the binary mode of the Kafka binding', async () => {
    const found = (await messagesOf([SESSIONS])).filter(({ message }) => message.key!.toString() === `2|${START_MS}`);
    const headers = Object.fromEntries(Object.entries(found[0]!.message.headers!).map(([name, value]) => [name, String(value)]));
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      ce_source: '/holdfast/sample',
      ce_type: 'holdfast.sessions.v1',
      ce_subject: `2|${START_MS}`,
      ce_time: '2026-11-20T09:00:00.000Z',
      ce_sequence: '1',
      'content-type': 'application/json',
    });
  });

  (LONG ? it : it.skip)('HOLDFAST_LONG=1: a broker that is not there for a minute says where to look', async () => {
    const away = sinkOf('127.0.0.1:9');
    const error = await away.send([session(1, 1)], 1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SinkUnavailable);
    expect(String(error)).toMatch(/Kafka at 127\.0\.0\.1:9: no connection.*HOLDFAST_KAFKA_BROKERS/);
    await away.close();
  });

  it('a site’s tables can be read back from the topics, each value as its schema says', async () => {
    const folder = new TempFolder();
    const { service, config } = await openSite({
      ...MONTHLY,
      HOLDFAST_ELASTICSEARCH: 'http://127.0.0.1:9',
      HOLDFAST_STORE: `sqlite:${folder.file('site.db')}`,
    });
    try {
      Object.defineProperty(sink, 'name', { value: 'elasticsearch' });
      const tables = TABLES_WITH_TOPIC;
      await replay(service, config, [HISTORY]);
      await drain(publisherOf(service, sink));
      const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
      formats.default(ajv);
      const faults: unknown[] = [];
      const rows: Rows = {};
      for (const table of tables) {
        const topic = OUTSIDE_NAMES[table].topic!;
        const valid = ajv.compile(JSON.parse(readFileSync(`schemas/${topic}.json`, 'utf8')) as object);
        rows[table] = {};
        for (const { message } of await messagesOf([topic])) {
          const key = message.key!.toString();
          const value = message.value && (JSON.parse(message.value.toString()) as unknown);
          if (value && !valid(value)) faults.push({ topic, key, errors: valid.errors });
          if (value) rows[table]![key] = value;
          else delete rows[table]![key];
        }
      }
      expect(faults.slice(0, 3)).toEqual([]);
      const stored = await storedRows(service, tables);
      for (const user of [1, 2]) delete rows.sessions![`${user}|${START_MS}`];
      for (const table of tables) expect({ [table]: rows[table] }).toEqual({ [table]: stored[table] });
    } finally {
      await service.close();
      folder.remove();
    }
  });

  it('a broker that is killed while rows are sent loses nothing that was confirmed', async () => {
    const confirmed: number[] = [];
    const sending = (async () => {
      for (let n = 1; n <= 60; n++) {
        for (;;) {
          try {
            await sink.send([session(9, n)], 100 + n);
            break;
          } catch (error) {
            if (!(error instanceof SinkUnavailable)) throw error;
          }
        }
        confirmed.push(n);
        if (n === 20) await broker.kill();
      }
    })();
    while (confirmed.length < 20) await sleep(10);
    await sleep(0);
    await broker.launch();
    await sending;
    const values = (await valuesOf(9)) as number[];
    expect([...new Set(values)]).toEqual(confirmed);
    expect(values.at(-1)).toBe(60);
  });
});
