/** What happened between two readings of one process: counters are told as totals, and people ask how fast. */
import type { Exposition } from './exposition.js';
import type { Reading } from './service-address.js';

export interface Count {
  /** Since the process started. */
  total: number;
  /** null = there is no earlier reading. */
  per_s: number | null;
}

/** Rates are of so long, once the readings go back that far: steady enough to read, and soon to tell. */
export const SPAN_MS = 10_000;

/** The latest readings of one process. Its counters begin again when it does. */
export class Readings {
  #kept: Reading[] = [];

  add(reading: Reading): Between {
    const last = this.#kept.at(-1);
    if (last && startOf(last.figures) !== startOf(reading.figures)) this.#kept = [];
    this.#kept.push(reading);
    while (this.#kept.length > 2 && this.#kept[1]!.at_ms <= reading.at_ms - SPAN_MS) this.#kept.shift();
    return new Between(this.#kept.length > 1 ? this.#kept[0]! : null, reading);
  }
}

export class Between {
  /** null = there is no earlier reading. */
  readonly seconds: number | null;

  constructor(
    private readonly before: Reading | null,
    readonly now: Reading,
  ) {
    this.seconds = before === null ? null : Math.max((now.at_ms - before.at_ms) / 1000, Number.EPSILON);
  }

  /** Every count of this name, by the label: { 'kafka': { total: 12, per_s: 0.5 } }. */
  counts(name: string, label: string): Map<string, Count> {
    const totals = byLabel(this.now.figures, name, label);
    const earlier = this.before === null ? null : byLabel(this.before.figures, name, label);
    return new Map([...totals].map(([value, total]) => [value, this.#count(total, earlier?.get(value) ?? 0)]));
  }

  /** A count without labels; null = there is none. */
  count(name: string): Count | null {
    const total = this.now.figures.one(name);
    return total === null ? null : this.#count(total, this.before?.figures.one(name) ?? 0);
  }

  gauges(name: string, label: string): Map<string, number> {
    return byLabel(this.now.figures, name, label);
  }

  gauge(name: string): number | null {
    return this.now.figures.one(name);
  }

  /** Of what a histogram saw between the readings: so many seconds or less took this share of it; null = it saw nothing. */
  quantile(name: string, share: number): number | null {
    if (this.before === null) return null;
    const earlier = byLabel(this.before.figures, `${name}_bucket`, 'le');
    const buckets = [...byLabel(this.now.figures, `${name}_bucket`, 'le')]
      .map(([le, count]) => ({
        le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
        count: count - (earlier.get(le) ?? 0),
      }))
      .sort((a, b) => a.le - b.le);
    return quantileOf(buckets, share);
  }

  #count(total: number, earlier: number): Count {
    return { total, per_s: this.seconds === null ? null : Math.max(total - earlier, 0) / this.seconds };
  }
}

/**
 * As Prometheus estimates it: evenly spread inside a bucket. What lies beyond the last bound is given as that bound.
 *
 *     [{ le: 1, count: 2 }, { le: 2, count: 4 }, { le: Infinity, count: 4 }], 0.75      → 1.5
 */
export function quantileOf(buckets: readonly { le: number; count: number }[], share: number): number | null {
  const total = buckets.at(-1)?.count ?? 0;
  if (!(total > 0)) return null;
  const rank = share * total;
  const at = buckets.findIndex(({ count }) => count >= rank);
  // A service that says NaN of a bucket.
  if (at < 0) return null;
  const { le, count } = buckets[at]!;
  const below = buckets[at - 1] ?? { le: 0, count: 0 };
  if (le === Number.POSITIVE_INFINITY) return below.le;
  return below.le + ((le - below.le) * (rank - below.count)) / Math.max(count - below.count, Number.EPSILON);
}

/** Samples that differ in other labels are added up. */
function byLabel(figures: Exposition, name: string, label: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const { labels, value } of figures.all(name)) {
    const key = labels[label];
    if (key !== undefined) values.set(key, (values.get(key) ?? 0) + value);
  }
  return values;
}

function startOf(figures: Exposition): number | null {
  return figures.one('process_start_time_seconds');
}
