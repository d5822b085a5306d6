/** The store on a real MariaDB: its contract, and the same answers as memory, whatever is committed. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { MysqlStore } from '../../src/adapters/mysql/mysql-store.js';
import type { Store } from '../../src/ports.js';
import { storeContract } from '../contracts/store.js';
import { atoms, commitInGroups, SINK } from '../contracts/store-random.js';
import { everythingIn, toldTo } from '../contracts/store-reads.js';
import { SITE } from '../contracts/store-samples.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { StoreServer } from './mysql-site.js';

const LONG = process.env.HOLDFAST_LONG === '1' ? 20 : 1;
jest.setTimeout(120_000 * LONG);

needsServer('a store on MariaDB', mariadbMissing(), () => {
  let server: StoreServer;
  beforeAll(async () => {
    server = await StoreServer.start();
    await server.create('contract');
  });
  afterAll(() => server.server.stop());

  storeContract('MysqlStore', async () => ({
    open: async (identity, mode) => {
      const store = new MysqlStore(server.url('contract'));
      await store.open(identity, mode);
      return store;
    },
    dispose: () => server.empty('contract'),
  }));

  describe('beside the store in memory', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    async function memory(): Promise<Store> {
      const store = new MemoryStore();
      await store.open(SITE);
      return store;
    }

    it('gives the same answers, whatever was committed', async () => {
      await server.empty('contract');
      const same = fc.asyncProperty(atoms, sizes, async (list, groups) => {
        const [plain, stored] = [await memory(), await server.open('contract')];
        await commitInGroups(plain, list, groups);
        await commitInGroups(stored, list, groups);
        expect(await everythingIn(stored)).toEqual(await everythingIn(plain));
        expect(await toldTo(stored, SINK)).toEqual(await toldTo(plain, SINK));
        await stored.close();
        await server.empty('contract');
      });
      await fc.assert(same, { seed: 20260104, numRuns: 20 * LONG });
    });

    it('does not depend on how the work is divided into commits', async () => {
      await server.empty('contract');
      const same = fc.asyncProperty(atoms, async (list) => {
        const [plain, stored] = [await memory(), await server.open('contract')];
        await commitInGroups(plain, list, [1]);
        await commitInGroups(stored, list, [1000]);
        expect(await everythingIn(stored)).toEqual(await everythingIn(plain));
        await stored.close();
        await server.empty('contract');
      });
      await fc.assert(same, { seed: 20260105, numRuns: 15 * LONG });
    });
  });
});
