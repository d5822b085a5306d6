/**
 * Faults on real servers with real processes: whatever is killed, sleeps, is delivered twice or cannot be read, the tables are those of
 * one process that read everything once, and the search index has the same rows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { elasticsearchMissing } from '../servers/elasticsearch.js';
import { kafkaMissing } from '../servers/kafka.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { Platform, type Process } from './platform.js';
import { PERSONAL, RecordedTopics } from './scale-faults-topics.js';
import { differences, HISTORY, LONG, NO_TICKS, ORDER_INDEPENDENT, seeded, tablesAfter } from './site.js';

/** A process that is not heard of for 30 s is replaced by the group; what waits for that waits longer. */
const COME_ABOUT_MS_MAX = 180_000;
const RUN_MS_MAX = 600_000;
/** Templates and documents on a disk that others write to. */
const COMMAND_MS_MAX = 240_000;
/** The moment of a fault is drawn between now and this. */
const MOMENT_MS_MAX = 400;
const SLICES = 10;
const [PARTITIONS, PARTITIONS_LATER] = [3, 7];
/** Tries to stop a process while it holds a transaction open. */
const CATCHES_MAX = 40;
const INDICES: Record<string, string> = {
  sessions: 'moodle-sessions',
  course_sessions: 'moodle-course-sessions',
  user_activity: 'moodle-user-activity',
  activity_days: 'moodle-activity-days',
  cohort_ratios: 'moodle-cohort-ratios',
};

const missing = kafkaMissing() ?? mariadbMissing() ?? elasticsearchMissing();

