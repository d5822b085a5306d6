/**
 * The whole chain on real servers: INSERTs into Moodle's database → Debezium → Kafka → two processes of Holdfast → MariaDB, topics and
 * Elasticsearch. The site's whole life gives the tables that a replay into one file gives, to the byte.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readUntil } from '../deploy/topics.js';
import { needsServer } from '../servers/needed.js';
import { changesOf, linesOf } from './oracle/recorded.js';
import { schemaOf, transactionsOf } from './oracle/statements.js';
import { Platform, platformMissing } from './platform.js';
import { configOf, differences, exportedAll, HISTORY, NO_TICKS, ORDER_INDEPENDENT, openSite, replay } from './site.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
const START_MS_MAX = 240_000;
const ARRIVE_MS_MAX = 180_000;
/** No tick of any schedule here, and after the end of the recording. */
const AS_OF = '2026-11-22T01:23:45Z';

needsServer('a site behind Debezium, Kafka, MariaDB and Elasticsearch', platformMissing(), () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await Platform.start();
  }, START_MS_MAX);
  afterAll(() => platform?.stop(), 60_000);

  async function count(index: string): Promise<number> {
    await platform.search!.ask('POST', `/${index}/_refresh`);
    return ((await platform.search!.ask('GET', `/${index}/_count`)) as { count: number }).count;
  }

  it('counts the worked example of the original, inserted into its four columns', async () => {
    const { db } = platform;
    await db.sql('CREATE DATABASE demo');
    await db.sql(
      'CREATE TABLE mdl_logstore_standard_log (id INT AUTO_INCREMENT PRIMARY KEY, eventname VARCHAR(255), userid INT, timecreated BIGINT);',
      'demo',
    );
    await platform.capture('demo', 'demo');
    const env = platform.env(await platform.store('demo'), 'demo', { HOLDFAST_KAFKA_TOPICS: 'true', HOLDFAST_SITE: 'demo' });
    const service = platform.serve(env);
    const t0 = 1561975200000;
    const insert = (user: number, time: number) =>
      `INSERT INTO mdl_logstore_standard_log (eventname, userid, timecreated) VALUES ('\\\\core\\\\event\\\\course_viewed', ${user}, ${time});`;
    const times = [0, 600_000, 3_600_000, 7_200_000, 10_800_000, 14_400_000, 18_000_000];
    await db.sql(
      [...times.map((after) => insert(1, t0 + after)), insert(2, t0), insert(3, t0), insert(3, t0 + 100_000)].join('\n'),
      'demo',
    );
    const sums = async () => {
      await platform.search!.ask('POST', '/moodle-sessions/_refresh');
      const answer = (await platform.search!.ask('POST', '/moodle-sessions/_search', {
        size: 0,
        aggs: { duration: { avg: { field: 'duration_s' } }, activities: { avg: { field: 'activities' } } },
      })) as { hits: { total: { value: number } }; aggregations: Record<string, { value: number }> };
      return [answer.hits.total.value, answer.aggregations.duration!.value, answer.aggregations.activities!.value];
    };
    let found: number[] = [];
    await platform.until(
      ARRIVE_MS_MAX,
      async () => {
        const index = (await platform.search!.ask('GET', '/_cat/indices?format=json')) as { index: string }[];
        if (!index.some((one) => one.index === 'moodle-sessions')) return false;
        found = await sums();
        return found[0] === 8 && found[2] === 1.25;
      },
      () => `sessions, mean duration, mean activities: ${found}`,
    );
    expect(found).toEqual([8, 87.5, 1.25]);
    expect(await platform.run(env, 'export', 'user_activity')).toBe(
      'user_id,activities,duration_s,sessions\n1,7,100,6\n2,1,0,1\n3,2,100,1\n',
    );
    const told = await readUntil(platform.kafka.brokers, /^holdfast\.user-activity\.v1$/, (read) =>
      read.some(({ value }) => value?.user_id === 3 && value.activities === 2),
    );
    const latest = new Map(told.map(({ value }) => [value!.user_id, value]));
    expect([...latest.values()].sort((a, b) => Number(a!.user_id) - Number(b!.user_id))).toEqual([
      { user_id: 1, activities: 7, duration_s: 100, sessions: 6 },
      { user_id: 2, activities: 1, duration_s: 0, sessions: 1 },
      { user_id: 3, activities: 2, duration_s: 100, sessions: 1 },
    ]);
    await service.stop();
    await platform.search!.ask(
      'DELETE',
      '/moodle-sessions,moodle-course-sessions,moodle-user-activity,moodle-activity-days,moodle-cohort-ratios',
    );
  }, 300_000);

  it('lives its whole life again, and every table is that of the recorded history', async () => {
    const { db } = platform;
    const schema = schemaOf(DUMP);
    const transactions = transactionsOf(changesOf(linesOf(HISTORY)), schema);
    await db.sql(schema.join('\n'), 'moodle');
    await platform.capture('moodle', 'moodle');
    const env = platform.env(await platform.store('site'), 'moodle', NO_TICKS);
    const services = [platform.serve(env), platform.serve(env)];
    await db.sql(["SET sql_mode = '';", ...transactions].join('\n'), 'moodle');

    const recorded = await openSite(NO_TICKS);
    await replay(recorded.service, configOf(NO_TICKS), [HISTORY]);
    await recorded.service.pipeline.score('past', Date.parse(AS_OF));
    const tables = [...ORDER_INDEPENDENT, 'scores'];
    const expected = await exportedAll(recorded.service, tables);
    await recorded.service.close();
    expect(expected.scores!.split('\n').length).toBeGreaterThan(20);

    let left: string[] = [];
    await platform.until(
      ARRIVE_MS_MAX,
      async () => {
        const found: Record<string, string> = {};
        for (const name of ORDER_INDEPENDENT) {
          found[name] = await platform.run(env, 'export', name);
          left = differences(found, { [name]: expected[name]! });
          if (left.length > 0) return false;
        }
        return true;
      },
      () => left.join('\n'),
    );
    await platform.run(env, 'score', '--as-of', AS_OF, '--quiet');
    expect(differences({ scores: await platform.run(env, 'export', 'scores') }, { scores: expected.scores! })).toEqual([]);

    const rows = (name: string) => expected[name]!.trimEnd().split('\n').length - 1;
    const indices = { sessions: 'moodle-sessions', course_sessions: 'moodle-course-sessions', user_activity: 'moodle-user-activity', activity_days: 'moodle-activity-days', cohort_ratios: 'moodle-cohort-ratios', scores: 'moodle-scores' }; // biome-ignore format: one list
    const wanted = Object.fromEntries(Object.entries(indices).map(([name, index]) => [index, rows(name)]));
    let indexed: Record<string, number> = {};
    await platform.until(
      ARRIVE_MS_MAX,
      async () => {
        const counts = Object.values(indices).map(async (index) => [index, await count(index).catch(() => -1)] as const);
        indexed = Object.fromEntries(await Promise.all(counts));
        return JSON.stringify(indexed) === JSON.stringify(wanted);
      },
      () => `in the index ${JSON.stringify(indexed)}, in the store ${JSON.stringify(wanted)}`,
    );
    for (const service of services) await service.stop();
  }, 600_000);
});
