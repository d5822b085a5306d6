/**
 * What an operator of several processes meets: wrong settings, a topic that was cut before it was read, and a schedule that changes
 * hands in the middle of its ticks.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { latestTick } from '../../src/scoring/ticks.js';
import { clicks } from '../adapters/kafka-site.js';
import { kafkaMissing } from '../servers/kafka.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import type { Ran } from './built.js';
import { Platform } from './platform.js';
import { RecordedTopics } from './scale-faults-topics.js';
import { differences } from './site.js';

const COME_ABOUT_MS_MAX = 150_000;
/** Brokers and databases that do not answer are waited for at the start, for a minute. */
const REFUSED_MS_MAX = 90_000;
const SECRET = 'not-the-word';
const DAY_MS = 86_400_000;
const DAILY = { HOLDFAST_SCORE_CRON: '0 3 * * *' };
/** The share of the history before the ticks that are looked at: they are about three weeks. */
const BEFORE = 0.8;

needsServer('an operator of several processes', kafkaMissing() ?? mariadbMissing(), () => {
  let platform: Platform;
  /** Takes a minute: begun before everything else. */
  let refused: Promise<Ran & { took_ms: number }>;
  beforeAll(async () => {
    platform = await Platform.start({ connect: false, elasticsearch: false });
    const env = platform.env(await platform.store('refused'), 'moodle', {
      HOLDFAST_KAFKA_BROKERS: `sasl_plaintext://holdfast:${SECRET}@127.0.0.1:1`,
    });
    const begun_ms = Date.now();
    refused = platform.runs(env, 'serve').then((ran) => ({ ...ran, took_ms: Date.now() - begun_ms }));
  }, 120_000);
  afterAll(() => platform?.stop(), 60_000);

  it.each([
    [
      'the password of the store is wrong',
      (store: string) => ({ HOLDFAST_STORE: store.replace(/:[^:@/]+@/, `:${SECRET}@`) }),
      /HOLDFAST_STORE/,
    ],
    [
      'the store has no such database',
      (store: string) => ({ HOLDFAST_STORE: `${store}_none` }),
      /CREATE DATABASE `store_wrong_none`/,
    ],
    [
      'the password of Kafka is wrong',
      () => ({ HOLDFAST_KAFKA_BROKERS: `sasl_plaintext://holdfast:${SECRET}@${platform.kafka.brokers_with_login}` }),
      /HOLDFAST_KAFKA_BROKERS/,
    ],
  ])(
    'ends and names the line to mend when %s',
    async (_what, wrong, message) => {
      const store = await platform.store('wrong');
      const { code, stderr } = await platform.runs(platform.env(store, 'moodle', wrong(store)), 'serve');
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
      for (const password of [SECRET, new URL(store).password]) expect(stderr).not.toContain(password);
    },
    REFUSED_MS_MAX,
  );

  it('does not lose what retention took without a word, and goes on when told to', async () => {
    const topics = new RecordedTopics(platform, 'gap');
    await topics.open(1);
    const store = await platform.store('gap');
    const env = platform.env(store, 'gap', { HOLDFAST_SITE: 'gap' });
    const counted = async () => {
      const table = await platform.run(env, 'export', 'user_activity');
      return table.split('\n').slice(1, -1).reduce((sum, row) => sum + Number(row.split(',')[1]), 0); // biome-ignore format: one sum
    };
    await topics.desk.send(topics.log, clicks(1, 51));
    const before = platform.serve(env);
    await platform.until(COME_ABOUT_MS_MAX, async () => (await topics.behind('store_gap').catch(() => ['none'])).length === 0);
    await before.stop();
    await topics.desk.send(topics.log, clicks(51, 101));
    await topics.desk.deleteBefore(topics.log, 80);

    const { code, stderr } = await platform.runs(env, 'serve');
    expect(stderr).toContain(`${topics.log}, partition 0: 30 messages (offsets 50 to 79)`);
    expect(stderr).toContain('HOLDFAST_KAFKA_GAP=accept');
    expect(code).toBe(1);
    expect(await counted()).toBe(50);

    const accepted = platform.serve({ ...env, HOLDFAST_KAFKA_GAP: 'accept' });
    await platform.until(COME_ABOUT_MS_MAX, async () => (await topics.behind('store_gap')).length === 0);
    expect(await counted()).toBe(70);
    await accepted.stop();
    await topics.close();
  }, 180_000);

  /**
   * Ticks score what the store has when they fire, and lanes run ahead of them: which courses and grades a late tick sees depends on
   * when it fires. What is promised is that each tick fires once and in order; on the same rows all who fire it say the same.
   */
  it('fires each tick once, and as one process would, when its process dies between ticks', async () => {
    const topics = new RecordedTopics(platform, 'ticks');
    await topics.open(1);
    const env = platform.env(await platform.store('ticks'), 'ticks', { ...DAILY, HOLDFAST_SITE: 'ticks' });
    const read = async () => {
      const reader = platform.serve({ ...env, HOLDFAST_ROLES: 'ingest' });
      await platform.until(
        COME_ABOUT_MS_MAX,
        async () => (await topics.behind('store_ticks').catch(() => ['none'])).length === 0,
      );
      await reader.stop();
    };
    const fired = async (database: string) =>
      Number(await platform.db.sql("SELECT position FROM positions WHERE source = 'schedule'", database));
    const scorer = (of: Record<string, string>) => platform.serve({ ...of, HOLDFAST_ROLES: 'score' });

    await topics.produce(0, BEFORE, false);
    await read();
    const first = scorer(env);
    await platform.until(COME_ABOUT_MS_MAX, async () => (await fired('store_ticks')) > 0);
    await first.stop();
    const from = await fired('store_ticks');
    await topics.produce(BEFORE, 1, false);
    await read();
    await copied('store_ticks', await platform.store('alone'));

    const alone = scorer({ ...env, HOLDFAST_STORE: await platform.store('alone') });
    const pair = [scorer(env), scorer(env)];
    await platform.until(COME_ABOUT_MS_MAX, async () => (await fired('store_ticks')) > from);
    const holder = await platform.db.sql("SELECT holder FROM leases WHERE name = 'schedule'", 'store_ticks');
    await pair.find(({ pid }) => holder.includes(`/${pid}/`))!.kill();
    const [[clock]] = [
      (await platform.db.sql("SELECT MAX(JSON_VALUE(clock, '$.now_ms')) FROM lane_clocks", 'store_ticks')).split('\n'),
    ];
    const last = latestTick(DAILY.HOLDFAST_SCORE_CRON, 'UTC', Number(clock));
    expect((last - from) / DAY_MS).toBeGreaterThan(5);
    for (const database of ['store_ticks', 'store_alone'])
      await platform.until(COME_ABOUT_MS_MAX, async () => (await fired(database)) === last);
    for (const one of [alone, ...pair]) if (one.code === null) await one.stop();

    const tables = async (store: string) => {
      const found: Record<string, string> = {};
      for (const name of ['scores', 'alerts', 'in_risk'])
        found[name] = await platform.run({ ...env, HOLDFAST_STORE: store }, 'export', name);
      return found;
    };
    const [together, by_one] = [await tables(env.HOLDFAST_STORE!), await tables(await platform.store('alone'))];
    expect(differences(together, by_one)).toEqual([]);
    const days = new Set(
      (await platform.db.sql('SELECT DISTINCT as_of_ms FROM scores', 'store_ticks')).split('\n').filter(Boolean),
    );
    expect([...days].map(Number).sort()).toEqual(
      Array.from({ length: (last - from) / DAY_MS + 1 }, (_, day) => from + day * DAY_MS),
    );
    await topics.close();
  }, 300_000);

  it(
    'ends and names the setting when there is no Kafka at all',
    async () => {
      const { code, stderr, took_ms } = await refused;
      expect(took_ms).toBeLessThan(REFUSED_MS_MAX);
      expect(stderr).toMatch(/HOLDFAST_KAFKA_BROKERS/);
      expect(stderr).not.toContain(SECRET);
      expect(code).toBe(1);
    },
    REFUSED_MS_MAX,
  );

  /** The same rows in a second store. */
  async function copied(from: string, to_url: string): Promise<void> {
    const to = new URL(to_url).pathname.slice(1);
    const tables = (await platform.db.sql('SHOW TABLES', from)).split('\n').filter(Boolean);
    const each = (table: string) => `CREATE TABLE ${to}.${table} LIKE ${from}.${table}; INSERT INTO ${to}.${table} SELECT * FROM ${from}.${table};`; // biome-ignore format: one statement
    await platform.db.sql(tables.map(each).join('\n'), from);
  }
});
