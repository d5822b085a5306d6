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
import type { FeatureDefinition, Idea } from '../features/definition.js';
import { FEATURES, featureIndex } from '../features/vector.js';
import { inTeachingDays, type Look, SENTENCES, type Sentence } from './sentences.js';

export const REASONS_MAX = 5;

/** In log-odds: less moves a score of 50 % by about one point, which nobody would act on. */
export const CONTRIBUTION_MIN = 0.05;

/** Decimals of a stored contribution and value: the rest is noise of 32-bit floats. */
const DECIMALS = 1e4;
const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS + 0;

interface Shown {
  feature: FeatureDefinition;
  index: number;
  /** Its own place and those of the features that compare it with the cohort. */
  family: number[];
  sentence: Sentence;
}

/** An idea: the places of all its features, and those features that have a sentence, in feature order. */
interface Story {
  members: number[];
  shown: Shown[];
}

function stories(): Story[] {
  const by_idea = new Map<Idea, Story>();
  FEATURES.forEach((feature, index) => {
    if (feature.idea === 'calendar') return;
    const story = by_idea.get(feature.idea) ?? { members: [], shown: [] };
    by_idea.set(feature.idea, story);
    story.members.push(index);
    const sentence = SENTENCES[feature.name];
    if (feature.source !== 'enrolment' || !sentence) return;
    const family = FEATURES.flatMap((f, i) => (i === index || (f.source === 'cohort' && f.of === feature.name) ? [i] : []));
    story.shown.push({ feature, index, family, sentence });
  });
  return [...by_idea.values()];
}

const STORIES = stories();

const sumAt = (values: Float32Array, indexes: readonly number[]): number => indexes.reduce((sum, i) => sum + values[i]!, 0);

/** Does the fact speak for the direction, as far as that can be told? */
function agrees(raises: 'more' | 'less' | null, value: number, median: number | null, contribution: number): boolean {
  if (raises === null || median === null || value === median) return true;
  return (value > median === (raises === 'more')) === contribution > 0;
}

/**
 * Notes what a sentence looks up: with the feature and its value these are all figures in it, so that it can be said in another language.
 * @example 'Active on 2 of the last 14 days – course median: 7 days' notes { median: 7 }; of other features each by its name
 */
function told(look: Look, beside: Record<string, number>): Look {
  const note = (name: string, value: number | null) => {
    if (value !== null && !Number.isNaN(value)) beside[name] = rounded(value);
    return value;
  };
  return {
    value: (feature) => note(feature, look.value(feature))!,
    median: (feature) => note('median', look.median(feature)),
  };
}

/** The fact of a story that adds most in its direction, speaks for it, and can be said; null where there is none. */
function factOf(
  { shown }: Story,
  contribution: number,
  features: Float32Array,
  contributions: Float32Array,
  look: Look,
): (Shown & { value: number; text: string; beside: Record<string, number> }) | null {
  const direction = Math.sign(contribution);
  const candidates = shown
    .map((fact) => ({ fact, own: sumAt(contributions, fact.family) * direction }))
    .sort((a, b) => b.own - a.own || a.fact.index - b.fact.index);
  for (const { fact } of candidates) {
    const value = features[fact.index]!;
    if (Number.isNaN(value) || !agrees(fact.sentence.raises, value, look.median(fact.feature.name), contribution)) continue;
    const beside: Record<string, number> = {};
    const text = fact.sentence.text(value, told(look, beside));
    if (text !== null) return { ...fact, value, text, beside };
  }
  return null;
}

/**
 * Up to five reasons, by |contribution| descending, then in feature order.
 * `features` and `contributions` are in the order of FEATURES; NaN = missing, which is no fact to show. `breaks_left_out`: days of
 * teaching breaks were not counted.
 */
export function reasons(
  features: Float32Array,
  contributions: Float32Array,
  cohort: Cohort | null,
  breaks_left_out = false,
): Reason[] {
  const look: Look = {
    value: (name) => features[featureIndex(name)]!,
    median: (name) => (cohort === null ? null : medianOf(cohort, name)),
  };
  const strongest = STORIES.map((story) => ({ story, contribution: sumAt(contributions, story.members) }))
    .filter(({ contribution }) => Math.abs(contribution) >= CONTRIBUTION_MIN)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.story.members[0]! - b.story.members[0]!);
  const found: Reason[] = [];
  for (const { story, contribution } of strongest) {
    const fact = factOf(story, contribution, features, contributions, look);
    if (!fact) continue;
    found.push({
      feature: fact.feature.name,
      value: rounded(fact.value),
      unit: fact.feature.unit,
      cohort_percentile: cohort === null ? null : percentileOf(cohort, fact.feature.name, fact.value),
      contribution: rounded(contribution),
      text: breaks_left_out ? inTeachingDays(fact.text) : fact.text,
      beside: breaks_left_out ? { ...fact.beside, teaching_days: 1 } : fact.beside,
    });
    if (found.length === REASONS_MAX) break;
  }
  return found;
}
