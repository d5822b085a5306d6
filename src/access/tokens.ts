/**
 * Bearer tokens (JWT, RFC 9068) of an identity provider: signed by one of its keys, made by the issuer for this audience, not over. What
 * they allow stands in `scope`, `scp` or `roles`; whom they see in `holdfast_user`, Moodle's id of a person, or, for a program, in the
 * word `whole-site` among the scopes. A token that says neither opens nothing.
 */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type RemoteKeys, remoteKeys } from './remote-keys.js';
import { SCOPES, type Scope } from './viewer.js';

export interface TokenSettings {
  jwks_url: string;
  issuer: string;
  audience: string;
}

/** Whom a token or an account stands for, before it is looked up what they teach. */
export interface Person {
  name: string;
  scopes: Scope[];
  /** Moodle's; null = sees the whole site. */
  user_id: number | null;
}

export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** It may be the right token: nobody can tell while the keys cannot be read. */
export class KeysUnreadable extends Error {
  override readonly name = 'KeysUnreadable';
}

/** No secret that both sides know, and none without a signature. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_S = 60;
/** A token that claims a longer life is as old as that at the most: nobody can revoke one. */
const TOKEN_AGE_S_MAX = 86_400;
/** jose's own words for keys that did not come, or were none. */
const OF_THE_KEYS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);
const NAME_LENGTH_MAX = 200;
const WHOLE_SITE = 'whole-site';

export class Tokens {
  readonly #keys: RemoteKeys;

  constructor(
    private readonly settings: TokenSettings,
    fetched: typeof fetch = fetch,
  ) {
    this.#keys = remoteKeys(settings.jwks_url, fetched);
  }

  /** Throws `TokenRefused` with what is wrong with it, `KeysUnreadable` where that cannot be known. */
  async bearer(token: string, now_ms: number): Promise<Person> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: ALGORITHMS,
        issuer: this.settings.issuer,
        audience: this.settings.audience,
        clockTolerance: CLOCK_TOLERANCE_S,
        maxTokenAge: TOKEN_AGE_S_MAX,
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: new Date(now_ms),
      });
      return personOf(payload);
    } catch (error) {
      throw error instanceof TokenRefused ? error : refusalOf(error);
    }
  }
}

function personOf(claims: JWTPayload): Person {
  const words = [...wordsIn(claims.scope), ...wordsIn(claims.scp), ...wordsIn(claims.roles)];
  const scopes = SCOPES.filter((scope) => words.includes(scope));
  const user_id = moodleId(claims.holdfast_user);
  if (user_id === null && !words.includes(WHOLE_SITE))
    throw new TokenRefused(`The token names nobody: it needs holdfast_user, or the scope ${WHOLE_SITE}.`);
  return { name: String(claims.sub).slice(0, NAME_LENGTH_MAX), scopes, user_id };
}

/** A claim with an id of Moodle's, as a number or its digits; null = none. */
export function moodleId(claim: unknown): number | null {
  const id = typeof claim === 'string' && /^\d{1,15}$/.test(claim) ? Number(claim) : claim;
  return Number.isSafeInteger(id) && (id as number) > 0 ? (id as number) : null;
}

function wordsIn(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((word) => typeof word === 'string');
  return typeof claim === 'string' ? claim.split(' ') : [];
}

function refusalOf(error: unknown): TokenRefused | KeysUnreadable {
  if (error instanceof errors.JWTExpired) return new TokenRefused('The token is over: ask for a new one.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new TokenRefused(`The token is not for this service, or not from its issuer (${error.claim}).`);
  if (error instanceof errors.JOSEError && !OF_THE_KEYS.has(error.code))
    return new TokenRefused('The token is not signed by a key of its issuer.');
  return new KeysUnreadable('The keys of the identity provider cannot be read at the moment.');
}
