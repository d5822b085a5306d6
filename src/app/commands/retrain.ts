import { Command } from 'commander';
import type { Target } from '../../domain.js';
import { progressBar } from '../progress.js';
import { modelsOf } from '../service.js';
import { type CommonOptions, configOf, parseInteger, print, say, withCommonOptions } from './context.js';
import { targetOption } from './training-options.js';

export function retrainCommand(): Command {
  return withCommonOptions(new Command('retrain'))
    .description('train a model from labelled data; it becomes the champion when there is none')
    .requiredOption('--from <data>', 'oulad:DIR, a folder with the files of the Open University data set, plain or .gz')
    .addOption(targetOption())
    .option('--seed <number>', 'the same data and seed give the same weights', parseInteger, 1)
    .action(retrain);
}

interface RetrainOptions extends CommonOptions {
  from: string;
  target: Target;
  seed: number;
}

async function retrain(options: RetrainOptions): Promise<void> {
  const config = configOf(options);
  const bar = progressBar(options.quiet === true, 'retrain');
  try {
    const { labelledData } = await import('../course-histories.js');
    const { retrainRun } = await import('../retrain-run.js');
    const manifest = await retrainRun({
      data: await labelledData(options.from),
      source: options.from,
      out: config.models,
      seed: options.seed,
      target: options.target,
      now_ms: Date.now(),
      onProgress: bar.update,
    });
    bar.stop();
    const models = modelsOf(config);
    const first = (await models.champion()).predictor === null;
    if (first) await models.promote(manifest.version);
    if (options.json) await print(`${JSON.stringify(manifest)}\n`);
    say(
      options,
      `${manifest.version} is made${first ? ', and is the champion' : ''}. Its card: npx holdfast models show ${manifest.version}`,
    );
    if (!first) say(options, `To score with it: npx holdfast models promote ${manifest.version}`);
  } finally {
    bar.stop();
  }
}
