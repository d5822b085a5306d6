/** Where somebody teaches: the courses in which Moodle gives them a teacher's role. */
import type { ReferenceRow } from '../domain.js';

const TEACHING = new Set<unknown>(['editingteacher', 'teacher', 'manager']);

/** `role_assignments` of one user. Roles in a category or in the whole site are not kept, and give nothing here. */
export function coursesTaught(
  role_assignments: readonly ReferenceRow[],
  { roles, contexts }: { roles: readonly ReferenceRow[]; contexts: readonly ReferenceRow[] },
): Set<number> {
  const teaching = new Set(roles.filter(({ deleted, row }) => !deleted && TEACHING.has(row.archetype)).map(({ id }) => id));
  const course_of = new Map(contexts.map(({ id, row }) => [id, row.instanceid]));
  const taught = new Set<number>();
  for (const { deleted, row } of role_assignments) {
    if (deleted || !teaching.has(Number(row.roleid))) continue;
    const course_id = course_of.get(Number(row.contextid));
    if (typeof course_id === 'number') taught.add(course_id);
  }
  return taught;
}
