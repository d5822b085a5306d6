import { Command } from 'commander';
import type { Target } from '../../domain.js';
import { SOURCES } from '../labelled-sources.js';
import { type CommonOptions, parseInteger, print, say, withCommonOptions } from './context.js';
import { dataOf, modelFolder, targetOption } from './training-options.js';

export function evaluateCommand(): Command {
  return withCommonOptions(new Command('evaluate'))
    .description('judge a model on labelled data; the metrics come as JSON')
    .requiredOption('--data <data>', SOURCES)
    .option('--model <model>', 'a version, a folder, or champion', 'champion')
    .addOption(targetOption())
    .option('--landmarks <days>', 'days of the course, with commas (the ends of weeks 1 to 15)', (text) =>
      text.split(',').map(parseInteger),
    )
    .option('--predictions <file>', 'write user_id,course_id,landmark_day,score,label as CSV')
    .option('--report <file>', 'write a page for people: plots, groups, lead time; names nobody')
    .action(evaluate);
}

interface EvaluateOptions extends CommonOptions {
  data: string;
  model: string;
  target: Target;
  landmarks?: number[];
  predictions?: string;
  report?: string;
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const modelDir = await modelFolder(options);
  const { evaluateRun } = await import('../evaluate-run.js');
  const { rows, ...metrics } = await evaluateRun({
    data: await dataOf(options),
    modelDir,
    target: options.target,
    landmarks: options.landmarks,
    predictionsFile: options.predictions,
    reportFile: options.report,
  });
  await print(`${JSON.stringify(metrics, null, 2)}\n`);
  say(
    options,
    `${rows.length} rows judged${options.predictions ? `; predictions in ${options.predictions}` : ''}${options.report ? `; the page in ${options.report}` : ''}.`,
  );
}
