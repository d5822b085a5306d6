/** Which learning platforms may launch the page, as the file that HOLDFAST_LTI names says it. */

export interface Platform {
  /** As the platform calls itself; for Moodle its address (wwwroot), without a slash at the end. */
  issuer: string;
  client_id: string;
  /** Empty = any deployment of this client. */
  deployment_ids: readonly string[];
  auth_url: string;
  jwks_url: string;
}

export interface LtiSettings {
  /** How browsers reach this service: `https://holdfast.example.ac.uk`, no path. */
  address: string;
  platforms: readonly Platform[];
}

export class LtiSettingsFault extends Error {
  override readonly name = 'LtiSettingsFault';
}

/** A Moodle may know this tool under several client ids: each of its faculties its own. */
const PLATFORMS_MAX = 50;
const TEXT_MAX = 1_000;
const FIELDS = ['issuer', 'client_id', 'deployment_ids', 'auth_url', 'jwks_url'];

/**
 *     { "address": "https://holdfast.example.ac.uk",
 *       "platforms": [{ "issuer": "https://moodle.example.ac.uk", "client_id": "AbC", "deployment_ids": ["1"],
 *                       "auth_url": "https://moodle.example.ac.uk/mod/lti/auth.php",
 *                       "jwks_url": "https://moodle.example.ac.uk/mod/lti/certs.php" }] }
 *
 * Throws a `LtiSettingsFault` that names the field, never what stands in it.
 */
export function parseLti(text: string): LtiSettings {
  const file = objectAt(json(text), 'the file');
  expectFields(file, ['address', 'platforms'], 'the file');
  const address = webAddress(file.address, 'address');
  if (new URL(address).pathname !== '/' || /[?#]/.test(address))
    fault('address', 'must have no path, such as https://holdfast.example.ac.uk');
  const listed = file.platforms;
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > PLATFORMS_MAX)
    fault('platforms', `must be a list of 1 to ${PLATFORMS_MAX}`);
  const platforms = (listed as unknown[]).map((entry, i) => platformOf(entry, `platforms[${i}]`));
  const names = platforms.map(({ issuer, client_id }) => JSON.stringify([issuer, client_id]));
  if (new Set(names).size < names.length) fault('platforms', 'must not name the same issuer and client_id twice');
  if (new Set(platforms.map(({ issuer }) => issuer)).size > 1)
    fault(
      'platforms',
      'must all have the same issuer: a store holds one Moodle, and user 5 of another would be taken for its user 5. Run a service for each',
    );
  return { address: new URL(address).origin, platforms };
}

function platformOf(entry: unknown, place: string): Platform {
  const fields = objectAt(entry, place);
  expectFields(fields, FIELDS, place);
  const deployments = fields.deployment_ids ?? [];
  if (!Array.isArray(deployments)) fault(`${place}.deployment_ids`, 'must be a list of texts');
  return {
    issuer: text(fields.issuer, `${place}.issuer`),
    client_id: text(fields.client_id, `${place}.client_id`),
    deployment_ids: (deployments as unknown[]).map((id, i) => text(id, `${place}.deployment_ids[${i}]`)),
    auth_url: webAddress(fields.auth_url, `${place}.auth_url`),
    jwks_url: webAddress(fields.jwks_url, `${place}.jwks_url`),
  };
}

function json(file: string): unknown {
  try {
    return JSON.parse(file);
  } catch {
    return fault('the file', 'must be JSON');
  }
}

function objectAt(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fault(place, 'must be an object');
  return value as Record<string, unknown>;
}

function expectFields(value: Record<string, unknown>, known: string[], place: string): void {
  const strange = Object.keys(value).find((name) => !known.includes(name));
  if (strange !== undefined) fault(place, `has a field that is not known: possible are ${known.join(', ')}`);
}

function text(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX)
    fault(place, `must be a text of 1 to ${TEXT_MAX} characters`);
  return value as string;
}

/** Plain http on this machine alone: what travels there says who somebody is. */
function webAddress(value: unknown, place: string): string {
  const given = text(value, place);
  const url = URL.canParse(given) ? new URL(given) : null;
  const is_local = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === null || url.username !== '' || (url.protocol !== 'https:' && !is_local)) fault(place, 'must be an https address');
  return given;
}

function fault(place: string, what: string): never {
  throw new LtiSettingsFault(`${place} ${what}`);
}
