/**
 * A table over a windowed table: rows grouped again, where a changed row takes its old contribution back before the new one
 * counts, and a deleted row takes it back for good.
 *
 * Worked example, the mean duration of a user's sessions. Rows 0–600 and 1200–1200 give count 2, mean 300. An event in
 * between merges them: the source deletes the row at 1200 and upserts 0–1200, and the group says count 1, mean 1200. Adding
 * without taking back would have said 3 sessions with a mean of 600.
 */
import type { WindowChanges, WindowRow, WindowTable } from '../domain.js';
import type { KeyPart } from './keys.js';

/** A column over the rows of a group. A count needs no value. */
export type GroupColumn<K extends KeyPart> =
  | { kind: 'count' }
  | { kind: 'sum' | 'min' | 'max' | 'avg'; value: (row: WindowRow<K>) => number };

export interface TableOverTable<K extends KeyPart, G extends KeyPart> {
  table: WindowTable;
  /** Where a row belongs; null leaves it out (a null key). Must depend on the row's key and start only. */
  group: (row: Pick<WindowRow<K>, 'key' | 'start'>) => { key: readonly G[]; start: number; end: number } | null;
  /** In the order of `table.values`. */
  columns: readonly GroupColumn<K>[];
}

interface Group<K extends KeyPart, G extends KeyPart> {
  key: readonly G[];
  start: number;
  end: number;
  /** The rows in it as they are now, by their own key and start. */
  rows: Map<string, WindowRow<K>>;
  stored: boolean;
}

export class TableAggregate<K extends KeyPart = number, G extends KeyPart = K> {
  private readonly groups = new Map<string, Group<K, G>>();
  private readonly changed = new Set<Group<K, G>>();

  constructor(private readonly declaration: TableOverTable<K, G>) {}

  /** Takes in what a drain of the source table said. Saying it twice changes nothing. */
  apply({ deletes, upserts }: Pick<WindowChanges<K>, 'deletes' | 'upserts'>): void {
    for (const gone of deletes) {
      const group = this.groupOf(gone);
      if (group === null) continue;
      group.rows.delete(identity(gone));
      this.changed.add(group);
    }
    for (const row of upserts) {
      const group = this.groupOf(row);
      if (group === null) continue;
      group.rows.set(identity(row), row);
      this.changed.add(group);
    }
  }

  /** The groups that changed since the last call. A group whose last row is gone is deleted. */
  drain(): WindowChanges<G> {
    const changes: WindowChanges<G> = { table: this.declaration.table, deletes: [], upserts: [] };
    for (const group of this.changed) {
      const { key, start, end } = group;
      if (group.rows.size > 0) {
        changes.upserts.push({ key, start, end, values: this.values(group) });
        group.stored = true;
        continue;
      }
      if (group.stored) changes.deletes.push({ key, start });
      this.groups.delete(identity(group));
    }
    this.changed.clear();
    return changes;
  }

  /** Forgets unchanged groups that end before a time: their rows cannot change any more. */
  forget(before: number): void {
    for (const [name, group] of this.groups) {
      if (group.end < before && !this.changed.has(group)) this.groups.delete(name);
    }
  }

  get size(): number {
    return this.groups.size;
  }

  private groupOf(row: Pick<WindowRow<K>, 'key' | 'start'>): Group<K, G> | null {
    const place = this.declaration.group(row);
    if (place === null) return null;
    const name = identity(place);
    let group = this.groups.get(name);
    if (group === undefined) {
      group = { ...place, rows: new Map(), stored: false };
      this.groups.set(name, group);
    }
    return group;
  }

  private values({ rows }: Group<K, G>): number[] {
    return this.declaration.columns.map((column) => {
      if (column.kind === 'count') return rows.size;
      let [total, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const row of rows.values()) {
        const value = column.value(row);
        total += value;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      return { sum: total, min: least, max: most, avg: total / rows.size }[column.kind];
    });
  }
}

const identity = ({ key, start }: { key: readonly KeyPart[]; start: number }) => JSON.stringify([key, start]);
