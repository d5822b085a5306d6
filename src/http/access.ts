/** Who asks is found out before a route runs: by a key in the header, a launch, or the page's session. Nothing is answered to anybody else. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KeysUnreadable, TokenRefused } from '../access/tokens.js';
import { NOBODY, seesEverything, type Viewer } from '../access/viewer.js';
import { LTI_PATHS, type LtiDoor } from './lti-routes.js';
import { Problem } from './problem.js';
import { needOf } from './route-scopes.js';
import { sessionsIn } from './session-cookies.js';
import type { Sessions } from './sessions.js';
import { studentProblem } from './student-door.js';
import { setViewer } from './viewer.js';

/** Knows the keys that were given out, and whose tokens hold; the wiring fills it. */
export abstract class Access {
  /** Whose it is, with what they see now; null where it is none, or no longer. `TokenRefused` and `KeysUnreadable` say more. */
  abstract byBearer(text: string): Promise<Viewer | null>;
}

export interface Gate {
  access: Access;
  sessions: Sessions;
  /** People sign in with an account of the identity provider. */
  accounts: boolean;
  /** Cookies are sent over TLS only. */
  secure: boolean;
  now_ms: () => number;
}

const READING = new Set(['GET', 'HEAD']);

/** With neither keys nor launches the service is open to this machine. With either, whoever cannot say who they are is nobody. */
export function guardAccess(instance: FastifyInstance, gate: Gate | null, lti: LtiDoor | null): void {
  if (gate === null && lti === null) return;
  instance.addHook('onRequest', async (request) => {
    if (request.routeOptions.url === undefined) return;
    const viewer = (await viewerIn(request, gate, lti, 'find')) ?? NOBODY;
    const still = async () => refusalOf(request, (await viewerIn(request, gate, lti, 'look')) ?? NOBODY, gate) === null;
    setViewer(request, viewer, still);
    const refusal = refusalOf(request, viewer, gate);
    if (refusal) throw refusal;
  });
}

/** Why this viewer may not ask this; null where they may. */
function refusalOf(request: FastifyRequest, viewer: Viewer, gate: Gate | null): Problem | null {
  if (viewer.kind === 'student') return studentProblem(request);
  const need = needOf(request.method, request.routeOptions.url!);
  if (need?.scope === null) return null;
  if (viewer.kind === 'nobody') return gate ? unknown() : noSession();
  if (need === null || !viewer.scopes.has(need.scope)) return forbidden(need?.scope ?? null);
  return need.whole_site && !seesEverything(viewer) ? partOnly() : null;
}

/** `find`: a person asks, and their session goes on. `look`: it is looked up alone. */
type How = 'find' | 'look';

/** What is said in so many words comes before what a browser sends along by itself: a key before a launch, a launch before the page's session. */
async function viewerIn(request: FastifyRequest, gate: Gate | null, lti: LtiDoor | null, how: How): Promise<Viewer | null> {
  const { authorization } = request.headers;
  if (gate && authorization !== undefined) {
    const [, text] = /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(authorization) ?? [];
    return text === undefined ? null : asked(() => gate.access.byBearer(text));
  }
  const { launched, page } = sessionsIn(request, gate, lti);
  if (launched === null && page === null) return null;
  if (!READING.has(request.method) && !LTI_PATHS.includes(request.routeOptions.url ?? '')) mustComeFromThePage(request);
  const launch = lti && launched !== null ? await lti.sessions[how](launched, lti.now_ms()) : null;
  if (launch !== null || gate === null || page === null) return launch;
  return gate.sessions[how](page, gate.now_ms());
}

async function asked(act: () => Promise<Viewer | null>): Promise<Viewer | null> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TokenRefused) throw unknown(error.message);
    if (error instanceof KeysUnreadable)
      throw new Problem(503, error.message, { type: 'no-keys', headers: { 'retry-after': '30' } });
    throw error;
  }
}

/** A browser sends the cookie along whoever asks; Origin and Sec-Fetch-Site tell who, and neither can be forged by a page. */
function mustComeFromThePage({ headers }: FastifyRequest): void {
  if (headers['sec-fetch-site'] === 'same-origin' || headers.origin !== undefined) return;
  throw new Problem(403, 'A change needs the header Origin of the page, or a key instead of a session.', { type: 'no-origin' });
}

function unknown(why?: string): Problem {
  return new Problem(401, why ?? 'Sign in on the page, or send a key: Authorization: Bearer hf_…', {
    type: 'who-are-you',
    headers: { 'www-authenticate': `Bearer realm="holdfast"${why === undefined ? '' : ', error="invalid_token"'}` },
  });
}

export function noSession(): Problem {
  return new Problem(401, 'Your session is over or has not begun: open Holdfast from Moodle.', { type: 'no-session' });
}

function forbidden(scope: string | null): Problem {
  const detail = scope === null ? 'Nobody may ask for this.' : `Your key does not have the scope ${scope}.`;
  return new Problem(403, detail, { type: 'not-allowed' });
}

function partOnly(): Problem {
  return new Problem(403, 'This is about the whole site, and you see a part of it.', { type: 'part-of-the-site' });
}
