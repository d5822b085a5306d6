/** The process that a training job runs in: takes one order, says how it goes, and ends. Ends also when its service is gone. */
import { environment, readConfig } from '../config.js';
import { registerRun } from './register-run.js';
import type { JobOrder, JobWord } from './retrain-job.js';

const say = (word: JobWord): Promise<void> => new Promise((resolve) => process.send?.(word, () => resolve()));

async function run({ from, seed, target, promote_if_better, by }: JobOrder): Promise<JobWord> {
  const read = readConfig(environment());
  if (!read.ok) return { kind: 'failed', message: read.faults.join(' ') };
  const onProgress = (done: number, total: number, step: string) => void say({ kind: 'progress', done, total, step });
  try {
    const { manifest, promoted, sentence } = await registerRun(read.config, {
      from,
      seed,
      target,
      promote_if_better,
      by,
      onProgress,
    });
    return { kind: 'done', version: manifest.version, promoted, sentence };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

process.once('disconnect', () => process.exit(1));
process.once('message', (order: JobOrder) => {
  void run(order)
    .then(say)
    .then(() => process.exit(0));
});
