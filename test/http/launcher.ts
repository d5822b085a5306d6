/** A browser that launches: it keeps cookies and follows forms, as one in front of Moodle does. */
import type { JWTPayload } from 'jose';
import { Lti } from '../../src/access/lti.js';
import type { Launch } from '../../src/access/lti-claims.js';
import type { Viewer } from '../../src/access/viewer.js';
import { createHttp } from '../../src/http/create-http.js';
import type { HttpParts } from '../../src/http/parts.js';
import { Sessions } from '../../src/http/sessions.js';
import { fakeParts, NOW_MS } from './fakes.js';
import { ADDRESS, HOST, ISSUER, Platform } from './platform.js';
import { type Answer, Service } from './service.js';

export const FORM = 'application/x-www-form-urlencoded';

type Renewal = (viewer: Viewer) => () => Promise<Viewer | null>;

export interface Started {
  state: string;
  nonce: string;
  cookie: string;
  location: URL;
}

export class Launcher {
  now_ms = NOW_MS;

  private constructor(
    readonly platform: Platform,
    readonly service: Service,
  ) {}

  /** `renewal`: what becomes of who was launched; by default they stay what they are. */
  static async start(given: Partial<HttpParts> = {}, renewal: Renewal = (viewer) => async () => viewer): Promise<Launcher> {
    const parts = fakeParts();
    const platform = await Platform.start();
    const door = {
      lti: new Lti(platform.settings),
      sessions: new Sessions(),
      renewal: async ({ viewer }: Launch) => renewal(viewer),
      now_ms: () => launcher.now_ms,
    };
    const http = await createHttp({ ...parts, limited: () => parts.views, lti: door, ...given });
    http.ready();
    const launcher: Launcher = new Launcher(platform, new Service(http, parts));
    return launcher;
  }

  /** The click in Moodle: its page sends the browser to us. */
  async login(changed: Record<string, string> = {}): Promise<Started & { answer: Answer }> {
    const given = { iss: ISSUER, client_id: 'AbC', login_hint: '501', lti_message_hint: '{"cmid":9}', ...changed };
    const answer = await this.post('/lti/login', given, {});
    const location = new URL(answer.headers.location ?? 'about:blank');
    const { state = '', nonce = '' } = Object.fromEntries(location.searchParams);
    return { answer, location, state, nonce, cookie: cookieOf(answer) };
  }

  /** The way back, with a token for the nonce that was given. */
  async launch(claims: JWTPayload = {}): Promise<Answer> {
    const { state, nonce, cookie } = await this.login();
    const id_token = await this.platform.sign(this.platform.claims(nonce, this.now_ms, claims));
    return this.post('/lti/launch', { state, id_token }, { cookie });
  }

  /** A session's cookie. */
  async session(claims: JWTPayload = {}): Promise<string> {
    return cookieOf(await this.launch(claims));
  }

  post(url: string, form: Record<string, string>, headers: Record<string, string>): Promise<Answer> {
    const all = { host: HOST, origin: ISSUER, 'content-type': FORM, ...headers };
    return this.service.ask('POST', url, { headers: all, body: new URLSearchParams(form).toString() });
  }

  /** As the page asks: a change names where it comes from. */
  ask(method: string, url: string, cookie: string | null, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { host: HOST };
    if (cookie !== null) headers.cookie = cookie;
    if (method !== 'GET' && method !== 'HEAD') headers.origin = ADDRESS;
    return this.service.ask(method, url, { headers, body });
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.platform.close();
  }
}

export function cookieOf({ headers }: Answer): string {
  return String(headers['set-cookie'] ?? '').split(';', 1)[0]!;
}
