/** The link that ends notices, however people sign in elsewhere: it needs no key, no session and no page of ours before it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { StopTokens } from '../../src/access/unsubscribe.js';
import { Access } from '../../src/http/access.js';
import type { HttpParts } from '../../src/http/parts.js';
import { Sessions } from '../../src/http/sessions.js';
import { NOW_MS } from './fakes.js';
import { FORM, Launcher } from './launcher.js';
import { claim, HOST, MEMBERSHIP } from './platform.js';

class NobodyIn extends Access {
  override async byBearer(): Promise<null> {
    return null;
  }
}

const STUDENT: JWTPayload = { sub: '11', name: 'Amara Okafor', [claim('roles')]: [`${MEMBERSHIP}#Learner`] };
const tokens = new StopTokens(Buffer.alloc(32, 7));
const link = `/unsubscribe?token=${tokens.of({ user_id: 5, channel: 'mail' })}`;
const gate = { access: new NobodyIn(), sessions: new Sessions(), accounts: false, secure: true, now_ms: () => NOW_MS };
const stopped: unknown[] = [];
let launcher: Launcher | undefined;

async function service(given: Partial<HttpParts>): Promise<Launcher> {
  const unsubscribe = { tokens, stop: async (...stop: unknown[]) => void stopped.push(stop), language: 'en' as const };
  launcher = await Launcher.start({ ...given, unsubscribe });
  return launcher;
}
afterEach(async () => {
  stopped.length = 0;
  await launcher?.close();
});

const from = (more: Record<string, string>) => ({ host: HOST, 'content-type': FORM, ...more });
const ENDED = [{ user_id: 5, channel: 'mail' }, true];

describe.each([
  ['keys', { gate, lti: null, settings: { version: '0.0.0', allowed_hosts: [HOST] } }],
  ['launches', {}],
  ['keys and launches', { gate }],
] as [string, Partial<HttpParts>][])('with %s', (_, given) => {
  it('is shown and ends notices without any, by the click of a mail program and by the form', async () => {
    const { service: asked } = await service(given);
    expect((await asked.get('/api/v1/summary', { host: HOST })).status).toBe(401);
    const page = await asked.get(link, { host: HOST });
    expect([page.status, page.text.includes('<form')]).toEqual([200, true]);
    expect(stopped).toEqual([]);
    const click = await asked.ask('POST', link, { headers: from({}), body: 'List-Unsubscribe=One-Click' });
    const form = await asked.ask('POST', link, { headers: from({ origin: `https://${HOST}`, 'sec-fetch-site': 'same-origin' }), body: '' }); // biome-ignore format: one line
    expect([click.status, form.status, stopped]).toEqual([200, 200, [ENDED, ENDED]]);
    expect((await asked.ask('POST', `${link}x`, { headers: from({}), body: '' })).status).toBe(404);
  });
});

it('ends notices of a tutor whose browser has a session as a student of another course', async () => {
  const browser = await service({ gate });
  const { service: asked } = browser;
  const cookie = await browser.session(STUDENT);
  expect((await asked.get(link, { host: HOST, cookie })).status).toBe(200);
  const origin = `https://${HOST}`;
  expect((await asked.ask('POST', link, { headers: from({ cookie, origin }), body: '' })).status).toBe(200);
  expect(stopped).toEqual([ENDED]);
});
