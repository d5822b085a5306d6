/** How the text of a setting is read. What would be right is said, and what was given never repeated: it may hold a password. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import { Cron } from 'croner';
import { z } from 'zod';

/** `url` holds the password: never log it. */
export type StoreSetting = { kind: 'sqlite'; path: string } | { kind: 'mysql'; url: string } | { kind: 'memory' };
export type MoodleSetting = { kind: 'binlog'; url: string } | { kind: 'kafka'; prefix: string } | { kind: 'file'; path: string };

/** A schedule is tried on this many firings: enough to see a second one on the same day. */
const CRON_TRIED = 8;

/** A setting that fails a check says what would be right; `fault` never repeats what was given. */
export const parsed = <T>(fault: string, parse: (text: string) => T | undefined) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value === undefined) context.addIssue({ code: 'custom', message: fault });
    return value as T;
  });

export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
};

export const oneOf = <T extends string>(...words: T[]) =>
  parsed(`must be one of ${words.join(', ')}`, (text) => words.find((word) => word === text));

export function store(text: string): StoreSetting | undefined {
  if (text === 'memory:') return { kind: 'memory' };
  if (isDatabase(text)) return { kind: 'mysql', url: text };
  const path = /^sqlite:(.+)$/s.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'sqlite', path };
}

/** With nothing in it that cannot be decoded, such as a password with a % of its own. */
function isUrl(text: string): boolean {
  try {
    const { username, password, pathname } = new URL(text);
    return [username, password, pathname.slice(1)].every((part) => decodeURIComponent(part) !== null);
  } catch {
    return false;
  }
}

/** `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, or mariadb. */
function isDatabase(text: string): boolean {
  if (!/^(mysql|mariadb):\/\//.test(text) || !isUrl(text)) return false;
  const url = new URL(text);
  return url.hostname !== '' && url.username !== '' && /^\/[^/]+$/.test(url.pathname);
}

export function moodle(text: string): MoodleSetting | undefined {
  const path = /^file:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return { kind: 'file', path };
  const prefix = /^kafka:([\w.-]{1,200})$/.exec(text)?.[1];
  if (prefix !== undefined) return { kind: 'kafka', prefix };
  return isDatabase(text) ? { kind: 'binlog', url: text } : undefined;
}

/** `one:9092,two:9092`, or with TLS and a login in front; who connects reads it closely. */
export function brokers(text: string): string | undefined {
  return /^((plaintext|ssl|sasl_ssl|sasl_plaintext):\/\/)?([^@/\s]+@)?[\w.:[\],-]+(\?\S*)?$/i.test(text) ? text : undefined;
}

export function webAddress(text: string): string | undefined {
  return /^https?:\/\//.test(text) && isUrl(text) ? text : undefined;
}

/** Plain http on this machine alone: what it is trusted with lets people in. No user or password in it: requests cannot be sent with one. */
export function safeAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return undefined;
  const is_safe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
  return is_safe ? text : undefined;
}

/** What may stand in an Authorization header. */
export const bearer = (text: string): string | undefined => (/^[\w.~+/=-]{1,8192}$/.test(text) ? text : undefined);

export function mailServer(text: string): string | undefined {
  return isUrl(text) && /^smtps?:\/\/[^/]/.test(text) && new URL(text).hostname !== '' ? text : undefined;
}

