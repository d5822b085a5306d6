/** A real identity provider (the package oidc-provider, certified) with invented people, and a browser's cookies without a browser. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OidcProvider from 'oidc-provider';

export const CLIENT = { client_id: 'holdfast', client_secret: 'not-so-secret-in-a-test' };

/** A password is asked and not looked at: whoever says who they are, is it. `claims` is what the provider says of each. */
export class IdentityProvider {
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(redirect_uri: string, claims: Record<string, Record<string, unknown>>): Promise<IdentityProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new OidcProvider(issuer, {
      clients: [{ ...CLIENT, redirect_uris: [redirect_uri], response_types: ['code'], grant_types: ['authorization_code'] }],
      claims: { openid: ['sub', 'preferred_username', 'holdfast_user', 'email', 'email_verified'] },
      conformIdTokenClaims: false,
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...claims[id] }) }),
    });
    server.on('request', provider.callback());
    return new IdentityProvider(server, issuer);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Follows redirects within the provider, fills in its forms, and gives the address where it sends the browser in the end. */
export async function signInAt(start: string, login: string, end: string): Promise<string> {
  const cookies = new Map<string, string>();
  let [method, url, body] = ['GET', start, undefined as URLSearchParams | undefined];
  for (let step = 0; step < 20; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { method, body, redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = answer.headers.get('location');
    if (location !== null) {
      const next = new URL(location, url).href;
      if (next.startsWith(end)) return next;
      [method, url, body] = ['GET', next, undefined];
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (prompt === undefined) throw new Error(`The provider shows no form: ${page.slice(0, 300)}`);
    method = 'POST';
    body = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt });
  }
  throw new Error('The provider sends the browser in circles.');
}
