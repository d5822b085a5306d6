/** A probability as it is stored, and the word that goes with it. */
import type { Band } from '../domain.js';

/** From here on a score is `raised`, inclusive. */
export const RAISED_FROM = 0.4;
/** Above this, exclusive, a score over the threshold is `very high`. */
export const VERY_HIGH_ABOVE = 0.85;

const SCORE_DECIMALS = 1e6;

/** @example roundScore(0.12345649) → 0.123456 */
export function roundScore(probability: number): number {
  return Math.round(probability * SCORE_DECIMALS) / SCORE_DECIMALS;
}

/**
 * low < 0.4 ≤ raised ≤ threshold < high ≤ 0.85 < very high. The threshold decides first: above it nothing is called low.
 * @example band(0.7, 0.7) → 'raised' (the threshold is strict); band(0.700001, 0.7) → 'high'
 */
export function band(score: number, threshold: number): Band {
  if (score > threshold) return score > VERY_HIGH_ABOVE ? 'very high' : 'high';
  return score < RAISED_FROM ? 'low' : 'raised';
}
