/** Small steps from rows to figures and names. */
import type { Enrolment, ReferenceRow } from '../domain.js';

export const pair = ({ user_id, course_id }: Pick<Enrolment, 'user_id' | 'course_id'>) => `${user_id}/${course_id}`;

export function nameOf(user: ReferenceRow | undefined): string | null {
  const name = `${user?.row.firstname ?? ''} ${user?.row.lastname ?? ''}`.trim();
  return name === '' ? null : name;
}

export function tally<K extends string>(none: Record<K, number>, names: K[]): Record<K, number> {
  const counts = { ...none };
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export function group<T extends { course_id: number }>(rows: T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) groups.set(row.course_id, [...(groups.get(row.course_id) ?? []), row]);
  return groups;
}
