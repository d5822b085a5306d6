/** Features → scores: through the model where there is one, else by the rule of thumb, which says so in `method`. */
import type { Cohort, CurrentScore, EnrolmentHistory } from '../domain.js';
import { FEATURES, featureIndex } from '../features/vector.js';
import type { Predictor } from '../ports.js';
import { band, roundScore } from './bands.js';
import { HEURISTIC_VERSION, type Heuristic, heuristic } from './heuristic.js';
import { reasons } from './reasons.js';

/** One enrolment that is to be scored. */
export interface Scorable {
  history: EnrolmentHistory;
  /** Exclusive: the features hold rows before this day only. */
  cutoff_day: number;
  /** Days of teaching breaks were left out before it, so what is told in days is told in teaching days. Absent = none. */
  breaks_left_out?: boolean;
  /** In the order of FEATURES. */
  features: Float32Array;
}

export interface ScoringContext {
  as_of_ms: number;
  /** The snapshot that the features were completed with; null for a course that has none yet. */
  cohort: Cohort | null;
  threshold: number;
}

/** Stands in `cohort_version` where there was nothing to compare with. */
export const NO_COHORT = 'none';

const ACTIVE_DAYS_14 = featureIndex('active_days_14');

/** Who has been active in the 14 days before the cut-off: only they can be warned of early. */
export function isStillActive(features: Float32Array): boolean {
  return features[ACTIVE_DAYS_14]! > 0;
}

/** What a model says of one row, in the form of the rule of thumb. */
type Raw = Heuristic;

/**
 * Scores of one course's enrolments, in the order of `rows`. `early_score` is null for those who were not active in the last 14
 * days. The same row gives the same bytes whatever is beside it (the predictor's contract).
 */
export async function scoreBatch(
  predictor: Predictor | null,
  rows: readonly Scorable[],
  context: ScoringContext,
): Promise<CurrentScore[]> {
  if (rows.length === 0) return [];
  const raw = predictor === null ? rows.map((row) => heuristic(row.features)) : await predicted(predictor, rows);
  return rows.map(({ history, features, breaks_left_out = false }, i) => {
    const { score, early_score, contributions, early_contributions } = raw[i]!;
    const rounded = roundScore(score);
    const why = (parts: Float32Array) => reasons(features, parts, context.cohort, breaks_left_out);
    const is_active = isStillActive(features);
    return {
      user_id: history.user_id,
      course_id: history.course_id,
      as_of_ms: context.as_of_ms,
      score: rounded,
      early_score: is_active ? roundScore(early_score) : null,
      band: band(rounded, context.threshold),
      model_version: predictor === null ? HEURISTIC_VERSION : predictor.manifest.version,
      cohort_version: context.cohort?.version ?? NO_COHORT,
      method: predictor === null ? 'heuristic' : 'model',
      reasons: why(contributions),
      ...(is_active ? { early_reasons: why(early_contributions) } : {}),
    };
  });
}

async function predicted(predictor: Predictor, rows: readonly Scorable[]): Promise<Raw[]> {
  const width = FEATURES.length;
  const input = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    input.set(row.features, i * width);
  });
  const { target } = predictor.manifest;
  const heads = await predictor.predict(input, rows.length);
  const main = heads[target];
  const early = heads.disengagement;
  if (!main || !early)
    throw new Error(`Model ${predictor.manifest.version} gave no probabilities for ${target} or disengagement.`);
  return rows.map((row, i) => ({
    score: main[i]!,
    early_score: early[i]!,
    contributions: predictor.contributions(row.features, target),
    early_contributions: predictor.contributions(row.features, 'disengagement'),
  }));
}
