/** Servers that take TLS alone, with a certificate of an authority made here: Holdfast comes in with it, and by no other way. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect as search } from '../../src/adapters/elasticsearch/connect.js';
import { checkKafka } from '../../src/adapters/kafka/check.js';
import { MysqlStore } from '../../src/adapters/mysql/mysql-store.js';
import { SITE } from '../contracts/store-samples.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { came, MOODLE_DUMP, options, read } from './binlog-site.js';
import { StoreServer } from './mysql-site.js';

jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The servers are at 127.0.0.1; the certificate has one name as well, which is not localhost. */
function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  for (const name of ['ca', 'other'])
    openssl(...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`], ...['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)]); // biome-ignore format: one command
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=db.example', '-keyout', file('key.pem'), '-out', file('csr.pem'));
  writeFileSync(file('names'), 'subjectAltName=DNS:db.example,IP:127.0.0.1');
  openssl(...['x509', '-req', '-in', file('csr.pem'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'], ...['-days', '2', '-extfile', file('names'), '-out', file('cert.pem')]); // biome-ignore format: one command
  writeFileSync(file('both.pem'), readFileSync(file('key.pem'), 'utf8') + readFileSync(file('cert.pem'), 'utf8'));
  chmodSync(folder, 0o755);
  for (const name of ['key.pem', 'cert.pem', 'ca.pem', 'both.pem']) chmodSync(file(name), 0o644);
}

beforeAll(makeCertificates);

needsServer('MariaDB that takes TLS alone', mariadbMissing(), () => {
  let db: StoreServer;
  beforeAll(async () => {
    db = await StoreServer.start({
      'ssl-ca': file('ca.pem'),
      'ssl-cert': file('cert.pem'),
      'ssl-key': file('key.pem'),
      'require-secure-transport': 'ON',
    });
    await db.create('store');
    await db.server.load(MOODLE_DUMP);
  });
  afterAll(() => db.server.stop());

  const open = async (more: string, change = (url: string) => url) => {
    const store = new MysqlStore(change(db.url('store')) + more);
    try {
      await store.open(SITE);
    } finally {
      await store.close();
    }
  };
  const copy = async (more: string) => {
    const site = options(db.server, ['user']);
    const batches = await read({ ...site, url: site.url + more }, null, came('user', 2), 20_000);
    return batches.flatMap(({ changes }) => changes).length;
  };

  it('keeps the store, and is copied and read, with its authority named', async () => {
    await open(`?ca=${file('ca.pem')}`);
    expect(await copy(`?ca=${file('ca.pem')}`)).toBeGreaterThan(0);
  });

  it('is not waited for where the address asks for no TLS: the operator is told what to add', async () => {
    await expect(open('')).rejects.toMatchObject({
      message: expect.stringMatching(/takes TLS alone refuses so too: then add \?ssl=true, or \?ca=/),
    });
    await expect(copy('')).rejects.toThrow(/takes TLS alone refuses so too: then add \?ssl=true, or \?ca=/);
  });

  it('is refused with a certificate of an authority that nobody named, or another', async () => {
    for (const more of ['?ssl=true', `?ca=${file('other.pem')}`]) {
      await expect(open(more)).rejects.toMatchObject({
        message: expect.stringMatching(/certificate of .* is not trusted.*\?ca=/s),
      });
      await expect(copy(more)).rejects.toThrow(/certificate is not trusted.*\?ca=/);
    }
  });

  it('is refused by a name that its certificate does not have', async () => {
    const named = (url: string) => url.replace('127.0.0.1', 'localhost');
    await expect(open(`?ca=${file('ca.pem')}`, named)).rejects.toThrow(/is not trusted/);
  });

  it('is told apart from a file that is not there', async () => {
    await expect(open('?ca=/none.pem')).rejects.toThrow(/file that ca= in HOLDFAST_STORE names cannot be read/);
    await expect(copy('?ca=/none.pem')).rejects.toThrow(/file that ca= in HOLDFAST_MOODLE names cannot be read/);
  });
});

needsServer('Kafka with SASL over TLS', kafkaMissing(), () => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await Kafka.start({
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,LOGIN:SASL_SSL,CONTROLLER:PLAINTEXT',
      'listener.name.login.ssl.keystore.type': 'PEM',
      'listener.name.login.ssl.keystore.location': file('both.pem'),
    });
  });
  afterAll(() => kafka.stop());
  const at = (form: string, more = '') => checkKafka(`${form}${kafka.brokers_with_login}${more}`, null);

  it('answers who logs in and names its authority', async () => {
    expect(await at('sasl_ssl://holdfast:fast-hold@', `?ca=${file('ca.pem')}`)).toMatchObject({ ok: true });
  });

  it('is refused with a certificate that is not trusted, and refuses a wrong password and an open connection', async () => {
    const trusted = `?ca=${file('ca.pem')}`;
    for (const [form, more] of [
      ['sasl_ssl://holdfast:fast-hold@', ''],
      ['sasl_ssl://holdfast:fast-hold@', `?ca=${file('other.pem')}`],
      ['sasl_ssl://holdfast:guessed@', trusted],
      ['sasl_plaintext://holdfast:fast-hold@', ''],
    ] as const) {
      const { ok, what, remedy } = await at(form, more);
      expect({ form, more, ok }).toEqual({ form, more, ok: false });
      expect(`${what} ${remedy}`).not.toMatch(/fast-hold|guessed/);
    }
  });
});

/** The test node has no security module: what is shown here is what is sent to one. */
describe('Elasticsearch behind TLS that wants an API key', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    const parts = { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) };
    server = createServer(parts, (request, answer) => {
      answer.setHeader('x-elastic-product', 'Elasticsearch').setHeader('content-type', 'application/json');
      answer.statusCode = request.headers.authorization === 'ApiKey aWQ6a2V5' ? 200 : 401;
      answer.end('{"status":"green"}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const health = (more: string) => search({ url: url + more }).cluster.health();

  it('is asked with the key and the authority that the address names', async () => {
    expect(await health(`?ca=${file('ca.pem')}&api_key=aWQ6a2V5`)).toMatchObject({ status: 'green' });
  });

  it('is not asked where its certificate is not trusted, and says so where the key is wrong', async () => {
    await expect(health('?api_key=aWQ6a2V5')).rejects.toThrow(/certificate|self.signed|issuer/);
    await expect(health(`?ca=${file('ca.pem')}&api_key=x`)).rejects.toThrow(/status|401|green/);
    expect(() => search({ url: `${url}?ca=/none.pem` })).toThrow(/file that ca= in HOLDFAST_ELASTICSEARCH names cannot be read/);
  });
});
