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

/** Rows whose key comes after `after` (exclusive), compared column by column. */
export function following(key: readonly string[], after: readonly (number | string)[] | undefined): Condition[] {
  if (after === undefined) return [];
  return [sql`(${sql.join(key.map((name) => sql.ref(name)))}) > (${sql.join(after)})`];
}

export function allOf(conditions: Condition[]): Condition {
  return conditions.length === 0 ? sql`TRUE` : sql`${sql.join(conditions, sql` AND `)}`;
}
