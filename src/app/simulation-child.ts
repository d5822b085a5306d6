/** The process that a simulation runs in. */
import { join } from 'node:path';
import type { SimulationRequest } from '../http/simulation-door.js';
import { runAsChild } from './child-run.js';
import { labelledData } from './course-histories.js';
import { modelsOf } from './service.js';
import { simulateRun } from './simulate-run.js';
import type { SimulationWord } from './simulation-job.js';

runAsChild<SimulationRequest, SimulationWord>(async (config, { capacity: share, ...request }) => {
  const { predictor, why_not } = await modelsOf(config).champion();
  if (predictor === null) return { kind: 'failed', message: `There is no model to simulate with: ${why_not}` };
  const { version, target } = predictor.manifest;
  const data = await labelledData('store', config);
  const simulation = await simulateRun({ ...request, share, data, modelDir: join(config.models, version), target });
  return { kind: 'done', simulation };
});
