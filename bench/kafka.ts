/**
 * Debezium's JSON on a real broker → committed state in a real MariaDB, by one process and by two; beside a plain kafkajs consumer that
 * only counts, and beside Kafka Streams making the same sessions of the same topic with two threads.
 *
 *     npm run bench -- kafka [MESSAGES]    200,000 unless told otherwise; needs MariaDB, Java and Maven
 *
 * A rate is that of the last 95 % of the messages: joining a group takes seconds, and is not what is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import kafkajs from 'kafkajs';
import { partitionOf, userKey } from '../src/adapters/kafka/keys.js';
import { JAVA, jarsOf } from '../test/servers/jars.js';
import { Kafka } from '../test/servers/kafka.js';
import { Mariadb } from '../test/servers/mariadb.js';
import { logLines } from './log-lines.js';

const TOPIC = 'bench.moodle.mdl_logstore_standard_log';
const PARTITIONS = 4;
const PER_SEND = 1_000;
const LOOK_MS = 50;
const PASSWORD = 'fast-hold';
/** A store's own server: durable commits, no binary log, and memory as a real one has it. */
const DATABASE = {
  'log-bin': false,
  'innodb-flush-log-at-trx-commit': '1',
  'innodb-buffer-pool-size': '512M',
  'innodb-log-file-size': '256M',
} as const;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Rate {
  seconds: number;
  per_s: number;
}

async function fill(brokers: string, messages: number): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  let batch: { key: Buffer; value: string; partition: number }[] = [];
  for (const { userid, line } of logLines(messages)) {
    const key = userKey(userid);
    batch.push({ key, value: line, partition: partitionOf(key, PARTITIONS) });
    if (batch.length < PER_SEND) continue;
    await producer.send({ topic: TOPIC, messages: batch });
    batch = [];
  }
  if (batch.length > 0) await producer.send({ topic: TOPIC, messages: batch });
  await producer.disconnect();
}

/** From the moment when 5 % are done to the moment when all are. */
async function rateOf(messages: number, done: () => Promise<number>): Promise<Rate> {
  let begun: { at: number; count: number } | null = null;
  for (;;) {
    const count = await done();
    const at = performance.now();
    if (begun === null && count >= messages / 20) begun = { at, count };
    if (count >= messages && begun !== null) {
      const seconds = (at - begun.at) / 1000;
      return { seconds, per_s: (messages - begun.count) / seconds };
    }
    await sleep(LOOK_MS);
  }
}

async function counting(brokers: string, messages: number): Promise<Rate> {
  const kafka = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `count-${Date.now()}` });
  let count = 0;
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: async ({ batch }) => {
      count += batch.messages.length;
    },
  });
  const rate = await rateOf(messages, async () => count);
  await consumer.disconnect();
  return rate;
}

async function streams(brokers: string, messages: number): Promise<Rate> {
  const state = mkdtempSync(join(tmpdir(), 'holdfast-streams-'));
  const jars = await jarsOf('streams');
  const child = spawn(
    JAVA,
    ['-cp', `${jars}/*`, here('../../bench/streams/Sessions.java'), brokers, TOPIC, '2', state, String(messages)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  for await (const part of child.stdout) text += String(part);
  rmSync(state, { recursive: true, force: true });
  const [begun, done] = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(1).map(Number));
  if (!begun || !done) throw new Error('Kafka Streams did not come to an end');
  const seconds = (done[0]! - begun[0]!) / 1000;
  return { seconds, per_s: (messages - begun[1]!) / seconds };
}

/** Processes of Holdfast, reading only, into a new store. */
async function holdfast(
  db: Mariadb,
  brokers: string,
  messages: number,
  processes: number,
): Promise<Rate & { mebibytes: number }> {
  const name = `store_${processes}_${Date.now()}`;
  await db.sql(`CREATE DATABASE ${name}`);
  const env = {
    PATH: process.env.PATH,
    HOLDFAST_STORE: `mysql://store:${PASSWORD}@127.0.0.1:${db.port}/${name}`,
    HOLDFAST_MOODLE: 'kafka:bench',
    HOLDFAST_KAFKA_BROKERS: brokers,
    HOLDFAST_SITE: name.replaceAll('_', '-'),
    HOLDFAST_CLOCK: 'event',
    HOLDFAST_ROLES: 'ingest',
  };
  const children: ChildProcess[] = [];
  for (let i = 0; i < processes; i++)
    children.push(spawn(process.execPath, [here('../../dist/cli.js'), 'serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] }));
  try {
    const rate = await rateOf(messages, () => committed(db, name));
    const mebibytes = Math.max(...children.map(({ pid }) => residentMebibytes(pid!)));
    const sum = Number(await db.sql('SELECT COALESCE(SUM(activities), 0) FROM sessions', name));
    if (sum !== messages) throw new Error(`${sum} activities counted of ${messages}`);
    return { ...rate, mebibytes };
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => new Promise((resolve) => child.once('close', resolve))));
  }
}

/** Messages whose batches are committed, by the positions in the store. */
async function committed(db: Mariadb, name: string): Promise<number> {
  const rows = await db.sql("SELECT position FROM positions WHERE source LIKE 'kafka:%'", name).catch(() => '');
  const offsets = rows.split('\n').filter((row) => row.startsWith('{'));
  return offsets.reduce((sum, row) => sum + Number((JSON.parse(row) as { offset: string }).offset) + 1, 0);
}

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function tell(what: string, { seconds, per_s }: Rate, more = ''): void {
  process.stdout.write(`${what.padEnd(46)} ${seconds.toFixed(1).padStart(6)} s  ${Math.round(per_s)} messages/s${more}\n`);
}

async function main(): Promise<void> {
  const messages = Number(process.argv[2] ?? 200_000);
  const [kafka, db] = await Promise.all([Kafka.start(), Mariadb.start(DATABASE)]);
  try {
    await db.sql(`CREATE USER store@'%' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON \`store%\`.* TO store@'%'`);
    await fill(kafka.brokers, messages);
    const plain = await counting(kafka.brokers, messages);
    tell('a plain consumer that counts', plain);
    const one = await holdfast(db, kafka.brokers, messages, 1);
    tell('Holdfast, one process, committed in MariaDB', one, `, peak ${Math.round(one.mebibytes)} MiB`);
    const two = await holdfast(db, kafka.brokers, messages, 2);
    tell('Holdfast, two processes', two, `, peak ${Math.round(two.mebibytes)} MiB each`);
    const peer = await streams(kafka.brokers, messages);
    tell('Kafka Streams, two threads, sessions per user', peer);
    const ratio = (a: Rate, b: Rate) => (a.per_s / b.per_s).toFixed(2);
    process.stdout.write(
      `one process / plain consumer ${ratio(one, plain)}; one process / Kafka Streams ${ratio(one, peer)}; two / one ${ratio(two, one)}\n`,
    );
  } finally {
    await Promise.all([kafka.stop(), db.stop()]);
  }
}

await main();
