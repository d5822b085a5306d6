/** Servers that take TLS alone, with a certificate of an authority made here: Holdfast comes in with it, and by no other way. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { checkKafka } from '../../src/adapters/kafka/check.js';
import { MysqlStore } from '../../src/adapters/mysql/mysql-store.js';
import { SITE } from '../contracts/store-samples.js';
import { Certificates } from '../servers/certificates.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { came, MOODLE_DUMP, options, read } from './binlog-site.js';
import { StoreServer } from './mysql-site.js';

jest.setTimeout(180_000);

const certificates = new Certificates();
const file = (name: string) => certificates.file(name);
beforeAll(() => certificates.make());
afterAll(() => certificates.remove());

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
