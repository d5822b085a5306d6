/** Small steps from rows to figures and names. */
import type { Alert, Enrolment, EnrolmentState, ReferenceRow } from '../domain.js';

export const NO_STATES: Record<EnrolmentState, number> = {
  active: 0,
  'not-started': 0,
  suspended: 0,
  withdrawn: 0,
  completed: 0,
  ended: 0,
};
export const NO_ALERTS: Record<Alert['state'], number> = { open: 0, acknowledged: 0, resolved: 0, expired: 0 };

export const pair = ({ user_id, course_id }: Pick<Enrolment, 'user_id' | 'course_id'>) => `${user_id}/${course_id}`;

export function nameOf(user: ReferenceRow | undefined): string | null {
  const name = `${user?.row.firstname ?? ''} ${user?.row.lastname ?? ''}`.trim();
  return name === '' ? null : name;
}

/** How often each name comes, beside those of `none`. */
export function tally<K extends string>(none: Record<K, number>, names: K[]): Record<K, number> {
  const counts = { ...none };
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Rows by course. */
export function group<T extends { course_id: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const known = groups.get(row.course_id);
    if (known) known.push(row);
    else groups.set(row.course_id, [row]);
  }
  return groups;
}
