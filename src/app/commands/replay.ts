import { Command, Option } from 'commander';
import { CLICK_FORMATS, type ClickFormat } from '../../clickstream/decode-record.js';
import { progressBar } from '../progress.js';
import { Runner } from '../runner.js';
import { openService } from '../service.js';
import { sourceOf } from '../sources.js';
import { type CommonOptions, configOf, print, say, when, withCommonOptions } from './context.js';
import { replayClicks } from './replay-clicks.js';

interface ReplayOptions extends CommonOptions {
  format: string;
  table?: string;
}

const FORMATS = ['debezium', ...CLICK_FORMATS];

export function replayCommand(): Command {
  return withCommonOptions(new Command('replay'))
    .description('read recorded changes into the store; what is there already counts once')
    .argument('<file...>', 'files, plain or gzip, in this order; - is standard input')
    .addOption(
      new Option(
        '--format <format>',
        'debezium: a change a line, with or without schema, flattened, or {topic, key, value}; clicks, udp, ecs, combined: clicks of any site; events: product events; users, codes: what clicks are joined to',
      )
        .choices(FORMATS)
        .default('debezium'),
    )
    .option('--table <name>', 'the table of flattened lines that do not name it, such as mdl_logstore_standard_log')
    .action(replay);
}

async function replay(files: string[], options: ReplayOptions): Promise<void> {
  if (options.format !== 'debezium') return replayClicks(files, options.format as ClickFormat, options);
  const config = configOf(options);
  const total = { changes: 0, counted: 0, repeated: 0, rejected: 0 };
  const service = await openService(config, {
    clock: null,
    events: {
      batch(done) {
        for (const name of ['changes', 'counted', 'repeated', 'rejected'] as const) total[name] += done[name];
      },
    },
  });
  try {
    for (const path of files) {
      const bar = progressBar(options.quiet === true, path === '-' ? 'standard input' : path);
      const source = sourceOf({ kind: 'file', path }, config, { table: options.table, progress: bar.update });
      const runner = new Runner(source, service.pipeline, service.store);
      const stop = () => void runner.stop();
      process.once('SIGINT', stop).once('SIGTERM', stop);
      try {
        await runner.run();
      } finally {
        bar.stop();
        process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
      }
      if (runner.state.state === 'stopped')
        throw new Error(`Stopped. What was read of ${source.name} is kept: the same command goes on from there.`);
    }
    const { rejected, ignored } = await service.store.counts();
    const now_ms = service.pipeline.clock.now_ms;
    if (options.json) await print(`${JSON.stringify({ ...total, now_ms, rejected_by_reason: rejected, ignored })}\n`);
    say(
      options,
      `${total.changes} changes read: ${total.counted} activities counted, ${total.repeated} known already, ${total.rejected} rejected. The store stands at ${when(now_ms)}.`,
    );
    if (total.rejected > 0) say(options, 'What was rejected, and why: npx holdfast export rejected');
  } finally {
    await service.close();
  }
}
