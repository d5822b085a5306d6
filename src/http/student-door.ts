/** What a student's session may ask for: their own view and the files of the page. Everything else is refused unless it is named here. */

import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { viewerOf } from './viewer.js';

const ALLOWED: ReadonlySet<string> = new Set([
  'GET /me',
  'GET /api/v1/me',
  'POST /api/v1/me/statements',
  'POST /api/v1/me/opt-out',
  'GET /lti/login',
  'POST /lti/login',
  'POST /lti/launch',
  'GET /healthz',
  'GET /api/v1/session',
  'DELETE /api/v1/session',
  // Whose notices it ends stands in the signed link: a tutor may be a student elsewhere, in the same browser.
  'GET /unsubscribe',
  'POST /unsubscribe',
]);
/** `/app.js`, `/vendor/preact.js`: the page's own files, the same for everybody. */
const FILE = /^\/(vendor\/)?[a-z-]+(\.[a-z]{2})?\.(js|css|svg)$/;

/** By the route that answers, not by the address as written. Null where it may be asked. */
export function studentProblem(request: FastifyRequest): Problem | null {
  if (viewerOf(request).kind !== 'student') return null;
  const url = request.routeOptions.url ?? '';
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (ALLOWED.has(`${method} ${url}`) || (method === 'GET' && FILE.test(url))) return null;
  return new Problem(403, 'This is not open to students: your own page is at /me.', { type: 'not-yours' });
}
