/** Which topics are read, by name; and those that are made here. */
import type { Admin, ITopicConfig } from 'kafkajs';

/** Log rows whose own topic is not keyed by user come through here, keyed. */
export const CHANGES_TOPIC = 'holdfast.changes.v1';
/** Users are divided over at most so many processes; fixed, since a key's partition must stay what it is. */
const CHANGES_PARTITIONS = 12;
/** A process that is away for a week finds its rows still there. */
const CHANGES_RETENTION_MS = 7 * 86_400_000;
/** Moodle's log. */
export const LOG_TABLE = 'logstore_standard_log';

export interface TopicNames {
  /** Debezium's topic.prefix. */
  prefix: string;
  moodle_prefix: string;
  /** Without the prefix. */
  tables: readonly string[];
}

/** The connector's topics among these, in order: `<prefix>.<any database>.<moodle_prefix><table>`. */
export function connectorTopics(all: readonly string[], { prefix, moodle_prefix, tables }: TopicNames): string[] {
  const ours = new Set(tables.map((table) => `${moodle_prefix}${table}`));
  return all.filter((topic) => topic.startsWith(`${prefix}.`) && ours.has(afterDatabase(topic.slice(prefix.length + 1)))).sort();
}

/** `moodle.mdl_user` → `mdl_user`; '' where there is not exactly one dot. */
function afterDatabase(rest: string): string {
  const dot = rest.indexOf('.');
  return dot > 0 && rest.indexOf('.', dot + 1) < 0 ? rest.slice(dot + 1) : '';
}

/** `moodle.moodle.mdl_logstore_standard_log`: rows that have to be counted by user. */
export function isLogTopic(topic: string, names: TopicNames): boolean {
  return topic.endsWith(`.${names.moodle_prefix}${LOG_TABLE}`);
}

export function deadLetterTopic(topic: string): string {
  return `dlq.${topic}`;
}

/** kafka:<topic>/<partition> */
export function laneName(topic: string, partition: number): string {
  return `kafka:${topic}/${partition}`;
}

export function changesTopic(): ITopicConfig {
  return {
    topic: CHANGES_TOPIC,
    numPartitions: CHANGES_PARTITIONS,
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(CHANGES_RETENTION_MS) },
      // Rows carry the time at which they are sent on, whatever the broker's default is.
      { name: 'message.timestamp.type', value: 'CreateTime' },
    ],
  };
}

/** Makes a topic unless it is there; another process may make it at the same moment. */
export async function ensureTopic(admin: Admin, topic: ITopicConfig): Promise<void> {
  if ((await admin.listTopics()).includes(topic.topic)) return;
  // false = it exists by now.
  await admin.createTopics({ topics: [topic], waitForLeaders: true });
}
