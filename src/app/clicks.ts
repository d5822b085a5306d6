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
import type { StoreSetting } from '../setting-texts.js';
import { READ_OPEN_MS_MAX } from './service.js';

/** One process counts, with one commit at a time; the rest are the page's reads and the sinks. */
const MYSQL_CONNECTIONS = 4;

export interface Clicks {
  store: ClickStore;
  pipeline: ClickPipeline;
  tables: ClickTables;
  declared: readonly ClickTable[];
  /** Names of the sinks that hear of every commit. */
  sinks: string[];
  close(): Promise<void>;
}

export interface ClicksOptions {
  mode?: 'own' | 'read';
  events?: ClickEvents;
  now_ms?: () => number;
  /** Hears when the store's server is away, and when it is back. */
  log?: (message: string) => void;
}

export async function openClicks(
  config: Config,
  { mode = 'own', events, now_ms = Date.now, log }: ClicksOptions = {},
): Promise<Clicks> {
  const store = await storeOf(config.store, mode, log);
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

async function storeOf(setting: StoreSetting, mode: 'own' | 'read', log?: (message: string) => void): Promise<ClickStore> {
  if (setting.kind === 'memory') return new MemoryClickStore();
  if (setting.kind === 'mysql') {
    const { hasClicks } = await import('../adapters/mysql/open.js');
    const { MysqlClickStore } = await import('../adapters/mysql/mysql-click-store.js');
    const options = { connections: MYSQL_CONNECTIONS, log, limits: mode === 'read' ? { open_ms_max: READ_OPEN_MS_MAX } : {} };
    // Before the first click there is nothing to read, here as below.
    return mode === 'own' || (await hasClicks(setting.url, options))
      ? new MysqlClickStore(setting.url, options)
      : new MemoryClickStore();
  }
  return mode === 'own' || existsSync(clicksPath(setting.path))
    ? new SqliteClickStore(clicksPath(setting.path))
    : new MemoryClickStore();
}
