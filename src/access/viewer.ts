/** Who asks: what they may do, and whom they may see. */

export const SCOPES = ['risk:read', 'alerts:write', 'models:admin', 'clicks:write', 'metrics:read'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Viewer {
  /** As the record of views and changes shows it: a key's name, or what the identity provider calls the person. */
  name: string;
  /** `open`: the service asks nobody who they are, which it does on loopback only. */
  kind: 'open' | 'key' | 'staff' | 'student' | 'nobody';
  scopes: ReadonlySet<Scope>;
  /** Moodle's; null = a program, or nobody that Moodle knows. */
  user_id: number | null;
  /** Whose students they see; null = every course. */
  course_ids: ReadonlySet<number> | null;
  /** Whom they see beside those courses, in every course; for a student, themselves alone. */
  user_ids: ReadonlySet<number>;
  /** Whom they see in one course alone: `user/course`. */
  pairs: ReadonlySet<string>;
}

export const OPEN_VIEWER: Viewer = {
  name: 'local',
  kind: 'open',
  scopes: new Set(SCOPES),
  user_id: null,
  course_ids: null,
  user_ids: new Set(),
  pairs: new Set(),
};

/** Who has not said who they are where that is asked. */
export const NOBODY: Viewer = { ...OPEN_VIEWER, name: 'nobody', kind: 'nobody', scopes: new Set(), course_ids: new Set() };

export function maySee(viewer: Viewer, { user_id, course_id }: { user_id: number; course_id: number }): boolean {
  return (
    viewer.course_ids === null ||
    viewer.course_ids.has(course_id) ||
    viewer.user_ids.has(user_id) ||
    viewer.pairs.has(`${user_id}/${course_id}`)
  );
}

export const seesEverything = (viewer: Viewer): boolean => viewer.course_ids === null;
