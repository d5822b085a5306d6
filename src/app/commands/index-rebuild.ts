import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { ClickPublications } from '../../pipeline/click-publications.js';
import { type RebuildOptions, type Rebuilt, rebuild, rebuildClicks } from '../../pipeline/rebuild.js';
import type { Sink } from '../../ports.js';
import { clickSinkOf } from '../click-sinks.js';
import { clickSinkNames, openClicks } from '../clicks.js';
import { logger } from '../log.js';
import { rebuilt, rebuiltIds } from '../outside-ids.js';
import { refuseNewKey } from '../secret-key.js';
import { openService } from '../service.js';
import { publicationsOf, rebuiltSinkNames, sinkOf } from '../sinks.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';

type RebuildCommandOptions = CommonOptions & { sink?: string; newKey?: boolean };

/** `index rebuild`: what is outside is made again from the store, which is the truth. */
export function indexCommand(): Command {
  const command = new Command('index').description('what others read of the store: the search index, topics, and Cassandra');
  withCommonOptions(
    command
      .command('rebuild')
      .description('tell everything again from the store, the site’s tables and those of clicks; strays in the index go'),
  )
    .option('--sink <name>', 'elasticsearch, kafka or cassandra; all that are configured when not given')
    .option('--new-key', 'with another key of pseudonyms than before: everybody gets another name outside')
    .action(rebuildAll);
  return command;
}

async function rebuildAll(options: RebuildCommandOptions): Promise<void> {
  const config = configOf(options);
  const log = logger(config.log_level);
  const info = (message: string) => log.info({}, message);
  const wanted = (names: string[]) => names.filter((name) => options.sink === undefined || name === options.sink);
  const ofSite = wanted(rebuiltSinkNames(config));
  const ofClicks = wanted(clickSinkNames(config));
  if (ofClicks.length === 0)
    throw new UsageError(
      'There is nothing to rebuild: set HOLDFAST_ELASTICSEARCH=http://…, HOLDFAST_KAFKA_TOPICS=true or HOLDFAST_CASSANDRA=….',
    );
  if (ofSite.length > 0) {
    const service = await openService(config, { clock: null });
    try {
      if (options.newKey) await refuseNewKey(service.store);
      const rows = publicationsOf(config, service);
      const ids = await rebuiltIds(config, service.store, options.newKey === true);
      if (ofSite.length < rebuiltSinkNames(config).length && (ids.before !== null || options.newKey))
        throw new UsageError('The ids outside change: leave --sink out, so that everything is told under the new ones.');
      for (const name of ofSite)
        for (const leaving of ids.before === null ? [ids.leaving] : [ids.before, ids.leaving])
          await retold(name, await sinkOf(name, config, leaving, info), options, (sink, told) =>
            rebuild(service.store, sink, rows, service.pipeline.now_ms(), told),
          );
      if (ofSite.length === rebuiltSinkNames(config).length)
        await rebuilt(config, service.store, options.newKey === true, Date.now());
    } finally {
      await service.close();
    }
  }
  const clicks = await openClicks(config, { log: info });
  try {
    const rows = new ClickPublications(clicks.store, clicks.declared, () => clicks.pipeline.now_ms ?? Date.now());
    for (const name of ofClicks)
      await retold(`${name}, clicks`, await clickSinkOf(name, config, info), options, (sink, told) =>
        rebuildClicks(clicks.store, sink, rows, told),
      );
  } finally {
    await clicks.close();
  }
}

/** Runs one rebuild and says what it did; refused rows make the command fail at its end. */
async function retold(
  name: string,
  sink: Sink,
  options: CommonOptions,
  work: (sink: Sink, options: RebuildOptions) => Promise<Rebuilt>,
): Promise<void> {
  try {
    const done = await work(sink, {
      holder: `rebuild/${process.pid}/${randomUUID().slice(0, 8)}`,
      progress: (table, rows) => say(options, `${name}: ${table}, ${rows} rows`),
    });
    if (options.json) await print(`${JSON.stringify({ sink: name, ...done })}\n`);
    const rows = Object.values(done.rows).reduce((sum, n) => sum + n, 0);
    say(options, `${name}: ${rows} rows told, ${done.removed} strays removed, ${done.refused.length} refused.`);
    for (const { table, why } of done.refused) say(options, `  ${table}: ${why}`);
    if (done.refused.length > 0) process.exitCode = 1;
  } finally {
    await sink.close();
  }
}
