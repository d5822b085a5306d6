import { Command } from 'commander';
import type { Target } from '../../domain.js';
import type { ListFigures } from '../../training/list-figures.js';
import { SOURCES } from '../labelled-sources.js';
import { progressBar } from '../progress.js';
import type { Simulation } from '../simulate-run.js';
import { textTable } from '../text-table.js';
import { type CommonOptions, print, say, withCommonOptions } from './context.js';
import { atLeast1, between0and1, days, wholeDays } from './simulation-options.js';
import { dataOf, modelFolder, targetOption } from './training-options.js';

export function simulateThresholdCommand(): Command {
  return withCommonOptions(new Command('simulate-threshold'))
    .description('what each threshold and each staff capacity would have meant in terms that are over')
    .requiredOption('--data <data>', SOURCES)
    .option('--model <model>', 'a version, a folder, or champion', 'champion')
    .addOption(targetOption())
    .option('--threshold <probability>', 'only this threshold', between0and1)
    .option('--capacity <share>', 'only this share of the students of a course, each week', between0and1)
    .option('--calls <number>', 'only so many students of a course, each week', atLeast1)
    .option('--every <days>', 'days between scorings; 1 as a live site does', days, 7)
    .option('--contact-after <days>', 'staff talks with the student so many days after an alert (else nobody does)', wholeDays)
    .action(simulateThreshold);
}

interface SimulateOptions extends CommonOptions {
  data: string;
  model: string;
  target: Target;
  threshold?: number;
  capacity?: number;
  calls?: number;
  every: number;
  contactAfter?: number;
}

async function simulateThreshold(options: SimulateOptions): Promise<void> {
  const modelDir = await modelFolder(options);
  const { simulateRun } = await import('../simulate-run.js');
  const bar = progressBar(options.quiet === true, 'simulate-threshold');
  try {
    const simulation = await simulateRun({
      data: await dataOf(options),
      modelDir,
      target: options.target,
      threshold: options.threshold,
      share: options.capacity,
      calls: options.calls,
      every_days: options.every,
      contact_after_days: options.contactAfter ?? null,
      onProgress: bar.update,
    });
    bar.stop();
    await print(options.json ? `${JSON.stringify(simulation)}\n` : tablesOf(simulation));
    for (const sentence of sentencesOf(simulation)) say(options, sentence);
  } finally {
    bar.stop();
  }
}

const HEADINGS = [
  'new/week',
  'listed',
  'busiest',
  'students',
  'right',
  'at first',
  'recall',
  'in time',
  'lead, days (quartiles)',
  'wasted',
];

function tablesOf({ thresholds, capacities }: Simulation): string {
  const parts = [
    thresholds.length > 0 &&
      textTable(
        ['alerts above', ...HEADINGS],
        thresholds.map((point) => [point.threshold.toFixed(2), ...cells(point)]),
      ),
    capacities.length > 0 &&
      textTable(
        ['places a week', ...HEADINGS],
        capacities.map((point) => [point.share === null ? String(point.calls_max) : percent(point.share), ...cells(point)]),
      ),
  ];
  return parts.filter((part) => part !== false).join('\n');
}

const cells = (f: ListFigures): string[] => [
  f.calls_a_week.toFixed(1),
  f.listed_a_week.toFixed(1),
  String(f.busiest_week),
  `${f.contacted} of ${f.students}`,
  percent(f.precision),
  percent(f.precision_first),
  percent(f.recall),
  percent(f.recall_in_time),
  f.lead_days === null ? '–' : `${f.lead_days.median} (${f.lead_days.low} to ${f.lead_days.high})`,
  String(f.wasted),
];

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(share * 100)} %`);

function sentencesOf({ learnt_from, every_days, contact_after_days, target, model, data }: Simulation): string[] {
  return [
    `${model} for ${target}, on ${data}. All courses side by side.`,
    'new/week: calls a week, a call being an alert that opens or a name that was not on the list in the week before. listed: names on the list. ' +
      'right: share of calls of which it came true; at first: of each student’s first call. ' +
      'recall: of those of whom it came true in the end, on the list at any time; in time: by the day of their last activity. ' +
      'lead: from the first call to the last activity, negative where it came after. wasted: calls to students who went on.',
    ...(every_days > 1
      ? [`Scored every ${every_days} days here, and every day on a live site, where alerts close sooner: --every 1.`]
      : []),
    contact_after_days === null
      ? 'As if nobody touched an alert: it ends where the student comes back or leaves, or after 28 days.'
      : `As if staff talked with the student ${contact_after_days} days after an alert.`,
    ...(learnt_from.length > 0 ? [`The model has learnt from ${learnt_from.join(' and ')}: these figures flatter it.`] : []),
  ];
}
