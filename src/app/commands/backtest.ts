import { Command } from 'commander';
import type { Backtested } from '../backtest-run.js';
import { SOURCES } from '../labelled-sources.js';
import { progressBar } from '../progress.js';
import { textTable } from '../text-table.js';
import { type CommonOptions, parseInteger, print, say, withCommonOptions } from './context.js';
import { atLeast1, between0and1, days, wholeDays } from './simulation-options.js';
import { dataOf, modelFolder } from './training-options.js';

export function backtestCommand(): Command {
  return withCommonOptions(new Command('backtest'))
    .description('a term that is over, as staff would have seen it: whom, when, how much work, whom it missed')
    .requiredOption('--data <data>', SOURCES)
    .option('--model <model>', 'a version, a folder, or champion', 'champion')
    .option('--threshold <probability>', 'where alerts open (0.7)', between0and1)
    .option('--early-places <number>', 'of the early list, in each course (else 15 % of those still active)', atLeast1)
    .option('--every <days>', 'days between scorings; 1 as a live site does', days, 7)
    .option('--contact-after <days>', 'staff talks with the student so many days after an alert (else nobody does)', wholeDays)
    .option('--leave-out', 'score each course by a model trained without it: slower, and honest on data that was learnt from')
    .option('--seed <number>', 'of the models of --leave-out', parseInteger, 1)
    .option('--report <file>', 'write a page for people; names nobody without --students')
    .option('--csv <file>', 'write the weeks as CSV; with --students the students')
    .option('--students', 'tell of single students, by id, in JSON, page and CSV')
    .action(backtest);
}

interface BacktestOptions extends CommonOptions {
  data: string;
  model: string;
  threshold?: number;
  earlyPlaces?: number;
  every: number;
  contactAfter?: number;
  leaveOut?: boolean;
  seed: number;
  report?: string;
  csv?: string;
  students?: boolean;
}

async function backtest(options: BacktestOptions): Promise<void> {
  const modelDir = await modelFolder(options);
  const { backtestRun } = await import('../backtest-run.js');
  const bar = progressBar(options.quiet === true, 'backtest');
  try {
    const backtested = await backtestRun({
      data: await dataOf(options),
      modelDir,
      threshold: options.threshold,
      early_places: options.earlyPlaces ?? null,
      every_days: options.every,
      contact_after_days: options.contactAfter ?? null,
      leave_out: options.leaveOut === true,
      seed: options.seed,
      now_ms: Date.now(),
      students: options.students === true,
      reportFile: options.report,
      csvFile: options.csv,
      onProgress: bar.update,
      onLine: (line) => say(options, line),
    });
    bar.stop();
    await print(options.json ? `${JSON.stringify({ ...backtested.about, ...backtested.result })}\n` : tableOf(backtested));
    for (const sentence of sentencesOf(backtested, options)) say(options, sentence);
  } finally {
    bar.stop();
  }
}

const HEADINGS = ['', 'enrolments', 'early new/week', 'alerts new/week', 'lost', 'in time', 'too late', 'never', 'false alarms'];

function tableOf({ result: { courses, early, alerts, lost } }: Backtested): string {
  type Row = Pick<Backtested['result'], 'early' | 'alerts' | 'lost'>;
  const row = (name: string, enrolments: number, each: Row) => [
    name,
    String(enrolments),
    each.early.figures.calls_a_week.toFixed(1),
    each.alerts.figures.calls_a_week.toFixed(1),
    ...[each.lost.lost, each.lost.in_time, each.lost.late, each.lost.missed, each.lost.false_alarms].map(String),
  ];
  const all = courses.reduce((sum, { enrolments }) => sum + enrolments, 0);
  return textTable(HEADINGS, [
    ...courses.map((course) => row(course.name, course.enrolments, course)),
    row('all', all, { early, alerts, lost }),
  ]);
}

function sentencesOf({ about }: Backtested, { report, csv }: BacktestOptions): string[] {
  return [
    'in time: on a list by the day of the last activity. false alarms: on a list, and took part until the end.',
    ...(about.learnt_from.length > 0
      ? [`The model has learnt from ${about.learnt_from.join(' and ')}: these figures flatter it. Honest ones: --leave-out.`]
      : []),
    ...(report === undefined ? [] : [`The page is in ${report}.`]),
    ...(csv === undefined ? [] : [`The ${about.students ? 'students' : 'weeks'} are in ${csv}.`]),
  ];
}
