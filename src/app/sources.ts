/** What Moodle's changes are read from. */
import { BinlogSource } from '../adapters/binlog/binlog-source.js';
import { type BinlogOptions, type CopySoFar, LOG_TABLE } from '../adapters/binlog/options.js';
import { FileSource } from '../adapters/file/file-source.js';
import type { Config } from '../config.js';
import { type Clock, REFERENCE_TABLES } from '../domain.js';
import { DebeziumDecoder } from '../moodle/debezium.js';
import { OPTIONAL_TABLES } from '../moodle/tables.js';
import type { ChangeSource, LanedSource } from '../ports.js';
import type { MoodleSetting } from '../setting-texts.js';

/** Tables that are read of a Moodle database. */
export const TABLES = [...REFERENCE_TABLES.filter((t) => t !== 'enrolment_events'), LOG_TABLE];

/** The kind of clock that a store runs on with this source: a live site's is the wall's unless asked otherwise. */
export function clockFor(moodle: MoodleSetting | null, asked: Clock['kind'] | null): Clock['kind'] {
  return asked ?? (moodle === null || moodle.kind === 'file' ? 'event' : 'wall');
}

interface SourceOptions {
  table?: string;
  /** Of a recorded source. */
  progress?: (done: number, total: number) => void;
  /** Of the first copy of a database. */
  copied?: (so_far: CopySoFar | null) => void;
  log?: (message: string) => void;
}

/** A source that one process reads alone. */
export function sourceOf(
  moodle: Exclude<MoodleSetting, { kind: 'kafka' }>,
  config: Config,
  { table, progress, copied, log }: SourceOptions = {},
): ChangeSource {
  if (moodle.kind === 'binlog') {
    const limits = config.copy_rate === null ? {} : { copied_rows_per_s: config.copy_rate };
    return new BinlogSource({ ...binlogOptions(moodle.url, config), limits, copied, log });
  }
  const decoder = new DebeziumDecoder({ prefix: config.moodle_prefix, table });
  return new FileSource(moodle.path, { progress, decode: (text, at) => decoder.decode(text, at) });
}

/** A source that several processes share. Loaded here: most commands have no use for a Kafka client. */
export async function lanedSourceOf(prefix: string, config: Config, log: (message: string) => void): Promise<LanedSource> {
  const { KafkaSource } = await import('../adapters/kafka/kafka-source.js');
  const { kafka_brokers, moodle_prefix, site, schema_registry, kafka_gap } = config;
  return new KafkaSource({
    brokers: kafka_brokers!,
    prefix,
    moodle_prefix,
    tables: TABLES,
    site,
    registry_url: schema_registry,
    decoder: () => {
      const decoder = new DebeziumDecoder({ prefix: moodle_prefix });
      return (record, at) => decoder.decodeRecord(record, at);
    },
    gap: kafka_gap,
    log,
  });
}

/** What is read of a Moodle database. */
export function binlogOptions(url: string, { moodle_prefix: prefix, site }: Config): BinlogOptions {
  return { url, prefix, tables: TABLES, optional: OPTIONAL_TABLES, site, clock: Date.now };
}
