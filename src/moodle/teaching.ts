/** Where somebody teaches: the courses in which Moodle gives them a teacher's role, there or in what lies above. */
import type { ReferenceRow } from '../domain.js';

const TEACHING = new Set<unknown>(['editingteacher', 'teacher', 'manager']);

/** `role_assignments` of one user; `contexts` of courses. Each names in its path what it lies in: `/1/30/412`, site, category, course. */
export function coursesTaught(
  role_assignments: readonly ReferenceRow[],
  { roles, contexts }: { roles: readonly ReferenceRow[]; contexts: readonly ReferenceRow[] },
): Set<number> {
  const teaching = teachingRoles(roles);
  const given = new Set(
    role_assignments
      .filter(({ deleted, row }) => !deleted && teaching.has(Number(row.roleid)))
      .map(({ row }) => Number(row.contextid)),
  );
  const taught = new Set<number>();
  if (given.size === 0) return taught;
  for (const { id, row } of contexts) {
    if (typeof row.instanceid === 'number' && liesIn(id, row.path).some((place) => given.has(place))) taught.add(row.instanceid);
  }
  return taught;
}

/** Everybody who has such a role anywhere. */
export function teachersIn(role_assignments: readonly ReferenceRow[], roles: readonly ReferenceRow[]): Set<number> {
  const teaching = teachingRoles(roles);
  return new Set(
    role_assignments.flatMap(({ deleted, user_id, row }) =>
      deleted || user_id === null || !teaching.has(Number(row.roleid)) ? [] : [user_id],
    ),
  );
}

function teachingRoles(roles: readonly ReferenceRow[]): Set<number> {
  return new Set(roles.filter(({ deleted, row }) => !deleted && TEACHING.has(row.archetype)).map(({ id }) => id));
}

/** The context and all above it. */
function liesIn(id: number, path: unknown): number[] {
  return typeof path === 'string' ? [id, ...path.split('/').filter(Boolean).map(Number)] : [id];
}
