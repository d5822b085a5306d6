/**
 * `npm run platform`: the whole platform on one machine, without Docker, until Ctrl+C; for trying things out. MariaDB with a Moodle
 * database and one for the store, Kafka, Kafka Connect with Debezium and the connector of deploy/, Elasticsearch, all on ports of their own.
 *
 *     npm run platform              Moodle's log table is the small one of the worked example, and empty
 *     npm run platform -- site      Moodle's database is the sample site's
 */
import { Connect, connectMissing } from './connect.js';
import { connectorOf, DEBEZIUM_PASSWORD, PLATFORM_USERS } from './connector.js';
import { Elasticsearch, elasticsearchMissing } from './elasticsearch.js';
import { Kafka, kafkaMissing } from './kafka.js';
import { Mariadb, mariadbMissing } from './mariadb.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
const LOG_TABLE = `CREATE TABLE moodle.mdl_logstore_standard_log (
  id BIGINT PRIMARY KEY AUTO_INCREMENT, userid BIGINT NOT NULL, courseid BIGINT NOT NULL, timecreated BIGINT NOT NULL);`;

const say = (line: string) => process.stderr.write(`platform: ${line}\n`);

async function main(): Promise<void> {
  const missing = connectMissing() ?? kafkaMissing() ?? mariadbMissing() ?? elasticsearchMissing();
  if (missing !== null) {
    say(missing);
    process.exitCode = 1;
    return;
  }
  const stopped = new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  say('starting MariaDB, Kafka and Elasticsearch: about half a minute');
  const [db, kafka, search] = await Promise.all([Mariadb.start(), Kafka.start(), Elasticsearch.start()]);
  let connect: Connect | null = null;
  try {
    await db.sql(`CREATE DATABASE store; ${PLATFORM_USERS}`);
    if (process.argv[2] === 'site') await db.load(DUMP);
    else await db.sql(LOG_TABLE);
    say('starting Kafka Connect, and the connector');
    connect = await Connect.start({ brokers: kafka.brokers, env: {} });
    await connect.add('moodle', connectorOf(db, kafka.brokers, 'moodle'));
    await connect.running('moodle');
    await connect.streaming('moodle');
    // On standard output: `eval` may take it.
    process.stdout.write(`export HOLDFAST_MOODLE=kafka:moodle HOLDFAST_KAFKA_BROKERS=${kafka.brokers} HOLDFAST_KAFKA_TOPICS=true
export HOLDFAST_STORE=mysql://store:${DEBEZIUM_PASSWORD}@127.0.0.1:${db.port}/store HOLDFAST_ELASTICSEARCH=${search.url}
`);
    say('is up. Give these two lines to another terminal, then: npx holdfast doctor; npx holdfast serve');
    say(`Moodle's database: mariadb -uroot -S ${db.socket} moodle`);
    say('Ctrl+C stops all of it and removes its data.');
    await stopped;
  } finally {
    say('stopping');
    await connect?.stop();
    await Promise.all([kafka.stop(), search.stop(), db.stop()]);
  }
}

await main();
