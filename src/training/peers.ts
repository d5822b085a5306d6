/** What anybody would use instead, on the same rows: the days since the last activity alone, and the rule of thumb. */
import { FEATURES, featureIndex } from '../features/vector.js';
import { heuristic } from '../scoring/heuristic.js';
import type { Examples } from './examples.js';

const SILENCE = featureIndex('days_since_activity');

/** Per peer: a score for each row, higher = more at risk. Only the order of the silence means something. */
export function peersOf({ rows, count }: Examples, early: boolean): Record<string, number[]> {
  const each = (score: (row: Float32Array) => number): number[] =>
    Array.from({ length: count }, (_, i) => score(rows.subarray(i * FEATURES.length, (i + 1) * FEATURES.length)));
  return {
    days_since_activity: each((row) => row[SILENCE]!),
    heuristic: each((row) => (early ? heuristic(row).early_score : heuristic(row).score)),
  };
}
