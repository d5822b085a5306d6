/** The recorded history as Debezium's topics, written by the test itself: in slices, twice, anew, and with poison in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import { parsePosition } from '../../src/adapters/kafka/position.js';
import { Desk, READ_TABLES } from '../adapters/kafka-site.js';
import { linesOf } from './oracle/recorded.js';
import type { Platform } from './platform.js';
import { HISTORY } from './site.js';

interface Recorded {
  topic: string;
  key: string | null;
  value: string | null;
}

/** What of a slice is delivered twice. */
const TWICE = 1 / 3;
const SENT_AT_ONCE = 60;
/** A broker comes back within seconds, on a busy machine within a minute. */
const [FAILURES_MAX, AGAIN_MS] = [120, 500];
const LOG = 'moodle.mdl_logstore_standard_log';
/** Stands in every message that cannot be read, and nowhere else. */
export const PERSONAL = 'Erika Mustermann';

/** Nothing here can be made a change of: broken in each way that a topic's messages are. */
const POISON: (string | Buffer)[] = [
  `{"before":null,"after":{"id":1,"firstname":"${PERSONAL}"`,
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(PERSONAL)]),
  `["${PERSONAL}"]`,
  `{"before":null,"after":{"id":7,"firstname":"${PERSONAL}"},"op":"x"}`,
  `{"before":null,"after":{"id":"${PERSONAL}","userid":3},"op":"c"}`,
];

export class RecordedTopics {
  readonly desk: Desk;
  readonly log: string;
  private readonly history: Recorded[];

  constructor(
    private readonly platform: Platform,
    readonly prefix: string,
  ) {
    this.desk = new Desk(platform.kafka.brokers);
    this.log = `${prefix}.${LOG}`;
    this.history = linesOf(HISTORY).map((line) => {
      const { topic, key, value } = JSON.parse(line) as Recorded;
      const own = topic.replace(/^moodle\./, `${prefix}.`);
      return { topic: own, key: own === this.log ? userKey(value) : key, value };
    });
  }

  async open(log_partitions: number): Promise<void> {
    await this.desk.connect();
    await this.desk.admin.createTopics({
      topics: this.topics.map((topic) => ({ topic, numPartitions: topic === this.log ? log_partitions : 1 })),
      waitForLeaders: true,
    });
  }

  close(): Promise<void> {
    return this.desk.close();
  }

  get topics(): string[] {
    return [...new Set(this.history.map(({ topic }) => topic))].sort();
  }

  /** Those that somebody reads. */
  private get read(): string[] {
    return this.topics.filter((topic) => READ_TABLES.some((table) => topic.endsWith(`.mdl_${table}`)));
  }

  /** A part of the history, from 0 to 1; its beginning once more when `twice`. */
  async produce(from: number, to: number, twice = true): Promise<void> {
    const at = (share: number) => Math.round(share * this.history.length);
    await this.send(this.history.slice(at(from), at(to)));
    if (twice) await this.send(this.history.slice(at(from), at(from + (to - from) * TWICE)));
  }

  /** The whole log once more, as a connector does it that starts over. */
  snapshot(): Promise<void> {
    const log = this.history.filter(({ topic }) => topic === this.log);
    return this.send(log.map((message) => ({ ...message, value: asRead(message.value!) })));
  }

  /** How many there are now that nobody can read. */
  async poison(): Promise<number> {
    const poisoned = [this.log, `${this.prefix}.moodle.mdl_user`];
    for (const topic of poisoned)
      await this.desk.send(
        topic,
        POISON.map((value) => ({ key: '{"userid":3}', value })),
      );
    return poisoned.length * POISON.length;
  }

  /** Keys go to other partitions from now on. */
  async grow(partitions: number): Promise<void> {
    await this.desk.admin.createPartitions({ topicPartitions: [{ topic: this.log, count: partitions }] });
    await this.desk.refreshed(this.log, partitions);
  }

  /** Lanes that have not reached the end of their partition, as the store has it. */
  async behind(database: string): Promise<string[]> {
    const text = await this.platform.db.sql('SELECT source, position FROM positions', database);
    const positions = new Map(text.split('\n').map((line) => line.split('\t') as [string, string]));
    const behind: string[] = [];
    for (const topic of this.read) {
      for (const { partition, high } of await this.desk.admin.fetchTopicOffsets(topic)) {
        const lane = `kafka:${topic}/${partition}`;
        const position = parsePosition(lane, positions.get(lane) ?? null);
        if ((position?.offset ?? -1) + 1 < Number(high)) behind.push(`${lane} at ${position?.offset ?? 'none'} of ${high}`);
      }
    }
    return behind;
  }

  /** In order within each topic, as a connector writes. */
  private async send(messages: Recorded[]): Promise<void> {
    const by_topic = new Map<string, Message[]>();
    for (const { topic, key, value } of messages) {
      const list = by_topic.get(topic);
      if (list) list.push({ key, value });
      else by_topic.set(topic, [{ key, value }]);
    }
    await Promise.all([...by_topic].map(([topic, list]) => this.sendAll(topic, list)));
  }

  /** A broker that is away is waited for, and sent to again: perhaps twice, as a connector does. */
  private async sendAll(topic: string, messages: Message[]): Promise<void> {
    for (let from = 0, failures = 0; from < messages.length; ) {
      try {
        await this.desk.send(topic, messages.slice(from, from + SENT_AT_ONCE));
        from += SENT_AT_ONCE;
      } catch (error) {
        if (++failures > FAILURES_MAX) throw error;
        await sleep(AGAIN_MS);
      }
    }
  }
}

/** As `message.key.columns` of the connector file makes it. */
function userKey(value: string | null): string {
  const { after } = JSON.parse(value!) as { after: { userid: number } };
  return JSON.stringify({ userid: after.userid });
}

function asRead(value: string): string {
  const read = JSON.parse(value) as { op: string; source: Record<string, unknown> };
  return JSON.stringify({ ...read, op: 'r', source: { ...read.source, snapshot: 'true' } });
}
