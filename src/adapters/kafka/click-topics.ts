/** The topics of clicks, by what is in them; and those that are made here. */
import type { Admin, ITopicConfig } from 'kafkajs';

/** As they are read: what clicks are joined to comes before clicks. The words are the formats' names. */
export const CLICK_KINDS = ['users', 'codes', 'clicks', 'events'] as const;
export type ClickKind = (typeof CLICK_KINDS)[number];
export type ClickTopics = Readonly<Record<ClickKind, string>>;

/** The original systems' names. */
export const CLICK_TOPICS: ClickTopics = {
  users: 'clickstream_users',
  codes: 'clickstream_codes',
  clicks: 'clickstream',
  events: 'event-topic',
};

const REFERENCES: readonly ClickKind[] = ['users', 'codes'];
/** One partition keeps a topic's order. Events are counted in any order, and their topic has always had three. */
const PARTITIONS: Readonly<Record<ClickKind, number>> = { users: 1, codes: 1, clicks: 1, events: 3 };
/** A service that is away for a weekend finds its clicks still there. */
const CLICKS_RETENTION_MS = 48 * 3_600_000;
const FOR_EVER = '-1';

export function isReferenceTopic(topics: ClickTopics, topic: string): boolean {
  return REFERENCES.some((kind) => topics[kind] === topic);
}

/** What is in a topic that is read. */
export function kindOf(topics: ClickTopics, topic: string): ClickKind {
  const kind = CLICK_KINDS.find((one) => topics[one] === topic);
  if (kind === undefined) throw new TypeError(`${topic} is not a topic of clicks`);
  return kind;
}

/** Which of these there are, and which there are not, in the order of reading. */
export function divided(topics: ClickTopics, all: readonly string[]): { there: string[]; missing: string[] } {
  const names = CLICK_KINDS.map((kind) => topics[kind]);
  return { there: names.filter((name) => all.includes(name)), missing: names.filter((name) => !all.includes(name)) };
}

/** Makes those of these kinds that are not there, and says which it made. Topics that are there keep their own settings. */
export async function makeTopics(admin: Admin, topics: ClickTopics, kinds: readonly ClickKind[]): Promise<string[]> {
  const all = await admin.listTopics();
  const missing = kinds.filter((kind) => !all.includes(topics[kind]));
  if (missing.length > 0)
    await admin.createTopics({ topics: missing.map((kind) => settingsOf(kind, topics[kind])), waitForLeaders: true });
  return missing.map((kind) => topics[kind]);
}

function settingsOf(kind: ClickKind, topic: string): ITopicConfig {
  const entries: Record<string, string> = {
    'cleanup.policy': 'delete',
    // What clicks are joined to is small, and needed by those who begin later.
    'retention.ms': REFERENCES.includes(kind) ? FOR_EVER : String(CLICKS_RETENTION_MS),
    // When it was sent, whatever the broker's default is.
    'message.timestamp.type': 'CreateTime',
  };
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }));
  return { topic, numPartitions: PARTITIONS[kind], configEntries };
}
