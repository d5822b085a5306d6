/** Everything that topics hold at this moment, as a consumer sees it. */
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';

/** One read of all topics of the sample site takes about a second. */
const READ_MS_MAX = 60_000;
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
  decompress: (buffer: Buffer) => decompressFrame(buffer),
});

export interface Read {
  topic: string;
  partition: number;
  /** Parsed JSON; null = no key, or a tombstone. */
  key: Record<string, unknown> | null;
  value: Record<string, unknown> | null;
}

function parsed(bytes: Buffer | null): Record<string, unknown> | null {
  return bytes === null ? null : (JSON.parse(bytes.toString()) as Record<string, unknown>);
}

/** Topics whose name matches, from their beginning to where they end when this is called. */
export async function readTopics(brokers: string, pattern: RegExp): Promise<Read[]> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}` });
  const read: Read[] = [];
  try {
    await Promise.all([admin.connect(), consumer.connect()]);
    const topics = (await admin.listTopics()).filter((topic) => pattern.test(topic));
    const missing = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (BigInt(high) > BigInt(low)) missing.set(`${topic}/${partition}`, BigInt(high) - 1n);
      }
    }
    if (missing.size === 0) return [];
    await consumer.subscribe({ topics, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error(`not read to the end: ${[...missing.keys()]}`)), READ_MS_MAX).unref();
      const eachMessage = async ({ topic, partition, message }: import('kafkajs').EachMessagePayload) => {
        const last = missing.get(`${topic}/${partition}`);
        if (last === undefined) return;
        read.push({ topic, partition, key: parsed(message.key), value: parsed(message.value) });
        if (BigInt(message.offset) >= last) missing.delete(`${topic}/${partition}`);
        if (missing.size === 0) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    return read;
  } finally {
    await Promise.all([consumer.disconnect(), admin.disconnect()]);
  }
}

/** Reads again and again until the messages are as wanted. */
export async function readUntil(brokers: string, pattern: RegExp, wanted: (read: Read[]) => boolean): Promise<Read[]> {
  for (const until = Date.now() + READ_MS_MAX; Date.now() < until; ) {
    try {
      const read = await readTopics(brokers, pattern);
      if (wanted(read)) return read;
    } catch (error) {
      // A topic that is just being made has no leader yet.
      if (!(error instanceof Error) || error.name !== 'KafkaJSProtocolError') throw error;
    }
  }
  throw new Error(`waited in vain for messages in ${pattern}`);
}

/** Of each topic, how many partitions it has. */
export async function partitionsOf(brokers: string, pattern: RegExp): Promise<Record<string, number>> {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata();
    return Object.fromEntries(topics.filter(({ name }) => pattern.test(name)).map((t) => [t.name, t.partitions.length]));
  } finally {
    await admin.disconnect();
  }
}
