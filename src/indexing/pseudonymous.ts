/** Rows as they leave the service where ids may not: the same rows under keyed names. */
import type { ToldRow } from './documents.js';

/** `Pseudonyms` of `access/` fits. */
export interface OutsideNames {
  number(user_id: number): number;
  alert(alert_id: string): string;
}

const STAFF: ReadonlySet<string> = new Set(['assignee', 'opened_by']);

/**
 * A person's id becomes a number of 16 digits, so that every field, schema and dashboard of whole numbers holds; so does an alert's,
 * which is a plain hash of the person's. Who takes care of an alert, and who opened it, are names, and stay here.
 *
 *   { table: 'course_sessions', key: [43, 7, 1795350000000], row: { user_id: 43, … } }
 *   → { …, key: [6120436412085173, 7, 1795350000000], row: { user_id: 6120436412085173, … } }
 */
export function pseudonymous(told: ToldRow, key_columns: readonly string[], names: OutsideNames): ToldRow {
  const named = (column: string, value: unknown) => {
    if (column === 'user_id') return names.number(value as number);
    if (column === 'alert_id') return names.alert(value as string);
    return STAFF.has(column) ? null : value;
  };
  const row = told.row && Object.fromEntries(Object.entries(told.row).map(([column, value]) => [column, named(column, value)]));
  const key = told.key.map((value, i) => named(key_columns[i] ?? '', value) as number | string);
  return { ...told, key, row };
}
