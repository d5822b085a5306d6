/** The two addresses of a sign-in with an account of the identity provider. They answer browsers, not programs. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ATTEMPT_S, CALLBACK_PATH, type Oidc, SignInRefused } from '../access/oidc.js';
import type { Person } from '../access/tokens.js';
import type { Viewer } from '../access/viewer.js';
import type { Gate } from './access.js';
import { attemptCookie, cookieOf, pageCookie, SIGN_IN_COOKIE, secured } from './cookies.js';
import type { LtiDoor } from './lti-routes.js';
import { endSessions } from './session-cookies.js';

export const SIGN_IN_PATH = '/auth/login';

export interface AccountDoor {
  oidc: Oidc;
  /** With what they see now. */
  viewer: (person: Person) => Promise<Viewer>;
  /** Of what the operator has to mend. */
  warn: (cause: unknown) => void;
}

export function serveAccounts(instance: FastifyInstance, gate: Gate, lti: LtiDoor | null, door: AccountDoor): void {
  const { oidc, viewer, warn } = door;
  instance.get(SIGN_IN_PATH, (request, reply) =>
    refusing(reply, warn, async () => {
      const { location, cookie } = await oidc.begin(pathWanted(request), gate.now_ms());
      return reply.header('set-cookie', attemptCookie(cookie, gate.secure, ATTEMPT_S)).redirect(location, 302);
    }),
  );

  instance.get(CALLBACK_PATH, (request, reply) =>
    refusing(reply, warn, async () => {
      const { person, to } = await oidc.finish(
        searchOf(request),
        cookieOf(request, secured(SIGN_IN_COOKIE, gate.secure)),
        gate.now_ms(),
      );
      const renew = () => viewer(person);
      const found = await renew();
      endSessions(request, reply, gate, lti);
      const id = gate.sessions.open(found, gate.now_ms(), renew);
      // Used once: it opens nothing on the way back.
      reply.header('set-cookie', [pageCookie(id, gate.secure), attemptCookie(null, gate.secure, 0)]);
      return reply.redirect(to, 303);
    }),
  );
}

/** A path of this service: what leads elsewhere is left out, `//elsewhere` and `/\elsewhere` too. */
function pathWanted({ query }: FastifyRequest): string {
  const { to } = (query ?? {}) as Record<string, unknown>;
  return typeof to === 'string' && /^\/(?![/\\])[\w\-./?=&%]{0,500}$/.test(to) ? to : '/';
}

function searchOf({ url }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

/** Who comes here looks at a page, and is told there. The operator's log has the cause where it is theirs to mend. */
async function refusing(reply: FastifyReply, warn: AccountDoor['warn'], act: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error;
    if (error.refusal === 'provider') warn(error.cause);
    return reply.redirect(`/?refused=${error.refusal}`, 303);
  }
}
