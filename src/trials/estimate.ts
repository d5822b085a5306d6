/**
 * How much more often those who were called at once were active again, over strata that are each compared within themselves.
 *
 * The Mantel-Haenszel difference of proportions (Greenland and Robins, Biometrics 41, 1985, p. 55) with Sato's variance (Biometrics 45, 1989,
 * p. 1323), which holds for many small strata as for few large ones.
 */

/** One course in one week: how many were drawn, and how many of them were active again. */
export interface Stratum {
  now: { drawn: number; active: number };
  later: { drawn: number; active: number };
}

export interface Estimate {
  /** Share active again, now less later: −1 … 1. */
  difference: number;
  /** 95 %, cut at −1 and 1. */
  low: number;
  high: number;
}

/** The normal distribution's 97.5 %. */
const Z = 1.959963984540054;

/** null where no stratum has students of both kinds: nothing can be compared. */
export function difference(strata: readonly Stratum[]): Estimate | null {
  let [weight, sum, p, q] = [0, 0, 0, 0];
  for (const { now, later } of strata) {
    const [n1, n0, x1, x0] = [now.drawn, later.drawn, now.active, later.active];
    if (n1 === 0 || n0 === 0) continue;
    const n = n1 + n0;
    weight += (n1 * n0) / n;
    sum += (x1 * n0 - x0 * n1) / n;
    p += (n1 * n1 * x0 - n0 * n0 * x1 + (n1 * n0 * (n0 - n1)) / 2) / (n * n);
    q += (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n);
  }
  if (weight === 0) return null;
  const found = sum / weight;
  const half = Z * Math.sqrt(Math.max(0, found * p + q) / (weight * weight));
  return { difference: found, low: Math.max(-1, found - half), high: Math.min(1, found + half) };
}
