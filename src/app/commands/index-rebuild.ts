import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { rebuild } from '../../pipeline/rebuild.js';
import { logger } from '../log.js';
import { openService } from '../service.js';
import { publicationsOf, sinkNames, sinkOf } from '../sinks.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';

/** `index rebuild`: what is outside is made again from the store, which is the truth. */
export function indexCommand(): Command {
  const command = new Command('index').description('what others read of the store: the search index, and topics');
  withCommonOptions(command.command('rebuild').description('tell everything again from the store; strays in the index go'))
    .option('--sink <name>', 'elasticsearch or kafka; all that are configured when not given')
    .action(rebuildAll);
  return command;
}

async function rebuildAll(options: CommonOptions & { sink?: string }): Promise<void> {
  const config = configOf(options);
  const configured = sinkNames(config);
  const wanted = options.sink === undefined ? configured : configured.filter((name) => name === options.sink);
  if (wanted.length === 0)
    throw new UsageError('There is nothing to rebuild: set HOLDFAST_ELASTICSEARCH=http://…, or HOLDFAST_KAFKA_TOPICS=true.');
  const log = logger(config.log_level);
  const service = await openService(config, { clock: null });
  try {
    for (const name of wanted) {
      const sink = await sinkOf(name, config, (message) => log.info({}, message));
      try {
        const done = await rebuild(service.store, sink, publicationsOf(config, service), service.pipeline.now_ms(), {
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
  } finally {
    await service.close();
  }
}