needsServer('several processes over Kafka, MariaDB and Elasticsearch, when things break', missing, () => {
  let platform: Platform;
  let expected: Record<string, string>;
  /** Of the latest run: its rows are those of the index. */
  let env: Record<string, string>;
  beforeAll(async () => {
    platform = await Platform.start({ connect: false, elasticsearch: 'later' });
    expected = await tablesAfter([HISTORY], { env: NO_TICKS, tables: ORDER_INDEPENDENT });
  }, 240_000);
  afterAll(() => platform?.stop(), 60_000);

  const rowsOf = (table: string) => table.trimEnd().split('\n').slice(1);

  /** Stops it where it hurts most: with a transaction open and rows locked. */
  async function fallAsleep(process: Process): Promise<boolean> {
    const idle = () =>
      platform.db.sql(
        `SELECT trx_id FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
         WHERE p.user = 'store' AND p.command = 'Sleep' AND trx_rows_modified > 0`,
      );
    for (let attempt = 0; attempt < CATCHES_MAX; attempt++) {
      process.sleep();
      const before = new Set((await idle()).split('\n').filter(Boolean));
      await sleep(100);
      if (before.size > 0 && (await idle()).split('\n').some((id) => before.has(id))) return true;
      process.wake();
      await sleep(20);
    }
    process.sleep();
    return false;
  }

  async function caughtUp(topics: RecordedTopics, database: string): Promise<void> {
    let behind: string[] = [];
    await platform.until(
      COME_ABOUT_MS_MAX,
      async () => {
        behind = await topics.behind(database);
        return behind.length === 0;
      },
      () => behind.join('\n'),
    );
  }

  /** Produces the history while things break; ends when all of it is counted. The processes that are left come back. */
  async function suffer(topics: RecordedTopics, database: string, random: () => number): Promise<Process[]> {
    const moment = () => sleep(random() * MOMENT_MS_MAX);
    const slice = (n: number) => topics.produce(n / SLICES, (n + 1) / SLICES);
    const [first, sleeper] = [platform.serve(env), platform.serve(env)];
    await slice(0);
    await platform.until(COME_ABOUT_MS_MAX, async () => (await topics.behind(database).catch(() => ['none'])).length === 0);

    const second = slice(1);
    await moment();
    await platform.db.kill();
    await second;
    await platform.db.launch();

    const third = slice(2);
    await moment();
    await platform.kafka.kill();
    await platform.kafka.launch();
    await third;
    await slice(3);
    await topics.grow(PARTITIONS_LATER);

    const asleep = slice(4).then(() => slice(5));
    const caught = await fallAsleep(sleeper);
    await asleep;
    process.stderr.write(`a process sleeps ${caught ? 'in the middle of a transaction' : 'between transactions'}\n`);
    const killed = slice(6);
    await moment();
    await first.kill();
    const added = platform.serve(env);
    await killed;
    // Two of three are gone, and only now and then is one of them missed: what comes about here took longer than a session lasts.
    await caughtUp(topics, database);
    sleeper.may_fail = true;
    sleeper.wake();
    for (let n = 7; n < SLICES; n++) await slice(n);
    await topics.snapshot();
    await caughtUp(topics, database);
    return [sleeper, added];
  }

  async function indexed(): Promise<Record<string, number>> {
    const counts = Object.entries(INDICES).map(async ([table, index]) => {
      await platform.search!.ask('POST', `/${index}/_refresh`);
      return [table, ((await platform.search!.ask('GET', `/${index}/_count`)) as { count: number }).count] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  it.each(Array.from({ length: LONG ? 5 : 1 }, (_, run) => run))(
    'loses nothing and counts nothing twice (run %i)',
    async (run) => {
      const name = `faults${run}`;
      const topics = new RecordedTopics(platform, name);
      await topics.open(PARTITIONS);
      env = platform.env(await platform.store(name), name, { ...NO_TICKS, HOLDFAST_SITE: name });
      if (run > 0) {
        await platform.search!.ask('DELETE', `/${Object.values(INDICES).join(',')}`);
        await platform.search!.kill();
      }
      const poisoned = await topics.poison();
      const left = await suffer(topics, `store_${name}`, seeded(run + 1));

      const found: Record<string, string> = {};
      for (const table of ORDER_INDEPENDENT) found[table] = await platform.run(env, 'export', table);
      expect(differences(found, expected)).toEqual([]);

      const rejected = await platform.run(env, 'export', 'rejected');
      const dead = (await Promise.all([topics.log, `${name}.moodle.mdl_user`].map((t) => topics.desk.read(`dlq.${t}`)))).flat();
      const heads = dead.map(({ message: { headers } }) => {
        const of = (header: string) => String(headers?.[header]);
        return `${of('dlq_topic')}/${of('dlq_partition')},offset ${of('dlq_offset')},${of('dlq_error_class')}`;
      });
      expect(rowsOf(rejected)).toHaveLength(poisoned);
      expect(new Set(rowsOf(rejected).map((row) => row.split(',').slice(0, 3).join()))).toEqual(new Set(heads));
      expect(rejected).not.toContain(PERSONAL);
      expect(dead.map(({ message }) => JSON.stringify(message.headers)).join()).not.toContain(PERSONAL);

      await platform.search!.launch();
      const wanted = Object.fromEntries(Object.keys(INDICES).map((table) => [table, rowsOf(expected[table]!).length]));
      let counts: Record<string, number> = {};
      await platform.until(
        COME_ABOUT_MS_MAX,
        async () => {
          counts = await indexed().catch(() => ({}));
          return JSON.stringify(counts) === JSON.stringify(wanted);
        },
        () => `in the index ${JSON.stringify(counts)}, in the store ${JSON.stringify(wanted)}`,
      );
      for (const one of left) if (!one.may_fail || one.code === null) await one.stop();
      await topics.close();
    },
    RUN_MS_MAX,
  );

  describe('afterwards', () => {
    it(
      'is healthy, says doctor',
      async () => {
        const { code, stdout } = await platform.runs(env, 'doctor');
        expect(stdout).not.toContain('FAULT');
        expect(stdout).toMatch(/the store opens[\s\S]*Kafka at [\s\S]*elasticsearch takes rows/);
        expect(code).toBe(0);
      },
      COMMAND_MS_MAX,
    );

    it(
      'makes the index again as the store is, after documents were lost and strays came in',
      async () => {
        const { search } = platform;
        const documents = async (index: string) => {
          const { hits } = (await search!.ask('POST', `/${index}/_search`, { size: 10_000 })) as {
            hits: { hits: { _id: string; _source: Record<string, unknown> }[] };
          };
          // The round says who told it last; all else is the row.
          const rows = hits.hits.map(({ _id, _source: { holdfast: _, ...row } }) => JSON.stringify([_id, row]));
          return { ids: hits.hits.map(({ _id }) => _id), text: rows.sort().join('\n') };
        };
        const before = await documents('moodle-user-activity');
        for (const id of before.ids.slice(0, 5))
          await search!.ask('DELETE', `/moodle-user-activity/_doc/${encodeURIComponent(id)}`);
        for (const stray of ['900001', '900002']) await search!.ask('PUT', `/moodle-user-activity/_doc/${stray}`, {});
        await search!.ask('PUT', '/moodle-sessions/_doc/stray', {});
        await platform.run(env, 'index', 'rebuild');
        await search!.ask('POST', '/moodle-user-activity/_refresh');
        const after = await documents('moodle-user-activity');
        expect(differences({ documents: after.text }, { documents: before.text })).toEqual([]);
        expect(await indexed()).toEqual(
          Object.fromEntries(Object.keys(INDICES).map((table) => [table, rowsOf(expected[table]!).length])),
        );
      },
      COMMAND_MS_MAX,
    );
  });
});
