/** The rows of one window table as a store would keep them: what drains say, and nothing else. */
import type { WindowChanges, WindowRow } from '../../src/domain.js';
import type { KeyPart } from '../../src/windows/keys.js';
import { sortRows } from './oracle.js';

type Row = WindowRow<KeyPart>;

export class FakeStore {
  private readonly kept = new Map<string, Row>();

  /** Applies a drain and holds it to its word: a delete is of a row that is here, an upsert is new or says something new. */
  apply(changes: WindowChanges<KeyPart>): void {
    for (const { key, start } of changes.deletes) {
      if (!this.kept.delete(name(key, start))) throw new Error(`delete of a row that the store never had: ${name(key, start)}`);
    }
    for (const row of changes.upserts) this.kept.set(name(row.key, row.start), row);
  }

  rows(): Row[] {
    return sortRows([...this.kept.values()]);
  }

  /** Rows that end (start, where the table has no end) at or after a bound. */
  held(end_from: number): Row[] {
    return this.rows().filter((row) => row.end >= end_from);
  }

  near(ranges: { key: readonly KeyPart[]; from: number; to: number }[]): Row[] {
    return this.rows().filter((row) =>
      ranges.some(({ key, from, to }) => JSON.stringify(key) === JSON.stringify(row.key) && row.start <= to && row.end >= from),
    );
  }
}

const name = (key: readonly KeyPart[], start: number) => JSON.stringify([key, start + 0]);
