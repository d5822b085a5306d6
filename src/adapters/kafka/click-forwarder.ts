/**
 * Clicks that came by HTTP and UDP, put onto Kafka's topics as they came, byte by byte. From there they are read like all the others,
 * and whoever else reads the topics has them too.
 */
import type { Admin, Kafka } from 'kafkajs';
import { parseAddress } from './address.js';
import { CLICK_KINDS, CLICK_TOPICS, type ClickTopics, makeTopics } from './click-topics.js';
import { makeClient } from './client.js';
import { refusal, unreachable } from './faults.js';
import { SEND_RETRY, TopicSender } from './topic-sender.js';
import { atMost } from './waiting.js';

export interface ClickForwarderOptions {
  /** See `parseAddress`. */
  brokers: string;
  /** Name of the site: part of the client's name, by which brokers' logs and quotas know it. */
  site?: string;
  /** Other names than the usual ones: those of these that are missing are made. */
  topics?: Partial<ClickTopics>;
  log?: (message: string) => void;
  /** A message's timestamp is when its record came. */
  now_ms?: () => number;
}

const GOODBYE_MS_MAX = 5_000;

export class ClickForwarder {
  readonly #kafka: Kafka;
  readonly #where: string;
  readonly #topics: ClickTopics;
  readonly #senders = new Map<string, TopicSender>();
  readonly #made = new Set<string>();

  /** Connects when something is sent. */
  constructor(private readonly options: ClickForwarderOptions) {
    const address = parseAddress(options.brokers);
    this.#where = `Kafka at ${address.name}`;
    this.#topics = { ...CLICK_TOPICS, ...options.topics };
    const client_id = `holdfast-forward${options.site ? `-${options.site}` : ''}`;
    this.#kafka = makeClient(address, client_id, (message) => this.#tell(message), SEND_RETRY);
  }

  /** For those who want to know at once that Kafka is not there. */
  static async open(brokers: string, options: Omit<ClickForwarderOptions, 'brokers'> = {}): Promise<ClickForwarder> {
    const forwarder = new ClickForwarder({ ...options, brokers });
    const begun = performance.now();
    try {
      await forwarder.#asked((admin) => admin.listTopics());
    } catch (error) {
      const { brokers: all } = parseAddress(brokers);
      throw refusal(forwarder.#where, error) ?? unreachable(all.join(','), error, performance.now() - begun);
    }
    return forwarder;
  }

  /**
   * Resolves once all replicas have all of these. `SinkUnavailable`: Kafka is away, and `SenderFull`: too much waits already; some of the
   * records may be there all the same.
   */
  send(topic: string, records: readonly (string | Buffer)[]): Promise<void> {
    return this.#sender(topic).send(records);
  }

  /** For what nobody waits for: kept while Kafka is away, up to a bound. False: it was dropped, and counted. */
  offer(topic: string, datagram: string | Buffer): boolean {
    return this.#sender(topic).offer(datagram);
  }

  /** Datagrams that were dropped. */
  get dropped(): number {
    return this.#sum((sender) => sender.dropped);
  }

  /** Records that wait to be sent. */
  get waiting(): number {
    return this.#sum((sender) => sender.waiting);
  }

  /** What waits is still sent, for some seconds. */
  async close(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
  }

  #sum(of: (sender: TopicSender) => number): number {
    return [...this.#senders.values()].reduce((sum, sender) => sum + of(sender), 0);
  }

  #sender(topic: string): TopicSender {
    const there = this.#senders.get(topic);
    if (there !== undefined) return there;
    const now_ms = this.options.now_ms ?? Date.now;
    const sender = new TopicSender(this.#kafka, topic, this.#where, () => this.#make(topic), now_ms);
    this.#senders.set(topic, sender);
    return sender;
  }

  async #make(topic: string): Promise<void> {
    const kinds = CLICK_KINDS.filter((kind) => this.#topics[kind] === topic);
    if (kinds.length === 0 || this.#made.has(topic)) return;
    await this.#asked((admin) => makeTopics(admin, this.#topics, kinds));
    this.#made.add(topic);
  }

  async #asked(question: (admin: Admin) => Promise<unknown>): Promise<void> {
    const admin = this.#kafka.admin({ retry: SEND_RETRY });
    try {
      await admin.connect();
      await question(admin);
    } finally {
      await atMost(GOODBYE_MS_MAX, admin.disconnect());
    }
  }

  /** kafkajs warns of bounded retries, which are meant: see `SEND_RETRY`. */
  #tell(message: string): void {
    if (!message.includes('Limiting retries for the idempotent producer')) this.options.log?.(`${this.#where}: ${message}`);
  }
}
