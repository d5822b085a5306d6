/** `migrate` and `doctor`: is everything in order, and the exact line that mends what is not. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type Check, checkBinlog } from '../../adapters/binlog/preflight.js';
import { migrateSqlite } from '../../adapters/sqlite/open.js';
import type { Config } from '../../config.js';
import { binlogOptions, modelsOf, openService } from '../service.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';

export function migrateCommand(): Command {
  return withCommonOptions(new Command('migrate'))
    .description('bring the store to the newest schema; the service does so by itself when it starts')
    .action(async (options: CommonOptions) => {
      const { store } = configOf(options);
      if (store.kind !== 'sqlite') throw new UsageError('A store in memory has nothing to migrate.');
      const { applied, already } = migrateSqlite(store.path, Date.now());
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
      const checks = [await storeCheck(config), await modelCheck(config), ...(await sourceChecks(config))];
      if (options.json) await print(`${JSON.stringify(checks)}\n`);
      else
        for (const { ok, what, remedy } of checks)
          await print(`${ok ? 'ok   ' : 'FAULT'} ${what}\n${remedy ? `      ${remedy.replaceAll('\n', '\n      ')}\n` : ''}`);
      if (checks.some((c) => !c.ok)) process.exitCode = 1;
    });
}

async function storeCheck(config: Config): Promise<Check> {
  if (config.store.kind === 'sqlite' && !existsSync(config.store.path))
    return { ok: true, what: `there is no store yet: the first start makes ${config.store.path}`, remedy: null };
  try {
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

async function sourceChecks(config: Config): Promise<Check[]> {
  if (config.moodle === null)
    return [
      {
        ok: true,
        what: 'no source is configured: the bundled sample site would be replayed',
        remedy: 'to read a Moodle site set HOLDFAST_MOODLE',
      },
    ];
  if (config.moodle.kind === 'file') return [];
  return checkBinlog(binlogOptions(config.moodle.url, config));
}
