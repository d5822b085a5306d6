/**
 * Moodle's changes from Debezium's topics. Each partition is a lane; processes of one site share them as one consumer group.
 *
 * Rows of the log must come to the same lane as the user's other rows. Where the connector keys the log by user they do; where
 * it does not, each row is sent on to `holdfast.changes.v1` under its user, and counted from there.
 */
import type { Admin } from 'kafkajs';
import { LanedSource, type Lanes } from '../../ports.js';
import { type KafkaAddress, parseAddress } from './address.js';
import { changesTo } from './changes.js';
import { LaneReader, type ReadMessages } from './lane-reader.js';
import { KAFKA_LIMITS, type KafkaSourceOptions } from './options.js';
import type { Outgoing } from './outgoing.js';
import { SchemaRegistry } from './registry.js';
import { type ReadingParts, Stay } from './stay.js';
import { CHANGES_TOPIC, changesTopic, connectorTopics, ensureTopic } from './topics.js';

export class KafkaSource extends LanedSource {
  readonly name: string;
  private readonly address: KafkaAddress;
  private stay: Stay<ReadMessages> | null = null;

  constructor(private readonly options: KafkaSourceOptions) {
    super();
    this.address = parseAddress(options.brokers);
    this.name = `kafka:${options.prefix} at ${this.address.name}`;
  }

  /** Messages that wait for the lanes of this process. */
  get backlog(): number {
    return this.stay?.backlog ?? 0;
  }

  async run(lanes: Lanes, signal: AbortSignal): Promise<void> {
    const { options, name } = this;
    this.stay = new Stay({
      name,
      address: this.address,
      group: `holdfast-${options.site}`,
      limits: { ...KAFKA_LIMITS, ...options.limits },
      log: (message) => options.log?.(`${name}: ${message}`),
      topics: (admin) => this.topics(admin),
      firstTopics: (admin, told) => this.firstTopics(admin, told),
      parts: (outgoing, told) => this.parts(lanes, outgoing, told),
    });
    await this.stay.run(signal);
  }

  private parts(lanes: Lanes, outgoing: Outgoing, told: (message: string) => void): ReadingParts<ReadMessages> {
    const { options } = this;
    const registry = options.registry_url === null ? null : new SchemaRegistry(options.registry_url, told);
    return {
      registry,
      lanes,
      handle: changesTo(lanes, outgoing),
      reader: (topic, partition) =>
        new LaneReader(topic, partition, { names: options, decode: options.decoder(), schemas: registry }),
      on_gap: { accept: options.gap === 'accept', remedy: 'Let the connector take a new snapshot' },
      first: () => false,
    };
  }

  private async firstTopics(admin: Admin, told: (message: string) => void): Promise<string[] | null> {
    await ensureTopic(admin, changesTopic());
    const topics = await this.topics(admin);
    if (topics.length > 1) return topics;
    const { prefix, moodle_prefix } = this.options;
    told(
      `no topic of the connector yet: waiting for ${prefix}.<database>.${moodle_prefix}…; check topic.prefix of the connector and that it runs`,
    );
    return null;
  }

  private async topics(admin: Admin): Promise<string[]> {
    return [...connectorTopics(await admin.listTopics(), this.options), CHANGES_TOPIC];
  }
}
