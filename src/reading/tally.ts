/** Counting and gathering. */

/** How often each name comes, beside those of `none`. */
export function tally<K extends string>(none: Record<K, number>, names: K[]): Record<K, number> {
  const counts = { ...none };
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Rows by course. */
export function group<T extends { course_id: number }>(rows: T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) groups.set(row.course_id, [...(groups.get(row.course_id) ?? []), row]);
  return groups;
}
