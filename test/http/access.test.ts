/** Who is let in to what, over every route of the service. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { OPEN_VIEWER, SCOPES, type Scope, type Viewer } from '../../src/access/viewer.js';
import { Access, guardAccess } from '../../src/http/access.js';
import { createHttp } from '../../src/http/create-http.js';
import { needOf } from '../../src/http/route-scopes.js';
import { IDLE_MS_MAX, SESSION_MS_MAX, Sessions } from '../../src/http/sessions.js';
import { stillMay } from '../../src/http/viewer.js';
import { Documented, filled } from './documented.js';
import { fakeParts } from './fakes.js';
import { Service } from './service.js';

const OPEN_DATA = ['GET /api/v1/session', 'POST /api/v1/session', 'DELETE /api/v1/session'];

class FakeAccess extends Access {
  known = new Map<string, Viewer>();
  override async byBearer(text: string): Promise<Viewer | null> {
    return this.known.get(text) ?? null;
  }
}

const access = new FakeAccess();
let now_ms: number;
let service: Service;

beforeAll(async () => {
  const parts = fakeParts({});
  const gate = { access, sessions: new Sessions(), accounts: false, secure: true, now_ms: () => now_ms };
  service = new Service(await createHttp({ ...parts, gate }), parts);
  service.http.ready();
});
afterAll(() => service.close());
beforeEach(() => {
  now_ms = 1_000_000;
  access.known.clear();
});

const viewer = (more: Partial<Viewer>): Viewer => ({ ...OPEN_VIEWER, name: 'Ann', kind: 'key', ...more });
const may = (key: string, ...scopes: Scope[]) => access.known.set(key, viewer({ scopes: new Set(scopes) }));
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Every route that gives or takes data, with something in place of its parameters. */
const routes = () =>
  service.http.routes
    .all()
    .filter(({ method, url }) => method !== 'HEAD' && (url.startsWith('/api/') || url === '/metrics' || method !== 'GET'))
    .map(({ method, url }) => ({ key: `${method} ${url}`, method, url: url.replace(/:\w+/g, '2'), pattern: url }));

async function statuses(headers: Record<string, string>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { key, method, url } of routes()) {
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    found.set(key, (await service.ask(method, url, { headers, body })).status);
  }
  return found;
}

