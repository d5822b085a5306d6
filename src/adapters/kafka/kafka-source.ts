/**
 * Moodle's changes from Debezium's topics. Each partition is a lane; processes of one site share them as one consumer group.
 *
 * Rows of the log must come to the same lane as the user's other rows. Where the connector keys the log by user they do; where
 * it does not, each row is sent on to `holdfast.changes.v1` under its user, and counted from there.
 */
import type { Admin, Kafka } from 'kafkajs';
import { LanedSource, type Lanes } from '../../ports.js';
import { type KafkaAddress, parseAddress } from './address.js';
import { makeClient, ONCE, onceAMinute } from './client.js';
import { refusal, unreachable } from './faults.js';
import { KAFKA_LIMITS, type KafkaLimits, type KafkaSourceOptions } from './options.js';
import { Outgoing } from './outgoing.js';
import { SchemaRegistry } from './registry.js';
import { Session } from './session.js';
import { CHANGES_TOPIC, changesTopic, connectorTopics, ensureTopic } from './topics.js';
import { atMost, pause } from './waiting.js';

/** Between two looks for the connector's first topic: a new connector is not kept waiting. */
const FIRST_TOPIC_MS = 5_000;
/** Between two sessions when the group was lost. */
const AGAIN_MS = 1_000;
/** Between two attempts to reach the brokers at the start. */
const REACH_MS = 500;
const GOODBYE_MS_MAX = 5_000;

export class KafkaSource extends LanedSource {
  readonly name: string;
  private readonly address: KafkaAddress;
  private readonly limits: KafkaLimits;
  private readonly told: (message: string) => void;
  private session: Session | null = null;

  constructor(private readonly options: KafkaSourceOptions) {
    super();
    this.address = parseAddress(options.brokers);
    this.limits = { ...KAFKA_LIMITS, ...options.limits };
    this.name = `kafka:${options.prefix} at ${this.address.name}`;
    this.told = onceAMinute((message) => this.log(message));
  }

  /** Messages that wait for the lanes of this process. */
  get backlog(): number {
    return this.session?.backlog ?? 0;
  }

  async run(lanes: Lanes, signal: AbortSignal): Promise<void> {
    const client_id = `holdfast-${this.options.site}`;
    await this.reach(
      makeClient(this.address, client_id, () => undefined, ONCE),
      signal,
    );
    if (signal.aborted) return;
    const kafka = makeClient(this.address, client_id, this.told);
    const admin = kafka.admin();
    const outgoing = new Outgoing(kafka, admin, this.name);
    try {
      await admin.connect();
      await outgoing.connect();
      await this.sessions(kafka, admin, outgoing, lanes, signal);
    } catch (error) {
      throw refusal(this.name, error) ?? error;
    } finally {
      await atMost(GOODBYE_MS_MAX, Promise.allSettled([outgoing.disconnect(), admin.disconnect()]));
    }
  }

  private async sessions(kafka: Kafka, admin: Admin, outgoing: Outgoing, lanes: Lanes, signal: AbortSignal): Promise<void> {
    const { options, limits } = this;
    const registry = options.registry_url === null ? null : new SchemaRegistry(options.registry_url, this.told);
    const parts = {
      name: this.name,
      group: `holdfast-${options.site}`,
      kafka,
      outgoing,
      registry,
      lanes,
      limits,
      accept_gap: options.gap === 'accept',
      reader: () => ({ names: options, decode: options.decoder(), schemas: registry }),
      topics: () => this.topics(admin),
      log: (message: string) => this.log(message),
    };
    while (!signal.aborted) {
      const topics = await this.someTopics(admin, signal);
      if (topics === null) return;
      this.session = new Session(parts, topics);
      const outcome = await this.session.run(signal);
      this.session = null;
      if (outcome === 'topics') this.log('there are other topics now: joining the group with these');
      if (outcome === 'lost') await pause(AGAIN_MS, signal);
    }
  }

  /** Waits for the first topic of the connector; null on abort. */
  private async someTopics(admin: Admin, signal: AbortSignal): Promise<string[] | null> {
    const { prefix, moodle_prefix } = this.options;
    while (!signal.aborted) {
      try {
        await ensureTopic(admin, changesTopic());
        const topics = await this.topics(admin);
        if (topics.length > 1) return topics;
        this.told(
          `no topic of the connector yet: waiting for ${prefix}.<database>.${moodle_prefix}…; check topic.prefix of the connector and that it runs`,
        );
      } catch (error) {
        const refused = refusal(this.name, error);
        if (refused !== null) throw refused;
        this.told(`no answer to the list of topics: ${(error as Error).message}; asking again`);
      }
      await pause(Math.min(FIRST_TOPIC_MS, this.limits.topics_ms), signal);
    }
    return null;
  }

  private async topics(admin: Admin): Promise<string[]> {
    return [...connectorTopics(await admin.listTopics(), this.options), CHANGES_TOPIC];
  }

  /** Returns once a broker has answered, or on abort. */
  private async reach(kafka: Kafka, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    while (!signal.aborted) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        await admin.listTopics();
        return;
      } catch (error) {
        const refused = refusal(this.name, error);
        if (refused !== null) throw refused;
        const waited_ms = performance.now() - begun;
        if (waited_ms + REACH_MS >= this.limits.start_ms) throw unreachable(this.address.brokers.join(','), error, waited_ms);
      } finally {
        await atMost(GOODBYE_MS_MAX, admin.disconnect());
      }
      await pause(REACH_MS, signal);
    }
  }

  private log(message: string): void {
    this.options.log?.(`${this.name}: ${message}`);
  }
}
