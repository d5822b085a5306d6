/** The two addresses that a learning platform sends browsers to, and the sessions that come of it. They answer browsers, not programs. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Lti, Parameters } from '../access/lti.js';
import { type Launch, LtiRefused } from '../access/lti-claims.js';
import type { Viewer } from '../access/viewer.js';
import { cookieOf, framedCookie, LAUNCH_COOKIE, SESSION_COOKIE } from './cookies.js';
import { Problem } from './problem.js';
import type { Sessions } from './sessions.js';

export const LTI_PATHS = ['/lti/login', '/lti/launch'];
/** A token with all claims that Moodle can be set to send is a few KiB. */
const FORM_BYTES_MAX = 65_536;
const LAUNCH_S = 600;

export interface LtiDoor {
  lti: Lti;
  sessions: Sessions;
  /** What looks again whether they still are what they were launched as; it gives null once they are not. */
  renewal: (launch: Launch) => Promise<() => Promise<Viewer | null>>;
  now_ms: () => number;
}

export async function serveLti(instance: FastifyInstance, door: LtiDoor): Promise<void> {
  // A plugin of its own: forms are read on these addresses and nowhere else.
  await instance.register(async (inner) => {
    const options = { parseAs: 'string' as const, bodyLimit: FORM_BYTES_MAX };
    inner.addContentTypeParser('application/x-www-form-urlencoded', options, (_request, body, done) =>
      done(null, formOf(String(body))),
    );
    const login = (request: FastifyRequest, reply: FastifyReply) => begin(door, request, reply);
    inner.get('/lti/login', login);
    inner.post('/lti/login', login);
    inner.post('/lti/launch', (request, reply) => launch(door, request, reply));
  });
}

async function begin({ lti, now_ms }: LtiDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const given = (request.method === 'POST' ? request.body : request.query) as Parameters | null;
  const { location, cookie } = await refusing(() => lti.begin(given ?? {}, cookieOf(request, LAUNCH_COOKIE), now_ms()));
  return reply.header('set-cookie', framedCookie(LAUNCH_COOKIE, cookie, LAUNCH_S)).redirect(location, 302);
}

async function launch(door: LtiDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { lti, sessions, now_ms } = door;
  const given = (request.body ?? {}) as Parameters;
  const launched = await refusing(() => lti.finish(given, cookieOf(request, LAUNCH_COOKIE), now_ms()));
  const { viewer, course_id } = launched;
  const before = cookieOf(request, SESSION_COOKIE);
  if (before !== null) sessions.close(before);
  const id = sessions.open(viewer, now_ms(), await door.renewal(launched));
  reply.header('set-cookie', framedCookie(SESSION_COOKIE, id, null));
  return reply.redirect(viewer.kind === 'student' ? '/me' : `/courses/${course_id}`, 303);
}

async function refusing<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof LtiRefused) throw new Problem(403, error.message, { type: 'launch-refused' });
    throw error;
  }
}

/** A field that comes twice is a list, which nobody downstream takes. */
function formOf(body: string): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = Object.create(null);
  const fields = new URLSearchParams(body);
  for (const name of new Set(fields.keys())) {
    const values = fields.getAll(name);
    form[name] = values.length === 1 ? values[0]! : values;
  }
  return form;
}
