/**
 * Clicks, product events and what clicks are joined to, from Kafka's topics. One process at a time counts clicks, so one reads. Where a
 * partition has come to is kept with what was counted of it, in one commit; what Kafka is told of offsets is for tools that show how
 * far behind a group is.
 */
import type { Admin } from 'kafkajs';
import type { ClickBatch } from '../../click-ports.js';
import { type KafkaAddress, parseAddress } from './address.js';
import type { Handle } from './batches.js';
import { type ClickDecoder, ClickReader, type ReadClicks } from './click-reader.js';
import { CLICK_KINDS, CLICK_TOPICS, type ClickTopics, divided, isReferenceTopic, makeTopics } from './click-topics.js';
import { KAFKA_LIMITS, type KafkaLimits } from './options.js';
import type { Outgoing } from './outgoing.js';
import { formatPosition } from './position.js';
import type { Behind } from './session.js';
import { Stay } from './stay.js';
import { deadLetterTopic } from './topics.js';

export interface KafkaClickSourceOptions {
  /** `broker-1:9092,broker-2:9092`, with or without login: see `parseAddress`. */
  brokers: string;
  /** Name of the site: the group is `holdfast-<site>-clicks`. */
  site: string;
  decode: ClickDecoder;
  /** Other names than the usual ones. */
  topics?: Partial<ClickTopics>;
  /** Whether topics that are missing are made; else they are waited for. */
  create?: boolean;
  /** What to do when retention has deleted messages before they were read: stop and say so, or go on without them. */
  gap: 'refuse' | 'accept';
  /** Told of what mends itself, and of what is waited for. */
  log?: (message: string) => void;
  limits?: Partial<KafkaLimits>;
}

/** What counts clicks, as the source needs it. */
export interface ClickSink {
  /** Where a source is, as the store has it. */
  position(source: string): Promise<string | null>;
  /** Resolves once it is committed. Rejects with `StalePosition` when the stored position is not `from`: it is then read again. */
  process(batch: ClickBatch): Promise<unknown>;
}

const CLICK_LIMITS: KafkaLimits = {
  ...KAFKA_LIMITS,
  // All that come in one answer of a broker are begun with at once, so that clicks know of users beside them, and wait for these. It costs
  // no memory: an answer has its own bound.
  concurrency: 64,
  // What the store writes at its best in one commit.
  batch_messages: 5_000,
  // Several commits' worth; the rest of the answer is for the other partitions, which a flood of clicks must not starve.
  partition_bytes: 2 * 1024 * 1024,
};

export class KafkaClickSource {
  /** For people: `clicks from Kafka at broker-1:9092`. Never with a password. */
  readonly name: string;
  private readonly address: KafkaAddress;
  private readonly topics: ClickTopics;
  private stay: Stay<ReadClicks> | null = null;
  /** The missing topics that were told of. */
  private missing = '';

  constructor(private readonly options: KafkaClickSourceOptions) {
    this.address = parseAddress(options.brokers);
    this.topics = { ...CLICK_TOPICS, ...options.topics };
    this.name = `clicks from Kafka at ${this.address.name}`;
    const names = CLICK_KINDS.map((kind) => this.topics[kind]);
    if (new Set(names).size < names.length) throw new TypeError('each kind of click records has a topic of its own');
  }

  /** Messages that wait to be counted. */
  get backlog(): number {
    return this.stay?.backlog ?? 0;
  }

  /** The same by partition, of those that are read here. */
  get behind(): Behind[] {
    return this.stay?.behind ?? [];
  }

  /** Ends after the batch in hand once `signal` aborts. Rejects with what the operator has to mend, or with what `sink` rejected with. */
  async run(sink: ClickSink, signal: AbortSignal): Promise<void> {
    const { options, name, address, topics } = this;
    this.stay = new Stay({
      name,
      address,
      group: `holdfast-${options.site}-clicks`,
      limits: { ...CLICK_LIMITS, ...options.limits },
      log: (message) => this.log(message),
      topics: async (admin) => this.there(await admin.listTopics()),
      firstTopics: (admin) => this.firstTopics(admin),
      parts: (outgoing) => ({
        registry: null,
        lanes: { open: (lane) => sink.position(lane), close: async () => undefined },
        handle: countedBy(sink, outgoing),
        reader: (topic, partition) => new ClickReader(topic, partition, topics, options.decode),
        on_gap: { accept: options.gap === 'accept', remedy: null },
        first: (topic) => isReferenceTopic(topics, topic),
      }),
    });
    await this.stay.run(signal);
  }

  private async firstTopics(admin: Admin): Promise<string[] | null> {
    if (this.options.create) {
      const made = await makeTopics(admin, this.topics, CLICK_KINDS);
      if (made.length > 0) this.log(`made the topics ${made.join(', ')}`);
    }
    const there = this.there(await admin.listTopics());
    return there.length > 0 ? there : null;
  }

  /** Says once which topics are waited for. */
  private there(all: readonly string[]): string[] {
    const { there, missing } = divided(this.topics, all);
    const names = missing.join(', ');
    if (names !== '' && names !== this.missing)
      this.log(`not there yet: the topics ${names}; they are read as soon as somebody makes them`);
    this.missing = names;
    return there;
  }

  private log(message: string): void {
    this.options.log?.(`${this.name}: ${message}`);
  }
}

function countedBy(sink: ClickSink, outgoing: Outgoing): Handle<ReadClicks> {
  return async (lane, { records, rejected, dead }, to) => {
    // May come twice if the commit fails: a dead letter says which message it is.
    await outgoing.sendDead(deadLetterTopic(lane.topic), dead);
    const from = lane.position === null ? null : formatPosition(lane.position);
    await sink.process({ records, rejected, position: { source: lane.name, from, to }, live: true });
  };
}
