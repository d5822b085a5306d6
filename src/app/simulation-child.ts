/** The process that a simulation runs in: takes one order, answers once, and ends. Ends also when its service is gone. */
import { join } from 'node:path';
import { environment, readConfig } from '../config.js';
import type { SimulationRequest } from '../http/simulation-door.js';
import { labelledData } from './course-histories.js';
import { modelsOf } from './service.js';
import { simulateRun } from './simulate-run.js';
import type { SimulationWord } from './simulation-job.js';

const say = (word: SimulationWord): Promise<void> => new Promise((resolve) => process.send?.(word, () => resolve()));

async function run({ threshold, capacity, calls, every_days, contact_after_days }: SimulationRequest): Promise<SimulationWord> {
  const read = readConfig(environment());
  if (!read.ok) return { kind: 'failed', message: read.faults.join(' ') };
  try {
    const { predictor, why_not } = await modelsOf(read.config).champion();
    if (predictor === null) return { kind: 'failed', message: `There is no model to simulate with: ${why_not}` };
    const { version, target } = predictor.manifest;
    const data = await labelledData('store', read.config);
    const modelDir = join(read.config.models, version);
    const simulation = await simulateRun({
      data,
      modelDir,
      target,
      threshold,
      share: capacity,
      calls,
      every_days,
      contact_after_days,
    });
    return { kind: 'done', simulation };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

process.once('disconnect', () => process.exit(1));
process.once('message', (order: SimulationRequest) => {
  void run(order)
    .then(say)
    .then(() => process.exit(0));
});
