import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { SqliteClickStore } from '../../src/adapters/sqlite/sqlite-click-store.js';
import { clickStoreContract } from '../contracts/click-store.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-clicks-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = () => join(folder, `${++files}.db`);

clickStoreContract('memory', {
  open: async () => {
    const store = new MemoryClickStore();
    await store.open();
    return store;
  },
  reopen: null,
});

clickStoreContract('SQLite file', {
  open: async () => {
    const store = new SqliteClickStore(fresh());
    await store.open();
    return store;
  },
  reopen: async (store) => {
    await store.close();
    const again = new SqliteClickStore((store as SqliteClickStore).file);
    await again.open();
    return again;
  },
});

it('a second process on the same file is refused, and a reader may look but not write', async () => {
  const file = fresh();
  const owner = new SqliteClickStore(file);
  await owner.open();
  await expect(new SqliteClickStore(file).open()).rejects.toThrow('Another Holdfast process');
  const reader = new SqliteClickStore(file);
  await reader.open('read');
  expect(await reader.clock()).toBeNull();
  await expect(reader.commit({})).rejects.toThrow('reading only');
  await reader.close();
  await owner.close();
});

it('a file that is not there is not made by reading', async () => {
  await expect(new SqliteClickStore(fresh()).open('read')).rejects.toThrow('There is no store');
});
