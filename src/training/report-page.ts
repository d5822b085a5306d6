/** An evaluation as one page that stands alone: no script, reads well printed, names nobody. */

import type { ReliabilityBin } from '../ports.js';
import type { Evaluation } from './evaluate.js';
import type { Fairness } from './fairness.js';
import type { Sure } from './intervals.js';
import type { LeadTime } from './lead-time.js';
import type { Metrics } from './metrics.js';
import { figure, page, paragraph, percent, section, table } from './page.js';
import { linePlot } from './plot.js';

function inTime(lead: LeadTime, when: string): string {
  if (lead.went_silent === 0) return `Nobody went silent for good, so there is no lead time ${when}.`;
  const share = percent(lead.warned_in_time / lead.went_silent);
  const median = lead.days?.median ?? null;
  const side = median !== null && median < 0 ? 'after' : 'before';
  const days =
    median === null
      ? ''
      : ` The middle one of those warned at all: ${figure(Math.abs(median), 0)} days ${side} the last activity.`;
  return `${lead.went_silent} students went silent for good. ${share} of them were warned of by the day of their last activity (${when}).${days}`;
}

const FIGURES: readonly [keyof Sure, string][] = [
  ['auc', 'AUC'],
  ['average_precision', 'average precision'],
  ['brier', 'Brier'],
  ['ece', 'calibration error'],
  ['precision_at_threshold', 'precision above 0.7'],
  ['recall_at_threshold', 'recall above 0.7'],
  ['precision_top15', 'precision, top 15 %'],
  ['recall_top15', 'recall, top 15 %'],
];

function howSure({ pooled, by_landmark }: Evaluation): string {
  const range = (metrics: Metrics, name: string) => `${figure(metrics[`${name}_low`])} to ${figure(metrics[`${name}_high`])}`;
  const rows = FIGURES.map(([name, title]) => [title, figure(pooled[name]), range(pooled, name)]);
  const weeks = Object.entries(by_landmark).map(([day, metrics]) => [
    figure(Number(day) / 7, Number(day) % 7 === 0 ? 0 : 1),
    ...FIGURES.map(([name]) => range(metrics, name)),
  ]);
  return (
    paragraph(
      'Other students like these would have given figures in these ranges, 19 times in 20 (students drawn again, with all their weeks).',
    ) +
    table(['all weeks', 'figure', 'range'], rows) +
    table(['week', ...FIGURES.map(([, title]) => title)], weeks)
  );
}

function byWeek({ by_landmark }: Evaluation): string {
  const weeks = Object.entries(by_landmark).map(([day, metrics]) => ({ week: Number(day) / 7, metrics }));
  const plot = linePlot({
    title: 'AUC by week of the course',
    x: 'week',
    y: 'AUC',
    y_range: [0.5, 1],
    points: weeks.map(({ week, metrics }) => [week, metrics.auc]),
  });
  const rows = weeks.map(({ week, metrics: m }) => [
    figure(week, Number.isInteger(week) ? 0 : 1),
    String(m.rows),
    figure(m.base_rate),
    figure(m.auc),
    figure(m.brier, 4),
    figure(m.ece),
    figure(m.precision_top15, 2),
    figure(m.recall_top15, 2),
  ]);
  return (
    plot +
    table(['week', 'rows', 'base rate', 'AUC', 'Brier', 'calibration error', 'precision top 15 %', 'recall top 15 %'], rows)
  );
}

function reliability(bins: readonly ReliabilityBin[]): string {
  const plot = linePlot({
    title: 'What was predicted against what came',
    x: 'predicted',
    y: 'came true',
    x_range: [0, 1],
    y_range: [0, 1],
    points: bins.map((bin) => [bin.mean_predicted, bin.positives / bin.rows]),
    reference: [
      [0, 0],
      [1, 1],
    ],
  });
  const rows = bins.map((bin) => [
    `${figure(bin.from, 1)} to ${figure(bin.to, 1)}`,
    `${bin.positives} of ${bin.rows}`,
    figure(bin.mean_predicted, 2),
    figure(bin.positives / bin.rows, 2),
  ]);
  return plot + table(['scored', 'came true', 'predicted, mean', 'share that came true'], rows);
}

function fairness({ slices, left_out }: Fairness): string {
  const rows = slices.map((s) => [
    `${s.attribute} ${s.value}`,
    String(s.enrolments),
    figure(s.base_rate),
    figure(s.mean_predicted),
    figure(s.auc),
    figure(s.ece),
    percent(s.missed),
  ]);
  const omitted = left_out.length === 0 ? '' : paragraph(`Left out, with fewer than 50 enrolments: ${left_out.join(', ')}.`);
  const headings = ['group', 'enrolments', 'base rate', 'predicted, mean', 'AUC', 'calibration error', 'positives not above 0.7'];
  return paragraph('None of these is an input of the model.') + table(headings, rows) + omitted;
}

/** `data` is what the rows come from, as people call it. */
export function reportPage(evaluation: Evaluation, data: string): string {
  const { model, target, pooled, peers, lead_time } = evaluation;
  const range = `${figure(pooled.auc_low)} to ${figure(pooled.auc_high)}`;
  const peer_rows = Object.entries(peers).map(([name, value]) => [name.replaceAll('_', ' '), figure(value)]);
  const parts = [
    section(
      'In short',
      paragraph(
        `Of those in the top 15 % of their course and week, ${percent(pooled.precision_top15!)} were positive, and of all positives ` +
          `${percent(pooled.recall_top15!)} were in it. Above 0.7, ${percent(pooled.precision_at_threshold!)} were positive, ` +
          `which is ${percent(pooled.recall_at_threshold!)} of all positives.`,
      ) +
        paragraph(inTime(lead_time.top15, 'top 15 % of a week')) +
        paragraph(inTime(lead_time.threshold, 'score above 0.7')),
    ),
    section(
      'Against what anybody would use instead',
      table(['AUC on the same rows', ''], [[`${model} (95 % over students: ${range})`, figure(pooled.auc)], ...peer_rows]),
    ),
    section('By week', byWeek(evaluation)),
    section('How sure these figures are', howSure(evaluation)),
    section('Reliability', reliability(evaluation.reliability)),
    ...(evaluation.fairness ? [section('Groups of people', fairness(evaluation.fairness))] : []),
    section(
      'Read this with care',
      paragraph(
        `${pooled.rows} rows of ${data}, a row is an enrolment at the end of a week. Base rate ${figure(pooled.base_rate)}.`,
      ) +
        paragraph('A model judged on courses that it has learnt from looks better than it is: the card of the model names them.'),
    ),
  ];
  const title = `${model}: ${target}`;
  return page(title, parts);
}
