/** Puts the parts together, once for every command: the only place that names adapters. */

import type { Viewer } from '../access/viewer.js';
import { readBreaks } from '../adapters/calendar/breaks.js';
import { MemoryStore } from '../adapters/memory/memory-store.js';
import { SqliteStore } from '../adapters/sqlite/sqlite-store.js';
import { ModelFolder } from '../adapters/tensorflow/model-folder.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain.js';
import { TeachingCalendar } from '../features/teaching-days.js';
import { parseScope } from '../moodle/scorable.js';
import { spared } from '../pipeline/erased.js';
import { Pipeline, type PipelineEvents } from '../pipeline/pipeline.js';
import { Trials } from '../pipeline/trials.js';
import { ViewLog } from '../pipeline/view-log.js';
import type { ModelShelf, Store, StoreMode } from '../ports.js';
import { Latest } from '../reading/latest.js';
import { LimitedLatest, LimitedRoster, LimitedStore } from '../reading/limited.js';
import { LimitedShown } from '../reading/limited-shown.js';
import { Names } from '../reading/names.js';
import { Shown } from '../reading/shown.js';
import { SiteViews } from '../reading/site-views.js';
import { Standings } from '../reading/standings.js';
import { StillThere } from '../reading/still-there.js';
import { Tables } from '../reading/tables.js';
import type { Views } from '../reading/views.js';
import { assertFits, parseManifest } from '../scoring/manifest.js';
import { nextTick } from '../scoring/ticks.js';
import type { StoreSetting } from '../setting-texts.js';
import { Calendar } from '../windows/calendar.js';
import { SteadyClock } from '../windows/steady-clock.js';
import { erasedHash } from './secret-key.js';
import { ServingModel } from './serving-model.js';
import { sinkNames } from './sinks.js';

/** Everything that a command may need of one site. */
export interface Service {
  store: Store;
  pipeline: Pipeline;
  tables: Tables;
  views: Views;
  /** The views of somebody who sees a part of the site. */
  limited: (viewer: Viewer) => Views;
  standings: Standings;
  shown: Shown;
  /** Who was shown whom. */
  seen: ViewLog;
  trials: Trials;
  threshold: number;
  models: ModelShelf;
  model: ServingModel;
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
  /** Passes evenly, for a clock that is not to be believed blindly; with a clock of the caller's own it has to be given. */
  passed_ms?: () => number;
  /** Told of what is waited for: a database that is away. */
  log?: (message: string) => void;
}

/** Where another process may change scores and alerts too, lists show it after this long at the latest. */
const LISTS_AGE_MS_MAX = 5_000;

/** Somebody waits for the answer of a command that only reads. */
export const READ_OPEN_MS_MAX = 5_000;

function toStandardError(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** A caller's own clock is believed as it is, unless it says how time passes beside it. */
async function believedClock(
  store: Store,
  now_ms: () => number,
  passed_ms: (() => number) | undefined = now_ms === Date.now ? () => Number(process.hrtime.bigint() / 1_000_000n) : undefined,
  log: (message: string) => void,
): Promise<() => number> {
  if (!passed_ms) return now_ms;
  const steady = new SteadyClock(now_ms, passed_ms, (leap_ms) => log(leapt(leap_ms)));
  const kept = await store.clock();
  if (kept?.kind === 'wall' && kept.now_ms !== null) steady.startAfter(kept.now_ms);
  return () => steady.now_ms();
}

const leapt = (leap_ms: number) =>
  `The clock of this machine is ${Math.round(leap_ms / 86_400_000)} days ahead of the time that has passed. Until it has stood for an hour nobody is scored by it, ` +
  'and nothing goes by its age. If it is wrong, set it right.';

export async function openService(
  config: Config,
  { mode = 'own', clock, shared = null, events, now_ms = Date.now, passed_ms, log = toStandardError }: ServiceOptions,
): Promise<Service> {
  const { site, time_zone, alert_threshold: threshold } = config;
  const gap_ms = config.session_gap_s * 1000;
  const sinks = sinkNames(config);
  const calendar = new Calendar(time_zone);
  const store = await storeOf(config.store, mode, log);
  await store.open({ site, time_zone, day: (ms) => calendar.day(ms) }, mode);
  try {
    const models = modelsOf(config);
    const model = await ServingModel.of(models, log);
    const { champion, challenger } = model.models;
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
      hash: mode === 'own' ? () => erasedHash(config, store) : null,
    };
    const believed_ms = await believedClock(store, now_ms, passed_ms, log);
    const pipeline = new Pipeline(store, calendar, settings, champion, now_ms, events, challenger, believed_ms);
    await pipeline.open();
    const { roster } = pipeline;
    const tables = new Tables(store, roster, calendar, { gap_ms, threshold, capacity: config.capacity }, () => pipeline.now_ms());
    const standings = new Standings(store, () => model.word.version, config.shadow);
    const names = new Names(roster, standings);
    const alone = mode === 'own' && config.store.kind !== 'mysql' && !pipeline.isShared;
    const latest = new Latest(store, () => (alone ? '' : String(Math.floor(now_ms() / LISTS_AGE_MS_MAX))));
    pipeline.onChanged = (rows) => latest.heard(rows);
    pipeline.erased.heard = () => {
      roster.forget();
      latest.forget();
    };
    const there = new StillThere(roster, () => pipeline.now_ms());
    const shown = new Shown(store, roster, config.capacity, names, standings, latest, there);
    const site_settings = { site, time_zone, threshold, gap_ms };
    const status = {
      now_ms: () => pipeline.now_ms(),
      clock: () => pipeline.clock,
      next_tick_ms: () => (pipeline.clock.now_ms === null ? null : nextTick(config.score_cron, time_zone, pipeline.now_ms())),
      model: () => model.word,
    };
    const views = new SiteViews(store, roster, shown, names, standings, calendar, site_settings, status);
    const limited = (viewer: Viewer) => {
      const seen_roster = new LimitedRoster(roster, viewer, status.now_ms);
      const seen = new LimitedStore(store, seen_roster, viewer, status.now_ms);
      const seen_names = new Names(seen_roster, standings);
      const seen_latest = new LimitedLatest(latest, viewer);
      const seen_shown = new LimitedShown(
        viewer,
        shown,
        seen,
        seen_roster,
        config.capacity,
        seen_names,
        standings,
        seen_latest,
        there,
      );
      // Where models lie on this machine is for who runs it.
      const seen_status = { ...status, model: () => ({ ...model.word, why_not: null }) };
      return new SiteViews(seen, seen_roster, seen_shown, seen_names, standings, calendar, site_settings, seen_status);
    };
    return {
      store,
      pipeline,
      tables,
      views,
      limited,
      standings,
      shown,
      seen: new ViewLog(spared(store, pipeline.erased)),
      trials: new Trials({
        store,
        commit: (commit) => pipeline.erased.commit(commit),
        shown,
        calendar,
        capacity: config.capacity,
        clock: () => ({ now_ms: pipeline.now_ms(), last_tick_ms: pipeline.clock.last_tick_ms }),
      }),
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
