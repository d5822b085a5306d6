import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import type { Store } from '../../src/ports.js';
import { atoms, commitInGroups, SINK } from '../contracts/store-random.js';
import { everythingIn, toldTo } from '../contracts/store-reads.js';
import { SITE } from '../contracts/store-samples.js';

const LONG = process.env.HOLDFAST_LONG === '1' ? 20 : 1;
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

let folder: string;
let files = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function memory(): Promise<Store> {
  const store = new MemoryStore();
  await store.open(SITE);
  return store;
}

function newFile(): string {
  files += 1;
  return join(folder, `${files}.db`);
}

async function sqlite(file = newFile()): Promise<SqliteStore> {
  const store = new SqliteStore(file);
  await store.open(SITE);
  return store;
}

async function reopened(store: Store): Promise<Store> {
  await store.close();
  return sqlite((store as SqliteStore).file);
}

it('gives the same answers from memory and from SQLite, whatever was committed', async () => {
  const same = fc.asyncProperty(atoms, sizes, async (list, groups) => {
    const [plain, file] = [await memory(), await sqlite()];
    await commitInGroups(plain, list, groups);
    await commitInGroups(file, list, groups);
    expect(await everythingIn(file)).toEqual(await everythingIn(plain));
    expect(await toldTo(file, SINK)).toEqual(await toldTo(plain, SINK));
    await file.close();
  });
  await fc.assert(same, { seed: 20260101, numRuns: 60 * LONG });
});

it('does not depend on how the work is divided into commits', async () => {
  const same = fc.asyncProperty(atoms, sizes, async (list, groups) => {
    const [whole, parts, plain] = [await sqlite(), await sqlite(), await memory()];
    await commitInGroups(whole, list, [1000]);
    await commitInGroups(parts, list, groups);
    await commitInGroups(plain, list, [1]);
    const expected = await everythingIn(plain);
    expect(await everythingIn(whole)).toEqual(expected);
    expect(await everythingIn(parts)).toEqual(expected);
    await whole.close();
    await parts.close();
  });
  await fc.assert(same, { seed: 20260102, numRuns: 25 * LONG });
});

it('does not notice being closed and opened between any two commits', async () => {
  const same = fc.asyncProperty(atoms, sizes, async (list, groups) => {
    const plain = await memory();
    await commitInGroups(plain, list, groups);
    const file = await commitInGroups(await sqlite(), list, groups, reopened);
    expect(await everythingIn(file)).toEqual(await everythingIn(plain));
    await file.close();
  });
  await fc.assert(same, { seed: 20260103, numRuns: 15 * LONG });
});
