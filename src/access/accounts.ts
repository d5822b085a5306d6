/** Who may sign in with an account of the site's identity provider (OpenID Connect), as the file that HOLDFAST_OIDC names says it. */
import { z } from 'zod';
import { moodleId, type Person } from './tokens.js';
import { SCOPES, type Scope } from './viewer.js';

const scopes = z.array(z.enum(SCOPES)).min(1);
const text = z.string().min(1).max(1_000);
/** Plain http on this machine alone: what travels there says who somebody is. */
const address = text.refine(isSafe, 'must be an https address');

const FILE = z.strictObject({
  /** How browsers reach this service: `https://holdfast.example.ac.uk`, no path. */
  address: address.refine((url) => isSafe(url) && /^https?:\/\/[^/?#]+\/?$/.test(url), 'must have no path'),
  issuer: address,
  client_id: text,
  /** Left out for a public client, which PKCE alone protects. */
  client_secret: text.optional(),
  /** What names an account in `people`. */
  account_claim: text.default('preferred_username'),
  /** Where the provider itself knows Moodle's ids. */
  user_claim: text.default('holdfast_user'),
  /** What an account may do that `people` does not say otherwise of. */
  scopes: scopes.default(['risk:read', 'alerts:write']),
  people: z
    .record(
      text,
      z.union([
        z.strictObject({ user: z.int().positive(), scopes: scopes.optional() }),
        z.strictObject({ whole_site: z.literal(true), scopes: scopes.optional() }),
      ]),
    )
    .default({}),
});
export type AccountSettings = z.infer<typeof FILE>;

export class AccountSettingsFault extends Error {
  override readonly name = 'AccountSettingsFault';
}

/** Throws an `AccountSettingsFault` that names the field, never what stands in it: it may be a secret. */
export function parseAccounts(content: string): AccountSettings {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    throw new AccountSettingsFault('it must be JSON');
  }
  const read = FILE.safeParse(json);
  if (read.success) return { ...read.data, address: new URL(read.data.address).origin };
  const { path = [], message = '' } = read.error.issues[0] ?? {};
  // Below `people` stands who they are.
  const place = path[0] === 'people' ? 'people' : path.join('.') || 'the file';
  throw new AccountSettingsFault(`${place}: ${message}`);
}

/** Whom these claims of a checked ID token stand for; null = nobody that the file lets in. */
export function personOf(claims: Readonly<Record<string, unknown>>, settings: AccountSettings): Person | null {
  const { account_claim, user_claim, people } = settings;
  const account = claims[account_claim];
  if (typeof account !== 'string' || account === '') return null;
  // An address that anybody could have typed in at the provider is no name.
  if (account_claim === 'email' && claims.email_verified !== true) return null;
  const entry = Object.hasOwn(people, account) ? people[account] : undefined;
  const allowed: Scope[] = entry?.scopes ?? settings.scopes;
  if (entry && 'whole_site' in entry) return { name: account, scopes: allowed, user_id: null };
  const user_id = entry ? entry.user : moodleId(claims[user_claim]);
  return user_id === null ? null : { name: account, scopes: allowed, user_id };
}

function isSafe(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, hostname, username } = new URL(given);
  return (
    username === '' && (protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)))
  );
}
