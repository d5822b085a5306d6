/**
 * The same figures for groups of people, to see whether the model serves one worse. What group a person is in is read for this alone
 * and never reaches a feature.
 */
import { THRESHOLD } from './judge.js';
import { auc, aucInterval, calibrationError } from './metrics.js';
import { randomFrom } from './random.js';

/** By `user_id|course`: attribute → value, `gender` → `F`. */
export type PeopleGroups = ReadonlyMap<string, Readonly<Record<string, string>>>;

export interface Slice {
  attribute: string;
  value: string;
  enrolments: number;
  rows: number;
  base_rate: number;
  auc: number;
  /** 95 %, drawing students. */
  auc_low: number;
  auc_high: number;
  mean_predicted: number;
  ece: number;
  /** Share of the positives that stay at or below the threshold. */
  missed: number;
}

export interface Fairness {
  slices: Slice[];
  /** Groups with fewer enrolments than `ENROLMENTS_MIN`: their figures would be chance, and might point at persons. */
  left_out: string[];
}

export const ENROLMENTS_MIN = 50;

/** The same rows give the same interval. */
const SEED = 1;

interface Row {
  user_id: number;
  course_id: string;
  score: number;
  label: 0 | 1 | null;
}

export function fairnessOf(rows: readonly Row[], groups: PeopleGroups): Fairness {
  const by_group = new Map<string, { attribute: string; value: string; rows: Row[]; enrolments: Set<string> }>();
  for (const row of rows) {
    const enrolment = `${row.user_id}|${row.course_id}`;
    if (row.label === null) continue;
    for (const [attribute, value] of Object.entries(groups.get(enrolment) ?? {})) {
      const key = `${attribute} ${value}`;
      const group = by_group.get(key) ?? { attribute, value, rows: [], enrolments: new Set<string>() };
      by_group.set(key, group);
      group.rows.push(row);
      group.enrolments.add(enrolment);
    }
  }
  const named = [...by_group].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    slices: named.flatMap(([, group]) => (group.enrolments.size < ENROLMENTS_MIN ? [] : [sliceOf(group)])),
    left_out: named.flatMap(([key, group]) => (group.enrolments.size < ENROLMENTS_MIN ? [key] : [])),
  };
}

function sliceOf(group: { attribute: string; value: string; rows: Row[]; enrolments: Set<string> }): Slice {
  const scores = group.rows.map(({ score }) => score);
  const labels = group.rows.map(({ label }) => label!);
  const n = labels.length;
  const user_ids = group.rows.map(({ user_id }) => user_id);
  const { low, high } = aucInterval({ scores, labels, user_ids, lists: [] }, randomFrom(SEED));
  const positives = labels.reduce((sum: number, label) => sum + label, 0);
  const missed = group.rows.filter(({ label, score }) => label === 1 && score <= THRESHOLD).length;
  return {
    attribute: group.attribute,
    value: group.value,
    enrolments: group.enrolments.size,
    rows: n,
    base_rate: positives / n,
    auc: auc(scores, labels),
    auc_low: low,
    auc_high: high,
    mean_predicted: scores.reduce((sum, score) => sum + score, 0) / n,
    ece: calibrationError(scores, labels),
    missed: missed / positives,
  };
}
