/**
 * Rows as events on a topic: CloudEvents 1.0 in the binary mode of their Kafka binding. The row is the value, as JSON; what is
 * said about it stands in the headers.
 */
import { createHash } from 'node:crypto';
import type { ToldRow } from './documents.js';
import { documentId, OUTSIDE_NAMES } from './names.js';

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
  const { topic } = OUTSIDE_NAMES[table];
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
      ce_type: `holdfast.${table}.v1`,
      ce_subject: id,
      ce_time: new Date(time_ms).toISOString(),
      ce_sequence: String(round),
      'content-type': 'application/json',
    },
  };
}

/**
 * Each topic is a table: its last message for a key is the row. So all are compacted, those of issued scores too: a score is told
 * again only as it was issued, and compaction then keeps the whole history, once.
 */
export const TOPIC_NAMES: readonly string[] = Object.values(OUTSIDE_NAMES).flatMap(({ topic }) => topic ?? []);
