/**
 * The connector files of deploy/connectors on a real Kafka Connect worker, as they are: hosts and passwords come from the
 * worker's environment, the users from deploy/mariadb/10-users.sh.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { LOG_TABLE, TABLES } from '../../src/moodle/tables.js';
import { Connect, type ConnectorConfig, connectMissing } from '../servers/connect.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { partitionsOf, type Read, readTopics, readUntil } from './topics.js';

const run = promisify(execFile);
const LOG_COLUMNS =
  'id eventname component userid courseid relateduserid realuserid objectid contextlevel anonymous other timecreated origin';
const LOG = /^moodle\.moodle\.mdl_logstore_standard_log$/;
/** What a Moodle upgrade does: Debezium 3.5 cannot parse a column called `auto`. */
const UNPARSEABLE = 'CREATE TABLE mdl_scorm (id BIGINT(10) NOT NULL, auto TINYINT(1) NOT NULL DEFAULT 0, PRIMARY KEY (id))';
const logRow = (id: number, userid: number, table = 'mdl_logstore_standard_log') =>
  `INSERT INTO ${table} (id, eventname, component, edulevel, contextid, contextlevel, contextinstanceid, userid, courseid, timecreated, origin, ip)
   VALUES (${id}, '\\\\core\\\\event\\\\course_viewed', 'core', 2, 1, 50, 2, ${userid}, 2, 1795384909, 'web', '203.0.113.77');`;

function connectorFile(name: string): ConnectorConfig {
  return JSON.parse(readFileSync(`deploy/connectors/${name}.json`, 'utf8')) as ConnectorConfig;
}
/** MariaDB as docker-compose.yml starts it; its memory is this machine's to decide. */
function composeOptions(): Record<string, string> {
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8')) as { services: { mariadb: { command: string[] } } };
  const options = services.mariadb.command.map((option) => option.replace(/^--/, '').split('=') as [string, string]);
  return Object.fromEntries(options.filter(([name]) => name !== 'innodb-buffer-pool-size'));
}
const rowOf = (read: Read) => (read.value?.after ?? read.value?.before) as Record<string, unknown> | undefined;

