/**
 * LTI 1.3 launches: the platform asks us to begin (`begin`), we send the browser to it with a state and a nonce, and it comes back with
 * a signed token (`finish`). Nothing is kept between the two: the state is signed here and names the browser by a cookie's
 * hash. What is kept is the nonces of launches that passed, until their states are too old to come again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { type Launch, LtiRefused, launchOf } from './lti-claims.js';
import type { LtiSettings, Platform } from './lti-settings.js';
import { type RemoteKeys, remoteKeys } from './remote-keys.js';

/** From the click in Moodle to the answer, with a login there in between. */
const STATE_MS = 600_000;
/** The token says 60 s in Moodle; clocks differ. */
const CLOCK_TOLERANCE_S = 60;
/** A token that claims a longer life is as old as that at the most. */
const TOKEN_AGE_S_MAX = 600;
/** A campus of 50,000 that starts its day: all of them within ten minutes, twice. Beyond it launches wait. */
const NONCES_MAX = 100_000;
const TOKEN_LENGTH_MAX = 262_144;
const PARAMETER_LENGTH_MAX = 4_000;
const COOKIE = /^[\w-]{43}$/;
const STATE_ISSUER = 'holdfast-lti';

/** Of a query or a form; a name that comes twice is a list, and refused. */
export type Parameters = Readonly<Record<string, unknown>>;

export class Lti {
  readonly #secret = randomBytes(32);
  readonly #keys = new Map<Platform, RemoteKeys>();
  /** Nonce → until when its state can come again. In the order of time, since all live equally long. */
  readonly #used = new Map<string, number>();

  constructor(
    readonly settings: LtiSettings,
    private readonly fetched: typeof fetch = fetch,
  ) {}

  /** Origins of the platforms, for frames and for forms that they send. */
  get origins(): string[] {
    return [...new Set(this.settings.platforms.map(({ auth_url }) => new URL(auth_url).origin))];
  }

  get launch_url(): string {
    return `${this.settings.address}/lti/launch`;
  }

  /** Where the browser goes, and the cookie that it has to bring back. A cookie it has already is kept: two tabs may launch at once. */
  async begin(given: Parameters, cookie: string | null, now_ms: number): Promise<{ location: string; cookie: string }> {
    const platform = this.#platform(parameter(given, 'iss'), optional(given, 'client_id'));
    const login_hint = parameter(given, 'login_hint');
    const message_hint = optional(given, 'lti_message_hint');
    const browser = cookie !== null && COOKIE.test(cookie) ? cookie : randomBytes(32).toString('base64url');
    const nonce = randomBytes(24).toString('base64url');
    const place = this.settings.platforms.indexOf(platform);
    const state = await new SignJWT({ nonce, place, browser: hash(browser) })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(STATE_ISSUER)
      .setExpirationTime(new Date(now_ms + STATE_MS))
      .sign(this.#secret);
    const location = new URL(platform.auth_url);
    const asked = {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: platform.client_id,
      redirect_uri: this.launch_url,
      login_hint,
      state,
      nonce,
      ...(message_hint === null ? {} : { lti_message_hint: message_hint }),
    };
    for (const [name, value] of Object.entries(asked)) location.searchParams.set(name, value);
    return { location: location.href, cookie: browser };
  }

  /** Throws `LtiRefused` for everything that is not the first answer to a launch that this browser began. */
  async finish(given: Parameters, cookie: string | null, now_ms: number): Promise<Launch> {
    if (typeof given.error === 'string') throw new LtiRefused('Moodle refused the launch: log in there and open Holdfast again.');
    const state = await this.#state(parameter(given, 'state'), now_ms);
    if (cookie === null || hash(cookie) !== state.browser)
      throw new LtiRefused(
        'This browser did not begin the launch, or keeps no cookies of Holdfast inside Moodle: open it in a new window, from Moodle.',
      );
    const platform = this.settings.platforms[state.place]!;
    const claims = await this.#claims(parameter(given, 'id_token', TOKEN_LENGTH_MAX), platform, now_ms);
    if (claims.nonce !== state.nonce)
      throw new LtiRefused('The launch answers another request: open Holdfast from Moodle again.');
    const launch = launchOf(claims, platform);
    this.#useOnce(state.nonce, now_ms);
    return launch;
  }

  #platform(issuer: string, client_id: string | null): Platform {
    const found = this.settings.platforms.filter(
      (platform) => platform.issuer === issuer && (client_id === null || platform.client_id === client_id),
    );
    if (found.length !== 1)
      throw new LtiRefused('This platform is not registered here: add its issuer and client id to the file of HOLDFAST_LTI.');
    return found[0]!;
  }

  async #state(text: string, now_ms: number): Promise<{ nonce: string; place: number; browser: string }> {
    try {
      const { payload } = await jwtVerify(text, this.#secret, {
        algorithms: ['HS256'],
        issuer: STATE_ISSUER,
        requiredClaims: ['exp'],
        currentDate: new Date(now_ms),
      });
      return payload as unknown as { nonce: string; place: number; browser: string };
    } catch {
      throw new LtiRefused('The launch was not begun here or is more than ten minutes old: open Holdfast from Moodle again.');
    }
  }

  async #claims(token: string, platform: Platform, now_ms: number): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#keysOf(platform), {
        algorithms: ['RS256'],
        issuer: platform.issuer,
        audience: platform.client_id,
        clockTolerance: CLOCK_TOLERANCE_S,
        maxTokenAge: TOKEN_AGE_S_MAX,
        requiredClaims: ['exp', 'iat', 'nonce', 'sub'],
        currentDate: new Date(now_ms),
      });
      return payload;
    } catch (error) {
      throw new LtiRefused(reasonOf(error));
    }
  }

  #keysOf(platform: Platform): RemoteKeys {
    const known = this.#keys.get(platform);
    if (known) return known;
    const keys = remoteKeys(platform.jwks_url, this.fetched);
    this.#keys.set(platform, keys);
    return keys;
  }

  /** Only launches that a platform signed get here, so nobody else can fill it. */
  #useOnce(nonce: string, now_ms: number): void {
    for (const [old, until_ms] of this.#used) {
      if (until_ms > now_ms) break;
      this.#used.delete(old);
    }
    if (this.#used.has(nonce)) throw new LtiRefused('This launch was used already: open Holdfast from Moodle again.');
    if (this.#used.size >= NONCES_MAX)
      throw new LtiRefused('Too many launches at once: open Holdfast from Moodle again in ten minutes.');
    this.#used.set(nonce, now_ms + STATE_MS);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired)
    return 'The launch is too old: open Holdfast from Moodle again. If that does not help, compare the clocks.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The launch says something else than is registered here or expected (${error.claim}): compare issuer, client id and the clocks.`;
  if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout))
    return "The launch is not signed by the platform that is registered here: check the platform's jwks_url.";
  return "The platform's keys cannot be read: check jwks_url, and that this machine reaches it.";
}

function parameter(given: Parameters, name: string, most = PARAMETER_LENGTH_MAX): string {
  const value = given[name];
  if (typeof value !== 'string' || value === '' || value.length > most)
    throw new LtiRefused(`The request has no ${name}: open Holdfast from Moodle.`);
  return value;
}

function optional(given: Parameters, name: string): string | null {
  return given[name] === undefined || given[name] === '' ? null : parameter(given, name);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
