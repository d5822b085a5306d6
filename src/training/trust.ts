/**
 * How far a model's scores have proved themselves on one course, by what became of its students 28 days later. The rule:
 *
 * | standing | when |
 * | --- | --- |
 * | not-yet | fewer than 30 students whose outcome is known, or fewer than 10 who stopped, or 10 who did not |
 * | not-good | the interval of the AUC over students begins below .65, or the calibration error is above .10 |
 * | checked | otherwise |
 *
 * .65 is what Moodle's own model is worth; at .10 seven in ten may be six or eight.
 */
import type { CourseStanding } from '../ports.js';
import { judge } from './judge.js';
import type { Judged } from './metrics.js';
import { reliabilityOf } from './reliability.js';

export const STUDENTS_MIN = 30;
export const OF_EACH_MIN = 10;
export const AUC_LOW_MIN = 0.65;
export const CALIBRATION_ERROR_MAX = 0.1;

/** `weeks`: the Monday of each row's scoring, `2025-11-17`. */
export type Issued = Judged & { weeks: readonly string[] };

export interface Standing extends Required<Pick<CourseStanding, 'faults' | 'reliability' | 'weeks'>> {
  standing: 'checked' | 'not-yet' | 'not-good';
  /** A sentence for people. */
  why: string;
  /** With a known outcome, and those of them who stopped at least once. */
  students: number;
  stopped: number;
  rows: number;
  /** null where there is too little. */
  auc: number | null;
  auc_low: number | null;
  calibration_error: number | null;
}

const DECIMALS = 1e4;
const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS;

export function standingOf(judged: Issued, seed = 1): Standing {
  const stopped = new Set<number>();
  const stayed = new Set<number>();
  for (let row = 0; row < judged.labels.length; row++) {
    if (judged.labels[row] === 1) stopped.add(judged.user_ids[row]!);
    else stayed.add(judged.user_ids[row]!);
  }
  const students = new Set([...stopped, ...stayed]).size;
  const bins = reliabilityOf(judged.scores, judged.labels);
  const told = {
    reliability: bins.map((bin) => ({ ...bin, mean_predicted: rounded(bin.mean_predicted) })),
    weeks: weeksOf(judged),
  };
  const counts = { students, stopped: stopped.size, rows: judged.labels.length, ...told };
  const scarce = students < STUDENTS_MIN || stopped.size < OF_EACH_MIN || stayed.size < OF_EACH_MIN;
  if (scarce) {
    const why = `Of ${students} students the outcome is known, ${stopped.size} stopped; it takes ${STUDENTS_MIN}, and ${OF_EACH_MIN} of each.`;
    return { standing: 'not-yet', why, faults: ['few'], ...counts, auc: null, auc_low: null, calibration_error: null };
  }
  const { auc, auc_low, ece } = judge(judged, seed);
  const figures = { ...counts, auc, auc_low: auc_low!, calibration_error: ece };
  const ranks = auc_low! >= AUC_LOW_MIN;
  const calibrated = ece <= CALIBRATION_ERROR_MAX;
  const faults = [
    ...(ranks ? [] : [`its ranking may be hardly better than chance (AUC from ${auc_low!.toFixed(2)})`]),
    ...(calibrated ? [] : [`its probabilities are off by ${ece.toFixed(2)} on average`]),
  ];
  if (faults.length > 0) {
    const codes = [...(ranks ? [] : ['ranking' as const]), ...(calibrated ? [] : ['calibration' as const])];
    return { standing: 'not-good', why: `On this course ${faults.join(', and ')}.`, faults: codes, ...figures };
  }
  const why = `AUC ${auc.toFixed(2)}, probabilities off by ${ece.toFixed(2)} on average.`;
  return { standing: 'checked', why, faults: [], ...figures };
}

/** What was predicted in each week, and what came. */
function weeksOf({ scores, labels, weeks }: Issued): Standing['weeks'] {
  const by_week = new Map<string, { rows: number; positives: number; sum: number }>();
  for (let row = 0; row < labels.length; row++) {
    const week = by_week.get(weeks[row]!) ?? { rows: 0, positives: 0, sum: 0 };
    week.rows++;
    week.positives += labels[row]!;
    week.sum += scores[row]!;
    by_week.set(weeks[row]!, week);
  }
  return [...by_week]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, { rows, positives, sum }]) => ({ from, rows, positives, mean_predicted: rounded(sum / rows) }));
}
