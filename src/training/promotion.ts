/**
 * The rule by which a challenger replaces the champion. Both are judged on the same rows, of courses that neither has learnt from:
 *
 *     promoted   the AUC of the alert's target is higher, and the 95 % interval of the difference, drawing students, does not
 *                reach below −0.003; and the calibration error is at most 0.01 higher
 *
 * | difference of AUC    | calibration error | verdict          |
 * | -------------------- | ----------------- | ---------------- |
 * | +0.010 [+0.002 …]    | .030 → .035       | better           |
 * | +0.004 [−0.002 …]    | .030 → .030       | better           |
 * | +0.004 [−0.006 …]    | .030 → .030       | not-better       |
 * | −0.001 [−0.002 …]    | .030 → .010       | not-better       |
 * | +0.010 [+0.002 …]    | .030 → .045       | worse-calibrated |
 *
 * Small on purpose: a model that is a hair better is not worth a change that staff notice, one that is worse must not slip in.
 */
import { aucRanked, calibrationError, type Judged, ranking } from './metrics.js';
import { randomFrom } from './random.js';

/** The lower end of the interval may be this far below zero: what chance leaves between two models that are as good. */
export const AUC_LOW_MIN = -0.003;
/** The calibration error may grow by this much: one student in a hundred. */
export const ECE_RISE_MAX = 0.01;
/** Fewer students, or fewer of them with a positive row, and the interval says nothing. */
export const STUDENTS_MIN = 50;
export const POSITIVE_STUDENTS_MIN = 20;
/** Draws of the bootstrap, and its seed: the same rows give the same verdict. */
const DRAWS = 500;
const SEED = 1;

/** The same rows, as two models score them. */
export interface Paired extends Omit<Judged, 'scores'> {
  champion: ArrayLike<number>;
  challenger: ArrayLike<number>;
}

export interface Comparison {
  verdict: 'better' | 'not-better' | 'worse-calibrated' | 'cannot-be-told';
  rows: number;
  students: number;
  /** AUC and calibration error of each, and the difference of the AUC with its interval; null where they cannot be told. */
  champion: { auc: number; ece: number } | null;
  challenger: { auc: number; ece: number } | null;
  difference: { auc: number; low: number; high: number } | null;
}

export function compare(paired: Paired): Comparison {
  const rows = paired.labels.length;
  const students = new Set(Array.from(paired.user_ids)).size;
  const positive = new Set(Array.from(paired.user_ids).filter((_, row) => paired.labels[row] === 1)).size;
  const enough = students >= STUDENTS_MIN && positive >= POSITIVE_STUDENTS_MIN && positive < students;
  const nothing = { rows, students, champion: null, challenger: null, difference: null };
  if (!enough) return { verdict: 'cannot-be-told', ...nothing };
  const { labels } = paired;
  const one = (scores: ArrayLike<number>) => {
    return { auc: aucRanked(ranking(scores), scores, labels), ece: calibrationError(scores, labels) };
  };
  const champion = one(paired.champion);
  const challenger = one(paired.challenger);
  const difference = { auc: challenger.auc - champion.auc, ...interval(paired) };
  return { verdict: verdictOf(champion, challenger, difference), rows, students, champion, challenger, difference };
}

function verdictOf(
  champion: { ece: number },
  challenger: { ece: number },
  { auc, low }: { auc: number; low: number },
): Comparison['verdict'] {
  if (!(auc > 0 && low >= AUC_LOW_MIN)) return 'not-better';
  return challenger.ece > champion.ece + ECE_RISE_MAX ? 'worse-calibrated' : 'better';
}

/** 95 % of the difference, drawing students with all their rows: the same draw for both models. */
function interval(paired: Paired): { low: number; high: number } {
  const random = randomFrom(SEED);
  const place = new Map<number, number>();
  const owner = Int32Array.from(paired.user_ids, (id) => {
    if (!place.has(id)) place.set(id, place.size);
    return place.get(id)!;
  });
  const orders = [ranking(paired.challenger), ranking(paired.champion)] as const;
  const weights = new Float64Array(owner.length);
  const differences: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const drawn = new Uint16Array(place.size);
    for (let student = 0; student < place.size; student++) drawn[Math.floor(random() * place.size)]! += 1;
    for (let row = 0; row < weights.length; row++) weights[row] = drawn[owner[row]!]!;
    const difference =
      aucRanked(orders[0], paired.challenger, paired.labels, weights) -
      aucRanked(orders[1], paired.champion, paired.labels, weights);
    if (!Number.isNaN(difference)) differences.push(difference);
  }
  differences.sort((a, b) => a - b);
  const at = (share: number) => differences[Math.min(differences.length - 1, Math.floor(differences.length * share))]!;
  return { low: at(0.025), high: at(0.975) };
}

/** What came of it, for people. `rows_from` says which rows these were. */
export function sentenceOf(comparison: Comparison, names: { champion: string; challenger: string }, rows_from: string): string {
  const { verdict, champion, challenger, difference, students } = comparison;
  if (!champion || !challenger || !difference) {
    return `It cannot be told whether ${names.challenger} is better than ${names.champion}: ${rows_from} give ${students} students with known outcomes, and ${STUDENTS_MIN} are needed, ${POSITIVE_STUDENTS_MIN} of whom left and some who did not.`;
  }
  const said = {
    better: 'is better by the rule',
    'not-better': 'is not better by the rule',
    'worse-calibrated': 'ranks better, but its probabilities are further off than the rule allows',
    'cannot-be-told': '',
  }[verdict];
  const auc = (value: number) => value.toFixed(3);
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
  return (
    `${names.challenger} ${said}: AUC ${auc(challenger.auc)} instead of ${auc(champion.auc)} ` +
    `(${signed(difference.auc)}, interval ${signed(difference.low)} to ${signed(difference.high)}, limit ${signed(AUC_LOW_MIN)}), ` +
    `calibration error ${auc(challenger.ece)} instead of ${auc(champion.ece)} (limit +${ECE_RISE_MAX}), ` +
    `on ${students} students of ${rows_from}.`
  );
}

/** What a manifest says of the courses that its model learnt from: `oulad-2013 (AAA/2013J, BBB/2013B)`. */
export function coursesLearnt(manifest: { data: { name: string; courses?: readonly string[] } }): string[] {
  if (manifest.data.courses) return [...manifest.data.courses];
  const listed = /\(([^()]*)\)\s*$/.exec(manifest.data.name)?.[1];
  return listed === undefined ? [] : listed.split(',').map((name) => name.trim());
}
