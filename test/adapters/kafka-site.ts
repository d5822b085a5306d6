/** What the suites about Kafka share: rows as Debezium writes them, sources that run beside a test, and waiting. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs';
import { KafkaSource } from '../../src/adapters/kafka/kafka-source.js';
import type { KafkaSourceOptions } from '../../src/adapters/kafka/options.js';
import type { Change } from '../../src/domain.js';
import { DebeziumDecoder } from '../../src/moodle/debezium.js';
import { LOG_TABLE, TABLES } from '../../src/moodle/tables.js';
import type { LanesDouble } from './lanes-double.js';

/** What takes longer on a busy machine is broken. */
const PATIENCE_MS = 45_000;

/** With schemas a message has 10 KB, and a broker takes 1 MB at once. */
const SENT_AT_ONCE = 60;

export const READ_TABLES = [LOG_TABLE, ...Object.keys(TABLES)];

/** Short waits, so that a suite does not wait for what a site would not mind. */
const QUICK = { topics_ms: 500, metadata_ms: 500, session_ms: 3_000, heartbeat_ms: 200, rebalance_ms: 20_000, start_ms: 20_000 };

export class RunningSource {
  readonly logged: string[] = [];
  readonly ended: Promise<void>;
  readonly source: KafkaSource;
  private readonly abort = new AbortController();
  private failure: Error | null = null;

  constructor(
    readonly lanes: LanesDouble,
    options: Pick<KafkaSourceOptions, 'brokers' | 'prefix'> & Partial<KafkaSourceOptions>,
  ) {
    this.source = new KafkaSource({
      moodle_prefix: 'mdl_',
      tables: READ_TABLES,
      // A group of its own for each prefix: tests on one broker do not meet.
      site: options.prefix,
      registry_url: null,
      gap: 'refuse',
      decoder: () => {
        const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
        return (record, at) => decoder.decodeRecord(record, at);
      },
      log: (message) => this.logged.push(message),
      ...options,
      limits: { ...QUICK, ...options.limits },
    });
    this.ended = this.source.run(lanes, this.abort.signal);
    this.ended.catch((error: Error) => {
      this.failure = error;
    });
  }

  /** Waits for it; fails at once when the source does. */
  until(condition: () => boolean, what: string): Promise<void> {
    return until(
      () => {
        if (this.failure !== null) throw this.failure;
        return condition();
      },
      `${what}; ${this.logged.slice(-5).join(' | ')}`,
    );
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const begun = Date.now(); !(await condition()); await sleep(20)) {
    if (Date.now() - begun > PATIENCE_MS) throw new Error(`waited in vain for: ${what}`);
  }
}

/** The test's own way to the broker: silent, and quick to try again. */
export class Desk {
  readonly admin: Admin;
  private producer: Producer;
  readonly kafka: kafkajs.Kafka;

  constructor(brokers: string) {
    this.kafka = new kafkajs.Kafka({
      brokers: [brokers],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 50 },
    });
    this.admin = this.kafka.admin();
    this.producer = this.newProducer();
  }

  private newProducer(): Producer {
    // Idempotent: on a busy machine an answer may come too late, and the message would be there twice.
    return this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
  }

  async connect(): Promise<void> {
    await Promise.all([this.admin.connect(), this.producer.connect()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.producer.disconnect()]);
  }

  async topic(topic: string, partitions = 1): Promise<void> {
    await this.admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  }

  async send(topic: string, messages: Message[], compression = kafkajs.CompressionTypes.None): Promise<void> {
    for (let from = 0; from < messages.length; from += SENT_AT_ONCE) {
      await this.producer.send({ topic, messages: messages.slice(from, from + SENT_AT_ONCE), compression });
    }
  }

  /** Waits until the topic has so many partitions that can be written to, and connects anew, so as to know of them. */
  async refreshed(topic: string, partitions: number): Promise<void> {
    await until(async () => {
      const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]!.partitions.filter(({ leader }) => leader >= 0).length === partitions;
    }, `${partitions} partitions`);
    await this.producer.disconnect();
    this.producer = this.newProducer();
    await this.producer.connect();
  }

  /** As retention does it. */
  async deleteBefore(topic: string, offset: number): Promise<void> {
    // kafkajs only finds a topic there that it has met before.
    await this.admin.fetchTopicOffsets(topic);
    await this.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  }

  /** All that a topic holds, by partition and offset. */
  async read(topic: string): Promise<{ partition: number; message: kafkajs.KafkaMessage }[]> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    let left = ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    const found: { partition: number; message: kafkajs.KafkaMessage }[] = [];
    const consumer = this.kafka.consumer({ groupId: `desk-${topic}-${process.hrtime.bigint()}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        found.push({ partition, message });
        left--;
      },
    });
    await until(() => left <= 0, `${topic} to be read`);
    await consumer.disconnect();
    return found.sort((a, b) => a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset));
  }
}

export const LOG = 'moodle.mdl_logstore_standard_log';

/** One click as Debezium writes it, keyed by user as `message.key.columns` does, or by row as it does by itself. */
export function click(id: number, user: number, key: 'user' | 'row' = 'user'): Message {
  const after = { id, userid: user, courseid: 2, timecreated: 1_790_000_000 + id, component: 'core', action: 'viewed' };
  const source = { table: 'mdl_logstore_standard_log', ts_ms: 1_790_000_000_000 + id, file: 'binlog.000001', pos: id, row: 0 };
  return {
    key: JSON.stringify(key === 'user' ? { userid: user } : { id }),
    value: JSON.stringify({ before: null, after, source, op: 'c' }),
  };
}

export function clicks(from: number, to: number, key: 'user' | 'row' = 'user', users = 20): Message[] {
  return Array.from({ length: to - from }, (_, i) => click(from + i, 100 + ((from + i) % users), key));
}

export function idsOf(changes: readonly Change[]): number[] {
  return changes.map(({ id }) => id!).sort((a, b) => a - b);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** A message of a recorded fixture. */
export interface Dumped {
  topic: string;
  partition: number;
  offset: string;
  timestamp: string;
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
}

export function fixture(path: string): Dumped[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Dumped);
}

export const AVRO_MESSAGES = 'test/fixtures/debezium-avro/messages.ndjson.gz';
export const AVRO_SCHEMAS = 'test/fixtures/debezium-avro/schemas.json.gz';
