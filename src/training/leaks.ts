/**
 * A feature that alone tells nearly everybody's future has seen it: most published figures on dropping out come of such a column (a
 * date of leaving, a final mark, a count over the whole course). Nothing honest that is known here comes near: the best, days since
 * the last activity, has an AUC of about .9.
 */
import { FEATURES } from '../features/vector.js';
import type { Examples } from './examples.js';
import { auc } from './metrics.js';

/** AUC of one feature alone, in either direction. */
export const AUC_MAX = 0.98;
/** Rows that are looked at, evenly over all: enough to tell .98 from .9. */
const ROWS_MAX = 1_500;
/** With fewer of one kind chance alone may get there. */
const OF_EACH_MIN = 30;

/** Throws, naming the features, where one tells a head's label too well. That it is missing may tell as well as its value. */
export function assertNoFuture(examples: Examples): void {
  const found = examples.heads.flatMap((head, h) => {
    const rows = labelledRows(examples, h);
    const labels = rows.map((row) => examples.labels[row * examples.heads.length + h]!);
    const positives = labels.filter((label) => label === 1).length;
    if (positives < OF_EACH_MIN || labels.length - positives < OF_EACH_MIN) return [];
    return FEATURES.flatMap(({ name }, f) => {
      const values = rows.map((row) => examples.rows[row * FEATURES.length + f]!);
      const value = alone(values, labels);
      return value > AUC_MAX ? [`${name} tells ${head} (AUC ${value.toFixed(3)})`] : [];
    });
  });
  if (found.length === 0) return;
  throw new Error(
    `A feature alone tells what is to be predicted, so it must know the future: ${found.join('; ')}. ` +
      'No model is made of it. Look at where the source takes its days from.',
  );
}

/** Not looked up in the hot loop. */
const { isNaN: isMissing } = Number;

function alone(values: readonly number[], labels: readonly number[]): number {
  const missing = values.map((value) => (isMissing(value) ? 1 : 0));
  const known = values.map((value) => (isMissing(value) ? -1e30 : value));
  const columns = missing.includes(1) ? [known, missing] : [known];
  return Math.max(...columns.map((column) => auc(column, labels)).map((value) => Math.max(value, 1 - value)));
}

function labelledRows({ labels, heads, count }: Examples, h: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (!Number.isNaN(labels[row * heads.length + h]!)) rows.push(row);
  const step = Math.max(1, Math.ceil(rows.length / ROWS_MAX));
  return rows.filter((_, i) => i % step === 0);
}