describe('a service with keys', () => {
  it('says of every route what it takes, and refuses what nobody thought of', () => {
    expect(routes().length).toBeGreaterThan(30);
    for (const { method, pattern, key } of routes()) expect([key, needOf(method, pattern)]).toEqual([key, expect.anything()]);
    expect(needOf('GET', '/api/v1/forgotten')).toBeNull();
    expect(needOf('POST', '/forgotten')).toBeNull();
  });

  it('gives nothing to nobody but the page, how it is, and the way in', async () => {
    const nobodies: Record<string, string>[] = [
      {},
      bearer('none'),
      { authorization: 'Basic YTpi' },
      { cookie: '__Host-holdfast_session=guess' },
    ];
    for (const headers of nobodies)
      for (const [key, status] of await statuses(headers)) {
        // A change by a cookie without Origin is refused before it is asked whose it is.
        if (!OPEN_DATA.includes(key)) expect([key, [401, 403].includes(status)]).toEqual([key, true]);
      }
    for (const url of ['/', '/healthz', '/readyz', '/app.js', '/docs', '/openapi.json'])
      expect([url, (await service.get(url)).status]).toEqual([url, 200]);
    const refused = await service.get('/api/v1/summary');
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer realm="holdfast"']);
    expect(refused.json).toMatchObject({ status: 401, detail: expect.stringMatching(/Authorization: Bearer/) });
  });

  it('tells programs in its OpenAPI document which routes take a key, with what scope, and how a wrong one is refused', async () => {
    const { json } = await service.get('/openapi.json');
    expect(json.components.securitySchemes.key).toMatchObject({ type: 'http', scheme: 'bearer' });
    const documented = new Documented(json);
    for (const { key, method, path, operation } of documented.operations()) {
      const { scope } = needOf(method, path.replace(/\{(\w+)\}/g, ':$1'))!;
      expect([key, operation.security]).toEqual([key, scope === null ? undefined : [{ key: [scope] }]]);
      if (scope === null) continue;
      const refused = await service.ask(method, filled(path, {}), { headers: bearer('none') });
      expect([key, refused.status]).toEqual([key, 401]);
      documented.expectDocumented(operation, refused, key);
    }
  });

  it.each(SCOPES)('gives to the scope %s what takes it, and nothing else', async (scope) => {
    may('key', scope);
    for (const [key, status] of await statuses(bearer('key'))) {
      const { method, pattern } = routes().find((one) => one.key === key)!;
      const allowed = OPEN_DATA.includes(key) || needOf(method, pattern)!.scope === scope;
      if (allowed && !OPEN_DATA.includes(key)) expect([key, status === 401 || status === 403]).toEqual([key, false]);
      if (!allowed) expect([key, status]).toEqual([key, 403]);
    }
  });

  it('does not tell who may change alerts and not read them whose alert it was that changed meanwhile', async () => {
    may('key', 'alerts:write');
    const change = { headers: { ...bearer('key'), 'if-match': '"99"' }, body: { note: 'rang' } };
    const { status, json, text } = await service.ask('PATCH', '/api/v1/alerts/0000000000000011', change);
    expect([status, json.alert, /user_id|Okafor/.test(text)]).toEqual([412, undefined, false]);
  });

  it('keeps what is about the whole site from who sees a part of it', async () => {
    access.known.set('key', viewer({ kind: 'staff', course_ids: new Set([2]) }));
    for (const url of ['/api/v1/live', '/api/v1/models/retrain'])
      expect((await service.get(url, bearer('key'))).json).toMatchObject({
        status: 403,
        type: expect.stringMatching(/part-of-the-site/),
      });
  });
});

describe('who is refused', () => {
  const PER_MINUTE = 6;
  let limited: Service;
  beforeAll(async () => {
    const parts = fakeParts({ requests_per_minute: PER_MINUTE });
    const gate = { access, sessions: new Sessions(), accounts: false, secure: true, now_ms: () => now_ms };
    limited = new Service(await createHttp({ ...parts, gate }), parts);
    limited.http.ready();
  });
  afterAll(() => limited.close());

  it.each([
    ['with wrong keys', '203.0.113.1', '/api/v1/summary', 'localhost:80', 401],
    ['for what is not there', '203.0.113.2', '/nope', 'localhost:80', 404],
    ['under a strange name', '203.0.113.3', '/', 'evil.example', 403],
  ])('and tries %s without end is not listened to any more', async (_, remoteAddress, url, host, refused) => {
    const instance = limited.http.app.getHttpAdapter().getInstance();
    const statuses = [];
    for (let i = 0; i <= PER_MINUTE; i++) {
      const headers = { host, authorization: `Bearer hf_0000000${i}` };
      statuses.push((await instance.inject({ method: 'GET', url, remoteAddress, headers })).statusCode);
    }
    expect(statuses).toEqual([...Array(PER_MINUTE).fill(refused), 429]);
  });

  it('gets the headers that keep browsers from making something of the answer', async () => {
    const asked = [
      await service.get('/api/v1/summary'),
      await service.get('/nope'),
      await service.get('/%zz'),
      await service.get('/', { host: 'evil.example' }),
      await service.ask('DELETE', '/healthz'),
    ];
    expect(asked.map(({ status }) => status)).toEqual([401, 404, 400, 403, 405]);
    for (const { headers } of asked)
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
      });
  });
});

