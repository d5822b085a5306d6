/** The port's filters and pages as SQL conditions. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Filter } from '../../ports.js';

type Condition = RawBuilder<SqlBool>;

/** `time` is what `from` (inclusive) and `to` (exclusive) are about. `columns` says what else the table can be filtered by. */
export function filtered(filter: Filter, time: string, columns: readonly ('user_id' | 'course_id')[]): Condition[] {
  const conditions: Condition[] = [];
  for (const column of columns) {
    if (filter[column] !== undefined) conditions.push(sql`${sql.ref(column)} = ${filter[column]}`);
  }
  if (filter.from !== undefined) conditions.push(sql`${sql.ref(time)} >= ${filter.from}`);
  if (filter.to !== undefined) conditions.push(sql`${sql.ref(time)} < ${filter.to}`);
  return conditions;
}

/**
 * Rows whose key comes after `after` (exclusive), column by column. Written out, since these servers find no range of an index
 * in `(a, b) > (1, 2)`: `a >= 1 AND (a > 1 OR (a = 1 AND b > 2))`.
 */
export function following(key: readonly string[], after: readonly (number | string)[] | undefined): Condition[] {
  if (after === undefined) return [];
  const column = sql.ref(key[0]!);
  if (key.length === 1) return [sql`${column} > ${after[0]}`];
  const rest = allOf(following(key.slice(1), after.slice(1)));
  return [sql`${column} >= ${after[0]} AND (${column} > ${after[0]} OR (${rest}))`];
}

export function allOf(conditions: Condition[]): Condition {
  return conditions.length === 0 ? sql`TRUE` : sql`${sql.join(conditions, sql` AND `)}`;
}
