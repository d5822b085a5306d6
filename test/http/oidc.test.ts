/** Sign-in by OpenID Connect, with a real provider in this process. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AccountSettings, parseAccounts } from '../../src/access/accounts.js';
import { Oidc } from '../../src/access/oidc.js';
import type { Person } from '../../src/access/tokens.js';
import { OPEN_VIEWER, type Viewer } from '../../src/access/viewer.js';
import { Access } from '../../src/http/access.js';
import { createHttp } from '../../src/http/create-http.js';
import { SESSION_MS_MAX, Sessions } from '../../src/http/sessions.js';
import { fakeParts } from './fakes.js';
import { CLIENT, IdentityProvider, signInAt } from './provider.js';
import { type Answer, Service } from './service.js';

const ADDRESS = 'https://holdfast.example.org';
const CALLBACK = `${ADDRESS}/auth/callback`;
const CLAIMS = {
  ann: { preferred_username: 'alee' },
  bob: { preferred_username: 'bob', holdfast_user: 6 },
  eve: { preferred_username: 'eve' },
  proto: { preferred_username: '__proto__' },
};

class NoKeys extends Access {
  override async byBearer(): Promise<Viewer | null> {
    return null;
  }
}

let provider: IdentityProvider;
let service: Service;
let now_ms: number;
let gone: Set<string>;
let warned: number;

async function served(issuer: string): Promise<Service> {
  const parts = fakeParts({ allowed_hosts: ['holdfast.example.org'] });
  const people = { alee: { user: 5 } };
  const settings: AccountSettings = parseAccounts(JSON.stringify({ address: ADDRESS, issuer, ...CLIENT, people }));
  const gate = { access: new NoKeys(), sessions: new Sessions(), accounts: true, secure: true, now_ms: () => now_ms };
  const viewer = async ({ name, scopes, user_id }: Person): Promise<Viewer> => ({
    ...OPEN_VIEWER,
    name,
    kind: 'staff',
    scopes: new Set(gone.has(name) ? [] : scopes),
    user_id,
    course_ids: new Set([user_id!]),
  });
  const accounts = { oidc: new Oidc(settings), viewer, warn: () => warned++ };
  const made = new Service(await createHttp({ ...parts, gate, accounts }), parts);
  made.http.ready();
  return made;
}

beforeAll(async () => {
  // The provider warns that it is made for a test, which it is.
  for (const level of ['warn', 'info'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  provider = await IdentityProvider.start(CALLBACK, CLAIMS);
  service = await served(provider.issuer);
});
afterAll(async () => {
  await service.close();
  provider.close();
});
beforeEach(() => {
  now_ms = Date.now();
  gone = new Set();
  warned = 0;
});

const cookiesOf = (answer: Answer): string[] => [answer.headers['set-cookie'] ?? []].flat();
const pairOf = (cookie: string): string => cookie.split(';')[0]!;

async function begun(to = '/'): Promise<{ location: string; cookie: string }> {
  const answer = await service.get(`/auth/login?to=${encodeURIComponent(to)}`);
  expect(answer.status).toBe(302);
  return { location: answer.headers.location!, cookie: cookiesOf(answer)[0]! };
}

/** The callback's path and query, as the provider sent the browser back. */
async function backFrom(location: string, login: string): Promise<string> {
  return (await signInAt(location, login, CALLBACK)).slice(ADDRESS.length);
}

async function signedIn(login: string, to = '/') {
  const { location, cookie } = await begun(to);
  const back = await backFrom(location, login);
  return { back, cookie: pairOf(cookie), answer: await service.get(back, { cookie: pairOf(cookie) }) };
}

