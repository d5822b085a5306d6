/** Folds the numbers of events into the value columns of a record, and merges the columns of two records into one. */
import type { TableDeclaration } from './declaration.js';

const COUNT = 0;
const SUM = 1;
const MIN = 2;
const MAX = 3;
const LAST = 4;
/** Numbers per aggregate in the plan. */
const PLAN = 3;
const CODES = { count: COUNT, sum: SUM, min: MIN, max: MAX, last: LAST };

export class Folding {
  /** Value columns of a record. */
  readonly columns: number;
  /** Per aggregate three numbers: what is done, with which input, at which column. */
  private readonly plan: Int32Array;
  /** The one column is a count: what the common tables have, and so simple that the caller does it. */
  readonly countsOnly: boolean;

  constructor({ aggregates, fields }: Pick<TableDeclaration, 'aggregates' | 'fields'>) {
    this.plan = new Int32Array(aggregates.length * PLAN);
    let column = 0;
    aggregates.forEach(({ kind, field }, i) => {
      this.plan.set([CODES[kind], field === null ? -1 : fields.indexOf(field), column], i * PLAN);
      column += kind === 'last' ? 2 : 1;
    });
    this.columns = column;
    this.countsOnly = aggregates.length === 1 && aggregates[0].kind === 'count';
  }

  /** No event yet: counts and sums are 0, the others are not there (NaN). */
  clear(numbers: Float64Array, at: number): void {
    const { plan } = this;
    for (let i = 0; i < this.columns; i++) numbers[at + i] = Number.NaN;
    for (let i = 0; i < plan.length; i += PLAN) if (plan[i] <= SUM) numbers[at + plan[i + 2]] = 0;
  }

  /** One event into the columns that begin at `numbers[at]`. */
  add(numbers: Float64Array, at: number, inputs: Float64Array, time: number): void {
    const { plan } = this;
    for (let i = 0; i < plan.length; i += PLAN) {
      const column = at + plan[i + 2];
      const value = plan[i] === COUNT ? 1 : inputs[plan[i + 1]];
      if (Number.isNaN(value)) continue;
      if (plan[i] <= SUM) numbers[column] += value;
      else this.extreme(plan[i], numbers, column, value, time);
    }
  }

  /** The columns of the record at `from` into those at `at`. */
  merge(numbers: Float64Array, at: number, from: number): void {
    const { plan } = this;
    for (let i = 0; i < plan.length; i += PLAN) {
      const column = plan[i + 2];
      const value = numbers[from + column];
      if (plan[i] <= SUM) numbers[at + column] += value;
      else if (!Number.isNaN(value)) this.extreme(plan[i], numbers, at + column, value, numbers[from + column + 1]);
    }
  }

  /** `time` is read for `last` only. */
  private extreme(code: number, numbers: Float64Array, column: number, value: number, time: number): void {
    const kept = numbers[column];
    const empty = Number.isNaN(kept);
    if (code === MIN) {
      if (empty || value < kept) numbers[column] = value;
    } else if (code === MAX) {
      if (empty || value > kept) numbers[column] = value;
    } else if (empty || time > numbers[column + 1] || (time === numbers[column + 1] && value > kept)) {
      numbers[column] = value;
      numbers[column + 1] = time;
    }
  }
}
