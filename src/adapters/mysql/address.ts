/** Where the database is, out of its URL. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { StoreUnavailable } from '../../ports.js';

export interface Address {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  ssl: boolean;
  /** PEM of the authority that signed the server's certificate; null = the authorities that Node knows. */
  ca: string | null;
  /** For people: no user and no password. */
  name: string;
}

const FORM = 'mysql://user:password@host:3306/database';

/**
 * `mysql://holdfast:pw@db:3307/holdfast?ssl=true` → host db, port 3307, user holdfast, database holdfast, TLS with a checked
 * certificate, name `mysql://db:3307/holdfast`. `?ca=/etc/ssl/db.pem` is TLS too, checked against that authority. User and password may be percent-encoded (`%40` for @).
 */
export function parseAddress(url: string, readFile = (path: string): string => readFileSync(path, 'utf8')): Address {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const known = parsed !== null && ['mysql:', 'mariadb:'].includes(parsed.protocol) && isDecodable(parsed);
  if (!known) throw new StoreUnavailable('The address of the store is none', `Set HOLDFAST_STORE to ${FORM}.`);
  const database = decodeURIComponent(parsed.pathname.slice(1));
  const port = parsed.port === '' ? 3306 : Number(parsed.port);
  const name = `mysql://${parsed.hostname}:${port}/${database}`;
  if (parsed.hostname === '' || database === '' || parsed.username === '') {
    throw new StoreUnavailable(`The address ${name} of the store is not whole`, `Set HOLDFAST_STORE to ${FORM}.`);
  }
  const ca = parsed.searchParams.get('ca');
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database,
    ssl: ca !== null || ['true', '1'].includes(parsed.searchParams.get('ssl') ?? ''),
    ca: ca === null ? null : authority(ca, readFile),
    name,
  };
}

/** For the library. A certificate for an IP address is checked against its authority alone: the library compares names only. */
export function tlsOptions({ ssl, ca, host }: Pick<Address, 'ssl' | 'ca' | 'host'>) {
  return ssl ? { ssl: { rejectUnauthorized: true, verifyIdentity: isIP(host) === 0, ...(ca === null ? {} : { ca }) } } : {};
}

function authority(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (cause) {
    const hint = 'Check that it exists and who may read it.';
    throw new StoreUnavailable('The file that ca= in HOLDFAST_STORE names cannot be read', hint, { cause });
  }
}

/** A % is the begin of a letter in hex, or the address means nothing. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    return [username, password, pathname.slice(1)].every((part) => decodeURIComponent(part) !== null);
  } catch {
    return false;
  }
}
