/** What clicks became, on topics of a real broker: readable back as the tables are, each value as its schema says. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { KafkaTopicsSink } from '../../src/adapters/kafka/topics-sink.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { CLICK_TOPIC_TABLES, clickTopicSpecs } from '../../src/app/click-sinks.js';
import type { ClickRecord } from '../../src/click-ports.js';
import { STREAMS } from '../../src/clickstream/rows.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { messageOf } from '../../src/indexing/cloud-events.js';
import { outsideNames } from '../../src/indexing/names.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { ClickPublications } from '../../src/pipeline/click-publications.js';
import { ClickPublisher } from '../../src/pipeline/click-publisher.js';
import { CLICK_TABLES } from '../../src/reading/click-table-infos.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { drain } from '../pipeline/telling.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

const T0 = Date.UTC(2020, 2, 20, 2, 5);
const NOW_MS = Date.parse('2020-02-27T00:06:38.500Z');
const WEEK_MS = 7 * 86_400_000;
const SPECS = clickTopicSpecs(WEEK_MS);
const TOPICS = SPECS.map(({ topic }) => topic);
const declared = clickTables();

const people: ClickRecord[] = [0, 1, 2].map((key) => ({
  kind: 'reference',
  reference: {
    table: 'users',
    key,
    valid_from_ms: T0,
    row: { username: `u|${key}`, first_name: 'Ann', last_name: 'Lee', city: 'London', level: 'Platinum' },
  },
}));
const codes: ClickRecord[] = [
  { kind: 'reference', reference: { table: 'codes', key: 404, valid_from_ms: T0, row: { definition: 'Page not found' } } },
];
const clicks = (from: number, to: number): ClickRecord[] =>
  Array.from({ length: to - from }, (_, n) => {
    const i = from + n;
    const click = {
      id: null,
      time_ms: T0 + ((i * 7_919) % 600_000),
      user_id: i % 3,
      ip: `203.0.113.${i % 2}`,
      request: 'GET /index.html HTTP/1.1',
      status: i % 2 === 0 ? 404 : 200,
      bytes: 14_096,
      referrer: null,
      agent: null,
      session_id: null,
      city: null,
      country: null,
      extra: {},
    };
    return { kind: 'click', id: `access.log#line ${i}`, click };
  });
const event = (name: string, i: number): ClickRecord => ({
  kind: 'event',
  id: `events#${name}${i}`,
  event: { id: null, time_ms: T0, name, user_id: null, product_id: null },
});

needsServer('clicks on topics of a Kafka broker', kafkaMissing(), () => {
  let broker: Kafka;
  let sink: KafkaTopicsSink;
  let client: kafkajs.Kafka;
  let found: { topic: string; partition: number; message: KafkaMessage }[];
  const store = new MemoryClickStore();

  beforeAll(async () => {
    broker = await Kafka.start();
    client = new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING });
    sink = new KafkaTopicsSink({ brokers: broker.brokers, site: 'sample' }, CLICK_TOPIC_TABLES, SPECS, (row, round) =>
      messageOf('sample', row, round),
    );
    await sink.open();
    await tell();
    found = await messages();
  });
  afterAll(async () => {
    await sink.close();
    await broker.stop();
  });

  async function tell(): Promise<void> {
    const settings = {
      tables: declared,
      sinks: ['kafka'],
      locate: () => null,
      describe: () => ({ browser: null, os: null, bot: false }),
    };
    const pipeline = new ClickPipeline(store, settings, () => T0);
    await pipeline.open();
    const publisher = new ClickPublisher(store, sink, new ClickPublications(store, declared, () => NOW_MS), { holder: 'a' });
    const batches = [
      [...people, ...codes, ...clicks(0, 60)],
      clicks(60, 200),
      [event('productview', 1), event('productview', 2), event('purchase', 1)],
      [event('purchase', 2)],
    ];
    for (const records of batches) {
      await pipeline.process({ records, rejected: [], live: false });
      await publisher.round();
    }
    await drain(publisher);
  }

  /** Everything that is in the topics now. */
  async function messages(): Promise<typeof found> {
    const admin = client.admin();
    await admin.connect();
    let wanted = 0;
    for (const topic of TOPICS)
      for (const { high, low } of await admin.fetchTopicOffsets(topic)) wanted += Number(high) - Number(low);
    await admin.disconnect();
    const all: typeof found = [];
    const consumer = client.consumer({ groupId: 'test' });
    await consumer.connect();
    await consumer.subscribe({ topics: TOPICS, fromBeginning: true });
    await consumer.run({ eachMessage: async (payload) => void all.push(payload) });
    while (all.length < wanted) await sleep(20);
    await consumer.disconnect();
    return all;
  }
  const valuesOf = (topic: string) =>
    found
      .filter((m) => m.topic === topic)
      .map(({ message }) => message.value && (JSON.parse(message.value.toString()) as object));

  it('every click table has its topic, and what is too old leaves it', async () => {
    await sink.open();
    const admin = client.admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: TOPICS.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ['cleanup.policy', 'retention.ms'],
      })),
    });
    await admin.disconnect();
    const settings = Object.fromEntries(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
    for (const { topic, settings: wanted } of SPECS) expect({ [topic]: settings[topic] }).toMatchObject({ [topic]: wanted });
  });

  it('the tables can be read back from the topics, each value as its schema says', async () => {
    const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
    formats.default(ajv);
    const faults: unknown[] = [];
    for (const topic of TOPICS) {
      const valid = ajv.compile(JSON.parse(readFileSync(`schemas/${topic}.json`, 'utf8')) as object);
      for (const value of valuesOf(topic))
        if (value !== null && !valid(value)) faults.push({ topic, value, errors: valid.errors });
    }
    expect(faults.slice(0, 3)).toEqual([]);
    for (const { name } of CLICK_TABLES) {
      const rows = new Map<string, unknown>();
      const topic = outsideNames(name).topic!;
      for (const { message } of found.filter((m) => m.topic === topic)) {
        const key = message.key!.toString();
        if (message.value === null) rows.delete(key);
        else rows.set(key, JSON.parse(message.value.toString()));
      }
      const stored: unknown[] = [];
      for await (const row of new ClickTables(store, declared).rows(name, {})) stored.push(row);
      const texts = (some: Iterable<unknown>) => [...some].map((row) => JSON.stringify(row)).sort();
      expect({ [name]: texts(rows.values()) }).toEqual({ [name]: texts(stored) });
      expect([name, stored.length > 0]).toEqual([name, true]);
    }
  });

  it('each click passes once on each stream that it is in', () => {
    for (const { name } of STREAMS) {
      const keys = found.filter(({ topic }) => topic === outsideNames(name).topic).map(({ message }) => message.key!.toString());
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(valuesOf('holdfast.clicks.user_clickstream.v1')).toHaveLength(200);
  });

  it('a message is a CloudEvent, under a key in which a name cannot be taken for two columns', () => {
    const { message } = found.find(({ topic }) => topic === 'holdfast.clicks.user_ip_activity.v1')!;
    expect(message.key!.toString()).toMatch(/^u%7C\d\|203\.0\.113\.\d\|London\|\d{13}$/);
    const headers = Object.fromEntries(Object.entries(message.headers!).map(([name, value]) => [name, String(value)]));
    expect(headers).toMatchObject({
      ce_specversion: '1.0',
      ce_source: '/holdfast/sample',
      ce_type: 'holdfast.clicks.user_ip_activity.v1',
      ce_subject: message.key!.toString(),
      'content-type': 'application/json',
    });
  });

  it('the counts of product events come whole and in order on unique-event-topic', () => {
    expect(valuesOf('unique-event-topic')).toEqual([
      { productview: 2, purchase: 1, receiveAt: '2020-02-27T00:06:38UTC' },
      { productview: 2, purchase: 2, receiveAt: '2020-02-27T00:06:38UTC' },
    ]);
  });
});
