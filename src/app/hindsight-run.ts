/** A site's courses in hindsight: from the store beside a running service, or from Moodle itself, read once into a store for the purpose. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.js';
import type { Hindsight } from '../pipeline/hindsight.js';
import { openService, type Service } from './service.js';
import { sourceOf } from './sources.js';

export async function hindsightOfStore(config: Config): Promise<Hindsight> {
  const service = await openService(config, { mode: 'read', clock: null, log: () => {} });
  try {
    return await hindsightOf(service);
  } finally {
    await service.close();
  }
}

/** Scores nothing meanwhile: a schedule of leap days only. */
const NEVER = '0 0 29 2 *';

/** Reads the tables as they are, or the recorded changes, and ends there. */
export async function hindsightOfMoodle(config: Config, onLine: (line: string) => void): Promise<Hindsight> {
  const { moodle } = config;
  if (moodle === null)
    throw new Error('HOLDFAST_MOODLE does not say which Moodle: set mysql://USER:PASSWORD@HOST/DATABASE or file:PATH.');
  if (moodle.kind === 'kafka')
    throw new Error(
      'Topics keep changes for some days only. Set HOLDFAST_MOODLE to mysql://… or file:PATH, or train from the store.',
    );
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-hindsight-'));
  const own: Config = {
    ...config,
    store: { kind: 'sqlite', path: join(folder, 'copy.db') },
    score_cron: NEVER,
    elasticsearch: null,
    cassandra: null,
    kafka_topics: false,
  };
  try {
    const service = await openService(own, { clock: 'event', log: onLine });
    try {
      await copied(service, own, moodle, onLine);
      return await hindsightOf(service);
    } finally {
      await service.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Readable = Exclude<NonNullable<Config['moodle']>, { kind: 'kafka' }>;

async function copied({ pipeline }: Service, config: Config, moodle: Readable, onLine: (line: string) => void): Promise<void> {
  const source = sourceOf(moodle, config, { log: onLine });
  const enough = new AbortController();
  let copying = false;
  for await (const batch of source.batches(null, enough.signal)) {
    await pipeline.processBatch(batch, { name: source.name, live: false });
    // The first batch after the copy: what is written to Moodle from then on is for another day.
    if (source.live && copying && !batch.snapshot) return enough.abort();
    copying ||= batch.snapshot;
  }
}

/** What the opened store says. */
export async function hindsightOf({ pipeline }: Service): Promise<Hindsight> {
  if (pipeline.clock.now_ms === null)
    throw new Error('The store holds no activity yet. Read some first: npx holdfast serve, or replay FILE');
  return pipeline.hindsight();
}
