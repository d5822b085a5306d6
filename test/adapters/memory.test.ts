import { expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { storeContract } from '../contracts/store.js';
import { SITE } from '../contracts/store-samples.js';

storeContract('MemoryStore', async () => {
  const store = new MemoryStore();
  return {
    open: async (identity, mode) => {
      await store.open(identity, mode);
      return store;
    },
    dispose: async () => {},
  };
});

it('refuses a second owner while it is open', async () => {
  const store = new MemoryStore();
  await store.open(SITE);
  await expect(store.open(SITE)).rejects.toMatchObject({ name: 'StoreUnavailable' });
});
