/** The sessions that a browser brings: of a launch, and of the page. It may have both; whatever opens or ends one ends those before. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieOf, framedCookie, PAGE_COOKIE, pageCookie, SESSION_COOKIE, secured } from './cookies.js';
import type { Sessions } from './sessions.js';

type Launches = { sessions: Sessions } | null;
type Pages = { sessions: Sessions; secure: boolean } | null;

/** Their cookies' values; null = not sent, or nobody here knows such sessions. */
export function sessionsIn(request: FastifyRequest, gate: Pages, lti: Launches) {
  return {
    launched: lti && cookieOf(request, SESSION_COOKIE),
    page: gate && cookieOf(request, secured(PAGE_COOKIE, gate.secure)),
  };
}

/** Ends them, and has the browser forget them. */
export function endSessions(request: FastifyRequest, reply: FastifyReply, gate: Pages, lti: Launches): void {
  const { launched, page } = sessionsIn(request, gate, lti);
  if (lti && launched !== null) {
    lti.sessions.close(launched);
    reply.header('set-cookie', framedCookie(SESSION_COOKIE, '', 0));
  }
  if (gate && page !== null) {
    gate.sessions.close(page);
    reply.header('set-cookie', pageCookie(null, gate.secure));
  }
}
