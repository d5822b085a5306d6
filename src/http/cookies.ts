/**
 * Cookies of pages that stand in a frame of another site. `SameSite=None` lets them travel there, which is why the host guard, and not
 * the cookie, keeps other sites' requests out. `Partitioned` gives each site around the frame its own, which browsers that
 * block cookies of third parties let pass.
 */
import type { FastifyRequest } from 'fastify';

export const SESSION_COOKIE = '__Host-holdfast-session';
/** Of who signed in on the page itself, which stands in no frame; under the name that `secured` gives it. */
export const PAGE_COOKIE = 'holdfast_session';
/** Of who is on the way to the identity provider and back; likewise. */
export const SIGN_IN_COOKIE = 'holdfast_sign_in';
export const LAUNCH_COOKIE = '__Host-holdfast-launch';
const FRAMED = 'Path=/; Secure; HttpOnly; SameSite=None; Partitioned';

/** Over TLS a cookie has a name that browsers let nobody set from another name of the domain, nor without TLS. Without, they would not keep it. */
export const secured = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

/** Null where it is not sent. A name that comes twice counts as not sent: nobody knows which one is ours. */
export function cookieOf(request: FastifyRequest, name: string): string | null {
  const found = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]!.slice(name.length + 1) : null;
}

/** null ends the session. */
export function pageCookie(id: string | null, secure: boolean): string {
  const parts = [`${secured(PAGE_COOKIE, secure)}=${id ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  if (secure) parts.push('Secure');
  if (id === null) parts.push('Max-Age=0');
  return parts.join('; ');
}

/** Lax: it has to come along when the identity provider sends the browser back. null ends it. */
export function attemptCookie(value: string | null, secure: boolean, max_age_s: number): string {
  const parts = [
    `${secured(SIGN_IN_COOKIE, secure)}=${value ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    `Max-Age=${value === null ? 0 : max_age_s}`,
  ];
  if (secure) parts.push('Secure');
  return parts.join('; ');
}

/** `max_age_s` null = until the browser is closed. */
export function framedCookie(name: string, value: string, max_age_s: number | null): string {
  return `${name}=${value}; ${FRAMED}${max_age_s === null ? '' : `; Max-Age=${max_age_s}`}`;
}
