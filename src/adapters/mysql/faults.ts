/** What an error of the server means for us: try again, wait for the server, or tell the operator. */
import { StoreUnavailable } from '../../ports.js';
import type { Address } from './address.js';

/** `conflict`: another transaction was in the way; `away`: the server cannot be reached or does not take work just now. */
export type Verdict = 'conflict' | 'away' | 'final';

/** Deadlock, lock wait timeout, row changed since it was read. */
const CONFLICTS = new Set([1020, 1205, 1213]);
/** Too many connections, shutdown, a connection that was killed or broke, a server that is read-only during a changeover. */
const AWAY = new Set([
  1040, 1053, 1077, 1079, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1290, 1317, 1836, 1927, 2006, 2013,
]);
/** How Node and mysql2 name a connection that did not come about, or broke. */
const AWAY_CODE = /^(E[A-Z]+|PROTOCOL_[A-Z_]+|ERR_STREAM_[A-Z_]+)$/;

export const DUPLICATE_KEY = 1062;

interface ServerError {
  message: string;
  code?: string;
  errno?: number;
  fatal?: boolean;
}

/** By shape: an error of another realm is no instance of this one's Error. */
function serverError(cause: unknown): ServerError {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? (cause as ServerError) : { message: String(cause) };
}

export function errnoOf(cause: unknown): number {
  return serverError(cause).errno ?? 0;
}

export function verdictOf(cause: unknown): Verdict {
  const { code, errno = 0, fatal } = serverError(cause);
  if (CONFLICTS.has(errno)) return 'conflict';
  if (AWAY.has(errno)) return 'away';
  if (isTlsFault(cause)) return 'final';
  // Node's own network errors have a negative errno and a code; a closed connection only `fatal`.
  if (errno > 0) return 'final';
  return AWAY_CODE.test(code ?? '') || fatal === true ? 'away' : 'final';
}

type Hint = (address: Address) => [problem: string, hint: string];

const grant = ({ database, user }: Address) => `GRANT ALL ON \`${database}\`.* TO '${user}'@'%';`;
const create = ({ database }: Address) => `CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4;`;
/** MariaDB gives no other reason. */
const TLS_TOO = 'A server that takes TLS alone refuses so too: then add ?ssl=true, or ?ca=/path/to/ca.pem.';
const wrongLogin: Hint = (address) => [
  `${address.name} refuses this user or password`,
  `Check both in HOLDFAST_STORE, or make the user: CREATE USER '${address.user}'@'%' IDENTIFIED BY '…'; ${grant(address)} (and drop anonymous users, which come first.)${address.ssl ? '' : ` ${TLS_TOO}`}`,
];
const noRight: Hint = (address) => [
  `The user in HOLDFAST_STORE may not do what is needed on ${address.name}`,
  `As an administrator: ${grant(address)}`,
];
const full: Hint = ({ name }) => [
  `No space is left for the store ${name}`,
  'Free space on the database server: what was committed before is intact, and nothing of this batch was written.',
];

/** What no waiting mends, by the server's number of the error. */
const OPERATOR: Record<number, Hint> = {
  1021: full,
  1114: full,
  1030: ({ name }) => [`The storage of ${name} failed`, 'Look at the error log and the disk of the database server.'],
  1044: (address) => [
    `The user in HOLDFAST_STORE may not use ${address.name}, or there is no such database`,
    `As an administrator: ${create(address)} ${grant(address)}`,
  ],
  1045: wrongLogin,
  1049: (address) => [`There is no database ${address.name}`, `As an administrator: ${create(address)} ${grant(address)}`],
  1130: wrongLogin,
  1142: noRight,
  1143: noRight,
  1153: ({ name }) => [`${name} refuses statements of this size`, 'SET GLOBAL max_allowed_packet = 16777216;'],
  1227: noRight,
  1251: ({ name, user }) => [
    `${name} asks for a way to log in that is not known here`,
    `ALTER USER '${user}'@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('…'); on MySQL: IDENTIFIED WITH caching_sha2_password BY '…';`,
  ],
  1370: noRight,
  1665: ({ name }) => [
    `${name} writes its binary log as statements`,
    'SET GLOBAL binlog_format = ROW; and set it in its options.',
  ],
  1698: wrongLogin,
  1820: wrongLogin,
  1862: wrongLogin,
};

/** A connection that breaks in the handshake may come back; a certificate does not become another by waiting. */
function isTlsFault(cause: unknown): boolean {
  const { code, message } = serverError(cause);
  return (
    code === 'HANDSHAKE_NO_SSL_SUPPORT' || (code === 'HANDSHAKE_SSL_ERROR' && /certificate|altname|issuer|tls/i.test(message))
  );
}

/** MySQL's words. */
const isPlainRefused = (cause: unknown) => /require_secure_transport/.test(serverError(cause).message);

const notTrusted: Hint = ({ name }) => [
  `The certificate of ${name} is not trusted, or it speaks no TLS`,
  'Name its authority in HOLDFAST_STORE: ?ca=/path/to/ca.pem, and the host by the name in the certificate.',
];
const onlyTls: Hint = ({ name }) => [
  `${name} takes connections by TLS alone`,
  'Add ?ssl=true to HOLDFAST_STORE, or ?ca=/path/to/ca.pem with an authority of your own.',
];

/** An operating error as `StoreUnavailable`; anything else as it came. */
export function explained(cause: unknown, address: Address): unknown {
  const hint = isTlsFault(cause) ? notTrusted : isPlainRefused(cause) ? onlyTls : OPERATOR[errnoOf(cause)];
  if (hint === undefined) return cause;
  const [problem, line] = hint(address);
  return new StoreUnavailable(problem, line, { cause });
}
