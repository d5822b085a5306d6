/** What the Kafka source has to be told, and its bounds. */
import type { Change, RejectReason } from '../../domain.js';

/** What a decoder makes of a message. The formats inside are not this adapter's business. */
export type DecodedRecord =
  | { kind: 'change'; change: Change }
  | { kind: 'rejected'; reason: RejectReason; detail: string }
  | { kind: 'ignored'; what: string };

/** One message with its bytes read: text as text, Avro as the plain object that its JSON would have been. */
export interface SourceRecord {
  /** Topic that the connector wrote it to; null where a message that was sent on does not say it. */
  topic: string | null;
  /** JSON text, a plain value, or null. */
  key: unknown;
  /** JSON text, a plain value, or null for a tombstone. */
  value: unknown;
  headers: Record<string, string>;
}

/** `at` is where a person finds it: `offset 812`. Is given the messages of one lane, in their order. */
export type RecordDecoder = (record: SourceRecord, at: string) => DecodedRecord;

export interface KafkaSourceOptions {
  /** `broker-1:9092,broker-2:9092`, with or without login: see `parseAddress`. */
  brokers: string;
  /** Debezium's topic.prefix. */
  prefix: string;
  /** Moodle's table prefix: `mdl_`. */
  moodle_prefix: string;
  /** Tables that are read, without their prefix. */
  tables: readonly string[];
  /** Name of the site: processes of one site share the work, as the group `holdfast-<site>`. */
  site: string;
  /** `http://registry:8081`, for Apicurio with `/apis/ccompat/v7`; null = all messages are JSON. */
  registry_url: string | null;
  /** A decoder for one lane: it may remember what came before. */
  decoder: () => RecordDecoder;
  /** What to do when retention has deleted messages before they were read: stop and say so, or go on without them. */
  gap: 'refuse' | 'accept';
  /** Told of what mends itself, and of what is waited for. */
  log?: (message: string) => void;
  limits?: Partial<KafkaLimits>;
}

export interface KafkaLimits {
  /** Lanes that are worked on at the same time. */
  concurrency: number;
  /** Messages handed over at once. */
  batch_messages: number;
  /** Bytes of a partition fetched at once. */
  partition_bytes: number;
  /** Bytes fetched from a broker at once, shared among its partitions. */
  fetch_bytes: number;
  /** How often topics are listed, for new ones. */
  topics_ms: number;
  /** How often partitions are looked at, for new ones. */
  metadata_ms: number;
  /** A process that is not heard of for this long loses its lanes. */
  session_ms: number;
  heartbeat_ms: number;
  /** A rebalance waits this long for the batches in hand. */
  rebalance_ms: number;
  /** The brokers must answer within this time at the start; later they are waited for. */
  start_ms: number;
}

export const KAFKA_LIMITS: KafkaLimits = {
  // More lanes at once only queue at the store; fewer leave it idle while one decodes.
  concurrency: 4,
  // About 10 MB decoded, and a commit of under a second.
  batch_messages: 10_000,
  partition_bytes: 4 * 1024 * 1024,
  // Decoded some 50 MB, and many times what one commit takes.
  fetch_bytes: 16 * 1024 * 1024,
  topics_ms: 30_000,
  metadata_ms: 30_000,
  session_ms: 30_000,
  heartbeat_ms: 3_000,
  rebalance_ms: 60_000,
  // A broker's own start takes half of it.
  start_ms: 60_000,
};
