/** How good probabilities are. Every function takes scores and labels (0 or 1) of the same rows; NaN = cannot be told. */

/** Rows of one ranked list: the students of one course on one landmark day compete for the same staff. */
export interface Judged {
  scores: ArrayLike<number>;
  labels: ArrayLike<number>;
  /** Whose row it is: bootstrap draws students, not rows. */
  user_ids: ArrayLike<number>;
  /** Which list it belongs to: course and landmark. */
  lists: readonly string[];
}

export interface Metrics {
  [name: string]: number;
  rows: number;
  positives: number;
  base_rate: number;
  /** Chance that a positive scores above a negative, ties half. */
  auc: number;
  average_precision: number;
  brier: number;
  /** Expected calibration error: ten bins of equal width, weighted by rows. */
  ece: number;
  precision_at_threshold: number;
  recall_at_threshold: number;
  /** The top 15 % of each list, rounded up. */
  precision_top15: number;
  recall_top15: number;
}

/** Of the calibration error. */
export const BINS = 10;
export const TOP_SHARE = 0.15;
/** How many of a list of `rows` staff look at. @example listSize(20) → 3; listSize(21) → 4 */
export const listSize = (rows: number): number => Math.ceil(rows * TOP_SHARE - 1e-9);

/** Indexes by score descending; equal scores in the order of the rows. */
export function ranking(scores: ArrayLike<number>): number[] {
  return Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/** @example auc([0.9, 0.8, 0.1], [1, 0, 0]) → 1; with all scores equal → 0.5 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return aucRanked(ranking(scores), scores, labels, weights);
}

/** The same for rows that are ranked already; `weights` counts a row that often (bootstrap). */
export function aucRanked(
  order: readonly number[],
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  let above = 0; // positives ranked above
  let negatives = 0;
  let won = 0;
  for (let i = 0; i < order.length; ) {
    let tied_positives = 0;
    let tied_negatives = 0;
    const score = scores[order[i]!]!;
    for (; i < order.length && scores[order[i]!] === score; i++) {
      const weight = weights === undefined ? 1 : weights[order[i]!]!;
      if (labels[order[i]!] === 1) tied_positives += weight;
      else tied_negatives += weight;
    }
    won += tied_negatives * (above + tied_positives / 2);
    above += tied_positives;
    negatives += tied_negatives;
  }
  return above === 0 || negatives === 0 ? NaN : won / (above * negatives);
}

/** Mean precision over the positives; rows of equal score are taken together. */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = ranking(scores);
  let taken = 0;
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < order.length; ) {
    const score = scores[order[i]!]!;
    const before = hits;
    for (; i < order.length && scores[order[i]!] === score; i++) {
      taken++;
      hits += labels[order[i]!]!;
    }
    sum += (hits - before) * (hits / taken);
  }
  return hits === 0 ? NaN : sum / hits;
}

export function brier(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += (scores[i]! - labels[i]!) ** 2;
  return sum / scores.length;
}

export function calibrationError(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const score_sums = new Float64Array(BINS);
  const label_sums = new Float64Array(BINS);
  for (let i = 0; i < scores.length; i++) {
    const bin = Math.min(BINS - 1, Math.floor(scores[i]! * BINS));
    score_sums[bin]! += scores[i]!;
    label_sums[bin]! += labels[i]!;
  }
  return score_sums.reduce((sum, s, bin) => sum + Math.abs(s - label_sums[bin]!), 0) / scores.length;
}

/** Of the rows for which `flagged` says yes: how many are positive, and how many of all positives they are. */
function precisionRecall(labels: ArrayLike<number>, flagged: (index: number) => boolean): { precision: number; recall: number } {
  let flags = 0;
  let hits = 0;
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    positives += labels[i]!;
    if (!flagged(i)) continue;
    flags++;
    hits += labels[i]!;
  }
  return { precision: flags === 0 ? NaN : hits / flags, recall: positives === 0 ? NaN : hits / positives };
}

function topOfEachList({ scores, lists }: Judged): Set<number> {
  const by_list = new Map<string, number[]>();
  for (const i of ranking(scores)) {
    const list = by_list.get(lists[i]!);
    if (list) list.push(i);
    else by_list.set(lists[i]!, [i]);
  }
  return new Set([...by_list.values()].flatMap((list) => list.slice(0, listSize(list.length))));
}

export function metricsOf(judged: Judged, threshold: number): Metrics {
  const { scores, labels } = judged;
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const above = precisionRecall(labels, (i) => scores[i]! > threshold);
  const top = topOfEachList(judged);
  const listed = precisionRecall(labels, (i) => top.has(i));
  return {
    rows: labels.length,
    positives,
    base_rate: positives / labels.length,
    auc: auc(scores, labels),
    average_precision: averagePrecision(scores, labels),
    brier: brier(scores, labels),
    ece: calibrationError(scores, labels),
    precision_at_threshold: above.precision,
    recall_at_threshold: above.recall,
    precision_top15: listed.precision,
    recall_top15: listed.recall,
  };
}

/** Draws of the bootstrap: enough for two digits of an interval. */
const DRAWS = 200;

/** 95 % interval of the AUC, drawing students with all their rows. `random` gives numbers in [0, 1). */
export function aucInterval({ scores, labels, user_ids }: Judged, random: () => number): { low: number; high: number } {
  const students = [...new Set(Array.from(user_ids))];
  const place = new Map(students.map((id, i) => [id, i]));
  const owner = Int32Array.from(user_ids, (id) => place.get(id)!);
  const order = ranking(scores);
  const weights = new Float64Array(owner.length);
  const aucs: number[] = [];
  for (let d = 0; d < DRAWS; d++) {
    const drawn = new Uint16Array(students.length);
    for (let s = 0; s < students.length; s++) drawn[Math.floor(random() * students.length)]!++;
    for (let row = 0; row < weights.length; row++) weights[row] = drawn[owner[row]!]!;
    aucs.push(aucRanked(order, scores, labels, weights));
  }
  aucs.sort((a, b) => a - b);
  return { low: aucs[Math.floor(DRAWS * 0.025)]!, high: aucs[Math.ceil(DRAWS * 0.975) - 1]! };
}
