/** Somebody is erased where everything is on servers: store in MariaDB, documents in Elasticsearch, topics in Kafka. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import kafkajs from 'kafkajs';
import { leavingIds } from '../../src/app/outside-ids.js';
import { Runner } from '../../src/app/runner.js';
import type { Service } from '../../src/app/service.js';
import { publicationsOf, sinkOf } from '../../src/app/sinks.js';
import type { Config } from '../../src/config.js';
import { OUTSIDE_NAMES } from '../../src/indexing/names.js';
import { Publisher } from '../../src/pipeline/publisher.js';
import { StoreServer } from '../adapters/mysql-site.js';
import { drain, MONTHLY } from '../pipeline/telling.js';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { names } from './erased-site.js';
import { fileSource, HISTORY, openSite, replay } from './site.js';

jest.setTimeout(600_000);

const TOPICS = Object.values(OUTSIDE_NAMES).flatMap(({ topic }) => topic ?? []);
const missing = mariadbMissing() ?? elasticsearchMissing() ?? kafkaMissing();

needsServer('an erasure on MariaDB, Elasticsearch and Kafka', missing, () => {
  let database: StoreServer;
  let node: Elasticsearch;
  let broker: Kafka;
  let service: Service;
  let config: Config;
  let user_id: number;

  beforeAll(async () => {
    // One after another: each looks for a free port of its own.
    database = await StoreServer.start();
    node = await Elasticsearch.start();
    broker = await Kafka.start();
    await database.create('site');
    ({ service, config } = await openSite({
      ...MONTHLY,
      HOLDFAST_STORE: database.url('site'),
      HOLDFAST_ELASTICSEARCH: node.url,
      HOLDFAST_KAFKA_BROKERS: broker.brokers,
      HOLDFAST_KAFKA_TOPICS: 'true',
      HOLDFAST_PLAIN_IDS: 'true',
      HOLDFAST_PSEUDONYM_KEY: 'ab'.repeat(32),
    }));
    await replay(service, config, [HISTORY]);
    user_id = (await service.store.alerts({}, { limit: 1 }))[0]!.user_id;
    await tell();
  });
  afterAll(async () => {
    await service?.close();
    await Promise.all([node?.stop(), broker?.stop(), database?.server.stop()]);
  });

  /** Tells both sinks what waits. */
  async function tell(): Promise<void> {
    const leaving = await leavingIds(config, service.store, 1, () => {});
    for (const name of ['elasticsearch', 'kafka']) {
      const sink = await sinkOf(name, config, leaving, () => {});
      const rows = publicationsOf(config, service);
      await drain(new Publisher(service.store, sink, rows, () => service.pipeline.now_ms(), { holder: 'a' }));
      await service.store.release(`publish:${name}`, 'a');
      await sink.close();
    }
  }

  /** Documents about somebody, by index. */
  async function documents(user: number): Promise<Record<string, number>> {
    await fetch(`${node.url}/moodle-*/_refresh`, { method: 'POST' });
    const counts: Record<string, number> = {};
    for (const { index } of Object.values(OUTSIDE_NAMES)) {
      const answer = await fetch(`${node.url}/${index}/_count?q=user_id:${user}`);
      counts[index] = ((await answer.json()) as { count: number }).count;
    }
    return counts;
  }

  /** Of each topic the latest value of each key; null = none any more. */
  async function latest(): Promise<Map<string, string | null>> {
    const client = new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    let wanted = 0;
    for (const topic of TOPICS)
      for (const { high, low } of await admin.fetchTopicOffsets(topic)) wanted += Number(high) - Number(low);
    await admin.disconnect();
    const values = new Map<string, string | null>();
    const consumer = client.consumer({ groupId: `test-${performance.now()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: TOPICS, fromBeginning: true });
    let found = 0;
    await consumer.run({
      eachMessage: async ({ topic, message }) => {
        values.set(`${topic} ${message.key!.toString()}`, message.value?.toString() ?? null);
        found++;
      },
    });
    while (found < wanted) await sleep(20);
    await consumer.disconnect();
    return values;
  }

  /** Rows of every table of the database that name somebody. */
  async function rowsOf(user: number): Promise<string[]> {
    const tables = (await database.server.sql('SHOW TABLES', 'site')).trim().split('\n');
    const found: string[] = [];
    for (const table of tables) {
      const columns = (await database.server.sql(`SHOW COLUMNS FROM ${table}`, 'site'))
        .split('\n')
        .map((line) => line.split('\t')[0]!);
      const cells = columns.filter((name) => name !== '').flatMap((name) => [`'${name}'`, `CAST(\`${name}\` AS CHAR)`]);
      const texts = await database.server.sql(`SELECT JSON_OBJECT(${cells.join(', ')}) FROM ${table}`, 'site');
      for (const text of texts.split('\n')) {
        const plain = text.replaceAll(/\\+"/g, '"').replaceAll(/"(user_id|tutor_id)": ?"(\d+)"/g, '"$1":$2');
        if (names(plain, user)) found.push(`${table} ${text}`);
      }
    }
    return found;
  }

  it('leaves no row, no document and no value, and a second reading of everything brings nobody back', async () => {
    const before = await documents(user_id);
    expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
    const theirs = [...(await latest())].filter(([, value]) => value !== null && names(value, user_id)).map(([key]) => key);
    expect(new Set(theirs.map((key) => key.split(' ')[0]))).toEqual(new Set(TOPICS));
    expect((await rowsOf(user_id)).length).toBeGreaterThan(10);

    await service.pipeline.erased.erase(user_id, Date.now(), service.sinks);
    await tell();
    const check = async () => {
      expect(await rowsOf(user_id)).toEqual([]);
      expect(Object.entries(await documents(user_id)).filter(([, count]) => count > 0)).toEqual([]);
      const values = await latest();
      expect(theirs.filter((key) => values.get(key) !== null)).toEqual([]);
      expect([...values].filter(([, value]) => value !== null && names(value, user_id))).toEqual([]);
    };
    await check();
    await new Runner(fileSource(HISTORY, config), service.pipeline, service.store, true).run();
    await tell();
    await check();
    expect((await service.store.counts()).ignored.erased).toBeGreaterThan(0);
  });
});
