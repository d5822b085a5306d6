/** Clicks on a real MariaDB: the contract, the same answers as memory, and what only a server can do to them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { knownSchema } from '../../src/adapters/mysql/migrate.js';
import { MysqlClickStore } from '../../src/adapters/mysql/mysql-click-store.js';
import { hasClicks, migrateMysql } from '../../src/adapters/mysql/open.js';
import { StalePosition } from '../../src/ports.js';
import { clickStoreContract } from '../contracts/click-store.js';
import { ASKED, atoms, commitInGroups, SINK } from '../contracts/click-store-random.js';
import { everythingIn, toldTo } from '../contracts/click-store-reads.js';
import { ALL, click, fullCommit, position, T0 } from '../contracts/click-store-samples.js';
import { fullCommit as siteCommit } from '../contracts/store-samples.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { CuttingProxy } from './cutting-proxy.js';
import { StoreServer } from './mysql-site.js';

const LONG = process.env.HOLDFAST_LONG === '1' ? 20 : 1;
jest.setTimeout(120_000 * LONG);

needsServer('clicks on MariaDB', mariadbMissing(), () => {
  let server: StoreServer;
  beforeAll(async () => {
    server = await StoreServer.start();
    await server.create('contract');
  });
  afterAll(() => server.server.stop());

  const opened = async (database: string, mode: 'own' | 'read' = 'own', url = server.url(database)) => {
    const store = new MysqlClickStore(url);
    await store.open(mode);
    return store;
  };

  clickStoreContract('MysqlClickStore', async () => ({
    open: (mode) => opened('contract', mode),
    breakOutbox: async () => {
      const broken = "CREATE TRIGGER broken BEFORE INSERT ON click_outbox FOR EACH ROW SIGNAL SQLSTATE '45000'";
      await server.server.sql(broken, 'contract');
      return async () => {
        await server.server.sql('DROP TRIGGER broken', 'contract');
      };
    },
    dispose: () => server.empty('contract'),
  }));

  it('gives the same answers as memory, whatever was committed and let go', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    const same = fc.asyncProperty(atoms, sizes, async (list, groups) => {
      const plain = await commitInGroups(new MemoryClickStore(), list, groups);
      await server.empty('contract');
      const store = await opened('contract');
      try {
        const { gone } = await commitInGroups(store, list, groups);
        expect(gone).toEqual(plain.gone);
        expect(await everythingIn(store, ASKED)).toEqual(await everythingIn(plain.store, ASKED));
        expect(await toldTo(store, SINK)).toEqual(await toldTo(plain.store, SINK));
      } finally {
        await store.close();
      }
    });
    await fc.assert(same, { seed: 20261125, numRuns: 15 * LONG });
  });

  describe('a database', () => {
    let stores: { close(): Promise<void> }[];
    beforeEach(async () => {
      stores = [];
      await server.create('clicks');
    });
    afterEach(async () => {
      for (const store of stores) await store.close();
    });
    const kept = <Store extends { close(): Promise<void> }>(store: Store) => {
      stores.push(store);
      return store;
    };

    it.each(['site', 'clicks'])('may hold a site’s store and clicks, whichever came first (%s)', async (first) => {
      await expect(opened('clicks', 'read')).rejects.toThrow('There is no store');
      const clicks = async () => kept(await opened('clicks'));
      const site = async () => kept(await server.open('clicks'));
      if (first === 'site') await site();
      expect(await hasClicks(server.url('clicks'))).toBe(false);
      await (await clicks()).commit(fullCommit(1));
      expect(await hasClicks(server.url('clicks'))).toBe(true);
      await (await site()).commit(siteCommit());
      expect(await (await clicks()).position('file')).toBe('1');
      const names = (schema: 'mysql' | 'mysql-clicks') => knownSchema(schema).steps.map(({ name }) => name);
      expect(await migrateMysql(server.url('clicks'))).toEqual({
        applied: [],
        already: [...names('mysql'), ...names('mysql-clicks')],
      });
    });

    it('of another program is left as it is', async () => {
      await server.server.sql('CREATE TABLE mdl_user (id INT)', 'clicks');
      await expect(opened('clicks')).rejects.toThrow(/tables of another program.*a database of its own/s);
      expect(await server.server.sql('SHOW TABLES', 'clicks')).toBe('mdl_user\n');
    });

    it('lets one of those go on who count from the same position at the same moment', async () => {
      const many = await Promise.all(Array.from({ length: 5 }, async () => kept(await opened('clicks'))));
      const commits = many.map((store, n) => store.commit({ ...position(null, `${n}`), clicks: [click(T0, `${n}`)] }));
      const refused = (await Promise.allSettled(commits)).flatMap((done) => (done.status === 'rejected' ? [done.reason] : []));
      expect(refused.map((error: Error) => error.constructor)).toEqual(Array(4).fill(StalePosition));
      expect(await many[0]!.clicks({}, ALL)).toHaveLength(1);
      const leased = await Promise.all(many.map((store, n) => store.lease('clicks', `${n}`, 60_000)));
      expect(leased.filter((token) => token !== null)).toHaveLength(1);
    });

    it.each(['before', 'after'] as const)(
      'has a commit once when the connection breaks %s the server got COMMIT',
      async (cut) => {
        const proxy = await CuttingProxy.to(server.server.port);
        const store = await opened('clicks', 'own', server.url('clicks').replace(/:\d+\/clicks$/, `:${proxy.port}/clicks`));
        for (const n of [1, 2, 3]) {
          proxy.cut = cut;
          await store.commit(fullCommit(n));
          expect((await store.counts()).counts).toEqual({ late: n });
          expect([await store.position('file'), await store.backlog('kafka')]).toEqual([`${n}`, n]);
        }
        expect(proxy.cuts).toBe(3);
        await store.close();
        await proxy.close();
      },
    );
  });
});
