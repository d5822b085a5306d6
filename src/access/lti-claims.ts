/** What a verified launch says: who, in which course, as what. LTI 1.3 core, chapter 5. */
import type { Platform } from './lti-settings.js';
import type { Scope, Viewer } from './viewer.js';

/** Why a launch is refused, for the person in front of it: place, reason, remedy; no name, no token. */
export class LtiRefused extends Error {
  override readonly name = 'LtiRefused';
}

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim';
const ROLES = 'http://purl.imsglobal.org/vocab/lis/v2';
const STAFF_SCOPES: readonly Scope[] = ['risk:read', 'alerts:write'];
const NAME_LENGTH_MAX = 200;

/**
 * Roles in this course make somebody staff, and so does running the site. A teacher's role in the institution does not: a professor
 * who takes a course is a student there.
 */
const STAFF_ROLES: ReadonlySet<string> = new Set([
  ...['Instructor', 'TeachingAssistant', 'ContentDeveloper', 'Administrator'].flatMap((r) => [r, `${ROLES}/membership#${r}`]),
  `${ROLES}/membership/Instructor#TeachingAssistant`,
  `${ROLES}/institution/person#Administrator`,
  `${ROLES}/system/person#Administrator`,
]);
const STUDENT_ROLES: ReadonlySet<string> = new Set(['Learner', `${ROLES}/membership#Learner`]);

export interface Launch {
  viewer: Viewer;
  course_id: number;
}

/** Throws `LtiRefused`. The signature, issuer, audience and times have been checked before. */
export function launchOf(claims: Readonly<Record<string, unknown>>, platform: Platform): Launch {
  const { client_id, deployment_ids } = platform;
  expectAudience(claims, client_id);
  if (claims[`${CLAIM}/version`] !== '1.3.0')
    throw new LtiRefused('The launch is not LTI 1.3.0: set the tool to LTI 1.3 in Moodle.');
  if (claims[`${CLAIM}/message_type`] !== 'LtiResourceLinkRequest')
    throw new LtiRefused('The launch is none of an activity in a course: open Holdfast from a course.');
  const deployment = claims[`${CLAIM}/deployment_id`];
  if (typeof deployment !== 'string' || (deployment_ids.length > 0 && !deployment_ids.includes(deployment)))
    throw new LtiRefused('The launch names a deployment that is not registered here: add it to deployment_ids of the platform.');
  const user_id = moodleId(claims.sub);
  if (user_id === null)
    throw new LtiRefused('The launch does not say which Moodle user it is for: open Holdfast from Moodle, logged in.');
  const course_id = moodleId((claims[`${CLAIM}/context`] as { id?: unknown } | undefined)?.id);
  if (course_id === null) throw new LtiRefused('The launch does not say which course it is of: open Holdfast from a course.');
  return { viewer: viewerOf(kindOf(claims[`${CLAIM}/roles`]), user_id, course_id, claims.name), course_id };
}

function viewerOf(kind: 'staff' | 'student', user_id: number, course_id: number, name: unknown): Viewer {
  const given = typeof name === 'string' ? name.trim().slice(0, NAME_LENGTH_MAX) : '';
  return {
    name: given || `Moodle user ${user_id}`,
    kind,
    scopes: new Set(kind === 'staff' ? STAFF_SCOPES : []),
    user_id,
    course_ids: new Set([course_id]),
    user_ids: new Set(kind === 'student' ? [user_id] : []),
    pairs: new Set(),
  };
}

/** Of several audiences, `azp` says for whom it was made. */
function expectAudience({ aud, azp }: Readonly<Record<string, unknown>>, client_id: string): void {
  const is_alone = !Array.isArray(aud) || aud.length === 1;
  if (azp === undefined ? !is_alone : azp !== client_id)
    throw new LtiRefused('The launch was made for another tool: check the client id of the platform.');
}

function kindOf(roles: unknown): 'staff' | 'student' {
  const given: unknown[] = Array.isArray(roles) ? roles : [];
  const has = (known: ReadonlySet<string>) => given.some((role) => typeof role === 'string' && known.has(role));
  if (has(STAFF_ROLES)) return 'staff';
  if (has(STUDENT_ROLES)) return 'student';
  throw new LtiRefused(
    'Moodle gives you no role in this course that has something to see here: you are neither staff nor student of it.',
  );
}

/** Moodle writes its own ids: `sub` is the user's, `context.id` the course's. */
function moodleId(value: unknown): number | null {
  return typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : null;
}
