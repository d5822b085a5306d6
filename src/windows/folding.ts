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
  private readonly countsOnly: boolean;

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
  clear(page: Float64Array, at: number): void {
    const { plan } = this;
    for (let i = 0; i < this.columns; i++) page[at + i] = Number.NaN;
    for (let i = 0; i < plan.length; i += PLAN) if (plan[i] <= SUM) page[at + plan[i + 2]] = 0;
  }

  /** One event into the columns that begin at `page[at]`. */
  add(page: Float64Array, at: number, inputs: Float64Array, time: number): void {
    if (this.countsOnly) {
      page[at] += 1;
      return;
    }
    const { plan } = this;
    for (let i = 0; i < plan.length; i += PLAN) {
      const column = at + plan[i + 2];
      const value = plan[i] === COUNT ? 1 : inputs[plan[i + 1]];
      if (Number.isNaN(value)) continue;
      if (plan[i] <= SUM) page[column] += value;
      else this.extreme(plan[i], page, column, value, time);
    }
  }

  /** The columns of another record into these. */
  merge(page: Float64Array, at: number, from: Float64Array, fromAt: number): void {
    const { plan } = this;
    for (let i = 0; i < plan.length; i += PLAN) {
      const column = plan[i + 2];
      const value = from[fromAt + column];
      if (plan[i] <= SUM) page[at + column] += value;
      else if (!Number.isNaN(value)) this.extreme(plan[i], page, at + column, value, from[fromAt + column + 1]);
    }
  }

  /** `time` is read for `last` only. */
  private extreme(code: number, page: Float64Array, column: number, value: number, time: number): void {
    const kept = page[column];
    const empty = Number.isNaN(kept);
    if (code === MIN) {
      if (empty || value < kept) page[column] = value;
    } else if (code === MAX) {
      if (empty || value > kept) page[column] = value;
    } else if (empty || time > page[column + 1] || (time === page[column + 1] && value > kept)) {
      page[column] = value;
      page[column + 1] = time;
    }
  }
}
