/**
 * How far today's inputs and scores are from those that the model learnt from: the population stability index (PSI).
 *
 *     PSI = Σ (now − then) · ln(now / then)   over the bins' shares; 0 the same, 0.1 a little, 0.25 a clear shift
 *
 * The course's week moves every input by itself, so today's rows are compared with the training rows of the same weeks. This says
 * how foreign a site is to its model, and that is steady: a healthy site that the model was not made on is past 0.25 on its best day
 * (measured: up to 1.1). So it is told and holds nothing back. What holds alerts back is a sudden change: `signs.ts`.
 */
import { FEATURES, featureIndex } from '../features/vector.js';
import type { ModelReference } from '../ports.js';

/** A clear shift, as textbooks have it. */
export const PSI_SHIFT = 0.25;
/** Fewer rows than this tell nothing: chance alone moves ten bins by 0.2. */
export const PSI_ROWS_MIN = 50;
const BINS = 10;
/** Every bin begins with this much, so that an empty one is not infinitely far. */
const PRIOR = 0.5;

/**
 * Of two counts over the same bins, less what chance alone would give with so few rows; 0 at the least.
 * @example psi([50, 50], [50, 50]) → 0; psi([90, 10], [10, 90]) → about 3.4
 */
export function psi(now: ArrayLike<number>, then: ArrayLike<number>): number {
  const used = Array.from({ length: now.length }, (_, bin) => bin).filter((bin) => now[bin]! > 0 || then[bin]! > 0);
  const total = (counts: ArrayLike<number>) => used.reduce((sum, bin) => sum + counts[bin]!, 0);
  const [n, m] = [total(now), total(then)];
  if (n === 0 || m === 0) return 0;
  const share = (count: number, all: number) => (count + PRIOR) / (all + PRIOR * used.length);
  const raw = used.reduce((sum, bin) => {
    const [p, q] = [share(now[bin]!, n), share(then[bin]!, m)];
    return sum + (p - q) * Math.log(p / q);
  }, 0);
  return Math.max(0, raw - (used.length - 1) * (1 / n + 1 / m));
}

const SCORE = 'score';
const WEEKS = featureIndex('weeks_since_start');
/** The calendar is the same for a whole course, and says when and not who. */
const COMPARED = FEATURES.flatMap(({ name, idea }, index) =>
  ['calendar', 'ahead', 'start'].includes(idea) ? [] : [{ name, index }],
);
/** The last week of each bucket: the first weeks differ most from each other. */
const BUCKETS = [1.5, 2.5, 3.5, 4.5, 6.5, 8.5, 11.5, Infinity];

function bucketOf(weeks_since_start: number): string {
  return String(BUCKETS.findIndex((last) => !(weeks_since_start > last)));
}

/**
 * The reference of a model: `rows` holds `count` feature vectors in the order of FEATURES, `scores` the model's calibrated
 * probability of the alert's target for each. Best from predictions that were made without the row's student.
 */
export function referenceOf(rows: Float32Array, count: number, scores: ArrayLike<number>): ModelReference {
  const edges: ModelReference['edges'] = {};
  const weeks: ModelReference['weeks'] = {};
  const buckets = Array.from({ length: count }, (_, row) => bucketOf(rows[row * FEATURES.length + WEEKS]!));
  for (const { name, index } of [{ name: SCORE, index: -1 }, ...COMPARED]) {
    const values = Float64Array.from({ length: count }, (_, row) =>
      index < 0 ? scores[row]! : rows[row * FEATURES.length + index]!,
    );
    edges[name] = edgesOf(values);
    const by_bucket = new Map<string, number[]>();
    for (let row = 0; row < count; row++) {
      const counts = by_bucket.get(buckets[row]!) ?? emptyBins(edges[name]);
      counts[binOf(edges[name], values[row]!)]! += 1;
      by_bucket.set(buckets[row]!, counts);
    }
    for (const [bucket, counts] of by_bucket) {
      weeks[bucket] ??= {};
      weeks[bucket][name] = counts.join(' ');
    }
  }
  return { edges, weeks };
}

/** Deciles, each once. */
function edgesOf(values: Float64Array): number[] {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0) return [];
  const cuts = Array.from({ length: BINS - 1 }, (_, i) => known[Math.floor((known.length * (i + 1)) / BINS)]!);
  return [...new Set(cuts.map((cut) => Number(cut.toPrecision(6))))];
}

const emptyBins = (edges: readonly number[]): number[] => Array(edges.length + 2).fill(0);

function binOf(edges: readonly number[], value: number): number {
  if (Number.isNaN(value)) return edges.length + 1;
  let bin = 0;
  while (bin < edges.length && value > edges[bin]!) bin++;
  return bin;
}

/** How foreign today's rows are to the model. */
export interface Distance {
  rows: number;
  /** PSI of the scores. */
  scores: number;
  /** Share of the inputs that are past PSI_SHIFT. */
  inputs: number;
  /** The inputs that are furthest, the furthest first. */
  furthest: { name: string; psi: number }[];
}

const FURTHEST = 5;

/** Takes the rows of a tick, course by course, and holds counts only. */
export class Foreignness {
  #rows = 0;
  readonly #now = new Map<string, number[]>();
  readonly #then = new Map<string, number[]>();
  readonly #reference = new Map<string, Map<string, number[]>>();

  constructor(private readonly reference: ModelReference) {
    for (const [bucket, inputs] of Object.entries(reference.weeks)) {
      const counts = Object.entries(inputs).map(([name, text]) => [name, text.split(' ').map(Number)] as const);
      this.#reference.set(bucket, new Map(counts));
    }
  }

  add(features: Float32Array, score: number): void {
    const like = this.#reference.get(bucketOf(features[WEEKS]!));
    if (!like) return;
    this.#rows++;
    this.#count(SCORE, score, like);
    for (const { name, index } of COMPARED) this.#count(name, features[index]!, like);
  }

  #count(name: string, value: number, like: Map<string, number[]>): void {
    const edges = this.reference.edges[name];
    const expected = like.get(name);
    if (!edges || !expected) return;
    let now = this.#now.get(name);
    let then = this.#then.get(name);
    if (!now || !then) {
      now = emptyBins(edges);
      then = emptyBins(edges);
      this.#now.set(name, now);
      this.#then.set(name, then);
    }
    now[binOf(edges, value)]! += 1;
    // What a training row of the same weeks would have added, on average.
    const total = expected.reduce((sum, count) => sum + count, 0);
    for (let bin = 0; bin < then.length; bin++) then[bin]! += expected[bin]! / total;
  }

  /** null where there are too few rows to tell. */
  distance(): Distance | null {
    if (this.#rows < PSI_ROWS_MIN) return null;
    const of = (name: string) => rounded(psi(this.#now.get(name) ?? [], this.#then.get(name) ?? []));
    const inputs = [...this.#now.keys()].filter((name) => name !== SCORE).map((name) => ({ name, psi: of(name) }));
    inputs.sort((a, b) => b.psi - a.psi || (a.name < b.name ? -1 : 1));
    return {
      rows: this.#rows,
      scores: of(SCORE),
      inputs: rounded(inputs.filter((input) => input.psi > PSI_SHIFT).length / Math.max(1, inputs.length)),
      furthest: inputs.slice(0, FURTHEST),
    };
  }
}

export const rounded = (value: number): number => Math.round(value * 1000) / 1000;
