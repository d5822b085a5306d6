/**
 * Sign-in by OpenID Connect: the authorization code flow with PKCE, state and nonce. Nothing is kept between the two steps: what has to
 * come back stands in a cookie that is signed here.
 */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import * as oidc from 'openid-client';
import { type AccountSettings, personOf } from './accounts.js';
import { bounded } from './remote-keys.js';
import type { Person } from './tokens.js';

/** From the click to the answer, with a password and a second factor in between. */
export const ATTEMPT_S = 600;
const TIMEOUT_S = 10;
const ATTEMPT_ISSUER = 'holdfast-oidc';
const SCOPE = 'openid profile email';
export const CALLBACK_PATH = '/auth/callback';

/** The page has a sentence for each, in the language of who reads it. */
export type Refusal = 'stale' | 'broken-off' | 'not-let-in' | 'provider';

export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  constructor(
    readonly refusal: Refusal,
    options?: ErrorOptions,
  ) {
    super(`sign-in refused: ${refusal}`, options);
  }
}

interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the browser wanted to go. */
  to: string;
}

export class Oidc {
  readonly #secret = randomBytes(32);
  #provider: Promise<oidc.Configuration> | null = null;

  constructor(readonly settings: AccountSettings) {}

  /** Where the browser goes, and the cookie that it has to bring back. */
  async begin(to: string, now_ms: number): Promise<{ location: string; cookie: string }> {
    const provider = await this.#discovered();
    const attempt: Attempt = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
      to,
    };
    const location = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: `${this.settings.address}${CALLBACK_PATH}`,
      scope: SCOPE,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    });
    const cookie = await new SignJWT({ ...attempt })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ATTEMPT_ISSUER)
      .setExpirationTime(new Date(now_ms + ATTEMPT_S * 1_000))
      .sign(this.#secret);
    return { location: location.href, cookie };
  }

  /** `search` is what the provider sent the browser back with. Throws `SignInRefused`. */
  async finish(search: string, cookie: string | null, now_ms: number): Promise<{ person: Person; to: string }> {
    const attempt = await this.#attempt(cookie, now_ms);
    const provider = await this.#discovered();
    const claims = await this.#claims(provider, search, attempt);
    const person = personOf(claims, this.settings);
    if (person === null) throw new SignInRefused('not-let-in');
    return { person, to: attempt.to };
  }

  async #claims(provider: oidc.Configuration, search: string, attempt: Attempt): Promise<Record<string, unknown>> {
    try {
      const answer = await oidc.authorizationCodeGrant(provider, new URL(`${this.settings.address}${CALLBACK_PATH}${search}`), {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
      });
      return { ...answer.claims() };
    } catch (error) {
      if (error instanceof oidc.AuthorizationResponseError) throw new SignInRefused('broken-off', { cause: error });
      // A code that was used, a state or nonce of another sign-in.
      if (error instanceof oidc.ResponseBodyError) throw new SignInRefused('stale', { cause: error });
      throw new SignInRefused('provider', { cause: error });
    }
  }

  async #attempt(cookie: string | null, now_ms: number): Promise<Attempt> {
    try {
      const { payload } = await jwtVerify(cookie ?? '', this.#secret, {
        algorithms: ['HS256'],
        issuer: ATTEMPT_ISSUER,
        requiredClaims: ['exp'],
        currentDate: new Date(now_ms),
      });
      return payload as unknown as Attempt;
    } catch {
      throw new SignInRefused('stale');
    }
  }

  /** Asked when the first person comes, and again when it failed: the service starts without its provider. */
  #discovered(): Promise<oidc.Configuration> {
    this.#provider ??= this.#discover().catch((error: unknown) => {
      this.#provider = null;
      throw new SignInRefused('provider', { cause: error });
    });
    return this.#provider;
  }

  #discover(): Promise<oidc.Configuration> {
    const { issuer, client_id, client_secret } = this.settings;
    const url = new URL(issuer);
    return oidc.discovery(url, client_id, client_secret, client_secret === undefined ? oidc.None() : undefined, {
      timeout: TIMEOUT_S,
      // Settings let plain http pass for this machine alone.
      execute: url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
      [oidc.customFetch]: async (address, options) => bounded(await fetch(address, options as RequestInit)),
    });
  }
}
