/** The process that a training job runs in. */
import { runAsChild } from './child-run.js';
import { registerRun } from './register-run.js';
import type { JobOrder, JobWord } from './retrain-job.js';

runAsChild<JobOrder, JobWord>(async (config, order, say) => {
  const onProgress = (done: number, total: number, step: string) => say({ kind: 'progress', done, total, step });
  const { manifest, promoted, sentence } = await registerRun(config, { ...order, onProgress });
  return { kind: 'done', version: manifest.version, promoted, sentence };
});
