import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { TARGETS, type Target } from '../../domain.js';
import { progressBar } from '../progress.js';
import { modelsOf } from '../service.js';
import { type CommonOptions, configOf, parseInteger, print, say, UsageError, withCommonOptions } from './context.js';

const targetOption = () =>
  new Option('--target <target>', 'what the alert is to mean').choices(TARGETS).default('effective-withdrawal');

export function retrainCommand(): Command {
  return withCommonOptions(new Command('retrain'))
    .description('train a model from labelled data; it becomes the champion when there is none')
    .requiredOption('--from <data>', 'oulad:DIR, a folder with the files of the Open University data set, plain or .gz')
    .addOption(targetOption())
    .option('--seed <number>', 'the same data and seed give the same weights', parseInteger, 1)
    .action(retrain);
}

export function evaluateCommand(): Command {
  return withCommonOptions(new Command('evaluate'))
    .description('judge a model on labelled data; the metrics come as JSON')
    .requiredOption('--data <data>', 'oulad:DIR')
    .option('--model <model>', 'a version, a folder, or champion', 'champion')
    .addOption(targetOption())
    .option('--landmarks <days>', 'days of the course, with commas (the ends of weeks 1 to 15)', (text) =>
      text.split(',').map(parseInteger),
    )
    .option('--predictions <file>', 'write user_id,course_id,landmark_day,score,label as CSV')
    .action(evaluate);
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
    const { retrainFromOulad } = await import('../oulad-models.js');
    const manifest = await retrainFromOulad({
      dir: folderOf(options.from, '--from'),
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

interface EvaluateOptions extends CommonOptions {
  data: string;
  model: string;
  target: Target;
  landmarks?: number[];
  predictions?: string;
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const { models } = configOf(options);
  const { evaluateOulad } = await import('../oulad-models.js');
  const evaluation = await evaluateOulad({
    dir: folderOf(options.data, '--data'),
    modelDir: await modelFolder(options, models),
    target: options.target,
    landmarks: options.landmarks,
    predictionsFile: options.predictions,
  });
  const { rows, ...metrics } = evaluation;
  await print(`${JSON.stringify(metrics, null, 2)}\n`);
  say(options, `${rows.length} rows judged${options.predictions ? `; predictions in ${options.predictions}` : ''}.`);
}

async function modelFolder(options: EvaluateOptions, models: string): Promise<string> {
  if (existsSync(join(options.model, 'manifest.json'))) return options.model;
  const listed = await modelsOf(configOf(options)).list();
  const found = listed.find(({ manifest, champion }) =>
    options.model === 'champion' ? champion : manifest.version === options.model,
  );
  if (!found) throw new Error(`There is no model ${options.model}. The list: npx holdfast models`);
  return join(models, found.manifest.version);
}

function folderOf(data: string, option: string): string {
  const dir = /^oulad:(.+)$/.exec(data)?.[1];
  if (dir === undefined) throw new UsageError(`${option} is oulad:DIR in this version (store and moodle come with a later one)`);
  return dir;
}
