/**
 * What a trial can find, before it starts: two proportions, two-sided 5 %, power 80 % (Fleiss, Levin and Paik, Statistical Methods for Rates and
 * Proportions, 3rd ed., formula 4.14, without the correction for continuity).
 */
const Z_ALPHA = 1.959963984540054;
const Z_BETA = 0.8416212335729143;

/** Students in each of the two halves that show a difference of `by` above the share `base`, 80 times of 100. */
export function neededInEach(base: number, by: number): number {
  const [p0, p1] = [base, base + by];
  if (!(p0 >= 0 && p1 <= 1 && by > 0)) return Number.POSITIVE_INFINITY;
  const middle = (p0 + p1) / 2;
  const root = Z_ALPHA * Math.sqrt(2 * middle * (1 - middle)) + Z_BETA * Math.sqrt(p0 * (1 - p0) + p1 * (1 - p1));
  return Math.ceil((root / by) ** 2);
}

const STEP = 0.005;

/** The smallest difference, in steps of half a point, that so many in each half show; null where none is possible. */
export function smallestShown(base: number, in_each: number): number | null {
  for (let by = STEP; base + by <= 1; by += STEP) if (neededInEach(base, by) <= in_each) return Math.round(by / STEP) * STEP;
  return null;
}
