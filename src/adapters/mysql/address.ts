/** Where the database is, out of its URL. */
import { StoreUnavailable } from '../../ports.js';

export interface Address {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  ssl: boolean;
  /** For people: no user and no password. */
  name: string;
}

const FORM = 'mysql://user:password@host:3306/database';

/**
 * `mysql://holdfast:pw@db:3307/holdfast?ssl=true` → host db, port 3307, user holdfast, database holdfast, TLS with a checked
 * certificate, name `mysql://db:3307/holdfast`. User and password may be percent-encoded (`%40` for @).
 */
export function parseAddress(url: string): Address {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const known = parsed !== null && ['mysql:', 'mariadb:'].includes(parsed.protocol) && isDecodable(url);
  if (!known) throw new StoreUnavailable('The address of the store is none', `Set HOLDFAST_STORE to ${FORM}.`);
  const database = decodeURIComponent(parsed.pathname.slice(1));
  const port = parsed.port === '' ? 3306 : Number(parsed.port);
  const name = `mysql://${parsed.hostname}:${port}/${database}`;
  if (parsed.hostname === '' || database === '' || parsed.username === '') {
    throw new StoreUnavailable(`The address ${name} of the store is not whole`, `Set HOLDFAST_STORE to ${FORM}.`);
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database,
    ssl: ['true', '1'].includes(parsed.searchParams.get('ssl') ?? ''),
    name,
  };
}

/** A % is the begin of a letter in hex, or the address means nothing. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
