/** Launches from Moodle: who gets in, as what, and that nobody gets in twice or with somebody else's token. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { OPEN_VIEWER, type Viewer } from '../../src/access/viewer.js';
import { Access } from '../../src/http/access.js';
import { Sessions } from '../../src/http/sessions.js';
import { NOW_MS } from './fakes.js';
import { cookieOf, Launcher } from './launcher.js';
import { ADDRESS, claim, HOST, ISSUER, MEMBERSHIP } from './platform.js';
import type { Answer } from './service.js';

const STUDENT: JWTPayload = { sub: '11', name: 'Amara Okafor', [claim('roles')]: [`${MEMBERSHIP}#Learner`] };

let launcher: Launcher;
beforeAll(async () => {
  launcher = await Launcher.start();
});
afterAll(() => launcher.close());
beforeEach(() => {
  launcher.now_ms = NOW_MS;
});

describe('a launch', () => {
  it('sends the browser to the platform with a state, a nonce, and a cookie that a frame may keep', async () => {
    const { answer, location, state, nonce } = await launcher.login();
    expect(answer.status).toBe(302);
    expect(`${location.origin}${location.pathname}`).toBe(`${ISSUER}/mod/lti/auth.php`);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: 'AbC',
      redirect_uri: 'https://holdfast.example.org/lti/launch',
      login_hint: '501',
      lti_message_hint: '{"cmid":9}',
    });
    expect(state.length).toBeGreaterThan(40);
    expect(nonce.length).toBeGreaterThan(20);
    for (const word of ['Secure', 'HttpOnly', 'SameSite=None', 'Partitioned'])
      expect(String(answer.headers['set-cookie'])).toContain(word);
  });

  it('may also begin by an address, as the standard has it', async () => {
    const answer = await launcher.ask('GET', `/lti/login?iss=${encodeURIComponent(ISSUER)}&login_hint=501`, null);
    expect(answer.status).toBe(302);
  });

  it('opens the course for its teacher, and the page may stand in a frame of that Moodle alone', async () => {
    const answer = await launcher.launch();
    expect([answer.status, answer.headers.location]).toEqual([303, '/courses/2']);
    const page = await launcher.ask('GET', '/courses/2', cookieOf(answer));
    expect(page.headers['content-security-policy']).toContain(`frame-ancestors ${ISSUER};`);
    expect(page.headers['x-frame-options']).toBeUndefined();
    expect((await launcher.ask('GET', '/api/v1/summary', cookieOf(answer))).status).toBe(200);
  });

  it('reads the keys of the platform once, not for every launch', async () => {
    await launcher.launch();
    const before = launcher.platform.asked;
    await launcher.launch();
    expect(launcher.platform.asked).toBe(before);
  });

  it.each([
    'membership#Instructor',
    'membership/Instructor#TeachingAssistant',
    'membership#ContentDeveloper',
    'membership#Administrator',
    'system/person#Administrator',
  ])('makes %s staff', async (role) => {
    const roles = [`http://purl.imsglobal.org/vocab/lis/v2/${role}`];
    expect((await launcher.launch({ [claim('roles')]: roles })).headers.location).toBe('/courses/2');
  });

  it('makes a professor who learns in this course a student of it', async () => {
    const roles = ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor', `${MEMBERSHIP}#Learner`];
    expect((await launcher.launch({ [claim('roles')]: roles })).headers.location).toBe('/me');
  });
});

describe('a launch is refused', () => {
  const refused: [string, JWTPayload][] = [
    ['from another issuer', { iss: 'https://evil.example' }],
    ['made for another tool', { aud: 'other' }],
    ['made for several tools, by another', { aud: ['AbC', 'other'], azp: 'other' }],
    ['made for several tools, by nobody', { aud: ['AbC', 'other'] }],
    ['that is over', { iat: NOW_MS / 1000 - 300, exp: NOW_MS / 1000 - 120 }],
    ['that never ends and is old', { iat: NOW_MS / 1000 - 3_600, exp: NOW_MS / 1000 + 86_400 }],
    ['of tomorrow', { iat: NOW_MS / 1000 + 86_400, exp: NOW_MS / 1000 + 90_000 }],
    ['without an end', { exp: undefined }],
    ['without a nonce', { nonce: undefined }],
    ['with another nonce', { nonce: 'made-up' }],
    ['of another deployment', { [claim('deployment_id')]: '2' }],
    ['without a deployment', { [claim('deployment_id')]: undefined }],
    ['of another message', { [claim('message_type')]: 'LtiDeepLinkingRequest' }],
    ['of another version', { [claim('version')]: '1.1' }],
    ['without a user', { sub: undefined }],
    ['of a user that is no number', { sub: '5 or 1' }],
    ['without a course', { [claim('context')]: undefined }],
    ['of nobody in particular', { [claim('roles')]: [] }],
  ];
  it.each(refused)('%s', async (_, claims) => {
    const answer = await launcher.launch(claims);
    expect(answer.status).toBe(403);
    expect(answer.json.type).toBe('urn:holdfast:problem:launch-refused');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.text).not.toContain('Tina');
  });

  it('when it is replayed, as a whole or with a new state', async () => {
    const { state, nonce, cookie } = await launcher.login();
    const id_token = await launcher.platform.sign(launcher.platform.claims(nonce, NOW_MS));
    expect((await launcher.post('/lti/launch', { state, id_token }, { cookie })).status).toBe(303);
    const again = await launcher.post('/lti/launch', { state, id_token }, { cookie });
    expect([again.status, again.json.detail]).toEqual([403, 'This launch was used already: open Holdfast from Moodle again.']);
    const other = await launcher.login();
    expect((await launcher.post('/lti/launch', { state: other.state, id_token }, { cookie: other.cookie })).status).toBe(403);
  });

  it('signed by a stranger, by nobody, or with the public key as a secret', async () => {
    const { state, nonce, cookie } = await launcher.login();
    const claims = launcher.platform.claims(nonce, NOW_MS);
    const none = `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
    const forged = [
      await launcher.platform.sign(claims, launcher.platform.stranger),
      await launcher.platform.sign(claims, launcher.platform.stranger, { alg: 'RS256', kid: 'k2' }),
      none,
      'x',
      'a.b.c',
    ];
    for (const id_token of forged) expect((await launcher.post('/lti/launch', { state, id_token }, { cookie })).status).toBe(403);
  });

  it('in a browser that did not begin it, or that kept no cookie', async () => {
    const victim = await launcher.login();
    const attacker = await launcher.login();
    const id_token = await launcher.platform.sign(launcher.platform.claims(attacker.nonce, NOW_MS));
    for (const headers of [{ cookie: victim.cookie }, {}, { cookie: `${attacker.cookie}; ${attacker.cookie}` }] as Record<
      string,
      string
    >[]) {
      const answer = await launcher.post('/lti/launch', { state: attacker.state, id_token }, headers);
      expect(answer.status).toBe(403);
    }
  });

  it('with a state that was made elsewhere, or is too old', async () => {
    const { state, nonce, cookie } = await launcher.login();
    launcher.now_ms += 601_000;
    const id_token = await launcher.platform.sign(launcher.platform.claims(nonce, launcher.now_ms));
    expect((await launcher.post('/lti/launch', { state, id_token }, { cookie })).status).toBe(403);
    expect((await launcher.post('/lti/launch', { state: `${state}x`, id_token }, { cookie })).status).toBe(403);
    expect((await launcher.post('/lti/launch', { id_token }, { cookie })).status).toBe(403);
  });

  it('where the platform is none of ours', async () => {
    expect((await launcher.login({ iss: 'https://evil.example' })).answer.status).toBe(403);
    expect((await launcher.login({ client_id: 'other' })).answer.status).toBe(403);
  });

  it('while the keys cannot be read, or are larger than keys are', async () => {
    const other = await Launcher.start();
    for (const answer of ['no json', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`]) {
      other.platform.answer = answer;
      expect((await other.launch()).status).toBe(403);
    }
    other.platform.answer = null;
    expect((await other.launch()).status).toBe(303);
    await other.close();
  });
});

describe('other sites', () => {
  it('may send forms to the two addresses of launches only, and only the registered platform may', async () => {
    expect((await launcher.post('/lti/launch', {}, { origin: 'https://evil.example' })).json.type).toBe(
      'urn:holdfast:problem:foreign-origin',
    );
    expect((await launcher.post('/lti/launch', {}, { origin: 'null' })).json.type).toBe('urn:holdfast:problem:foreign-origin');
    const cookie = await launcher.session();
    for (const { method, url } of launcher.service.http.routes.all().filter(({ url }) => !url.startsWith('/lti/'))) {
      const path = url.replace(/:\w+/g, '2');
      const answer = await launcher.service.ask(method, path, { headers: { host: HOST, origin: ISSUER, cookie } });
      expect({ method, url, status: answer.status }).toEqual({ method, url, status: 403 });
    }
  });

  it('see no frame and no launch where none is set', async () => {
    const plain = await (await import('./service.js')).Service.start();
    const page = await plain.get('/');
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect((await plain.get('/lti/login')).status).toBe(404);
    await plain.close();
  });
});

describe('sessions', () => {
  it('end after a working day, and without one the address shows nothing about anybody', async () => {
    const cookie = await launcher.session();
    launcher.now_ms += 8 * 3_600_000;
    for (const given of [cookie, null, '__Host-holdfast-session=made-up']) {
      expect((await launcher.ask('GET', '/api/v1/summary', given)).status).toBe(401);
      expect((await launcher.ask('GET', '/metrics', given)).status).toBe(401);
    }
  });

  it.each(['holdfast.example.org', 'localhost:80', '127.0.0.1', 'localhost'])(
    'are the only way in without keys, also for who names the host %s',
    async (host) => {
      const status = async (method: string, url: string, body?: unknown) =>
        (await launcher.service.ask(method, url, { headers: { host }, body })).status;
      expect(await status('GET', '/api/v1/summary')).toBe(401);
      expect(await status('GET', '/metrics')).toBe(401);
      expect(await status('PATCH', '/api/v1/alerts/0000000000000011', { note: 'x' })).toBe(401);
      expect(await status('POST', '/api/v1/session', { key: 'hf_any' })).toBe(401);
      expect((await launcher.service.get('/api/v1/session', { host })).json).toMatchObject({ signed_in: false, scopes: [] });
    },
  );

  it('end when Moodle no longer has them for what they were launched as', async () => {
    const staff = new Set(['Tina Teacher']);
    const other = await Launcher.start({}, (viewer) => async () => (staff.has(viewer.name) ? viewer : null));
    const cookie = await other.session();
    expect((await other.ask('GET', '/api/v1/summary', cookie)).status).toBe(200);
    staff.clear();
    expect((await other.ask('GET', '/api/v1/summary', cookie)).status).toBe(401);
    await other.close();
  });

  it('change nothing for a page that stands elsewhere, though their cookie comes along', async () => {
    const cookie = await launcher.session();
    const change = (headers: Record<string, string>) =>
      launcher.service.ask('PATCH', '/api/v1/alerts/0000000000000011', {
        headers: { host: HOST, cookie, 'if-match': '*', ...headers },
        body: { note: 'rang' },
      });
    expect((await change({})).json.type).toMatch(/no-origin/);
    expect((await change({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await change({ origin: ADDRESS })).status).toBe(200);
    expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it.each([
    ['staff', {}],
    ['a student', STUDENT],
  ])('of %s end by signing out', async (_, claims) => {
    const cookie = await launcher.session(claims);
    const signed_in = async () => (await launcher.ask('GET', '/api/v1/session', cookie)).json.signed_in;
    expect(await signed_in()).toBe(true);
    const answer = await launcher.ask('DELETE', '/api/v1/session', cookie);
    expect([answer.status, answer.json.signed_in]).toEqual([200, false]);
    expect(answer.headers['set-cookie']).toMatch(/^__Host-holdfast-session=; .*Partitioned; Max-Age=0$/);
    expect(await signed_in()).toBe(false);
  });

  it('of a student reach their own page and the files of the page, and nothing else on any route', async () => {
    const cookie = await launcher.session(STUDENT);
    const mine =
      /^(GET|HEAD) (\/me|\/api\/v1\/(me|session)|\/lti\/login|\/healthz|\/(vendor\/)?[a-z-]+(\.[a-z]{2})?\.(js|css|svg))$|^DELETE \/api\/v1\/session$|^POST (\/lti\/(login|launch)|\/api\/v1\/me\/.*)$/;
    const routes = launcher.service.http.routes.all().filter(({ method, url }) => !mine.test(`${method} ${url}`));
    expect(routes.length).toBeGreaterThan(40);
    for (const { method, url } of routes) {
      const answer = await launcher.ask(method, url.replace(/:\w+/g, '11'), cookie);
      expect({ method, url, status: answer.status }).toEqual({ method, url, status: 403 });
    }
    expect((await launcher.ask('GET', '/app.js', cookie)).status).toBe(200);
  });

  it('of a student cannot be left by writing the address otherwise', async () => {
    const cookie = await launcher.session(STUDENT);
    for (const url of [
      '/api/v1/me/../students/12',
      '/api/v1//students/12',
      '/%61pi/v1/students/12',
      '/api/v1/students/11/',
      '/API/v1/students/12',
    ]) {
      expect([403, 404]).toContain((await launcher.ask('GET', url, cookie)).status);
    }
  });
});

describe('where there are keys too', () => {
  class OneKey extends Access {
    override async byBearer(text: string): Promise<Viewer | null> {
      return text === 'hf_key' ? { ...OPEN_VIEWER, name: 'office', kind: 'key' } : null;
    }
  }
  const gate = { access: new OneKey(), sessions: new Sessions(), accounts: false, secure: true, now_ms: () => NOW_MS };
  let both: Launcher;
  beforeAll(async () => {
    both = await Launcher.start({ gate });
  });
  afterAll(() => both.close());

  const asking = async (headers: Record<string, string>) => (await both.service.get('/api/v1/session', headers)).json.name;
  const signIn = (cookie: string) =>
    both.service.ask('POST', '/api/v1/session', { headers: { cookie, origin: 'http://localhost:80' }, body: { key: 'hf_key' } });
  const cookies = (answer: Answer) => [answer.headers['set-cookie'] ?? []].flat();

  it('who sends one is its holder, whatever launch the browser remembers', async () => {
    const cookie = await both.session();
    expect(await asking({ cookie })).toBe('Tina Teacher');
    expect(await asking({ cookie, authorization: 'Bearer hf_key' })).toBe('office');
    expect(await asking({ cookie, authorization: 'Bearer hf_other' })).toBeNull();
  });

  it('signing in ends what the browser was before: a launch, and another sign-in', async () => {
    const launch = await both.session();
    const first = (await signIn('')).headers['set-cookie']!.split(';')[0]!;
    const answer = await signIn(`${launch}; ${first}`);
    const [no_launch, no_page, page] = cookies(answer);
    expect(no_launch).toMatch(/^__Host-holdfast-session=; .*Max-Age=0$/);
    expect(no_page).toMatch(/^__Host-holdfast_session=; .*Max-Age=0$/);
    expect(await asking({ cookie: launch })).toBeNull();
    expect(await asking({ cookie: first })).toBeNull();
    expect(await asking({ cookie: page!.split(';')[0]! })).toBe('office');
  });
});
