/** Rows as messages of topics: one topic a table, keyed by row, so that the order of one row's messages holds. */
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import { type Publication, Sink, SinkUnavailable } from '../../ports.js';
import { parseAddress } from './address.js';
import { makeClient } from './client.js';
import { refusal } from './faults.js';

/** A message as `indexing/` makes it of a row. */
export interface RowMessage {
  topic: string;
  key: string;
  /** JSON; null = the row is no more. */
  value: string | null;
  headers: Record<string, string>;
}

/** A topic, and the settings that it is made with. */
export interface TopicNeeded {
  topic: string;
  settings: Record<string, string>;
}

/** null for a table that has no topic. */
export type MessageOf = (publication: Publication, round: number) => RowMessage | null;

export interface TopicsSinkOptions {
  /** See `parseAddress`. */
  brokers: string;
  /** Name of the site: part of the client's name, by which brokers' logs and quotas know it. */
  site: string;
  log?: (message: string) => void;
}

/** Of topics that are made here. Consumers share a topic's rows among at most so many processes; it cannot be changed later without mixing up the keys. */
const PARTITIONS = 6;
/** A broker takes 1 MB at once by default, and all of these may go to one partition; headers and framing come on top. */
const SEND_BYTES_MAX = 600_000;
/** What headers and framing add to a message. */
const MESSAGE_BYTES = 450;
/** Within one attempt, about 6 s: a leader election takes less. A broker that stays away longer is the next attempt's. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 };
/**
 * An idempotent producer whose broker was killed while it sent is of no more use: it cannot know whether its sequence number was
 * taken. A new one sends again; at the worst a row comes twice, with the same id.
 */
const ATTEMPTS = 3;

type Sending = { publication: Publication; message: Message };

export class KafkaTopicsSink extends Sink {
  override readonly name: string = 'kafka';
  readonly #kafka: Kafka;
  readonly #where: string;
  #producer: Producer | null = null;

  constructor(
    options: TopicsSinkOptions,
    override readonly tables: readonly string[],
    private readonly topics: readonly TopicNeeded[],
    private readonly messageOf: MessageOf,
  ) {
    super();
    const address = parseAddress(options.brokers);
    this.#where = `Kafka at ${address.name}`;
    this.#kafka = makeClient(address, `holdfast-publish-${options.site}`, (message) => tell(options.log, message));
  }

  /** Topics that are there keep their own settings. */
  override async open(): Promise<void> {
    const admin = this.#kafka.admin({ retry: RETRY });
    try {
      await admin.connect();
      const there = new Set(await admin.listTopics());
      const missing = this.topics.filter(({ topic }) => !there.has(topic));
      const made = missing.map(({ topic, settings }) => ({
        topic,
        numPartitions: PARTITIONS,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      }));
      // Not waited for: on a busy broker the question for the leader of a new topic fails, and a send waits for it anyway.
      if (made.length > 0) await admin.createTopics({ topics: made, waitForLeaders: false });
    } catch (error) {
      throw this.#unavailable('its topics cannot be made', error);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  override async send(publications: Publication[], round: number) {
    const refused: { publication: Publication; why: string }[] = [];
    const by_topic = new Map<string, Sending[]>();
    for (const publication of publications) {
      const made = this.messageOf(publication, round);
      if (made === null) continue;
      const { topic, ...message } = made;
      const sendings = by_topic.get(topic) ?? [];
      by_topic.set(topic, sendings);
      sendings.push({ publication, message });
    }
    for (const [topic, sendings] of by_topic)
      for (const part of parts(sendings)) refused.push(...(await this.#sendPart(topic, part)));
    return { refused };
  }

  override async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect().catch(() => undefined);
  }

  async #sendPart(topic: string, part: Sending[]): Promise<{ publication: Publication; why: string }[]> {
    for (let attempt = 1; ; attempt++) {
      // Connecting has retries of its own, about a minute: whoever is not there by then is away.
      this.#producer ??= await this.#connected();
      try {
        await this.#producer.send({ topic, acks: -1, messages: part.map(({ message }) => message) });
        return [];
      } catch (error) {
        await this.close();
        if (typeOf(error) === 'MESSAGE_TOO_LARGE') return this.#sendHalves(topic, part);
        if (attempt >= ATTEMPTS || refusal(this.#where, error) !== null)
          throw this.#unavailable(`cannot write to the topic ${topic}`, error);
      }
    }
  }

  /** A broker whose limit is lower than usual: one message at last is too large by itself. */
  async #sendHalves(topic: string, part: Sending[]): Promise<{ publication: Publication; why: string }[]> {
    if (part.length === 1)
      return [{ publication: part[0]!.publication, why: `larger than ${topic} takes: raise its max.message.bytes` }];
    const half = part.length >> 1;
    const first = await this.#sendPart(topic, part.slice(0, half));
    return [...first, ...(await this.#sendPart(topic, part.slice(half)))];
  }

  async #connected(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: RETRY,
      // Java's, so that other programs find a row's partition.
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw this.#unavailable('no connection', error);
    }
    return producer;
  }

  #unavailable(what: string, error: unknown): Error {
    const { message } = error as Error;
    const hint = 'Check that the brokers run, and the addresses in HOLDFAST_KAFKA_BROKERS';
    return refusal(this.#where, error) ?? new SinkUnavailable(`${this.#where}: ${what}: ${message}. ${hint}.`, { cause: error });
  }
}

/** kafkajs warns of bounded retries, which are meant: see `ATTEMPTS`. */
function tell(log: TopicsSinkOptions['log'], message: string): void {
  if (!message.includes('Limiting retries for the idempotent producer')) log?.(message);
}

function typeOf(error: unknown): unknown {
  const { type, cause } = error as { type?: unknown; cause?: { type?: unknown } };
  return type ?? cause?.type;
}

function* parts(sendings: readonly Sending[]): Generator<Sending[]> {
  let part: Sending[] = [];
  let bytes = 0;
  for (const sending of sendings) {
    const { key, value } = sending.message;
    const size = MESSAGE_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
    if (part.length > 0 && bytes + size > SEND_BYTES_MAX) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(sending);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
