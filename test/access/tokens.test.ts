/** Bearer tokens of an identity provider, whose keys a server in this process gives out. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Tokens } from '../../src/access/tokens.js';

const ISSUER = 'https://login.example.org';
const AUDIENCE = 'holdfast';
const NOW_MS = 1_800_000_000_000;
const NOW_S = NOW_MS / 1_000;
const GOOD = { iss: ISSUER, aud: AUDIENCE, sub: 'nightly', iat: NOW_S - 10, exp: NOW_S + 300, scope: 'risk:read whole-site' };

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
let server: Server;
let tokens: Tokens;
let url: string;
let key: Key;
let stranger: Key;
let answer: () => string;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  stranger = (await generateKeyPair('ES256')).privateKey;
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] });
  answer = () => keys;
  server = createServer((_, response) => void response.setHeader('content-type', 'application/json').end(answer()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  tokens = new Tokens({ jwks_url: url, issuer: ISSUER, audience: AUDIENCE });
});
afterAll(() => void server.close());

const signed = (changed: JWTPayload = {}, by = key) =>
  new SignJWT({ ...GOOD, ...changed }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(by);

describe('a token', () => {
  it('of a program sees the whole site where its scopes say so, and may what else they say', async () => {
    expect(await tokens.bearer(await signed(), NOW_MS)).toEqual({ name: 'nightly', user_id: null, scopes: ['risk:read'] });
    const roles = await signed({ scope: undefined, roles: ['whole-site', 'metrics:read', 'other'] });
    expect(await tokens.bearer(roles, NOW_MS)).toMatchObject({ user_id: null, scopes: ['metrics:read'] });
  });

  it('of a person is limited to them, even where it names the whole site too', async () => {
    const person = await signed({ sub: 'alee', holdfast_user: 5, scope: 'risk:read alerts:write whole-site' });
    expect(await tokens.bearer(person, NOW_MS)).toEqual({ name: 'alee', user_id: 5, scopes: ['risk:read', 'alerts:write'] });
  });

  it.each<[string, JWTPayload, RegExp]>([
    ['that is over', { exp: NOW_S - 61 }, /over/],
    ['that holds for ever', { exp: undefined }, /exp/],
    ['that is a day old', { iat: NOW_S - 86_461 }, /over|iat/],
    ['of tomorrow', { iat: NOW_S + 3_600 }, /iat/],
    ['of another issuer', { iss: 'https://evil.example' }, /iss/],
    ['for another service', { aud: 'other' }, /aud/],
    ['that names nobody', { scope: 'risk:read' }, /names nobody/],
    ['whose person is no number', { scope: 'risk:read', holdfast_user: '5;6' }, /names nobody/],
  ])('%s is refused with the reason', async (_, changed, reason) => {
    const refused = tokens.bearer(await signed(changed), NOW_MS);
    await expect(refused).rejects.toMatchObject({ name: 'TokenRefused', message: expect.stringMatching(reason) });
  });

  it('that nobody signed, or somebody else, is refused', async () => {
    const [, body] = (await signed()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    const secret = await new SignJWT({ ...GOOD }).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(new Uint8Array(32));
    for (const forged of [none, secret, await signed({}, stranger), 'hf_none', 'a.b.c', ''])
      await expect(tokens.bearer(forged, NOW_MS)).rejects.toMatchObject({ name: 'TokenRefused' });
  });

  it('is neither good nor bad while the keys cannot be read', async () => {
    const away = new Tokens({ jwks_url: 'http://127.0.0.1:9/', issuer: ISSUER, audience: AUDIENCE });
    await expect(away.bearer(await signed(), NOW_MS)).rejects.toMatchObject({ name: 'KeysUnreadable' });
    const keys = answer;
    for (const wrong of ['<html>', '{}', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`]) {
      answer = () => wrong;
      const fresh = new Tokens({ jwks_url: url, issuer: ISSUER, audience: AUDIENCE });
      await expect(fresh.bearer(await signed(), NOW_MS)).rejects.toMatchObject({ name: 'KeysUnreadable' });
    }
    answer = keys;
  });
});
