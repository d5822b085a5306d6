/** The process that a simulation runs in. */
import { join } from 'node:path';
import type { SimulationRequest } from '../http/simulation-door.js';
import { runAsChild } from './child-run.js';
import { type LabelledData, labelledData, NothingTells } from './course-histories.js';
import { modelsOf } from './service.js';
import { simulateRun } from './simulate-run.js';
import type { SimulationWord } from './simulation-job.js';

/** Whoever looks sees it move; more would be noise between two processes. */
const TELL_MS = 300;

runAsChild<SimulationRequest, SimulationWord>(async (config, { capacity: share, ...request }, say) => {
  const { predictor, why_not } = await modelsOf(config).champion();
  if (predictor === null) return { kind: 'failed', message: `There is no model to simulate with: ${why_not}` };
  const { version, target } = predictor.manifest;
  let data: LabelledData;
  try {
    data = await labelledData('store', config);
  } catch (error) {
    if (error instanceof NothingTells) return { kind: 'too-small', message: error.message };
    throw error;
  }
  let told_ms = 0;
  const onProgress = (done: number, total: number) => {
    if (Date.now() - told_ms < TELL_MS) return;
    told_ms = Date.now();
    say({ kind: 'progress', done, total });
  };
  const modelDir = join(config.models, version);
  const simulation = await simulateRun({ ...request, share, data, modelDir, target, onProgress });
  return { kind: 'done', simulation };
});
