/**
 * What log-odds mean as probabilities, fitted on rows that the model has not learnt from: Platt's correction, a sigmoid of two
 * numbers, or the isotonic one, any curve that never falls. Which of them is kept is decided on students that neither was fitted on:
 *
 *     isotonic   where its log loss is lower than Platt's by more than twice the standard error of the difference over students
 *     Platt's    otherwise: two numbers are harder to fool, and level stretches of a curve make ties in a list
 */
import { type Calibration, type CalibrationChoice, FOLDS, probabilityOf } from '../ports.js';
import { isotonic } from './isotonic.js';
import type { Judged } from './metrics.js';
import { foldOf } from './random.js';

/** Newton's method converges in about six steps here. */
const STEPS = 25;
/** Pulls towards slope 1, intercept 0, as if by one more row: keeps a head with few positives near the model's own word. */
const PULL = 1;
/**
 * With few positives the unseen ones may happen to score below the others, and the best slope is negative: it would turn every list
 * upside down. The ranking is the model's; a correction may only make it nearly flat.
 */
const SLOPE_MIN = 0.1;

/** Standard errors: what chance alone exceeds once in forty times. */
export const SURE = 2;

export interface Chosen {
  calibration: Calibration;
  choice: CalibrationChoice;
}

/** `judged.scores` are log-odds. The groups of students are those of the learners, so that other learners speak of each. */
export function chosenCalibration(judged: Judged, seed: number): Chosen {
  const platt = calibrate(judged.scores, judged.labels);
  const log_loss = compared(judged, seed);
  if (log_loss === null || log_loss.platt - log_loss.isotonic <= SURE * log_loss.error)
    return { calibration: platt, choice: { kept: 'platt', log_loss } };
  const points = isotonic(judged.scores, judged.labels);
  return { calibration: { ...platt, points }, choice: { kept: 'isotonic', log_loss } };
}

/** null where the rows are too few to tell. */
function compared({ scores, labels, user_ids }: Judged, seed: number): CalibrationChoice['log_loss'] {
  const folds = Uint8Array.from(user_ids, (id) => foldOf(id, seed, FOLDS));
  const sums = { platt: 0, isotonic: 0 };
  const gains = new Map<number, number>();
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = Array.from(folds.keys()).filter((i) => folds[i] !== fold);
    const known = others.map((i) => labels[i]!);
    if (!known.includes(0) || !known.includes(1)) return null;
    const log_odds = others.map((i) => scores[i]!);
    const platt = calibrate(log_odds, known);
    const steps = { ...platt, points: isotonic(log_odds, known) };
    for (let i = 0; i < folds.length; i++) {
      if (folds[i] !== fold) continue;
      const by_platt = logLoss(probabilityOf(platt, scores[i]!), labels[i]!);
      const by_steps = logLoss(probabilityOf(steps, scores[i]!), labels[i]!);
      sums.platt += by_platt;
      sums.isotonic += by_steps;
      gains.set(user_ids[i]!, (gains.get(user_ids[i]!) ?? 0) + by_platt - by_steps);
    }
  }
  const rows = folds.length;
  const mean = (sums.platt - sums.isotonic) / gains.size;
  const squares = [...gains.values()].reduce((sum, gain) => sum + (gain - mean) ** 2, 0);
  return { platt: sums.platt / rows, isotonic: sums.isotonic / rows, error: Math.sqrt(squares) / rows };
}

/** A probability of 0 or 1 comes of rounding only: as if it were a millionth off. */
const CERTAIN = 1e-6;

function logLoss(probability: number, label: number): number {
  return -Math.log(Math.max(CERTAIN, label === 1 ? probability : 1 - probability));
}

/** Platt's. Leaves the log-odds as they are where one of the two labels does not occur. */
export function calibrate(log_odds: ArrayLike<number>, labels: ArrayLike<number>): Calibration {
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) return { slope: 1, intercept: 0 };
  const fitted = newton(log_odds, labels, 1, false);
  return fitted.slope >= SLOPE_MIN ? fitted : newton(log_odds, labels, SLOPE_MIN, true);
}

/** `is_fixed`: only the intercept is looked for. */
function newton(log_odds: ArrayLike<number>, labels: ArrayLike<number>, from: number, is_fixed: boolean): Calibration {
  let slope = from;
  let intercept = 0;
  for (let step = 0; step < STEPS; step++) {
    let gs = PULL * (slope - 1);
    let gi = PULL * intercept;
    let hss = PULL;
    let hsi = 0;
    let hii = PULL;
    for (let r = 0; r < labels.length; r++) {
      const x = log_odds[r]!;
      const p = 1 / (1 + Math.exp(-(slope * x + intercept)));
      const weight = p * (1 - p);
      gs += (p - labels[r]!) * x;
      gi += p - labels[r]!;
      hss += weight * x * x;
      hsi += weight * x;
      hii += weight;
    }
    if (is_fixed) {
      intercept -= gi / hii;
      continue;
    }
    const determinant = hss * hii - hsi * hsi;
    slope -= (hii * gs - hsi * gi) / determinant;
    intercept -= (hss * gi - hsi * gs) / determinant;
  }
  return { slope, intercept };
}
