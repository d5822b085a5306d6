/** Clicks through Kafka: read from its topics, and put there what comes by HTTP and UDP. */
import { type ClickFormat, decodeLine } from '../clickstream/decode-record.js';
import type { Config } from '../config.js';
import type { ClickTaker } from '../pipeline/click-door.js';
import { type ClickIntake, IntakeFull } from '../pipeline/click-intake.js';
import { SinkUnavailable } from '../ports.js';
import type { ClickMetrics } from './click-metrics.js';
import type { Clicks } from './clicks.js';
import type { Log } from './log.js';

/** Topics by what comes in; the names are the original systems'. */
const TOPICS: Record<ClickFormat, string> = {
  clicks: 'clickstream',
  udp: 'clickstream',
  ecs: 'clickstream',
  combined: 'clickstream',
  events: 'event-topic',
  users: 'clickstream_users',
  codes: 'clickstream_codes',
};

/** Until `signal` aborts. Loaded here: most processes have no use for a Kafka client. */
export async function readClickTopics(
  config: Config,
  { store, pipeline }: Clicks,
  { log, metrics }: { log: Log; metrics: Pick<ClickMetrics, 'watchLag'> },
  signal: AbortSignal,
): Promise<void> {
  const { KafkaClickSource } = await import('../adapters/kafka/click-source.js');
  const source = new KafkaClickSource({
    brokers: config.kafka_brokers!,
    site: config.site,
    decode: (format, text, at) => decodeLine(format, text, at),
    create: true,
    gap: config.kafka_gap,
    log: (message) => log.info({}, message),
  });
  log.info({}, `Reads ${source.name}.`);
  metrics.watchLag(() => source.behind);
  try {
    await source.run({ position: (name) => store.position(name), process: (batch) => pipeline.process(batch) }, signal);
  } finally {
    metrics.watchLag(null);
  }
}

/** Records as they were sent go to their topic, and are counted from there; what was refused is kept here. */
export async function forwardingTaker(config: Config, log: Log, refused: () => ClickIntake | null) {
  const { ClickForwarder } = await import('../adapters/kafka/click-forwarder.js');
  const { SenderFull } = await import('../adapters/kafka/topic-sender.js');
  const forwarder = new ClickForwarder({
    brokers: config.kafka_brokers!,
    site: config.site,
    log: (message) => log.warn({}, message),
  });
  const taker: ClickTaker = {
    wants_texts: true,
    take: async (_records, rejected, { format, texts }) => {
      try {
        if (texts.length > 0) await forwarder.send(TOPICS[format], texts);
      } catch (error) {
        // Of the sender's making, or soon over: who sent the records keeps them, and sends them again.
        if (!(error instanceof SenderFull || error instanceof SinkUnavailable)) throw error;
        throw new IntakeFull('Kafka does not take clicks just now: send them again in a moment.', { cause: error });
      }
      if (rejected.length > 0) await refused()?.take([], rejected);
    },
  };
  return { taker, close: () => forwarder.close() };
}
