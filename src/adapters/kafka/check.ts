/** For `doctor`: does Kafka answer, and are the connector's topics there? */
import { parseAddress } from './address.js';
import { makeClient } from './client.js';
import { refusal } from './faults.js';
import { connectorTopics } from './topics.js';

export interface Check {
  ok: boolean;
  /** What was looked at and found. */
  what: string;
  /** What mends it, where it is not ok. */
  remedy: string | null;
}

export interface CheckedTopics {
  prefix: string;
  moodle_prefix: string;
  tables: readonly string[];
}

/** One attempt: whoever asks is waiting for the answer. */
const RETRY = { retries: 1 };

/** `topics` null: nothing is read from Kafka, only written. Never throws for what Kafka is or lacks. */
export async function checkKafka(brokers: string, topics: CheckedTopics | null): Promise<Check> {
  const address = parseAddress(brokers);
  const admin = makeClient(address, 'holdfast-doctor', () => undefined, RETRY).admin({ retry: RETRY });
  try {
    await admin.connect();
    const names = await admin.listTopics();
    if (topics === null) return { ok: true, what: `Kafka at ${address.name} answers`, remedy: null };
    const found = connectorTopics(names, topics);
    if (found.length > 0)
      return { ok: true, what: `Kafka at ${address.name} has ${found.length} topics of the connector`, remedy: null };
    return {
      ok: false,
      what: `Kafka at ${address.name} answers, but has no topic ${topics.prefix}.<database>.${topics.moodle_prefix}…`,
      remedy:
        'Start the Debezium connector (deploy/connectors), and compare its topic.prefix with HOLDFAST_MOODLE=kafka:PREFIX.\nWhere it runs: a topic comes with the first row of its table. GET /connectors/NAME/status at Kafka Connect says how it is.',
    };
  } catch (error) {
    const why = refusal(`Kafka at ${address.name}`, error)?.message ?? (error as Error).message;
    return {
      ok: false,
      what: `Kafka at ${address.name} cannot be used`,
      remedy: `${why}\nCheck HOLDFAST_KAFKA_BROKERS and that the brokers run.`,
    };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
