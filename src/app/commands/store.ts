/** `migrate` and `doctor`: is everything in order, and the exact line that mends what is not. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type Check, checkBinlog } from '../../adapters/binlog/preflight.js';
import { openGeoIp } from '../../adapters/geoip/geoip.js';
import { migrateSqlite } from '../../adapters/sqlite/open.js';
import type { Config } from '../../config.js';
import { clickSinkOf } from '../click-sinks.js';
import { clickSinkNames } from '../clicks.js';
import { UNCHANGED } from '../outside-ids.js';
import { keyFile } from '../secret-key.js';
import { modelsOf, openService, READ_OPEN_MS_MAX } from '../service.js';
import { sinkNames, sinkOf } from '../sinks.js';
import { binlogOptions, TABLES } from '../sources.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';

const GOODBYE_MS = 500;

export function migrateCommand(): Command {
  return withCommonOptions(new Command('migrate'))
    .description('bring the store to the newest schema; the service does so by itself when it starts')
    .action(async (options: CommonOptions) => {
      const { store } = configOf(options);
      if (store.kind === 'memory') throw new UsageError('A store in memory has nothing to migrate.');
      const { migrateMysql } = await import('../../adapters/mysql/open.js');
      const { applied, already } = store.kind === 'mysql' ? await migrateMysql(store.url) : migrateSqlite(store.path, Date.now());
      say(
        options,
        applied.length === 0
          ? 'The store has the newest schema.'
          : `Applied ${applied.join(', ')}; ${already.length} were there already.`,
      );
    });
}

export function doctorCommand(): Command {
  return withCommonOptions(new Command('doctor'))
    .description('check every dependency, with the line that mends what is wrong')
    .action(async (options: CommonOptions) => {
      const config = configOf(options);
      // Side by side: each waits for its own server as long as a server may take to answer.
      const checks = (
        await Promise.all([
          storeCheck(config),
          modelCheck(config),
          sourceChecks(config),
          kafkaChecks(config),
          sinkChecks(config),
          placesChecks(config),
        ])
      ).flat();
      if (options.json) await print(`${JSON.stringify(checks)}\n`);
      else
        for (const { ok, what, remedy } of checks)
          await print(`${ok ? 'ok   ' : 'FAULT'} ${what}\n${remedy ? `      ${remedy.replaceAll('\n', '\n      ')}\n` : ''}`);
      if (checks.some((c) => !c.ok)) process.exitCode = 1;
      // All is said. A client that waits for a server which is away must not keep the command.
      setTimeout(() => process.exit(), GOODBYE_MS).unref();
    });
}

async function storeCheck(config: Config): Promise<Check> {
  if (config.store.kind === 'sqlite' && !existsSync(config.store.path))
    return { ok: true, what: `there is no store yet: the first start makes ${config.store.path}`, remedy: null };
  try {
    if (config.store.kind === 'mysql') {
      const { hasStore } = await import('../../adapters/mysql/open.js');
      if (!(await hasStore(config.store.url, { limits: { open_ms_max: READ_OPEN_MS_MAX } })))
        return { ok: true, what: 'the database is there and empty: the first start makes the tables', remedy: null };
    }
    const service = await openService(config, { mode: 'read', clock: null });
    await service.close();
    return { ok: true, what: 'the store opens', remedy: null };
  } catch (error) {
    return { ok: false, what: 'the store does not open', remedy: (error as Error).message };
  }
}

async function modelCheck(config: Config): Promise<Check> {
  const { predictor, why_not } = await modelsOf(config).champion();
  return predictor
    ? { ok: true, what: `the model ${predictor.manifest.version} fits, on ${predictor.backend}`, remedy: null }
    : { ok: false, what: 'no model fits: scores would be heuristic', remedy: why_not };
}

/** Kafka, where anything is read from it or written to it. */
async function kafkaChecks({ moodle, kafka_brokers, moodle_prefix }: Config): Promise<Check[]> {
  if (kafka_brokers === null) return [];
  const { checkKafka } = await import('../../adapters/kafka/check.js');
  return [
    await checkKafka(kafka_brokers, moodle?.kind === 'kafka' ? { prefix: moodle.prefix, moodle_prefix, tables: TABLES } : null),
  ];
}

/** A key that is lost cannot be made again. */
function keyCheck(config: Config): Check[] {
  const path = keyFile(config);
  if (config.pseudonym_key !== null || path === null || !existsSync(path)) return [];
  return [
    {
      ok: true,
      what: `the key of pseudonyms is in ${path}`,
      remedy: 'back it up with the store, in a place that fewer people read',
    },
  ];
}

async function sinkChecks(config: Config): Promise<Check[]> {
  const checks: Check[] = keyCheck(config);
  // Nothing is told.
  const opened: typeof clickSinkOf = (name, of, log) => sinkOf(name, of, UNCHANGED, log);
  const ofSite = sinkNames(config);
  // Where both tell the same server, one answer will do.
  const ofClicks = clickSinkNames(config).filter((name) => !ofSite.includes(name));
  for (const [name, make] of [...ofSite.map((n) => [n, opened] as const), ...ofClicks.map((n) => [n, clickSinkOf] as const)]) {
    const sink = await make(name, config, () => undefined);
    try {
      await sink.open();
      checks.push({ ok: true, what: `${name} takes rows`, remedy: null });
    } catch (error) {
      checks.push({ ok: false, what: `${name} takes no rows`, remedy: (error as Error).message });
    } finally {
      await sink.close();
    }
  }
  return checks;
}

async function placesChecks({ geoip }: Config): Promise<Check[]> {
  if (geoip === null) return [];
  try {
    await openGeoIp(geoip);
    return [{ ok: true, what: 'the table of places opens', remedy: null }];
  } catch (error) {
    return [{ ok: false, what: 'the table of places does not open', remedy: (error as Error).message }];
  }
}

async function sourceChecks(config: Config): Promise<Check[]> {
  if (config.moodle === null)
    return [
      {
        ok: true,
        what: 'no source is configured: the bundled sample site would be replayed',
        remedy: 'to read a Moodle site set HOLDFAST_MOODLE',
      },
    ];
  if (config.moodle.kind !== 'binlog') return [];
  return checkBinlog(binlogOptions(config.moodle.url, config));
}