describe('a session of the page', () => {
  const signIn = (key: string) => service.ask('POST', '/api/v1/session', { body: { key } });
  const cookieOf = (answer: { headers: Record<string, string | undefined> }) => answer.headers['set-cookie']!.split(';')[0]!;

  it('is opened with a key, by a cookie that scripts, other sites and plain HTTP do not get', async () => {
    may('key', 'risk:read');
    const answer = await signIn('key');
    const whole = {
      signed_in: true,
      access: 'keys',
      name: 'Ann',
      kind: 'key',
      scopes: ['risk:read'],
      whole_site: true,
      accounts: false,
    };
    expect(answer.json).toEqual(whole);
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-holdfast_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = cookieOf(answer);
    expect((await service.get('/api/v1/summary', { cookie })).status).toBe(200);
    expect((await service.get('/api/v1/session', { cookie })).json.name).toBe('Ann');
    expect((await signIn('other')).status).toBe(401);
  });

  it('changes nothing for a page of another site', async () => {
    may('key', 'risk:read', 'alerts:write');
    const cookie = cookieOf(await signIn('key'));
    const change = (headers: Record<string, string>) =>
      service.ask('PATCH', '/api/v1/alerts/0000000000000011', {
        headers: { cookie, 'if-match': '*', ...headers },
        body: { note: 'rang' },
      });
    expect((await change({})).json.type).toMatch(/no-origin/);
    expect((await change({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('ends by signing out, after an hour of nothing, after half a day, and with its key', async () => {
    may('key', 'risk:read');
    const status = async (cookie: string) => (await service.get('/api/v1/summary', { cookie })).status;
    const out = cookieOf(await signIn('key'));
    const headers = { cookie: out, 'sec-fetch-site': 'same-origin' };
    expect((await service.ask('DELETE', '/api/v1/session', { headers })).headers['set-cookie']).toMatch(/Max-Age=0/);
    expect(await status(out)).toBe(401);

    const idle = cookieOf(await signIn('key'));
    now_ms += IDLE_MS_MAX - 1;
    expect(await status(idle)).toBe(200);
    now_ms += IDLE_MS_MAX;
    expect(await status(idle)).toBe(401);

    const long = cookieOf(await signIn('key'));
    const until = now_ms + SESSION_MS_MAX;
    for (; now_ms < until; now_ms += IDLE_MS_MAX / 2) expect(await status(long)).toBe(200);
    expect(await status(long)).toBe(401);

    const revoked = cookieOf(await signIn('key'));
    access.known.clear();
    expect(await status(revoked)).toBe(401);
  });

  it('is looked up again while an answer goes on, and a stream that lies open keeps it alive no longer', async () => {
    may('key', 'risk:read');
    const sessions = new Sessions();
    const instance = fastify();
    guardAccess(instance, { access, sessions, accounts: false, secure: true, now_ms: () => now_ms }, null);
    let meanwhile = () => undefined as unknown;
    instance.get('/api/v1/summary', async (request) => {
      const before = await stillMay(request);
      meanwhile();
      return [before, await stillMay(request)];
    });
    const ask = async (headers: Record<string, string>, then: () => unknown) => {
      meanwhile = then;
      return (await instance.inject({ url: '/api/v1/summary', headers })).json();
    };
    const open = () => sessions.open(viewer({}), now_ms, () => access.byBearer('key'));
    const id = open();
    const cookie = { cookie: `__Host-holdfast_session=${id}` };
    expect(await ask(cookie, () => undefined)).toEqual([true, true]);
    expect(await ask(cookie, () => (now_ms += IDLE_MS_MAX))).toEqual([true, false]);
    const other = open();
    expect(await ask({ cookie: `__Host-holdfast_session=${other}` }, () => sessions.close(other))).toEqual([true, false]);
    expect(await ask(bearer('key'), () => access.known.clear())).toEqual([true, false]);
    await instance.close();
  });

  it('writes what was done under the name of who did it', async () => {
    may('key', 'risk:read', 'alerts:write');
    const path = '/api/v1/alerts/0000000000000011';
    await service.ask('PATCH', path, { headers: { ...bearer('key'), 'if-match': '*' }, body: { note: 'rang again' } });
    expect(service.parts.pipeline.asked.at(-1)).toMatchObject({ actor: 'Ann' });
  });
});
