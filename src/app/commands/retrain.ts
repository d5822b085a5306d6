import { Command } from 'commander';
import type { Target } from '../../domain.js';
import { named } from '../../ports.js';
import { SOURCES } from '../labelled-sources.js';
import { progressBar } from '../progress.js';
import { login } from '../whose.js';
import { type CommonOptions, configOf, parseInteger, print, say, withCommonOptions } from './context.js';
import { modelFolder, targetOption } from './training-options.js';

export function retrainCommand(): Command {
  return withCommonOptions(new Command('retrain'))
    .description('train a model from labelled data; it becomes the champion when there is none, or as asked')
    .requiredOption('--from <data>', SOURCES)
    .addOption(targetOption())
    .option('--seed <number>', 'the same data and seed give the same weights', parseInteger, 1)
    .option('--base <model>', 'go on from a model: champion, a version or a folder')
    .option('--promote-if-better', 'it replaces the champion where it is better by the rule, on courses unknown to both')
    .action(retrain);
}

interface RetrainOptions extends CommonOptions {
  from: string;
  target: Target;
  seed: number;
  base?: string;
  promoteIfBetter?: boolean;
}

async function retrain(options: RetrainOptions): Promise<void> {
  const config = configOf(options);
  const bar = progressBar(options.quiet === true, 'retrain');
  try {
    const { registerRun } = await import('../register-run.js');
    const { manifest, promoted, sentence } = await registerRun(config, {
      from: options.from,
      seed: options.seed,
      target: options.target,
      base: options.base ? { folder: await modelFolder({ ...options, model: options.base }), asked: options.base } : undefined,
      promote_if_better: options.promoteIfBetter === true,
      by: named(login()),
      onProgress: bar.update,
      onLine: (line) => say(options, line),
    });
    bar.stop();
    if (options.json) await print(`${JSON.stringify(manifest)}\n`);
    say(
      options,
      `${manifest.version} is made${promoted ? ', and is the champion' : ''}. Its card: npx holdfast models show ${manifest.version}`,
    );
    say(options, sentence);
  } finally {
    bar.stop();
  }
}
