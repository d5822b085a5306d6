/** Puts the parts together, once for every command: the only place that names adapters. */
import { BinlogSource } from '../adapters/binlog/binlog-source.js';
import { type BinlogOptions, LOG_TABLE } from '../adapters/binlog/options.js';
import { FileSource } from '../adapters/file/file-source.js';
import { MemoryStore } from '../adapters/memory/memory-store.js';
import { SqliteStore } from '../adapters/sqlite/sqlite-store.js';
import { ModelFolder } from '../adapters/tensorflow/model-folder.js';
import type { Config, MoodleSetting, StoreSetting } from '../config.js';
import { type Clock, REFERENCE_TABLES } from '../domain.js';
import { DebeziumDecoder } from '../moodle/debezium.js';
import { parseScope } from '../moodle/scorable.js';
import { Pipeline, type PipelineEvents } from '../pipeline/pipeline.js';
import type { ChangeSource, ModelShelf, Store } from '../ports.js';
import { SiteViews } from '../reading/site-views.js';
import { Tables } from '../reading/tables.js';
import type { Views } from '../reading/views.js';
import { assertFits, parseManifest } from '../scoring/manifest.js';
import { nextTick } from '../scoring/ticks.js';
import { Calendar } from '../windows/calendar.js';

/** Everything that a command may need of one site. */
export interface Service {
  store: Store;
  pipeline: Pipeline;
  tables: Tables;
  views: Views;
  models: ModelShelf;
  model: { version: string; method: 'model' | 'heuristic'; why_not: string | null; backend: string | null };
  calendar: Calendar;
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** `own` to write; `read` beside a running service. */
  mode?: 'own' | 'read';
  /** null = as the store has it. */
  clock: Clock['kind'] | null;
  events?: PipelineEvents;
  now_ms?: () => number;
}

export async function openService(
  config: Config,
  { mode = 'own', clock, events, now_ms = Date.now }: ServiceOptions,
): Promise<Service> {
  const { site, time_zone, alert_threshold: threshold } = config;
  const gap_ms = config.session_gap_s * 1000;
  const calendar = new Calendar(time_zone);
  const store = storeOf(config.store);
  await store.open({ site, time_zone, day: (ms) => calendar.day(ms) }, mode);
  try {
    const models = modelsOf(config);
    const { predictor, why_not } = await models.champion();
    const settings = {
      site,
      threshold,
      scope: parseScope(config.courses ?? ''),
      gap_ms,
      cron: config.score_cron,
      time_zone,
      count_anonymous: config.count_anonymous,
      clock,
    };
    const pipeline = new Pipeline(store, calendar, settings, predictor, now_ms, events);
    await pipeline.open();
    const { roster } = pipeline;
    const tables = new Tables(store, roster, calendar, { gap_ms, threshold, capacity: config.capacity }, () => pipeline.now_ms());
    const model = {
      version: predictor?.manifest.version ?? 'heuristic',
      method: predictor ? ('model' as const) : ('heuristic' as const),
      why_not,
      backend: predictor?.backend ?? null,
    };
    const views = new SiteViews(
      store,
      roster,
      tables,
      calendar,
      { site, time_zone, threshold, gap_ms },
      {
        now_ms: () => pipeline.now_ms(),
        clock: () => pipeline.clock,
        next_tick_ms: () => (pipeline.clock.now_ms === null ? null : nextTick(config.score_cron, time_zone, pipeline.now_ms())),
        model: () => model,
      },
    );
    return { store, pipeline, tables, views, models, model, calendar, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The kind of clock that a store runs on with this source: a live site's is the wall's unless asked otherwise. */
export function clockFor(moodle: MoodleSetting | null, asked: Clock['kind'] | null): Clock['kind'] {
  return asked ?? (moodle?.kind === 'binlog' ? 'wall' : 'event');
}

export function sourceOf(
  moodle: MoodleSetting,
  config: Config,
  {
    table,
    progress,
    log,
  }: { table?: string; progress?: (done: number, total: number) => void; log?: (message: string) => void } = {},
): ChangeSource {
  const prefix = config.moodle_prefix;
  if (moodle.kind === 'file') {
    const decoder = new DebeziumDecoder({ prefix, table });
    return new FileSource(moodle.path, { progress, decode: (text, at) => decoder.decode(text, at) });
  }
  return new BinlogSource({ ...binlogOptions(moodle.url, config), log });
}

/** What is read of a Moodle database. */
export function binlogOptions(url: string, { moodle_prefix: prefix, site }: Config): BinlogOptions {
  const tables = [...REFERENCE_TABLES.filter((t) => t !== 'enrolment_events'), LOG_TABLE];
  return { url, prefix, tables, site, clock: Date.now };
}

/** The models at hand, checked against the features that this version computes. */
export function modelsOf(config: Config): ModelFolder {
  return new ModelFolder(config.models, { parse: parseManifest, fits: assertFits });
}

function storeOf(setting: StoreSetting): Store {
  return setting.kind === 'memory' ? new MemoryStore() : new SqliteStore(setting.path);
}
