/** What a model's manifest tells of how its scores came true: on courses that it was made without, in counts, so that "18 of 20" can be said. */

import type { ModelTest } from '../ports.js';
import { fairnessOf, type PeopleGroups, type Slice } from './fairness.js';
import type { Judged } from './metrics.js';
import { reliabilityOf } from './reliability.js';

/** A group with fewer positives gets no figures: they would be chance. */
export const GROUP_POSITIVES_MIN = 20;

const DECIMALS = 1e4;
const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS;

/** `by_course`: what a model without the course said of it, by the course's name. */
export function testedOn(data: string, by_course: ReadonlyMap<string, Judged>, groups: PeopleGroups | null): ModelTest {
  const rows = [...by_course].flatMap(([course_id, { scores, labels, user_ids }]) =>
    Array.from({ length: labels.length }, (_, i) => ({
      course_id,
      user_id: user_ids[i]!,
      score: scores[i]!,
      label: labels[i]! as 0 | 1,
    })),
  );
  const bins = reliabilityOf(
    rows.map(({ score }) => score),
    rows.map(({ label }) => label),
  );
  return {
    data,
    courses: [...by_course.keys()],
    reliability: bins.map((bin) => ({ ...bin, mean_predicted: rounded(bin.mean_predicted) })),
    fairness: groups === null ? null : told(fairnessOf(rows, groups)),
  };
}

function told({ slices, left_out }: ReturnType<typeof fairnessOf>): NonNullable<ModelTest['fairness']> {
  const enough = (slice: Slice) => Math.round(slice.base_rate * slice.rows) >= GROUP_POSITIVES_MIN;
  const few = slices.filter((slice) => !enough(slice)).map(({ attribute, value }) => `${attribute} ${value}`);
  return {
    groups: slices.filter(enough).map(({ attribute, value, enrolments, rows, ...figures }) => ({
      attribute,
      value,
      enrolments,
      rows,
      base_rate: rounded(figures.base_rate),
      mean_predicted: rounded(figures.mean_predicted),
      auc: rounded(figures.auc),
      auc_low: rounded(figures.auc_low),
      auc_high: rounded(figures.auc_high),
      ece: rounded(figures.ece),
    })),
    left_out: [...left_out, ...few].sort(),
  };
}
