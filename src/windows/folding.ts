/** Folds the numbers of events into the value columns of a record, and merges the columns of two records into one. */
import type { TableDeclaration } from './declaration.js';

const COUNT = 0;
const SUM = 1;
const MIN = 2;
const MAX = 3;
const LAST = 4;
const CODES = { count: COUNT, sum: SUM, min: MIN, max: MAX, last: LAST };

export class Folding {
  /** Value columns of a record. */
  readonly columns: number;
  /** Per aggregate: what is done, with which input, at which column. */
  private readonly codes: number[] = [];
  private readonly inputs: number[] = [];
  private readonly offsets: number[] = [];

  constructor({ aggregates, fields }: Pick<TableDeclaration, 'aggregates' | 'fields'>) {
    let offset = 0;
    for (const { kind, field } of aggregates) {
      this.codes.push(CODES[kind]);
      this.inputs.push(field === null ? -1 : fields.indexOf(field));
      this.offsets.push(offset);
      offset += kind === 'last' ? 2 : 1;
    }
    this.columns = offset;
  }

  /** No event yet: counts and sums are 0, the others are not there (NaN). */
  clear(page: Float64Array, at: number): void {
    const { codes, offsets } = this;
    for (let i = 0; i < codes.length; i++) {
      page[at + offsets[i]] = codes[i] <= SUM ? 0 : Number.NaN;
      if (codes[i] === LAST) page[at + offsets[i] + 1] = Number.NaN;
    }
  }

  /** One event into the columns that begin at `page[at]`. */
  add(page: Float64Array, at: number, inputs: Float64Array, time: number): void {
    const { codes } = this;
    if (codes.length === 1 && codes[0] === COUNT) {
      page[at] += 1;
      return;
    }
    for (let i = 0; i < codes.length; i++) {
      const column = at + this.offsets[i];
      if (codes[i] === COUNT) {
        page[column] += 1;
        continue;
      }
      const value = inputs[this.inputs[i]];
      if (Number.isNaN(value)) continue;
      if (codes[i] === SUM) page[column] += value;
      else this.extreme(codes[i], page, column, value, time);
    }
  }

  /** The columns of another record into these. */
  merge(page: Float64Array, at: number, from: Float64Array, fromAt: number): void {
    const { codes, offsets } = this;
    for (let i = 0; i < codes.length; i++) {
      const value = from[fromAt + offsets[i]];
      if (codes[i] <= SUM) page[at + offsets[i]] += value;
      else if (!Number.isNaN(value)) this.extreme(codes[i], page, at + offsets[i], value, from[fromAt + offsets[i] + 1]);
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
