/**
 * Whether the Holdfast of this container answers: ends with 0 or 1. It asks under the name localhost, which Holdfast always goes by, at
 * loopback where the service listens on every address, and by TLS where the service speaks it. Whose certificate it is does not matter here.
 */
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const PATIENCE_MS = 4_000;
const EVERYWHERE = ['0.0.0.0', '[::]'];

const { HOLDFAST_LISTEN, HOLDFAST_TLS_CERT, HOLDFAST_TLS_CERT_FILE } = process.env;
const [, host, port] = /^(.*):(\d+)$/.exec(HOLDFAST_LISTEN || '127.0.0.1:3000') ?? [];
const options = {
  host: EVERYWHERE.includes(host) ? '127.0.0.1' : host?.replace(/^\[|\]$/g, ''),
  port,
  path: '/healthz',
  headers: { host: `localhost:${port}` },
  rejectUnauthorized: false,
  timeout: PATIENCE_MS,
};
const ask = HOLDFAST_TLS_CERT || HOLDFAST_TLS_CERT_FILE ? https : http;
ask(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
  .end();