/** `holdfast@example.ac.uk`, with a name in front or not; on one line. */
export function mailSender(text: string): string | undefined {
  return /^(?:[^<>"\r\n,;:@]{1,100} <[^\s<>@]{1,64}@[\w.-]{1,200}>|[^\s<>@]{1,64}@[\w.-]{1,200})$/.test(text) ? text : undefined;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `19:00-07:00,sat,sun` → minutes of the day, and days with Sunday as 0. */
export function quietHours(text: string): { from_min: number; to_min: number; days: number[] } | undefined {
  const quiet = { from_min: 0, to_min: 0, days: [] as number[] };
  if (text === 'off') return quiet;
  for (const word of text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())) {
    const [, from_h, from_m, to_h, to_m] = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(word) ?? [];
    if (from_h !== undefined) {
      quiet.from_min = Number(from_h) * 60 + Number(from_m);
      quiet.to_min = Number(to_h) * 60 + Number(to_m);
    } else if (DAYS.includes(word)) quiet.days.push(DAYS.indexOf(word));
    else return undefined;
  }
  return quiet;
}

/** What one process does of the whole. */
export const ROLES = ['ingest', 'score', 'publish', 'clicks', 'http'] as const;
export type Role = (typeof ROLES)[number];

export function roles(text: string): Role[] | undefined {
  const words = text.split(',').map((word) => word.trim());
  const known = ROLES.filter((role) => words.includes(role));
  return known.length === words.length ? known : undefined;
}

/** Clicks may be a day late and must then find their windows: nothing is forgotten sooner than the day after. */
const CLICK_RETENTION_DAYS_MIN = 2;
const DAY_MS = 86_400_000;

export function days(text: string): number | undefined {
  const count = Number(/^(\d{1,5})d$/.exec(text)?.[1]);
  return count >= CLICK_RETENTION_DAYS_MIN ? count * DAY_MS : undefined;
}

/** `10514`, or with the address to listen on; a port alone is of this machine only. */
export function udp(text: string): { host: string; port: number } | undefined {
  const [, host = '127.0.0.1', port] = /^(?:\[?([0-9a-z.:-]+?)\]?:)?(\d{1,5})$/i.exec(text) ?? [];
  return Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}

export function cassandra(text: string): string | undefined {
  return isUrl(text) && /^cassandra:\/\/[^/]/.test(text) ? text : undefined;
}

export const truth = (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined);

/** `127.0.0.1:3000`, `[::1]:3000`, `localhost:0`; port 0 takes any free one. */
export function listen(text: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(?:\[?([0-9a-z.:-]+?)\]?):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host, port: Number(port) };
}

export const isLoopback = (host: string): boolean =>
  host === '::1' || host.toLowerCase() === 'localhost' || (isIPv4(host) && host.startsWith('127.'));

/** By what others than this machine reach the page, in words for a fault; null = by nothing. A proxy here brings them to loopback too. */
export function reachedBy(given: {
  listen: { host: string };
  proxy: readonly string[] | null;
  hosts: readonly string[] | null;
}): string | null {
  if (!isLoopback(given.listen.host)) return 'HOLDFAST_LISTEN is an address that other machines reach';
  if (given.proxy !== null) return 'HOLDFAST_PROXY hands on what other machines ask';
  const names = (given.hosts ?? []).map((host) => host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
  return names.every(isLoopback) ? null : 'HOLDFAST_HOSTS is a name that other machines ask for';
}

/** `holdfast.example.ac.uk,10.0.0.5:8443`: names as browsers send them. */
export function hosts(text: string): string[] | undefined {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  return names.every((name) => /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.test(name)) ? names : undefined;
}

/** `10.0.0.5,10.1.0.0/16`. */
export function addresses(text: string): string[] | undefined {
  const given = text.split(',').map((address) => address.trim());
  const isAddress = (address: string, bits?: string) => isIP(address) !== 0 && (bits === undefined || Number(bits) <= 128);
  return given.every((one) => isAddress(...(one.split('/') as [string, string?]))) ? given : undefined;
}

export const pem = (text: string): string | undefined => (text.includes('-----BEGIN ') ? text : undefined);

/** Why a service cannot speak TLS with these (PEM); null = it can. */
export function pairFault(cert: string, key: string): string | null {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return 'HOLDFAST_TLS_CERT holds no certificate that can be read (PEM, the service’s own first)';
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(key))) return null;
  } catch {
    return 'HOLDFAST_TLS_KEY holds no private key that can be read (PEM, without a passphrase)';
  }
  return 'HOLDFAST_TLS_KEY is not the key of HOLDFAST_TLS_CERT: give the two that were made together';
}

/** Five fields, and no two firings on one day: scores are made once for each day of the site's calendar. */
export function scoreCron(text: string): string | undefined {
  if (text.trim().split(/\s+/).length !== 5) return undefined;
  try {
    const runs = new Cron(text, { paused: true, timezone: 'UTC' }).nextRuns(CRON_TRIED, new Date(0));
    const days = new Set(runs.map((run) => run.toISOString().slice(0, 10)));
    return runs.length > 0 && days.size === runs.length ? text : undefined;
  } catch {
    return undefined;
  }
}

export function timeZone(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return undefined;
  }
}
