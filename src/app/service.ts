/** Puts the parts together, once for every command: the only place that names adapters. */

import { readBreaks } from '../adapters/calendar/breaks.js';
import { MemoryStore } from '../adapters/memory/memory-store.js';
import { SqliteStore } from '../adapters/sqlite/sqlite-store.js';
import { ModelFolder } from '../adapters/tensorflow/model-folder.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain.js';
import { TeachingCalendar } from '../features/teaching-days.js';
import { parseScope } from '../moodle/scorable.js';
import { Pipeline, type PipelineEvents } from '../pipeline/pipeline.js';
import { ViewLog } from '../pipeline/view-log.js';
import type { ModelShelf, Store, StoreMode } from '../ports.js';
import { Names } from '../reading/names.js';
import { Shown } from '../reading/shown.js';
import { SiteViews } from '../reading/site-views.js';
import { Standings } from '../reading/standings.js';
import { Tables } from '../reading/tables.js';
import type { Views } from '../reading/views.js';
import { assertFits, parseManifest } from '../scoring/manifest.js';
import { nextTick } from '../scoring/ticks.js';
import type { StoreSetting } from '../settings.js';
import { Calendar } from '../windows/calendar.js';
import { sinkNames } from './sinks.js';

/** Everything that a command may need of one site. */
export interface Service {
  store: Store;
  pipeline: Pipeline;
  tables: Tables;
  views: Views;
  standings: Standings;
  shown: Shown;
  /** Who was shown whom. */
  seen: ViewLog;
  threshold: number;
  models: ModelShelf;
  model: { version: string; method: 'model' | 'heuristic'; why_not: string | null; backend: string | null };
  calendar: Calendar;
  /** Teaching breaks; null where the site has told none. */
  teaching: TeachingCalendar | null;
  /** Names of the sinks that hear of every commit. */
  sinks: string[];
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** `own` to write; `read` beside a running service. */
  mode?: 'own' | 'read';
  /** null = as the store has it. */
  clock: Clock['kind'] | null;
  /** Several processes count into the store; null = as the store has it. */
  shared?: boolean | null;
  events?: PipelineEvents;
  now_ms?: () => number;
  /** Told of what is waited for: a database that is away. */
  log?: (message: string) => void;
}

/** Somebody waits for the answer of a command that only reads. */
export const READ_OPEN_MS_MAX = 5_000;

function toStandardError(message: string): void {
  process.stderr.write(`${message}\n`);
}

export async function openService(
  config: Config,
  { mode = 'own', clock, shared = null, events, now_ms = Date.now, log = toStandardError }: ServiceOptions,
): Promise<Service> {
  const { site, time_zone, alert_threshold: threshold } = config;
  const gap_ms = config.session_gap_s * 1000;
  const sinks = sinkNames(config);
  const calendar = new Calendar(time_zone);
  const store = await storeOf(config.store, mode, log);
  await store.open({ site, time_zone, day: (ms) => calendar.day(ms) }, mode);
  try {
    const models = modelsOf(config);
    const { predictor, why_not } = await models.champion();
    const { predictor: challenger, why_not: why_no_challenger } = await models.challenger();
    if (why_no_challenger !== null) log(`The challenger does not score beside the champion: ${why_no_challenger}`);
    const teaching = await teachingCalendarOf(config);
    const settings = {
      site,
      threshold,
      scope: parseScope(config.courses ?? ''),
      teaching,
      drift: config.drift,
      gap_ms,
      cron: config.score_cron,
      time_zone,
      count_anonymous: config.count_anonymous,
      clock,
      shared,
      sinks,
    };
    const pipeline = new Pipeline(store, calendar, settings, predictor, now_ms, events, challenger);
    await pipeline.open();
    const { roster } = pipeline;
    const tables = new Tables(store, roster, calendar, { gap_ms, threshold, capacity: config.capacity }, () => pipeline.now_ms());
    const model = {
      version: predictor?.manifest.version ?? 'heuristic',
      method: predictor ? ('model' as const) : ('heuristic' as const),
      why_not,
      backend: predictor?.backend ?? null,
    };
    const standings = new Standings(store, () => model.version, config.shadow);
    const names = new Names(roster, standings);
    const shown = new Shown(store, roster, tables, names, standings);
    const views = new SiteViews(
      store,
      roster,
      shown,
      names,
      standings,
      calendar,
      { site, time_zone, threshold, gap_ms },
      {
        now_ms: () => pipeline.now_ms(),
        clock: () => pipeline.clock,
        next_tick_ms: () => (pipeline.clock.now_ms === null ? null : nextTick(config.score_cron, time_zone, pipeline.now_ms())),
        model: () => model,
      },
    );
    return {
      store,
      pipeline,
      tables,
      views,
      standings,
      shown,
      seen: new ViewLog(store),
      threshold,
      models,
      model,
      calendar,
      teaching,
      sinks,
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** null where no file of teaching breaks is given. Throws, naming the place in the file. */
export async function teachingCalendarOf({ calendar }: Config): Promise<TeachingCalendar | null> {
  return calendar === null ? null : new TeachingCalendar(await readBreaks(calendar));
}

/** The models at hand, checked against the features that this version computes. */
export function modelsOf(config: Config): ModelFolder {
  return new ModelFolder(config.models, { parse: parseManifest, fits: assertFits });
}

/** Not yet opened. */
export async function storeOf(setting: StoreSetting, mode: StoreMode, log: (message: string) => void): Promise<Store> {
  if (setting.kind === 'mysql') {
    // Loaded here: a small college has no use for its client.
    const { MysqlStore } = await import('../adapters/mysql/mysql-store.js');
    return new MysqlStore(setting.url, { log, limits: mode === 'read' ? { open_ms_max: READ_OPEN_MS_MAX } : {} });
  }
  return setting.kind === 'memory' ? new MemoryStore() : new SqliteStore(setting.path);
}
