/** Servers that take TLS alone, with a certificate of an authority made here: Holdfast comes in with it, and by no other way. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { checkKafka } from '../../src/adapters/kafka/check.js';
import { KafkaTopicsSink } from '../../src/adapters/kafka/topics-sink.js';
import { MysqlStore } from '../../src/adapters/mysql/mysql-store.js';
import { messageOf, TOPICS } from '../../src/indexing/cloud-events.js';
import { OUTSIDE_NAMES } from '../../src/indexing/names.js';
import type { Publication } from '../../src/ports.js';
import { SITE } from '../contracts/store-samples.js';
import { Certificates } from '../servers/certificates.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { came, MOODLE_DUMP, options, read } from './binlog-site.js';
import { clicks, Desk, idsOf, LOG, RunningSource, range, until } from './kafka-site.js';
import { LaneBook, LanesDouble } from './lanes-double.js';
import { StoreServer } from './mysql-site.js';

jest.setTimeout(180_000);

const certificates = new Certificates();
const file = (name: string) => certificates.file(name);
beforeAll(() => certificates.make());
afterAll(() => certificates.remove());

const START_MS = Date.parse('2026-11-20T09:00:00Z');
const SESSION: Publication = {
  table: 'sessions',
  key: [7, START_MS],
  row: { user_id: 7, start_ms: START_MS, end_ms: START_MS, activities: 3, duration_s: 0, closed: true },
  time_ms: START_MS,
};

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
  let desk: Desk;
  beforeAll(async () => {
    kafka = await Kafka.start({
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,LOGIN:SASL_SSL,CONTROLLER:PLAINTEXT',
      'listener.name.login.ssl.keystore.type': 'PEM',
      'listener.name.login.ssl.keystore.location': file('both.pem'),
      'listener.name.login.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
      'listener.name.login.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    });
    desk = new Desk(kafka.brokers);
    await desk.connect();
  });
  afterAll(async () => {
    await desk?.close();
    await kafka?.stop();
  });
  const scram = (password: string) =>
    `sasl_ssl://holdfast:${password}@${kafka.brokers_with_login}?mechanism=scram-sha-512&ca=${file('ca.pem')}`;
  const sinkAt = (brokers: string) =>
    new KafkaTopicsSink({ brokers, site: 'sample' }, ['sessions'], TOPICS, (publication, round) =>
      messageOf('sample', publication, round),
    );
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

  it('hands over what it has, and takes sessions, from who logs in by SCRAM', async () => {
    const topic = `site.${LOG}`;
    await desk.topic(topic);
    await desk.send(topic, clicks(0, 10));
    const book = new LaneBook();
    const source = new RunningSource(new LanesDouble(book), { brokers: scram('fast-hold'), prefix: 'site' });
    await source.until(() => book.changes.length >= 10, 'ten clicks');
    await source.stop();
    expect(idsOf(book.changes)).toEqual(range(0, 10));

    const sink = sinkAt(scram('fast-hold'));
    await sink.open();
    expect(await sink.send([SESSION], 1)).toEqual({ refused: [] });
    await sink.close();
    const sessions = OUTSIDE_NAMES.sessions.topic!;
    // A new topic's partitions have their leaders a moment later.
    const isLed = () =>
      desk.admin.fetchTopicOffsets(sessions).then(
        () => true,
        () => false,
      );
    await until(isLed, 'leaders of the new topic');
    const told = await desk.read(sessions);
    expect(told.map(({ message }) => JSON.parse(message.value!.toString()) as unknown)).toEqual([
      expect.objectContaining({ user_id: 7, activities: 3 }),
    ]);
  });

  it('lets neither source nor sink in by SCRAM with a wrong password, and the operator is told which setting to look at', async () => {
    const refused = /login is refused; check user, password and mechanism in HOLDFAST_KAFKA_BROKERS/;
    const source = new RunningSource(new LanesDouble(new LaneBook()), { brokers: scram('guessed'), prefix: 'other' });
    await expect(source.ended).rejects.toThrow(refused);
    const sink = sinkAt(scram('guessed'));
    await expect(sink.open()).rejects.toThrow(refused);
    await expect(sink.send([SESSION], 1)).rejects.toThrow(refused);
    await sink.close();
  });
});
