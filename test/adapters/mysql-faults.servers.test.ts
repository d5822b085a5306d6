/** The store on a MariaDB that is killed, cut off, blocked by others, and shared by several processes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { MysqlStore } from '../../src/adapters/mysql/mysql-store.js';
import { SESSIONS } from '../../src/domain.js';
import { type Commit, StalePosition, StaleState } from '../../src/ports.js';
import { seen } from '../contracts/store-lanes.js';
import { everythingIn } from '../contracts/store-reads.js';
import { ALL, EVERYONE, fullCommit, position, SITE, session, together, upsert } from '../contracts/store-samples.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { CuttingProxy } from './cutting-proxy.js';
import { StoreServer } from './mysql-site.js';

const LONG = process.env.HOLDFAST_LONG === '1' ? 10 : 1;
jest.setTimeout(120_000 * LONG);

/** Step n: everything of it is known by n, so that a step that is lost or written twice shows. */
function step(n: number): Commit {
  return {
    ...position(n === 1 ? null : String(n - 1), String(n)),
    ...together(session(1, 0, n, n), session(2, n, n)),
    ...seen(Math.floor(n / 10), n % 10),
    ignored: { tombstone: 1 },
    sinks: ['kafka'],
  };
}

async function expectSteps(store: MysqlStore, n: number): Promise<void> {
  expect(await store.position('file:a')).toBe(String(n));
  expect((await store.counts()).ignored).toEqual({ tombstone: n });
  expect(await store.backlog('kafka')).toBe(n);
  expect(await store.sessionTotals(0)).toMatchObject({ sessions: n + 1, activities: 2 * n });
  const rows = await store.sessions({ user_id: 1 }, ALL);
  expect(rows.map((row) => row.end_ms)).toEqual([n]);
}