needsServer('the connector files', connectMissing() ?? kafkaMissing() ?? mariadbMissing(), () => {
  let db: Mariadb;
  let kafka: Kafka;
  let connect: Connect;
  const password = 'what\'s "it" \\ to $you';

  beforeAll(async () => {
    [db, kafka] = await Promise.all([Mariadb.start(composeOptions()), Kafka.start()]);
    const env = { ...process.env, MARIADB_SOCKET: db.socket, STORE_PASSWORD: password, MOODLE_DB_PASSWORD: password };
    execFileSync('sh', ['deploy/mariadb/10-users.sh'], { env });
    await db.load('test/fixtures/moodle-4.5-site.sql.gz');
    // A tenth of the log shows as much as all of it.
    await db.sql('DELETE FROM mdl_logstore_standard_log WHERE id % 10 <> 0', 'moodle');
    // The recorded site has no groups.
    await db.sql(
      `CREATE TABLE mdl_groups (id BIGINT PRIMARY KEY, courseid BIGINT, idnumber VARCHAR(100), name VARCHAR(254), description TEXT,
         enrolmentkey VARCHAR(50), timecreated BIGINT, timemodified BIGINT);
       CREATE TABLE mdl_groups_members (id BIGINT PRIMARY KEY, groupid BIGINT, userid BIGINT, timeadded BIGINT, component VARCHAR(100), itemid BIGINT);
       INSERT INTO mdl_groups VALUES (1, 2, '', 'Lab', 'what they do', 'a-key-to-get-in', 1, 1); INSERT INTO mdl_groups_members VALUES (1, 1, 5, 1, '', 0)`,
      'moodle',
    );
    connect = await Connect.start({
      brokers: kafka.brokers,
      plugins: ['debezium-mariadb', 'debezium-mysql'],
      env: {
        BOOTSTRAP_SERVERS: kafka.brokers,
        MOODLE_DB_HOST: '127.0.0.1',
        MOODLE_DB_PORT: String(db.port),
        MOODLE_DB_USER: 'debezium',
        MOODLE_DB_PASSWORD: password,
        MOODLE_DB_NAME: 'moodle',
        MOODLE_DB_SERVER_ID: '5403',
      },
    });
    const { stdout } = await run('node', [
      'deploy/connectors/register.mjs',
      connect.url,
      'deploy/connectors/moodle-mariadb.json',
    ]);
    expect(stdout).toBe('connector moodle runs\n');
    await connect.add('moodle', connectorFile('moodle-mariadb'));
    await connect.streaming('moodle');
    await arrived(LOG, 'mdl_logstore_standard_log');
    await arrived(/mdl_user_enrolments$/, 'mdl_user_enrolments');
    await arrived(/mdl_groups_members$/, 'mdl_groups_members');
  }, 240_000);

  /** What the snapshot has read is sent some moments later. */
  async function arrived(topic: RegExp, table: string): Promise<void> {
    const rows = Number(await db.sql(`SELECT COUNT(*) FROM ${table}`, 'moodle'));
    await readUntil(kafka.brokers, topic, (read) => read.length === rows);
  }

  afterAll(async () => {
    await Promise.all([connect?.stop(), kafka?.stop(), db?.stop()]);
  }, 60_000);

  it('for MariaDB is accepted by the connector, with a user who may do no more than the script of users grants', async () => {
    const config = { ...connectorFile('moodle-mariadb'), name: 'moodle' };
    expect(await connect.validate('io.debezium.connector.mariadb.MariaDbConnector', config)).toEqual({});
  });

  it('for MySQL is accepted by the MySQL connector (validated only: there is no MySQL server to run it on)', async () => {
    const config = { ...connectorFile('moodle-mysql'), name: 'moodle' };
    expect(await connect.validate('io.debezium.connector.mysql.MySqlConnector', config)).toEqual({});
  });

  it('validation would find a fault: a password that is wrong', async () => {
    const config = { ...connectorFile('moodle-mariadb'), name: 'moodle', 'database.password': 'wrong' };
    const faults = await connect.validate('io.debezium.connector.mariadb.MariaDbConnector', config);
    expect(Object.keys(faults).length).toBeGreaterThan(0);
  });

  it('keys every log row by its user and nothing else, so that a user has one partition', async () => {
    const rows = await readTopics(kafka.brokers, LOG);
    const partitions = new Map<unknown, number>();
    expect(rows.length).toBeGreaterThan(1000);
    for (const { key, value, partition } of rows) {
      const { userid } = value!.after as { userid: number };
      expect(key).toEqual({ userid });
      expect(partitions.get(userid) ?? partition).toBe(partition);
      partitions.set(userid, partition);
    }
    expect(new Set(partitions.values()).size).toBeGreaterThan(1);
    expect(await partitionsOf(kafka.brokers, LOG)).toEqual({ 'moodle.moodle.mdl_logstore_standard_log': 12 });
  });

  it('sends the columns that Holdfast reads, of the tables that it reads, and no others', async () => {
    const expected = Object.entries(TABLES).map(([table, { columns }]) => [
      table,
      ['id', ...columns.map(([name]) => name)].sort(),
    ]);
    const columns = new Map<string, string[]>();
    for (const read of await readTopics(kafka.brokers, /^moodle\.moodle\./)) {
      columns.set(read.topic.replace('moodle.moodle.mdl_', ''), Object.keys(rowOf(read) ?? {}).sort());
    }
    expect(Object.fromEntries(columns)).toEqual({
      ...Object.fromEntries(expected),
      [LOG_TABLE]: LOG_COLUMNS.split(' ').sort(),
    });
  });

  it('sends no address, login name, number or place of anybody', async () => {
    const list = (await db.sql("SELECT CONCAT_WS('\\t', email, username, NULLIF(idnumber, ''), NULLIF(phone1, ''), NULLIF(lastip, '')) FROM mdl_user WHERE id > 2", 'moodle')).split(/\s+/); // biome-ignore format: one statement
    const personal = new Set(list.filter((word) => word.length > 5));
    const ips = (await db.sql("SELECT DISTINCT ip FROM mdl_logstore_standard_log WHERE ip <> ''", 'moodle')).trim().split('\n');
    const text = JSON.stringify(await readTopics(kafka.brokers, /^moodle\./));
    expect(personal.size).toBeGreaterThan(50);
    expect([...personal, ...ips].filter((word) => text.includes(word))).toEqual([]);
  });

  it('sends grades as decimals that can be read without a schema', async () => {
    const grades = (await readTopics(kafka.brokers, /mdl_grade_grades$/)).map((read) => rowOf(read)?.finalgrade);
    expect(grades.find((grade) => grade !== null)).toMatch(/^\d+\.\d{5}$/);
  });

  it('goes on after a CREATE TABLE of a Moodle upgrade that Debezium cannot parse; without its two settings it would fail', async () => {
    const bare: ConnectorConfig = {
      ...connectorFile('moodle-mariadb'),
      'topic.prefix': 'bare',
      'database.server.id': '5404',
      'snapshot.mode': 'no_data',
      'schema.history.internal.kafka.topic': 'schema-history.bare',
      'schema.history.internal.skip.unparseable.ddl': 'false',
      'schema.history.internal.store.only.captured.tables.ddl': 'false',
    };
    await connect.add('bare', bare);
    await connect.running('bare');
    await connect.streaming('bare');
    await db.sql(`${UNPARSEABLE}; ${logRow(9_000_001, 77)}`, 'moodle');
    expect(await connect.failed('bare')).toMatch(/pars/i);
    await readUntil(kafka.brokers, LOG, (rows) => rows.some((read) => rowOf(read)?.id === 9_000_001));
    await connect.running('moodle');
    await connect.remove('bare');
  }, 120_000);

  it('brings what was purged or emptied as such, and never a tombstone, which would compact a user’s whole log away', async () => {
    await db.sql('DELETE FROM mdl_logstore_standard_log WHERE id = 9000001; TRUNCATE mdl_quiz_attempts', 'moodle');
    const rows = await readUntil(kafka.brokers, /standard_log$|quiz_attempts$/, (read) =>
      ['d', 't'].every((op) => read.some(({ value }) => value?.op === op)),
    );
    expect(rows.find(({ value }) => value?.op === 'd')).toMatchObject({ key: { userid: 77 }, value: { after: null } });
    expect(rows.find(({ value }) => value?.op === 't')).toMatchObject({ topic: 'moodle.moodle.mdl_quiz_attempts' });
    expect(rows.filter(({ value }) => value === null)).toEqual([]);
  });

  it('fits another prefix of Moodle’s tables, and leaves out tables that only end alike', async () => {
    await db.sql(
      `CREATE TABLE m2_logstore_standard_log LIKE mdl_logstore_standard_log;
       CREATE TABLE mdl_chat_user (id BIGINT PRIMARY KEY, firstname TEXT);
       INSERT INTO mdl_chat_user VALUES (1, 'nobody');
       ${logRow(5, 4242, 'm2_logstore_standard_log')}`,
      'moodle',
    );
    const [read] = await readUntil(kafka.brokers, /\.m2_/, (rows) => rows.length > 0);
    expect(read).toMatchObject({ key: { userid: 4242 }, topic: 'moodle.moodle.m2_logstore_standard_log' });
    expect(await partitionsOf(kafka.brokers, /chat_user|m2_/)).toEqual({ 'moodle.moodle.m2_logstore_standard_log': 12 });
  });

  it('after a kill goes on where it was: what happened meanwhile arrives', async () => {
    await connect.kill();
    await db.sql(logRow(9_000_002, 78), 'moodle');
    await connect.launch();
    await connect.running('moodle');
    await readUntil(kafka.brokers, LOG, (rows) => rows.some((read) => rowOf(read)?.id === 9_000_002));
  }, 240_000);

  (process.env.HOLDFAST_LONG ? it : it.skip)(
    'HOLDFAST_LONG=1: copies everything again when its offsets are deleted, as docs/upgrading.md says',
    async () => {
      const before = (await readTopics(kafka.brokers, /mdl_course$/)).length;
      await connect.rewind('moodle');
      await connect.running('moodle');
      await readUntil(kafka.brokers, /mdl_course$/, (rows) => rows.length === 2 * before);
    },
    240_000,
  );
});
