/** What was predicted against what came, in bins of equal width: with counts, so that a bin of three is not read as a bin of three hundred. */
import type { ReliabilityBin } from '../ports.js';

const BINS = 10;

/** Empty bins are left out. */
export function reliabilityOf(scores: ArrayLike<number>, labels: ArrayLike<number>): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, (_, b) => ({ from: b / BINS, to: (b + 1) / BINS, rows: 0, positives: 0, sum: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const bin = bins[Math.min(BINS - 1, Math.floor(scores[i]! * BINS))]!;
    bin.rows++;
    bin.positives += labels[i]!;
    bin.sum += scores[i]!;
  }
  return bins.filter(({ rows }) => rows > 0).map(({ sum, ...bin }) => ({ ...bin, mean_predicted: sum / bin.rows }));
}
