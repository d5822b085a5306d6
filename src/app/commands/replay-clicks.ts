/** `replay --format clicks` and its like: recorded clicks, product events and what they are joined to. */
import { ClickFile } from '../../adapters/file/click-file.js';
import { type ClickFormat, decodeLine } from '../../clickstream/decode-record.js';
import { openClicks } from '../clicks.js';
import { progressBar } from '../progress.js';
import { type CommonOptions, configOf, print, say, when } from './context.js';

export async function replayClicks(files: readonly string[], format: ClickFormat, options: CommonOptions): Promise<void> {
  const total = { clicks: 0, events: 0, references: 0, repeated: 0, rejected: 0, late: 0 };
  const config = configOf(options);
  const clicks = await openClicks(config, {
    events: {
      counted({ late, ...done }) {
        for (const name of ['clicks', 'events', 'references', 'repeated', 'rejected'] as const) total[name] += done[name];
        for (const count of Object.values(late)) total.late += count;
      },
    },
  });
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const path of files) {
      const bar = progressBar(options.quiet === true, path === '-' ? 'standard input' : path);
      const file = new ClickFile(path, { decode: (text, at) => decodeLine(format, text, at), progress: bar.update });
      if (!file.repeatable) say(options, 'Standard input cannot be known again: what is given twice counts twice.');
      try {
        const identity = await file.identity();
        for await (const batch of file.batches(identity, await clicks.store.position(identity), abort.signal))
          await clicks.pipeline.process(batch);
      } finally {
        bar.stop();
      }
      if (abort.signal.aborted)
        throw new Error(
          `Stopped. What was read of ${file.name} is kept${file.repeatable ? ': the same command goes on from there' : ''}.`,
        );
    }
    const now_ms = clicks.pipeline.now_ms;
    const { rejected } = await clicks.store.counts();
    if (options.json) await print(`${JSON.stringify({ ...total, now_ms, rejected_by_reason: rejected })}\n`);
    say(
      options,
      `${total.clicks} clicks, ${total.events} product events and ${total.references} reference rows counted, ${total.repeated} known already, ${total.rejected} rejected. The clicks' clock stands at ${when(now_ms)}.`,
    );
    if (total.late > 0)
      say(options, `${total.late} times a click came later than a table's 24 hours of grace, and was left out of that table.`);
    if (total.rejected > 0) say(options, 'What was rejected, and why: npx holdfast export rejected');
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    await clicks.close();
  }
}
