/**
 * A table in memory: rows known by a key of numbers and texts, read in key order.
 * Order as in a database: numbers by value, texts by their UTF-8 bytes, one column after the other.
 */
import { Buffer } from 'node:buffer';
import type { Page } from '../../ports.js';

export type Key = readonly (number | string)[];

export function compareKeys(a: Key, b: Key): number {
  for (let column = 0; column < a.length; column += 1) {
    const difference = compareParts(a[column]!, b[column]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareParts(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

export class OrderedTable<Row> {
  private readonly rows = new Map<string, Row>();
  /** Made at the first read after a new or removed key; null = to be made again. */
  private sorted: { key: Key; row: Row }[] | null = null;

  constructor(private readonly keyOf: (row: Row) => Key) {}

  get(...key: Key): Row | undefined {
    return this.rows.get(nameOf(key));
  }

  set(row: Row): void {
    this.rows.set(nameOf(this.keyOf(row)), row);
    this.sorted = null;
  }

  delete(...key: Key): void {
    if (this.rows.delete(nameOf(key))) this.sorted = null;
  }

  remove(row: Row): void {
    this.delete(...this.keyOf(row));
  }

  /** All rows in key order. */
  all(): Row[] {
    return this.entries().map((entry) => entry.row);
  }

  /** Copies of the rows after `page.after` (exclusive) that pass, at most `page.limit`. */
  page(page: Page<Key | string>, passes: (row: Row) => boolean): Row[] {
    const after = typeof page.after === 'string' ? [page.after] : page.after;
    const found: Row[] = [];
    for (const { key, row } of this.entries()) {
      if (found.length >= page.limit) break;
      if (after !== undefined && compareKeys(key, after) <= 0) continue;
      if (passes(row)) found.push(structuredClone(row));
    }
    return found;
  }

  private entries(): { key: Key; row: Row }[] {
    this.sorted ??= [...this.rows.values()]
      .map((row) => ({ key: this.keyOf(row), row }))
      .sort((a, b) => compareKeys(a.key, b.key));
    return this.sorted;
  }
}

/** `[1, 'a']` and `['1', 'a']` are different keys, as are `['a,b']` and `['a', 'b']`. */
function nameOf(key: Key): string {
  return key.length === 1 ? String(key[0]) : JSON.stringify(key);
}
