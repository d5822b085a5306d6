/**
 * The rule of thumb that scores where no model fits. Three comparisons that a teacher would make, added up as log-odds: the
 * present silence against the student's own rhythm, the same against the course, and the last two weeks against the course.
 */
import { FEATURES, featureIndex } from '../features/vector.js';

export const HEURISTIC_VERSION = 'heuristic-1';

/** A student of whom no rhythm is known yet comes every third day or so. */
const USUAL_GAP_DAYS = 3;

interface Weights {
  /** Log-odds of a student who is silent for as long as usual and stands in the middle of the course. */
  middle: number;
  /** For each e-fold of silence over the usual gap. */
  silence: number;
  /** From the most recent of the course (0) to the most silent (1). */
  rank_silence: number;
  /** From the least active of the course (0) to the most active (1). */
  rank_active_days: number;
}

/**
 * Set by hand, then looked at on OULAD 2013 (27,751 rows): AUC .84 and calibration error .035 for 28 silent days or withdrawal,
 * .74 and .021 for the early score. A trained model reaches .89 and .84 there on courses that it has not seen.
 */
const MAIN: Weights = { middle: -3.3, silence: 1.2, rank_silence: 1.5, rank_active_days: -1.5 };
/** The same among those active in the last 14 days. */
const EARLY: Weights = { middle: -3.0, silence: 0.6, rank_silence: 1.5, rank_active_days: -2.5 };

const at = {
  days_since_activity: featureIndex('days_since_activity'),
  median_gap_days: featureIndex('median_gap_days'),
  active_days_14: featureIndex('active_days_14'),
  rank_days_since_activity: featureIndex('rank_days_since_activity'),
  rank_active_days_14: featureIndex('rank_active_days_14'),
};

const known = (value: number, otherwise: number): number => (Number.isNaN(value) ? otherwise : value);

/** The three comparisons, each 0 for a student in the middle. */
function comparisons(features: Float32Array) {
  const silent_days = known(features[at.days_since_activity]!, USUAL_GAP_DAYS - 1);
  const usual_days = Math.max(1, known(features[at.median_gap_days]!, USUAL_GAP_DAYS));
  return {
    silence: Math.log((1 + silent_days) / usual_days),
    rank_silence: known(features[at.rank_days_since_activity]!, 0.5) - 0.5,
    rank_active_days: known(features[at.rank_active_days_14]!, 0.5) - 0.5,
  };
}

const probability = (log_odds: number): number => 1 / (1 + Math.exp(-log_odds));

export interface Heuristic {
  score: number;
  early_score: number;
  contributions: Float32Array;
  early_contributions: Float32Array;
}

/** A probability-like score, an early score, and per feature its part of the log-odds of each. */
export function heuristic(features: Float32Array): Heuristic {
  const { silence, rank_silence, rank_active_days } = comparisons(features);
  const logOdds = (w: Weights) =>
    w.middle + w.silence * silence + w.rank_silence * rank_silence + w.rank_active_days * rank_active_days;
  const parts = (w: Weights) => {
    const contributions = new Float32Array(FEATURES.length);
    contributions[at.days_since_activity] = w.silence * silence;
    contributions[at.rank_days_since_activity] = w.rank_silence * rank_silence;
    contributions[at.rank_active_days_14] = w.rank_active_days * rank_active_days;
    return contributions;
  };
  const [score, early_score] = [probability(logOdds(MAIN)), probability(logOdds(EARLY))];
  return { score, early_score, contributions: parts(MAIN), early_contributions: parts(EARLY) };
}