describe('a sign-in with the account of the university', () => {
  it('opens a session as the person of Moodle that the file names, and leads where they wanted to go', async () => {
    const { answer } = await signedIn('ann', '/students/5?course=2');
    expect([answer.status, answer.headers.location]).toEqual([303, '/students/5?course=2']);
    const [session, ended] = cookiesOf(answer);
    expect(session).toMatch(/^__Host-holdfast_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect(ended).toMatch(/^__Host-holdfast_sign_in=; .*Max-Age=0/);
    const told = await service.get('/api/v1/session', { cookie: pairOf(session!) });
    expect(told.json).toEqual({
      signed_in: true,
      access: 'keys',
      name: 'alee',
      kind: 'staff',
      scopes: ['alerts:write', 'risk:read'],
      whole_site: false,
      accounts: true,
    });
  });

  it("takes Moodle's id from the provider where it knows it", async () => {
    const { answer } = await signedIn('bob');
    const told = await service.get('/api/v1/session', { cookie: pairOf(cookiesOf(answer)[0]!) });
    expect(told.json).toMatchObject({ name: 'bob', signed_in: true });
  });

  it.each(['eve', 'proto'])('lets %s not in, whom nobody named, and says so on the page', async (login) => {
    const { answer } = await signedIn(login);
    expect([answer.status, answer.headers.location]).toEqual([303, '/?refused=not-let-in']);
    expect(cookiesOf(answer)).toEqual([]);
  });

  it('leads nowhere else than here', async () => {
    for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', 'x', '/a\n']) {
      const { answer } = await signedIn('ann', to);
      expect(answer.headers.location).toBe('/');
    }
  });

  it('looks at each request what the person may still do', async () => {
    const cookie = pairOf(cookiesOf((await signedIn('ann')).answer)[0]!);
    expect((await service.get('/api/v1/models', { cookie })).status).toBe(200);
    gone.add('alee');
    expect((await service.get('/api/v1/models', { cookie })).status).toBe(403);
    now_ms += SESSION_MS_MAX;
    expect((await service.get('/api/v1/models', { cookie })).status).toBe(401);
  });
});

describe('an answer that is not to this browser, or comes again', () => {
  const REFUSED = [303, '/?refused=stale'];
  const told = ({ status, headers }: Answer) => [status, headers.location];

  it('opens nothing without the cookie, with a made-up one, or with that of another sign-in', async () => {
    const { location, cookie } = await begun();
    const back = await backFrom(location, 'ann');
    const other = (await begun()).cookie;
    for (const given of ['', '__Host-holdfast_sign_in=e30.e30.x', pairOf(other)]) {
      const answer = await service.get(back, { cookie: given });
      expect(answer.headers.location).toMatch(/^\/\?refused=(stale|provider)$/);
      expect(cookiesOf(answer)).toEqual([]);
    }
    expect(told(await service.get(back, { cookie: pairOf(cookie) }))).toEqual([303, '/']);
  });

  it('opens nothing a second time', async () => {
    const { back, cookie } = await signedIn('ann');
    expect(told(await service.get(back, { cookie }))).toEqual(REFUSED);
  });

  it('opens nothing after ten minutes', async () => {
    const { location, cookie } = await begun();
    const back = await backFrom(location, 'ann');
    now_ms += 600_001;
    expect(told(await service.get(back, { cookie: pairOf(cookie) }))).toEqual(REFUSED);
  });

  it('says on the page that it was broken off', async () => {
    const { location, cookie } = await begun();
    const state = new URL(location).searchParams.get('state');
    const query = new URLSearchParams({ error: 'access_denied', state: state!, iss: provider.issuer });
    expect(told(await service.get(`/auth/callback?${query}`, { cookie: pairOf(cookie) }))).toEqual([303, '/?refused=broken-off']);
  });
});

describe('a provider that does not answer', () => {
  it('is said on the page and to the operator, and is asked again for the next person', async () => {
    const away = await served('http://127.0.0.1:9');
    try {
      for (let i = 1; i <= 2; i++) {
        const answer = await away.get('/auth/login');
        expect([answer.status, answer.headers.location]).toEqual([303, '/?refused=provider']);
        expect(warned).toBe(i);
      }
    } finally {
      await away.close();
    }
  });
});
