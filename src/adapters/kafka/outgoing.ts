/** What the source writes itself: rows sent on under their user, and dead letters. */
import type { Admin, Kafka, Message, Producer } from 'kafkajs';
import { RETRY } from './client.js';
import { refusal } from './faults.js';
import { partitionOf } from './keys.js';
import { ensureTopic } from './topics.js';

/** A broker takes 1 MB at once by default, and all of these may go to one partition; headers and framing come on top. */
const SEND_BYTES_MAX = 600_000;
/** What framing and headers add to a message. */
const MESSAGE_BYTES = 200;
/** A send that failed for a minute is tried as a whole once more: kafkajs gives up on some errors that pass. */
const ATTEMPTS = 2;

export class Outgoing {
  private readonly producer: Producer;
  private readonly made = new Set<string>();

  constructor(
    kafka: Kafka,
    private readonly admin: Admin,
    private readonly name: string,
  ) {
    this.producer = kafka.producer({ allowAutoTopicCreation: false, retry: RETRY, createPartitioner: () => partition });
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  disconnect(): Promise<void> {
    return this.producer.disconnect();
  }

  /** Kept by all replicas once it resolves. The topic is there already. */
  async send(topic: string, messages: readonly Message[]): Promise<void> {
    for (const part of parts(messages)) await this.sendPart(topic, part);
  }

  /** The same, into a topic of one partition that is made for it. */
  async sendDead(topic: string, messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      if (!this.made.has(topic)) await ensureTopic(this.admin, { topic, numPartitions: 1 });
    } catch (error) {
      throw refusal(this.name, error) ?? new Error(`${this.name}: cannot make the topic ${topic}: ${(error as Error).message}`);
    }
    this.made.add(topic);
    for (const part of parts(messages)) {
      await this.sendPart(topic, part).catch(async (error: unknown) => {
        if (!isTooLarge(error)) throw error;
        for (const message of part) await this.sendShort(topic, message);
      });
    }
  }

  /** A message that only just fitted into its own topic no longer does with our headers: then without its value. */
  private async sendShort(topic: string, message: Message): Promise<void> {
    const headers = { ...message.headers, dlq_value_bytes: String(message.value?.length ?? 0) };
    await this.sendPart(topic, [message]).catch(async (error: unknown) => {
      if (!isTooLarge(error)) throw error;
      await this.sendPart(topic, [{ ...message, headers, value: null }]);
    });
  }

  private async sendPart(topic: string, messages: Message[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.producer.send({ topic, messages, acks: -1 });
        return;
      } catch (error) {
        const refused = refusal(this.name, error);
        if (refused !== null) throw refused;
        if (attempt < ATTEMPTS) continue;
        const { message } = error as Error;
        throw new Error(`${this.name}: cannot write to the topic ${topic}: ${message}. Look at the brokers, then start again`, {
          cause: error,
        });
      }
    }
  }
}

/** As `sendPart` throws it: the broker's own word is its cause, or further down. */
function isTooLarge(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ((at as Error & { type?: unknown }).type === 'MESSAGE_TOO_LARGE') return true;
  }
  return false;
}

function partition({ partitionMetadata, message }: { partitionMetadata: unknown[]; message: Message }): number {
  const { key } = message;
  return key === null || key === undefined ? 0 : partitionOf(Buffer.from(key), partitionMetadata.length);
}

function* parts(messages: readonly Message[]): Iterable<Message[]> {
  let part: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + (message.key?.length ?? 0) + MESSAGE_BYTES;
    if (part.length > 0 && bytes + size > SEND_BYTES_MAX) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
