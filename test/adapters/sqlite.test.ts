import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import { storeContract } from '../contracts/store.js';

storeContract('SqliteStore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  return {
    open: async (identity, mode) => {
      const store = new SqliteStore(join(folder, 'store.db'));
      await store.open(identity, mode);
      return store;
    },
    dispose: async () => rmSync(folder, { recursive: true }),
  };
});
