/** What the suites about clicks in Kafka share: records, and sources that count beside a test. */
import { type ClickSink, KafkaClickSource, type KafkaClickSourceOptions } from '../../src/adapters/kafka/click-source.js';
import { CLICK_KINDS, CLICK_TOPICS, type ClickKind, type ClickTopics } from '../../src/adapters/kafka/click-topics.js';
import type { ClickRecord, ClickStore, JoinedClick } from '../../src/click-ports.js';
import { Agents } from '../../src/clickstream/agents.js';
import { decodeLine } from '../../src/clickstream/decode-record.js';
import { GENERATORS, type GeneratedKind } from '../../src/clickstream/generate/generators.js';
import { clickTables, EVENT_COUNTS } from '../../src/clickstream/tables.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { until } from './kafka-site.js';

/** A day of 2020: nothing of it is in the future. */
export const START_MS = Date.UTC(2020, 2, 20, 9);
const SEED = 7;
const TABLES = clickTables();
/** A page holds all that a test counts. */
const ALL = 100_000;

/** Short waits, so that a suite does not wait for what a site would not mind. */
const QUICK = { topics_ms: 500, metadata_ms: 500, session_ms: 3_000, heartbeat_ms: 200, rebalance_ms: 20_000, start_ms: 20_000 };

/** So many records of a kind; `from` records of the same are left out, so that the next ones go on where others ended. */
export function generated(kind: GeneratedKind, count: number, from = 0): string[] {
  const { generate } = GENERATORS[kind];
  const all = generate(SEED, { start_ms: START_MS, rate_per_s: 20, count: from + count });
  return [...all].slice(from).map(({ text }) => text);
}

/** Topics of a test of its own. */
export function topicsOf(test: string): ClickTopics {
  const names = CLICK_KINDS.map((kind) => [kind, `${test}.${CLICK_TOPICS[kind]}`]);
  return Object.fromEntries(names) as Record<ClickKind, string>;
}

export async function pipelineInto(store: ClickStore): Promise<ClickPipeline> {
  const pipeline = new ClickPipeline(
    store,
    { tables: TABLES, sinks: [], locate: () => null, describe: new Agents().describe },
    Date.now,
  );
  await pipeline.open();
  return pipeline;
}

/** What a store holds, without what depends on the way of a record: all windows of all tables, by table. */
export async function tablesIn(store: ClickStore): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for (const table of [...TABLES.map(({ declaration }) => declaration.table), EVENT_COUNTS.table])
    tables[table.name] = await store.windows(table, {}, { limit: ALL });
  return tables;
}

export function clicksIn(store: ClickStore): Promise<JoinedClick[]> {
  return store.clicks({}, { limit: ALL });
}

/** How often each name of an event was counted. */
export async function eventsIn(store: ClickStore): Promise<number> {
  const rows = await store.windows(EVENT_COUNTS.table, {}, { limit: ALL });
  return rows.reduce((sum, { values }) => sum + values[0]!, 0);
}

/** The same records counted in one batch, without Kafka. */
export async function countedInto(store: ClickStore, records: readonly [ClickKind, string[]][]): Promise<void> {
  const received_ms = Date.now();
  const decoded = records.flatMap(([kind, texts]) =>
    texts.map((text, i) => decodeLine(kind, text, { source: kind, position: String(i), received_ms }) as ClickRecord),
  );
  await (await pipelineInto(store)).process({ records: decoded, rejected: [], live: false });
}

export class RunningClicks {
  readonly logged: string[] = [];
  readonly ended: Promise<void>;
  readonly source: KafkaClickSource;
  private readonly abort = new AbortController();
  private failure: Error | null = null;

  constructor(sink: ClickSink, options: Pick<KafkaClickSourceOptions, 'brokers' | 'site'> & Partial<KafkaClickSourceOptions>) {
    this.source = new KafkaClickSource({
      topics: topicsOf(options.site),
      decode: decodeLine,
      gap: 'refuse',
      log: (message) => this.logged.push(message),
      ...options,
      limits: { ...QUICK, ...options.limits },
    });
    this.ended = this.source.run(sink, this.abort.signal);
    this.ended.catch((error: Error) => {
      this.failure = error;
    });
  }

  /** Counts into a store, as the service does it. */
  static async into(
    store: ClickStore,
    options: ConstructorParameters<typeof RunningClicks>[1],
    before: (sink: ClickSink) => ClickSink = (sink) => sink,
  ): Promise<RunningClicks> {
    const pipeline = await pipelineInto(store);
    return new RunningClicks(
      before({ position: (source) => store.position(source), process: (batch) => pipeline.process(batch) }),
      options,
    );
  }

  /** Waits for it; fails at once when the source does. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    return until(
      async () => {
        if (this.failure !== null) throw this.failure;
        return condition();
      },
      `${what}; ${this.logged.slice(-5).join(' | ')}`,
    );
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
  }
}
