/**
 * How sure figures are: 95 % intervals by drawing students, with all their rows, again and again. A row drawn twice counts twice,
 * so a draw is a weight for each row, and the rows are ranked once for all draws.
 */
import { BINS, type Judged, listSize, ranking } from './metrics.js';

/** The figures that have an interval, by their names in `Metrics`; each becomes `name_low` and `name_high`. */
export const WITH_INTERVAL = [
  'auc',
  'average_precision',
  'brier',
  'ece',
  'precision_at_threshold',
  'recall_at_threshold',
  'precision_top15',
  'recall_top15',
] as const;
export type Sure = Record<(typeof WITH_INTERVAL)[number], number>;

/** Enough for two digits of an interval. */
export const DRAWS = 200;
const OUTSIDE = 0.025;
/** A figure that most draws cannot tell (nobody above the threshold) has no interval. */
const TOLD_MIN = 0.5;

/** The rows in the order of their scores, the highest first, ready to be weighed. */
export interface Ranked {
  scores: Float64Array;
  labels: Uint8Array;
  students: number;
  /** Of each row, a number from 0 on: whose it is, its list, its bin of the calibration error. */
  owners: Int32Array;
  lists: Int32Array;
  list_count: number;
  bins: Uint8Array;
}

function numbered<T>(values: readonly T[]): { numbers: Int32Array; count: number } {
  const places = new Map<T, number>();
  const numbers = Int32Array.from(values, (value) => {
    const place = places.get(value) ?? places.size;
    places.set(value, place);
    return place;
  });
  return { numbers, count: places.size };
}

export function rankedOf({ scores, labels, user_ids, lists }: Judged): Ranked {
  const order = ranking(scores);
  const owners = numbered(Array.from(user_ids));
  const places = numbered(Array.from({ length: order.length }, (_, i) => lists[i]));
  return {
    scores: Float64Array.from(order, (i) => scores[i]!),
    labels: Uint8Array.from(order, (i) => labels[i]!),
    students: owners.count,
    owners: Int32Array.from(order, (i) => owners.numbers[i]!),
    lists: Int32Array.from(order, (i) => places.numbers[i]!),
    list_count: places.count,
    bins: Uint8Array.from(order, (i) => Math.min(BINS - 1, Math.floor(scores[i]! * BINS))),
  };
}

/** The figures with student `s` counted `drawn[s]` times. With 1 for each they are those of `metricsOf`. */
export function weighed(ranked: Ranked, drawn: ArrayLike<number>, threshold: number): Sure {
  return { ...orderFigures(ranked, drawn), ...probabilityFigures(ranked, drawn), ...listFigures(ranked, drawn, threshold) };
}

/** AUC and average precision, rows of equal score taken together. */
function orderFigures({ scores, labels, owners }: Ranked, drawn: ArrayLike<number>): Pick<Sure, 'auc' | 'average_precision'> {
  let above = 0; // positives taken
  let below = 0; // negatives taken
  let won = 0;
  let precision = 0;
  for (let i = 0; i < scores.length; ) {
    const score = scores[i]!;
    let positives = 0;
    let negatives = 0;
    for (; i < scores.length && scores[i] === score; i++) {
      const weight = drawn[owners[i]!]!;
      if (labels[i] === 1) positives += weight;
      else negatives += weight;
    }
    won += negatives * (above + positives / 2);
    above += positives;
    below += negatives;
    if (positives > 0) precision += (positives * above) / (above + below);
  }
  return {
    auc: above === 0 || below === 0 ? NaN : won / (above * below),
    average_precision: above === 0 ? NaN : precision / above,
  };
}

function probabilityFigures({ scores, labels, owners, bins }: Ranked, drawn: ArrayLike<number>): Pick<Sure, 'brier' | 'ece'> {
  const off = new Float64Array(BINS);
  let squares = 0;
  let rows = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = drawn[owners[i]!]!;
    const difference = scores[i]! - labels[i]!;
    squares += weight * difference * difference;
    off[bins[i]!]! += weight * difference;
    rows += weight;
  }
  return { brier: squares / rows, ece: off.reduce((sum, bin) => sum + Math.abs(bin), 0) / rows };
}

type OfLists = Omit<Sure, 'auc' | 'average_precision' | 'brier' | 'ece'>;

/** Above the threshold, and in the top share of each list as long as the list is in this draw. */
function listFigures(
  { scores, labels, owners, lists, list_count }: Ranked,
  drawn: ArrayLike<number>,
  threshold: number,
): OfLists {
  const room = new Float64Array(list_count);
  for (let i = 0; i < lists.length; i++) room[lists[i]!]! += drawn[owners[i]!]!;
  for (let list = 0; list < list_count; list++) room[list] = listSize(room[list]!);
  let positives = 0;
  let flags = 0;
  let hits = 0;
  let listed = 0;
  let listed_hits = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = drawn[owners[i]!]!;
    const label = labels[i]!;
    positives += weight * label;
    if (scores[i]! > threshold) {
      flags += weight;
      hits += weight * label;
    }
    const taken = Math.min(weight, room[lists[i]!]!);
    room[lists[i]!]! -= taken;
    listed += taken;
    listed_hits += taken * label;
  }
  return {
    precision_at_threshold: flags === 0 ? NaN : hits / flags,
    recall_at_threshold: positives === 0 ? NaN : hits / positives,
    precision_top15: listed === 0 ? NaN : listed_hits / listed,
    recall_top15: positives === 0 ? NaN : listed_hits / positives,
  };
}

/**
 * `auc_low`, `auc_high`, `average_precision_low`, …; NaN where it cannot be told. `random` gives numbers in [0, 1).
 *
 * Chance adds to a calibration error, never takes away, so that the error of a draw is larger than that of the rows: its interval is
 * moved down by as much as the draws' mean lies above the figure, and ends at 0.
 */
export function intervalsOf(judged: Judged, threshold: number, random: () => number, draws = DRAWS): Record<string, number> {
  const ranked = rankedOf(judged);
  const drawn = new Uint16Array(ranked.students);
  const figures = WITH_INTERVAL.map((): number[] => []);
  for (let draw = 0; draw < draws; draw++) {
    drawn.fill(0);
    for (let s = 0; s < drawn.length; s++) drawn[Math.floor(random() * drawn.length)]!++;
    const told = weighed(ranked, drawn, threshold);
    WITH_INTERVAL.forEach((name, f) => {
      if (!Number.isNaN(told[name])) figures[f]!.push(told[name]);
    });
  }
  const whole = weighed(ranked, new Uint8Array(ranked.students).fill(1), threshold);
  const ends = WITH_INTERVAL.flatMap((name, f): [string, number][] => {
    const { low, high } = middleOf(figures[f]!, draws, name === 'ece' ? whole.ece : null);
    return [
      [`${name}_low`, low],
      [`${name}_high`, high],
    ];
  });
  return Object.fromEntries(ends);
}

/** The middle 95 % of what the draws said; around `centre` where that is given. */
function middleOf(values: number[], draws: number, centre: number | null): { low: number; high: number } {
  const n = values.length;
  if (n < draws * TOLD_MIN) return { low: NaN, high: NaN };
  values.sort((a, b) => a - b);
  const shift = centre === null ? 0 : values.reduce((sum, value) => sum + value, 0) / n - centre;
  const end = (place: number) => (centre === null ? values[place]! : Math.max(0, values[place]! - shift));
  return { low: end(Math.floor(n * OUTSIDE)), high: end(Math.ceil(n * (1 - OUTSIDE)) - 1) };
}
