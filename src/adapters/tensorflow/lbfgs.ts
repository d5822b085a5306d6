/**
 * Limited-memory BFGS (Nocedal 1980) with a backtracking line search: finds the minimum of a smooth convex function from its
 * value and gradient. Plain doubles in a fixed order of summation, so the same function gives the same result to the bit.
 */

export interface Problem {
  start: Float64Array;
  /** Value and gradient at a point. */
  evaluate(point: Float64Array): { value: number; gradient: Float64Array };
}

/** Pairs of steps and gradient changes kept; more gains nothing here. */
const MEMORY = 10;
/** The share of the promised decrease that a step must bring. */
const ARMIJO = 1e-4;
/** After so many halvings the point is as good as 32-bit arithmetic allows. */
const HALVINGS_MAX = 20;

export interface Limits {
  steps_max: number;
  /** Stops when a step changes the value by less than this share. */
  relative_change_min: number;
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** a + factor × b */
const along = (a: Float64Array, factor: number, b: Float64Array): Float64Array => a.map((v, i) => v + factor * b[i]!);

interface Pair {
  step: Float64Array;
  change: Float64Array;
  inverse: number;
}

/** The two-loop recursion: minus the gradient, bent by what the last steps learnt about curvature. */
function direction(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  let d: Float64Array = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, inverse } = pairs[i]!;
    alphas[i] = inverse * dot(step, d);
    d = along(d, -alphas[i]!, change);
  }
  const latest = pairs.at(-1);
  if (latest) {
    const scale = 1 / (latest.inverse * dot(latest.change, latest.change));
    d = d.map((v) => v * scale);
  }
  pairs.forEach(({ step, change, inverse }, i) => {
    d = along(d, alphas[i]! - inverse * dot(change, d), step);
  });
  return d;
}

/** The point where the search stopped. */
export function minimise(problem: Problem, limits: Limits): Float64Array {
  let point = problem.start;
  let here = problem.evaluate(point);
  const pairs: Pair[] = [];
  for (let s = 0; s < limits.steps_max; s++) {
    const towards = direction(here.gradient, pairs);
    const slope = dot(here.gradient, towards);
    if (!(slope < 0)) return point;
    let length = pairs.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(towards, towards))) : 1;
    let next = along(point, length, towards);
    let there = problem.evaluate(next);
    for (let h = 0; !(there.value <= here.value + ARMIJO * length * slope); h++) {
      if (h >= HALVINGS_MAX) return point;
      length /= 2;
      next = along(point, length, towards);
      there = problem.evaluate(next);
    }
    const step = along(next, -1, point);
    const change = along(there.gradient, -1, here.gradient);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, inverse: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    const gained = here.value - there.value;
    point = next;
    here = there;
    if (gained < limits.relative_change_min * Math.abs(here.value)) return point;
  }
  return point;
}
