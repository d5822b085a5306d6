/** Connections to the server, set so that a query and the binary log give the same values for the same row. */
import { isIP } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import type { Address } from './options.js';

/** A server that does not answer the handshake in this time is treated as gone. */
const CONNECT_MS_MAX = 10_000;

/** A year, the most that the server takes: how long a connection may be silent before the server closes it. */
export const IDLE_CONNECTION_S = 31_536_000;

/** Whole numbers as numbers while they are exact (else text), decimals and dates as text, JSON as text. */
export function connectionOptions(address: Address): ConnectionOptions {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    ...tlsOptions(address),
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: false,
    jsonStrings: true,
    connectTimeout: CONNECT_MS_MAX,
  };
}

/** A certificate for an IP address is checked against its authority alone: the library compares names only. */
function tlsOptions({ ssl, ca, host }: Address): Pick<ConnectionOptions, 'ssl'> {
  return ssl ? { ssl: { rejectUnauthorized: true, verifyIdentity: isIP(host) === 0, ...(ca === null ? {} : { ca }) } } : {};
}

export async function connect(address: Address): Promise<Connection> {
  const connection = await createConnection(connectionOptions(address));
  // A loss between two queries is told by the next query; unheard, it would end the process.
  connection.on('error', () => {});
  return connection;
}

export async function select(
  connection: Connection,
  sql: string,
  values: (string | number)[] = [],
): Promise<Record<string, unknown>[]> {
  const [rows] = await connection.query(sql, values);
  return rows as Record<string, unknown>[];
}

/** `a`b` → `` `a``b` ``: a name inside SQL. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
