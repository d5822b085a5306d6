/**
 * Why a score is what it is: contributions of the features, gathered by idea, the strongest first, each as one fact.
 *
 * Features of one idea (days since activity, its rank, its distance from the course's mean) share one story, and a linear model
 * spreads its weight over them as it likes. So a reason's contribution is the sum over its idea, and its fact is the feature of
 * that idea that adds most in the same direction. A fact that would speak against the reason's direction is not used: nobody
 * is shown "Active on 9 of the last 14 days – course median: 4 days" as what raises a score.
 *
 * Left out: the calendar of the course (the same for all its students) and ideas that hardly move the score.
 */
import type { Cohort, Reason } from '../domain.js';
import { medianOf, percentileOf } from '../features/cohort.js';
import type { Idea } from '../features/definition.js';
import { FEATURES, featureIndex } from '../features/vector.js';
import { type Look, SENTENCES } from './sentences.js';

export const REASONS_MAX = 5;

/** In log-odds: less moves a score of 50 % by about one point, which nobody would act on. */
export const CONTRIBUTION_MIN = 0.05;

/** Decimals of a stored contribution and value: the rest is noise of 32-bit floats. */
const DECIMALS = 1e4;
const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS + 0;

/** Per base feature with a sentence, in feature order: its own place and those that compare it with the cohort. */
const SHOWN = FEATURES.flatMap((feature, index) => {
  if (feature.source !== 'enrolment' || !SENTENCES[feature.name]) return [];
  const family = FEATURES.flatMap((f, i) => (i === index || (f.source === 'cohort' && f.of === feature.name) ? [i] : []));
  return [{ feature, index, family, sentence: SENTENCES[feature.name]! }];
});

const MEMBERS = new Map<Idea, number[]>();
FEATURES.forEach((feature, index) => {
  if (feature.idea === 'calendar') return;
  const members = MEMBERS.get(feature.idea);
  if (members) members.push(index);
  else MEMBERS.set(feature.idea, [index]);
});

const sumAt = (values: Float32Array, indexes: readonly number[]): number => indexes.reduce((sum, i) => sum + values[i]!, 0);

/** Does the fact speak for the direction, as far as that can be told? */
function agrees(raises: 'more' | 'less' | null, value: number, median: number | null, contribution: number): boolean {
  if (raises === null || median === null || value === median) return true;
  return (value > median === (raises === 'more')) === contribution > 0;
}

/**
 * Up to five reasons, by |contribution| descending, then in feature order.
 * `features` and `contributions` are in the order of FEATURES; NaN = missing, which is no fact to show.
 */
export function reasons(features: Float32Array, contributions: Float32Array, cohort: Cohort | null): Reason[] {
  const look: Look = {
    value: (name) => features[featureIndex(name)]!,
    median: (name) => (cohort === null ? null : medianOf(cohort, name)),
  };
  const found: { index: number; reason: Reason }[] = [];
  for (const [idea, members] of MEMBERS) {
    const contribution = sumAt(contributions, members);
    if (!(Math.abs(contribution) >= CONTRIBUTION_MIN)) continue;
    const direction = Math.sign(contribution);
    const candidates = SHOWN.filter(({ feature }) => feature.idea === idea)
      .map((shown) => ({ ...shown, own: sumAt(contributions, shown.family) * direction }))
      .sort((a, b) => b.own - a.own || a.index - b.index);
    for (const { feature, index, sentence } of candidates) {
      const value = features[index]!;
      if (Number.isNaN(value) || !agrees(sentence.raises, value, look.median(feature.name), contribution)) continue;
      const text = sentence.text(value, look);
      if (text === null) continue;
      const cohort_percentile = cohort === null ? null : percentileOf(cohort, feature.name, value);
      const reason = {
        feature: feature.name,
        value: rounded(value),
        unit: feature.unit,
        cohort_percentile,
        contribution: rounded(contribution),
        text,
      };
      found.push({ index, reason });
      break;
    }
  }
  found.sort((a, b) => Math.abs(b.reason.contribution) - Math.abs(a.reason.contribution) || a.index - b.index);
  return found.slice(0, REASONS_MAX).map(({ reason }) => reason);
}
