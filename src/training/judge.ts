/** Brings predictions and labels of one head together, and says how good they are. */
import type { Target } from '../domain.js';
import type { Examples } from './examples.js';
import { intervalsOf } from './intervals.js';
import { aucInterval, type Judged, type Metrics, metricsOf } from './metrics.js';
import { randomFrom } from './random.js';

/** The alert threshold that precision and recall are told at. */
export const THRESHOLD = 0.7;

/** The labelled rows of `head`. */
export function judgedOf(examples: Examples, head: Target, scores: ArrayLike<number>): Judged {
  const h = examples.heads.indexOf(head);
  const n = examples.heads.length;
  const labelled = Array.from({ length: examples.count }, (_, i) => i).filter((i) => !Number.isNaN(examples.labels[i * n + h]!));
  return {
    scores: labelled.map((i) => scores[i]!),
    labels: labelled.map((i) => examples.labels[i * n + h]!),
    user_ids: labelled.map((i) => examples.user_ids[i]!),
    lists: labelled.map((i) => `${examples.courses[i]}|${examples.landmark_days[i]}`),
  };
}

/** With the interval of the AUC over students. */
export function judge(judged: Judged, seed: number): Metrics {
  const { low, high } = aucInterval(judged, randomFrom(seed));
  return { ...metricsOf(judged, THRESHOLD), auc_low: low, auc_high: high };
}

/** With the intervals of all figures over students. */
export function judgeSurely(judged: Judged, seed: number): Metrics {
  return { ...metricsOf(judged, THRESHOLD), ...intervalsOf(judged, THRESHOLD, randomFrom(seed)) };
}

export function joined(parts: readonly Judged[]): Judged {
  return {
    scores: parts.flatMap((part) => Array.from(part.scores)),
    labels: parts.flatMap((part) => Array.from(part.labels)),
    user_ids: parts.flatMap((part) => Array.from(part.user_ids)),
    lists: parts.flatMap((part) => part.lists),
  };
}