needsServer('a store on MariaDB in trouble', mariadbMissing(), () => {
  let server: StoreServer;
  let stores: MysqlStore[];
  const log: string[] = [];
  beforeAll(async () => {
    server = await StoreServer.start();
  });
  afterAll(() => server.server.stop());
  beforeEach(async () => {
    stores = [];
    log.length = 0;
    await server.create('store');
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
  });

  async function opened(mode: 'own' | 'read' = 'own'): Promise<MysqlStore> {
    const store = await server.open('store', mode, (message) => log.push(message));
    stores.push(store);
    return store;
  }
  const through = async (proxy: CuttingProxy) => {
    const url = server.url('store').replace(/:\d+\/store$/, `:${proxy.port}/store`);
    const store = new MysqlStore(url, { log: (message) => log.push(message) });
    await store.open(SITE);
    stores.push(store);
    return store;
  };

  describe('shared by several', () => {
    it('is opened by ten at once where there is nothing yet, and by a reader beside them', async () => {
      await expect(server.open('store', 'read')).rejects.toThrow(/There is no store.*holdfast serve/s);
      const ten = await Promise.all(Array.from({ length: 10 }, () => opened()));
      await ten[3]!.commit(fullCommit());
      const expected = await everythingIn(ten[3]!);
      expect(await everythingIn(ten[8]!)).toEqual(expected);
      const reader = await opened('read');
      expect(await everythingIn(reader)).toEqual(expected);
      await ten[0]!.commit(session(7, 1, 2));
      expect(await reader.sessions({ user_id: 7 }, ALL)).toHaveLength(1);
    });

    it('lets a lane commit no more once another process has claimed one of its users', async () => {
      const [one, two] = [await opened(), await opened()];
      await one.claim('lane/1', [1, 2]);
      await one.commit({ ...session(1, 1, 2), lane: { name: 'lane/1', user_ids: [1] } });
      await two.claim('lane/2', [1]);
      expect(await two.heldWindows(SESSIONS, 0, [1])).toEqual([{ key: [1], start: 1, end: 2, values: [1] }]);
      const late = { ...session(1, 1, 9), lane: { name: 'lane/1', user_ids: [1, 2] } };
      await expect(one.commit(late)).rejects.toBeInstanceOf(StaleState);
      await two.commit({ ...session(1, 1, 5), lane: { name: 'lane/2', user_ids: [1] } });
      expect((await one.sessions(EVERYONE, ALL)).map((row) => row.end_ms)).toEqual([5]);
    });

    it('lets one of those win who move a position, count the same log rows or take a lease at the same moment', async () => {
      const many = await Promise.all(Array.from({ length: 6 }, () => opened()));
      const moved = await Promise.allSettled(many.map((store, n) => store.commit(position(null, `from ${n}`))));
      expect(refusals(moved)).toEqual(Array(5).fill(StalePosition));
      const counted = await Promise.allSettled(
        many.map((store, n) => store.commit({ ...session(n, 1, 2), ...seen(5, 0, n + 1), ...position(null, 'x', `lane/${n}`) })),
      );
      expect(refusals(counted)).toEqual(Array(5).fill(StaleState));
      expect(await many[0]!.sessions(EVERYONE, ALL)).toHaveLength(1);
      const leased = await Promise.all(many.map((store, n) => store.lease('schedule', `p${n}`, 60_000)));
      expect(leased.filter((token) => token !== null)).toHaveLength(1);
    });

    it('counts everything once when several lanes commit side by side into the same pages, courses and rows', async () => {
      const many = await Promise.all(Array.from({ length: 4 }, () => opened()));
      const STEPS = 15;
      await Promise.all(
        many.map(async (store, lane) => {
          for (let n = 0; n < STEPS; n += 1) {
            await store.commit({
              ...position(n === 0 ? null : String(n), String(n + 1), `lane/${lane}`),
              ...together(session(lane, n, n), session(100 - lane, n, n)),
              ...seen(n % 3, lane * 100 + n),
              references: [
                upsert({ id: 1, source_ms: n, row: { n } }),
                upsert({ id: 50 - lane, source_ms: n, row: { n } }),
                upsert({ id: n, source_ms: lane, row: { lane } }),
              ],
              ignored: { tombstone: 1 },
              sinks: ['kafka'],
            });
          }
        }),
      );
      expect((await many[0]!.counts()).ignored).toEqual({ tombstone: 4 * STEPS });
      expect(await many[0]!.sessionTotals(0)).toMatchObject({ sessions: 8 * STEPS });
      const pages = await many[0]!.seenPages([0, 1, 2]);
      expect(pages.reduce((sum, { bits }) => sum + bitsIn(bits), 0)).toBe(4 * STEPS);
      const users = await many[0]!.references('user');
      expect(users.find((row) => row.id === 1)!.row).toEqual({ n: STEPS - 1 });
      expect(users.filter((row) => row.id > 1 && row.id < STEPS).map((row) => row.row)).toEqual(
        Array(STEPS - 2).fill({ lane: 3 }),
      );
    });
  });

  describe('in the way of others', () => {
    it('commits after a deadlock that it lost', async () => {
      const store = await opened();
      const users = Array.from({ length: 300 }, (_, user) => session(user, 0, 1));
      await store.commit(together(...users));
      const deadlocks = async () => Number(await server.server.sql("SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'")); // biome-ignore format: one statement
      const before = await deadlocks();
      const other = await createConnection(server.url('store'));
      await other.query('START TRANSACTION');
      // More rows than the store's own commit has changed by then: the server lets the smaller transaction lose.
      await other.query('UPDATE sessions SET activities = 7 WHERE user_id BETWEEN 50 AND 299');
      const commit = store.commit(together(session(1, 0, 5), session(60, 0, 5)));
      await waitFor(async () => /INSERT INTO sessions/.test(await server.server.sql('SHOW PROCESSLIST')));
      await other.query('UPDATE sessions SET activities = 8 WHERE user_id = 1');
      await other.query('COMMIT');
      await commit;
      await other.end();
      expect(await deadlocks()).toBe(before + 1);
      const ends = await store.sessions(EVERYONE, ALL);
      expect(ends.filter((row) => row.end_ms === 5).map((row) => row.user_id)).toEqual([1, 60]);
      expect(ends.filter((row) => row.activities === 7)).toHaveLength(249);
    });
  });

  describe('cut off from its server', () => {
    it.each(['before', 'after'] as const)(
      'writes a commit once when the connection breaks %s the server got COMMIT',
      async (cut) => {
        const proxy = await CuttingProxy.to(server.server.port);
        const store = await through(proxy);
        await store.commit(step(1));
        for (const n of [2, 3, 4]) {
          proxy.cut = cut;
          await store.commit(step(n));
          await expectSteps(store, n);
        }
        expect(proxy.cuts).toBe(3);
        await store.close();
        await proxy.close();
      },
    );

    it('loses nothing and writes nothing twice while the server is killed again and again', async () => {
      const store = await opened();
      const KILLS = 3 * LONG;
      let running = true;
      let done = 0;
      const committing = (async () => {
        while (running) {
          await store.commit(step(done + 1));
          done += 1;
        }
      })();
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const from = done;
        await waitFor(async () => done > from + kill);
        await server.server.kill();
        await server.server.launch();
      }
      const from = done;
      await waitFor(async () => done > from);
      running = false;
      await committing;
      await expectSteps(store, done);
      expect(log).toContainEqual(expect.stringMatching(/is away .*waiting for it/));
      expect(log.at(-1)).toMatch(/is back$/);
      expect(log.join()).not.toMatch(/p@ss|p%40ss/);
    });

    it('says so when the server stays away, and does not hold up a close', async () => {
      const brief = new MysqlStore(server.url('store'), { limits: { away_ms_max: 200 } });
      await brief.open(SITE);
      const waiting = await opened();
      await server.server.kill();
      try {
        const commit = expect(waiting.commit(step(1))).rejects.toThrow(/was closed/);
        await expect(brief.commit(step(1))).rejects.toThrow(/has not been reached.*Check that the database server runs/s);
        await waiting.close();
        await commit;
        const never = new MysqlStore(server.url('store'), { limits: { open_ms_max: 100 } });
        await expect(never.open(SITE)).rejects.toMatchObject({ name: 'StoreUnavailable' });
      } finally {
        await brief.close();
        await server.server.launch();
      }
    });
  });

  describe('refused at the door', () => {
    const door = async (url: string) => new MysqlStore(url, { limits: { open_ms_max: 1_000 } }).open(SITE);

    it('names what mends it: password, database, rights, another program’s tables', async () => {
      const { port } = server.server;
      await expect(door(`mysql://keeper:wrong@127.0.0.1:${port}/store`)).rejects.toThrow(/refuses this user.*CREATE USER/s);
      await expect(door(server.url('store').replace(/store$/, 'elsewhere'))).rejects.toThrow(
        /CREATE DATABASE `elsewhere`.*GRANT/s,
      );
      await expect(door(`mysql://root@127.0.0.1:${port}/nowhere`)).rejects.toThrow(/CREATE DATABASE|CREATE USER/);
      await expect(door(`mariadb://poor:poor@127.0.0.1:${port}/store`)).rejects.toThrow(/may not do.*GRANT ALL ON `store`/s);
      await server.server.sql('CREATE TABLE mdl_user (id INT)', 'store');
      await expect(door(server.url('store'))).rejects.toThrow(/tables of another program.*a database of its own/s);
      expect(await server.server.sql('SHOW TABLES', 'store')).toBe('mdl_user\n');
      for (const none of ['nonsense', 'postgres://a:b@c/d', 'mysql://a:b@c/']) {
        expect(() => new MysqlStore(none)).toThrow(/HOLDFAST_STORE to mysql:/);
      }
    });

    it('does not touch the schema of a newer Holdfast, nor one whose steps were edited', async () => {
      await (await opened()).close();
      await server.server.sql("UPDATE holdfast_migrations SET sha256 = 'x'", 'store');
      await expect(opened()).rejects.toThrow(/never edited/);
      await server.server.sql(
        "DELETE FROM holdfast_migrations WHERE name > '0002'; UPDATE holdfast_migrations SET name = '9999_later.sql'",
        'store',
      );
      await expect(opened()).rejects.toThrow(/newer Holdfast.*9999_later.*Install that version/s);
      await expect(opened('read')).rejects.toThrow(/newer Holdfast/);
    });

    it('takes up a first opening that was cut off in its middle', async () => {
      await (await opened()).close();
      await server.server.sql('DELETE FROM holdfast_migrations; DROP TABLE scores; DROP TABLE counts', 'store');
      const store = await opened();
      await store.commit(fullCommit());
      expect(await store.scores(EVERYONE, ALL)).toHaveLength(1);
    });

    it('does not depend on the settings of the server', async () => {
      const store = await opened();
      await server.server.sql("SET GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'; SET GLOBAL time_zone = '+05:00';");
      try {
        const other = await opened();
        const text = 'O\'Neill? \\ "ünal" %s :a \u{1F600}\n';
        await other.commit({ ...fullCommit(), references: [upsert({ row: { text } })], ignored: { [text]: 1 } });
        expect((await store.references('user'))[0]!.row).toEqual({ text });
        expect((await other.counts()).ignored).toEqual({ [text]: 1 });
      } finally {
        await server.server.sql("SET GLOBAL sql_mode = DEFAULT; SET GLOBAL time_zone = '+00:00';");
      }
    });
  });
});

function refusals(results: PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).constructor] : []));
}

function bitsIn(bits: Uint8Array): number {
  return bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

async function waitFor(passes: () => Promise<boolean>): Promise<void> {
  while (!(await passes())) await new Promise((resolve) => setTimeout(resolve, 10));
}
