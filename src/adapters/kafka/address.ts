/** Where Kafka is, as one line of text, the way Kafka's own listeners are named. */
import { readFileSync } from 'node:fs';
import type { SASLOptions } from 'kafkajs';

export interface KafkaAddress {
  /** `broker-1:9092`. */
  brokers: string[];
  /** `ca`: what the brokers' certificates are checked against; undefined = the authorities that Node knows. */
  ssl: { ca?: string } | false;
  sasl: SASLOptions | null;
  /** For people: the first broker, no user and no password. */
  name: string;
}

export const BROKERS_SETTING = 'HOLDFAST_KAFKA_BROKERS';
const EXPECTED = `${BROKERS_SETTING}: expected HOST:PORT,HOST:PORT,… or sasl_ssl://USER:PASSWORD@HOST:PORT,…?mechanism=scram-sha-512`;
const PORT = 9092;
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/**
 * | text | means |
 * | --- | --- |
 * | `broker-1:9092,broker-2` | plain text; the port may be left out |
 * | `ssl://broker-1:9093` | TLS, the certificate is checked |
 * | `ssl://broker-1:9093?ca=/etc/ssl/kafka.pem` | … against this authority |
 * | `sasl_ssl://user:pass@broker-1:9093?mechanism=scram-sha-512` | TLS and a login; without `mechanism` it is plain |
 * | `sasl_plaintext://user:pass@broker-1:9092` | a login over an open connection |
 *
 * User and password may be percent-encoded (`%40` for @). Throws an Error that repeats nothing of the text.
 */
export function parseAddress(text: string, readFile = (path: string): string => readFileSync(path, 'utf8')): KafkaAddress {
  const match = /^(?:(plaintext|ssl|sasl_ssl|sasl_plaintext):\/\/)?(?:([^@/]*)@)?([^@/?]+?)\/?(?:\?(.*))?$/i.exec(text.trim());
  if (match === null) throw new Error(EXPECTED);
  const [, scheme = 'plaintext', login, hosts = '', query = ''] = match;
  const kind = scheme.toLowerCase();
  const brokers = hosts.split(',').map((host) => host.trim());
  if (!brokers.every((host) => /^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host))) throw new Error(EXPECTED);
  const settings = new URLSearchParams(query);
  const with_port = brokers.map((host) => (/:\d+$/.test(host) ? host : `${host}:${PORT}`));
  return {
    brokers: with_port,
    ssl: kind.endsWith('ssl') ? tls(settings.get('ca'), readFile) : false,
    sasl: kind.startsWith('sasl_') ? saslOf(login, settings.get('mechanism') ?? 'plain') : noLogin(login),
    name: with_port[0]!,
  };
}

function tls(path: string | null, readFile: (path: string) => string): { ca?: string } {
  if (path === null) return {};
  try {
    return { ca: readFile(path) };
  } catch (error) {
    throw new Error(`${BROKERS_SETTING}: the file that ca= names cannot be read: check that it exists and who may read it`, {
      cause: error,
    });
  }
}

function saslOf(login: string | undefined, mechanism: string): SASLOptions {
  const [username, password] = (login ?? '').split(':').map(decoded);
  if (!username || !password) throw new Error(`${BROKERS_SETTING}: sasl_ssl:// and sasl_plaintext:// need USER:PASSWORD@`);
  const known = MECHANISMS.find((name) => name === mechanism.toLowerCase());
  if (known === undefined) throw new Error(`${BROKERS_SETTING}: mechanism= must be one of ${MECHANISMS.join(', ')}`);
  return { mechanism: known, username, password };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${BROKERS_SETTING}: a % in user or password must be written as %25`);
  }
}

function noLogin(login: string | undefined): null {
  if (login !== undefined) throw new Error(`${BROKERS_SETTING}: a login needs sasl_ssl:// or sasl_plaintext:// in front`);
  return null;
}
