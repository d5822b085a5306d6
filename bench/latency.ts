/**
 * From a commit in Moodle's database to the session in Elasticsearch, through everything that is real: MariaDB's binary log, Debezium in
 * Kafka Connect, Kafka, one process of Holdfast on the wall's clock with its store in MariaDB, Elasticsearch. Clicks come one at a time, a few a
 * second, as on a quiet site: it is the time of the way, not of a queue.
 *
 *     npm run bench -- latency [CLICKS]    100 unless told otherwise; needs MariaDB, Java and Maven
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connect } from '../test/servers/connect.js';
import { connectorOf, DEBEZIUM_PASSWORD, PLATFORM_USERS } from '../test/servers/connector.js';
import { Elasticsearch } from '../test/servers/elasticsearch.js';
import { Kafka } from '../test/servers/kafka.js';
import { Mariadb } from '../test/servers/mariadb.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
const PAUSE_MS = 200;
const LOOK_MS = 5;
const START_MS_MAX = 120_000;
/** Someone whom the dump does not know, so that each click is a session of its own. */
const FIRST_USER = 1_000_000;

async function capture(db: Mariadb, kafka: Kafka, connect: Connect): Promise<void> {
  await connect.add('moodle', connectorOf(db, kafka.brokers, 'moodle'));
  await connect.running('moodle');
  await connect.streaming('moodle');
}

/** Milliseconds from the commit to the document; `time_s` is the click's own. */
async function click(db: Mariadb, search: Elasticsearch, id: number, user: number): Promise<number> {
  const time_s = Math.floor(Date.now() / 1000);
  const begun = performance.now();
  await db.sql(
    `INSERT INTO mdl_logstore_standard_log (id, eventname, component, action, target, crud, edulevel, contextid, contextlevel, contextinstanceid, userid, courseid, timecreated, origin)
     VALUES (${id}, '\\\\core\\\\event\\\\course_viewed', 'core', 'viewed', 'course', 'r', 2, 1, 50, 2, ${user}, 2, ${time_s}, 'web')`,
    'moodle',
  );
  for (;;) {
    try {
      await search.ask('GET', `/moodle-sessions/_doc/${encodeURIComponent(`${user}|${time_s * 1000}`)}`);
      return performance.now() - begun;
    } catch {
      if (performance.now() - begun > START_MS_MAX) throw new Error('the session did not come');
      await sleep(LOOK_MS);
    }
  }
}

async function main(): Promise<void> {
  const clicks = Number(process.argv[2] ?? 100);
  const [db, kafka, search] = await Promise.all([Mariadb.start(), Kafka.start(), Elasticsearch.start()]);
  let connect: Connect | null = null;
  let service: ReturnType<typeof spawn> | null = null;
  try {
    await db.load(DUMP);
    await db.sql(`CREATE DATABASE store; ${PLATFORM_USERS}`);
    connect = await Connect.start({ brokers: kafka.brokers });
    await capture(db, kafka, connect);
    const env = {
      PATH: process.env.PATH,
      HOLDFAST_STORE: `mysql://store:${DEBEZIUM_PASSWORD}@127.0.0.1:${db.port}/store`,
      HOLDFAST_MOODLE: 'kafka:moodle',
      HOLDFAST_KAFKA_BROKERS: kafka.brokers,
      HOLDFAST_ELASTICSEARCH: search.url,
      HOLDFAST_LISTEN: '127.0.0.1:0',
      HOLDFAST_LOG_LEVEL: 'warn',
    };
    const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    service = spawn(process.execPath, [cli, 'serve', '--quiet'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const waits: number[] = [];
    // The first ones wait for the snapshot, and for everybody to be warm.
    for (let i = -5; i < clicks; i++) {
      const wait = await click(db, search, 10_000_000 + i, FIRST_USER + i);
      if (i >= 0) waits.push(wait);
      await sleep(PAUSE_MS);
    }
    waits.sort((a, b) => a - b);
    const at = (share: number) => Math.round(waits[Math.min(Math.floor(share * waits.length), waits.length - 1)]!);
    process.stdout.write(
      `commit in Moodle → session in Elasticsearch, ${clicks} clicks: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, least ${at(0)} ms\n`,
    );
  } finally {
    service?.kill('SIGTERM');
    await connect?.stop();
    await Promise.all([kafka.stop(), search.stop(), db.stop()]);
  }
}

await main();
