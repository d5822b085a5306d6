/**
 * Rows as events on a topic: CloudEvents 1.0 in the binary mode of their Kafka binding. The row is the value, as JSON; what is
 * said about it stands in the headers.
 */
import { createHash } from 'node:crypto';
import type { ToldRow } from './documents.js';
import { documentId, OUTSIDE_NAMES, outsideNames } from './names.js';

export interface TopicMessage {
  topic: string;
  /** Readable: `43|7|1795350000000`. Compaction goes by it, and so does the partition: the order of one row's events holds. */
  key: string;
  /** null = the row is no more. */
  value: string | null;
  headers: Record<string, string>;
}

/**
 * The message of a row; null for a table without a topic. The same row gives the same `ce_id` in every round: a message with the id
 * of the one before it under its key brings nothing new. `ce_sequence` is the round, which grows.
 */
export function messageOf(site: string, { table, key, row, time_ms }: ToldRow, round: number): TopicMessage | null {
  const { topic, event } = outsideNames(table);
  if (topic === null) return null;
  const id = documentId(key);
  const value = row === null ? null : JSON.stringify(row);
  return {
    topic,
    key: id,
    value,
    headers: {
      ce_specversion: '1.0',
      ce_id: createHash('sha256')
        .update(JSON.stringify([table, key, row]))
        .digest('hex'),
      ce_source: `/holdfast/${encodeURIComponent(site)}`,
      ce_type: event,
      ce_subject: id,
      ce_time: new Date(time_ms).toISOString(),
      ce_sequence: String(round),
      'content-type': 'application/json',
    },
  };
}

/** A topic that has to be there, with the settings that it is made with. */
export interface TopicSpec {
  topic: string;
  settings: Record<string, string>;
}

const COMPACTED = { 'cleanup.policy': 'compact' };

/**
 * Each topic is a table: its last message for a key is the row. So all are compacted, those of issued scores too: a score is told
 * again only as it was issued, and compaction then keeps the whole history, once.
 */
export const TOPICS: readonly TopicSpec[] = Object.values(OUTSIDE_NAMES).flatMap(({ topic }) =>
  topic === null ? [] : { topic, settings: COMPACTED },
);

/**
 * What happens to a topic's messages by age. `table`: only the last of a key stays, for ever. `windows`: likewise, until it is too
 * old. `stream`: all stay until they are too old.
 */
export type TopicKind = 'table' | 'windows' | 'stream';

/** The topics of click tables. What the store forgets after `retention_ms`, the topics forget too. */
export function clickTopics(tables: readonly { table: string; kind: TopicKind }[], retention_ms: number): TopicSpec[] {
  const by_age = { 'retention.ms': String(retention_ms) };
  const settings: Record<TopicKind, Record<string, string>> = {
    table: COMPACTED,
    windows: { 'cleanup.policy': 'compact,delete', ...by_age },
    stream: { 'cleanup.policy': 'delete', ...by_age },
  };
  return tables.map(({ table, kind }) => ({ topic: outsideNames(table).topic!, settings: settings[kind] }));
}
