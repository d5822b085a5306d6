/** Who asks is found out before a route runs: by a key in the header, or by the page's session. Nothing is answered to anybody else. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { seesEverything, type Viewer } from '../access/viewer.js';
import { Problem } from './problem.js';
import { needOf } from './route-scopes.js';
import { SESSION_COOKIE, Sessions } from './sessions.js';
import { setViewer } from './viewer.js';

/** Knows the keys that were given out; the wiring fills it. */
export abstract class Access {
  /** Whom the key belongs to, with what they see now; null where it is none, or no longer. */
  abstract byKey(text: string): Promise<Viewer | null>;
}

export interface Gate {
  access: Access;
  sessions: Sessions;
  /** Cookies are sent over TLS only. */
  secure: boolean;
  now_ms: () => number;
}

const READING = new Set(['GET', 'HEAD']);

export function guardAccess(instance: FastifyInstance, gate: Gate): void {
  instance.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    if (url === undefined) return;
    const viewer = await viewerOfRequest(request, gate);
    if (viewer) setViewer(request, viewer);
    const need = needOf(request.method, url);
    if (need?.scope === null) return;
    if (viewer === null) throw unknown();
    if (need === null || !viewer.scopes.has(need.scope)) throw forbidden(need?.scope ?? null);
    if (need.whole_site && !seesEverything(viewer)) throw partOnly();
  });
}

async function viewerOfRequest(request: FastifyRequest, { access, sessions, now_ms }: Gate): Promise<Viewer | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, text] = /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(authorization) ?? [];
    return text === undefined ? null : access.byKey(text);
  }
  const id = cookieOf(request);
  if (id === null) return null;
  if (!READING.has(request.method)) mustComeFromThePage(request);
  return sessions.find(id, now_ms());
}

/** A browser sends the cookie along whoever asks; Origin and Sec-Fetch-Site tell who, and neither can be forged by a page. */
function mustComeFromThePage({ headers }: FastifyRequest): void {
  if (headers['sec-fetch-site'] === 'same-origin' || headers.origin !== undefined) return;
  throw new Problem(403, 'A change needs the header Origin of the page, or a key instead of a session.', { type: 'no-origin' });
}

export function cookieOf({ headers }: FastifyRequest): string | null {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === SESSION_COOKIE)?.[1] ?? null;
}

export function cookieText(id: string | null, secure: boolean): string {
  const parts = [`${SESSION_COOKIE}=${id ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  if (secure) parts.push('Secure');
  if (id === null) parts.push('Max-Age=0');
  return parts.join('; ');
}

function unknown(): Problem {
  return new Problem(401, 'Sign in on the page, or send a key: Authorization: Bearer hf_…', {
    type: 'who-are-you',
    headers: { 'www-authenticate': 'Bearer realm="holdfast"' },
  });
}

function forbidden(scope: string | null): Problem {
  const detail = scope === null ? 'Nobody may ask for this.' : `Your key does not have the scope ${scope}.`;
  return new Problem(403, detail, { type: 'not-allowed' });
}

function partOnly(): Problem {
  return new Problem(403, 'This is about the whole site, and you see a part of it.', { type: 'part-of-the-site' });
}
