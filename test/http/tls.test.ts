/** The service speaks TLS itself: who asks with the certificate's authority is answered, and a page that came without is not of this house. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as ask } from 'node:https';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHttp, type Http } from '../../src/http/create-http.js';
import { TempFolder } from '../journey/site.js';
import { needsServer } from '../servers/needed.js';
import { fakeParts } from './fakes.js';

const NAME = 'holdfast.example';
const missing = spawnSync('openssl', ['version']).status === 0 ? null : 'openssl is not there';

needsServer('a service with a certificate', missing, () => {
  const temp = new TempFolder();
  let http: Http;
  let port: number;
  let cert: string;

  beforeAll(async () => {
    const [key_file, cert_file] = [temp.file('key.pem'), temp.file('cert.pem')];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key_file, '-out', cert_file, '-days', '2'];
    spawnSync('openssl', [...made, '-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`]);
    cert = readFileSync(cert_file, 'utf8');
    http = await createHttp(fakeParts({ tls: { cert, key: readFileSync(key_file, 'utf8') }, allowed_hosts: [NAME] }));
    http.ready();
    const address = await http.listen('127.0.0.1', 0);
    expect(address).toMatch(/^https:/);
    port = Number(new URL(address).port);
  });
  afterAll(async () => {
    await http.close();
    await temp.remove();
  });

  const asked = (headers: Record<string, string> = {}, ca: string | undefined = cert) =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/api/v1/summary', servername: NAME, ca, agent: false as const };
      ask({ ...options, headers: { host: `${NAME}:${port}`, ...headers } }, (answer) => {
        answer.resume().on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }));
      })
        .on('error', reject)
        .end();
    });

  it('answers, and tells browsers to come by TLS from now on', async () => {
    const { status, headers } = await asked();
    expect(status).toBe(200);
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{7,}/);
  });

  it('is trusted only by those who know its authority', async () => {
    await expect(asked({}, '')).rejects.toThrow(/self-signed|verify/);
  });

  it('takes its own page for its own only by TLS', async () => {
    const from = async (origin: string) => (await asked({ origin })).status;
    expect(await from(`https://${NAME}:${port}`)).toBe(200);
    expect(await from(`http://${NAME}:${port}`)).toBe(403);
    expect(await from(`https://${NAME}`)).toBe(403);
    expect((await asked({ host: `evil.example:${port}` })).status).toBe(403);
  });
});
