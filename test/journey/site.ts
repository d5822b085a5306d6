/** What the journeys share: a site's service, recorded lines replayed into it, and its tables as the text that people export. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { FileSource } from '../../src/adapters/file/file-source.js';
import { Runner } from '../../src/app/runner.js';
import { openService, type Service } from '../../src/app/service.js';
import { type Config, readConfig } from '../../src/config.js';
import { DebeziumDecoder } from '../../src/moodle/debezium.js';
import type { PipelineEvents } from '../../src/pipeline/pipeline.js';
import { csvLines } from '../../src/reading/tables-format.js';

/** A site's whole life takes a second or two; a loaded machine a minute. */
jest.setTimeout(300_000);

export const HISTORY = 'samples/site-history.ndjson.gz';

/** The same whatever order the rows came in. */
export const ORDER_INDEPENDENT = ['sessions', 'course_sessions', 'user_activity', 'activity_days', 'cohort_ratios', 'enrolments'];
/** What depends on the order in which things became known, but not on how they were batched. */
export const HISTORIC = ['scores', 'in_risk', 'alerts', 'early', 'rejected'];
export const ALL_TABLES = [...ORDER_INDEPENDENT, ...HISTORIC];

/** A schedule that never fires inside the samples: for what needs no scores, since scoring is most of a replay's time. */
export const NO_TICKS = { HOLDFAST_SCORE_CRON: '0 3 1 1 *' };
/** Mondays only: 15 ticks in the site's history instead of 104. */
export const WEEKLY = { HOLDFAST_SCORE_CRON: '0 3 * * 1' };

/** One run of fast-check or of random kills: the whole number of them with HOLDFAST_LONG=1. */
export const LONG = process.env.HOLDFAST_LONG === '1';

export function configOf(env: Record<string, string> = {}): Config {
  const result = readConfig({ HOLDFAST_STORE: 'memory:', ...env });
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config;
}

/** A folder that is gone when the test file is through. */
export class TempFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'holdfast-journey-'));
  #files = 0;

  file(name: string): string {
    return join(this.path, name);
  }

  /** A recorded file of these lines. */
  lines(lines: readonly string[], name = `lines-${++this.#files}.ndjson`): string {
    writeFileSync(this.file(name), `${lines.join('\n')}\n`);
    return this.file(name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface ReplayOptions {
  batch_size?: number;
  /** Table of flattened lines that do not say theirs. */
  table?: string;
}

export function fileSource(path: string, config: Config, { batch_size, table }: ReplayOptions = {}): FileSource {
  const decoder = new DebeziumDecoder({ prefix: config.moodle_prefix, table });
  return new FileSource(path, { batch_size, decode: (text, at) => decoder.decode(text, at) });
}

/** Replays the files, one after another, into the service. */
export async function replay(
  service: Service,
  config: Config,
  paths: readonly string[],
  options: ReplayOptions = {},
): Promise<void> {
  for (const path of paths) await new Runner(fileSource(path, config, options), service.pipeline, service.store).run();
}

export interface Site {
  service: Service;
  config: Config;
}

export async function openSite(env: Record<string, string> = {}, events?: PipelineEvents): Promise<Site> {
  const config = configOf(env);
  return { config, service: await openService(config, { clock: null, events }) };
}

/** A table as `export TABLE` writes it. */
export async function exported(service: Service, name: string): Promise<string> {
  const parts: string[] = [];
  for await (const part of csvLines(service.tables.info(name)!, service.tables.rows(name))) parts.push(part);
  return parts.join('');
}

export async function exportedAll(service: Service, names: readonly string[] = ALL_TABLES): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of names) texts[name] = await exported(service, name);
  return texts;
}

/** Opens, replays, exports, closes. */
export async function tablesAfter(
  paths: readonly string[],
  {
    env = {},
    tables = ALL_TABLES,
    ...options
  }: ReplayOptions & { env?: Record<string, string>; tables?: readonly string[] } = {},
): Promise<Record<string, string>> {
  const { service, config } = await openSite(env);
  try {
    await replay(service, config, paths, options);
    return await exportedAll(service, tables);
  } finally {
    await service.close();
  }
}

/** The first lines in which two texts differ, for a message that a person can read: two tables of thousands of lines cannot be. */
export function differences(found: Record<string, string>, expected: Record<string, string>, max = 8): string[] {
  const lines: string[] = [];
  for (const [name, text] of Object.entries(expected)) {
    if (found[name] === text) continue;
    const [a, b] = [new Set((found[name] ?? '').split('\n')), new Set(text.split('\n'))];
    const surplus = [...a].filter((line) => !b.has(line));
    const missing = [...b].filter((line) => !a.has(line));
    lines.push(`${name}: ${surplus.length} surplus, ${missing.length} missing`);
    lines.push(
      ...surplus.slice(0, max).map((line) => `${name} + ${line}`),
      ...missing.slice(0, max).map((line) => `${name} - ${line}`),
    );
    if (surplus.length + missing.length === 0) lines.push(`${name}: the order or the number of equal lines differs`);
  }
  return lines;
}

/** Seeded (mulberry32), in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
