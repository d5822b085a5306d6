/** Click analytics of one site, wired: another purpose than student support, in a store of its own. */
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { openGeoIp } from '../adapters/geoip/geoip.js';
import { MemoryClickStore } from '../adapters/memory/memory-click-store.js';
import { SqliteClickStore } from '../adapters/sqlite/sqlite-click-store.js';
import type { ClickStore } from '../click-ports.js';
import { Agents } from '../clickstream/agents.js';
import { type ClickTable, clickTables } from '../clickstream/tables.js';
import type { Config } from '../config.js';
import { type ClickEvents, ClickPipeline } from '../pipeline/click-pipeline.js';
import { ClickTables } from '../reading/click-tables.js';
import type { StoreSetting } from '../settings.js';

export interface Clicks {
  store: ClickStore;
  pipeline: ClickPipeline;
  tables: ClickTables;
  declared: readonly ClickTable[];
  /** False where clicks cannot be counted: beside a store in MySQL. */
  counts: boolean;
  /** Names of the sinks that hear of every commit. */
  sinks: string[];
  close(): Promise<void>;
}

export interface ClicksOptions {
  mode?: 'own' | 'read';
  events?: ClickEvents;
  now_ms?: () => number;
}

export async function openClicks(
  config: Config,
  { mode = 'own', events, now_ms = Date.now }: ClicksOptions = {},
): Promise<Clicks> {
  const store = storeOf(config.store, mode);
  const declared = clickTables(config.click_version);
  const sinks = clickSinkNames(config);
  await store.open(mode);
  try {
    const settings = { tables: declared, sinks, locate: await openGeoIp(config.geoip), describe: new Agents().describe };
    const pipeline = new ClickPipeline(store, settings, now_ms, events);
    if (mode === 'own') await pipeline.open();
    return {
      store,
      pipeline,
      tables: new ClickTables(store, declared),
      declared,
      counts: config.store.kind !== 'mysql',
      sinks,
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Names of the configured sinks, as the store's outbox knows them. */
export function clickSinkNames({ elasticsearch, kafka_topics, cassandra }: Config): string[] {
  return [...(elasticsearch ? ['elasticsearch'] : []), ...(kafka_topics ? ['kafka'] : []), ...(cassandra ? ['cassandra'] : [])];
}

/** Beside the site's own file: `data/holdfast.db` has its clicks in `data/holdfast-clicks.db`. */
export function clicksPath(path: string): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-clicks${extension}`;
}

function storeOf(setting: StoreSetting, mode: 'own' | 'read'): ClickStore {
  // Before the first click there is nothing to read, and beside MySQL there never is.
  if (setting.kind !== 'sqlite' || (mode === 'read' && !existsSync(clicksPath(setting.path)))) return new MemoryClickStore();
  return new SqliteClickStore(clicksPath(setting.path));
}
