/** A learning platform as Moodle is one: it has keys, serves them, and answers a login request with a signed token. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { LtiSettings } from '../../src/access/lti-settings.js';

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim';
export const MEMBERSHIP = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
export const ISSUER = 'https://moodle.example.org';
export const ADDRESS = 'https://holdfast.example.org';
export const HOST = 'holdfast.example.org';

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

export class Platform {
  asked = 0;
  /** What the keys' address answers instead of the keys. */
  answer: string | null = null;
  /** Changes to the token of a launch through a browser. */
  launched: JWTPayload = {};

  private constructor(
    private readonly server: Server,
    private readonly key: Key,
    readonly stranger: Key,
    readonly jwks_url: string,
  ) {}

  static async start(): Promise<Platform> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const stranger = (await generateKeyPair('RS256')).privateKey;
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] });
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (url.pathname === '/mod/lti/auth.php')
        return void platform.authorise(url, (page) => response.setHeader('content-type', 'text/html').end(page));
      // The course page with the activity in a frame.
      if (url.pathname === '/course')
        return void response
          .setHeader('content-type', 'text/html')
          .end(`<iframe width=900 height=900 src="${url.searchParams.get('tool')}"></iframe>`);
      platform.asked++;
      response.setHeader('content-type', 'application/json').end(platform.answer ?? keys);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mod/lti/certs.php`;
    const platform = new Platform(server, privateKey, stranger, url);
    return platform;
  }

  get settings(): LtiSettings {
    const moodle = {
      issuer: ISSUER,
      client_id: 'AbC',
      deployment_ids: ['1'],
      auth_url: `${ISSUER}/mod/lti/auth.php`,
      jwks_url: this.jwks_url,
    };
    return { address: ADDRESS, platforms: [moodle] };
  }

  /** The claims of a teacher's launch from course 2, with changes; undefined leaves a claim out. */
  claims(nonce: string, now_ms: number, changed: JWTPayload = {}): JWTPayload {
    const now_s = Math.floor(now_ms / 1000);
    return {
      iss: ISSUER,
      aud: 'AbC',
      sub: '501',
      iat: now_s,
      exp: now_s + 60,
      nonce,
      name: 'Tina Teacher',
      [`${CLAIM}/version`]: '1.3.0',
      [`${CLAIM}/message_type`]: 'LtiResourceLinkRequest',
      [`${CLAIM}/deployment_id`]: '1',
      [`${CLAIM}/context`]: { id: '2', label: 'BIO 210' },
      [`${CLAIM}/roles`]: [`${MEMBERSHIP}#Instructor`],
      ...changed,
    };
  }

  sign(claims: JWTPayload, key: Key = this.key, header = { alg: 'RS256', kid: 'k1' }): Promise<string> {
    return new SignJWT(claims).setProtectedHeader(header).sign(key);
  }

  get origin(): string {
    return new URL(this.jwks_url).origin;
  }

  /** As Moodle answers: a form that sends itself. */
  private async authorise(url: URL, answer: (page: string) => void): Promise<void> {
    const { redirect_uri, state, nonce } = Object.fromEntries(url.searchParams);
    const token = await this.sign(this.claims(String(nonce), Date.now(), { iss: this.origin, ...this.launched }));
    answer(`<form method=post action="${redirect_uri}"><input name=state value="${state}"><input name=id_token value="${token}"></form>
      <script>document.forms[0].submit()</script>`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

export const claim = (name: string) => `${CLAIM}/${name}`;
