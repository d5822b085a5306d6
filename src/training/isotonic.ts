/**
 * Isotonic regression: of all curves that never fall, the one nearest to the labels, by pooling adjacent violators (Ayer and others
 * 1955). Rows of equal log-odds are one from the beginning. Worked example, rows (log-odds, label):
 *
 *     (−1, 0) (0, 1) (0, 0) (1, 0) (2, 1)     grouped: 0 | 1 of 2 | 0 | 1
 *     .5 before 0 is a fall: pooled           0 | 1 of 3 | 1
 *     points                                  (−1, .14) (0, .33) (1, .33) (2, .86)
 *
 * The ends are not 0 and 1: of n rows none speaks for more than (n + 1) in (n + 2), here 6 in 7.
 */
import type { CalibrationPoints } from '../ports.js';

interface Block {
  from: number;
  to: number;
  positives: number;
  rows: number;
}

/** At least one row. */
export function isotonic(log_odds: ArrayLike<number>, labels: ArrayLike<number>): CalibrationPoints {
  const n = log_odds.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => log_odds[a]! - log_odds[b]!);
  const blocks: Block[] = [];
  for (let i = 0; i < n; ) {
    const x = log_odds[order[i]!]!;
    const block: Block = { from: x, to: x, positives: 0, rows: 0 };
    for (; i < n && log_odds[order[i]!] === x; i++) {
      block.positives += labels[order[i]!]!;
      block.rows++;
    }
    while (blocks.length > 0 && isFall(blocks.at(-1)!, block)) join(blocks.pop()!, block);
    blocks.push(block);
  }
  const furthest = 1 / (n + 2);
  const points: CalibrationPoints = { log_odds: [], probabilities: [] };
  for (const { from, to, positives, rows } of blocks) {
    const probability = Math.min(1 - furthest, Math.max(furthest, positives / rows));
    for (const x of from === to ? [from] : [from, to]) {
      points.log_odds.push(x);
      points.probabilities.push(probability);
    }
  }
  return points;
}

/** In whole numbers, so that no rounding decides; level neighbours are one block too. */
const isFall = (before: Block, next: Block): boolean => before.positives * next.rows >= next.positives * before.rows;

function join(before: Block, into: Block): void {
  into.from = before.from;
  into.positives += before.positives;
  into.rows += before.rows;
}
