/** Platt's correction: probability = sigmoid(slope × log-odds + intercept), fitted on rows that the model has not learnt from. */
import type { Calibration } from '../ports.js';

/** Newton's method converges in about six steps here. */
const STEPS = 25;
/** Pulls towards slope 1, intercept 0, as if by one more row: keeps a head with few positives near the model's own word. */
const PULL = 1;

/** Leaves the log-odds as they are where one of the two labels does not occur. */
export function calibrate(log_odds: ArrayLike<number>, labels: ArrayLike<number>): Calibration {
  let slope = 1;
  let intercept = 0;
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) return { slope, intercept };
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
    const determinant = hss * hii - hsi * hsi;
    slope -= (hii * gs - hsi * gi) / determinant;
    intercept -= (hss * gi - hsi * gs) / determinant;
  }
  return { slope, intercept };
}
