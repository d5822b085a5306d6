/** Stores of clicks that need no server: memory and SQLite, each by the contract, and held against each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Database from 'libsql';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { SqliteClickStore } from '../../src/adapters/sqlite/sqlite-click-store.js';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import type { ClickStore } from '../../src/click-ports.js';
import { clickStoreContract } from '../contracts/click-store.js';
import { ASKED, atoms, commitInGroups, SINK } from '../contracts/click-store-random.js';
import { everythingIn, toldTo } from '../contracts/click-store-reads.js';
import { ALL, fullCommit, T0 } from '../contracts/click-store-samples.js';
import { SITE } from '../contracts/store-samples.js';
import { Child } from './children.js';
import { childStep, STEP_CLICKS } from './click-child.js';
import { cacheFolder, compiled } from './compiled.js';

const LONG = process.env.HOLDFAST_LONG === '1' ? 20 : 1;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-clicks-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = () => join(folder, `${++files}.db`);

async function opened(file = fresh(), mode: 'own' | 'read' = 'own'): Promise<SqliteClickStore> {
  const store = new SqliteClickStore(file);
  await store.open(mode);
  return store;
}

clickStoreContract('MemoryClickStore', async () => {
  const store = new MemoryClickStore();
  return {
    open: async (mode) => {
      await store.open(mode);
      return store;
    },
    dispose: async () => {},
  };
});

clickStoreContract('SqliteClickStore', async () => {
  const file = fresh();
  const executed = (sql: string) => {
    const other = new Database(file);
    other.exec(sql);
    other.close();
  };
  return {
    open: (mode) => opened(file, mode),
    breakOutbox: async () => {
      executed("CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'broken'); END");
      return async () => executed('DROP TRIGGER broken');
    },
    dispose: async () => {},
  };
});

describe('memory and SQLite', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

  it('give the same answers, whatever was committed, let go and reopened', async () => {
    const same = fc.asyncProperty(atoms, sizes, async (list, groups) => {
      const plain = await commitInGroups(new MemoryClickStore(), list, groups);
      const reopened = async (store: ClickStore) => {
        await store.close();
        return opened((store as SqliteClickStore).file);
      };
      const { store, gone } = await commitInGroups(await opened(), list, groups, reopened);
      expect(gone).toEqual(plain.gone);
      expect(await everythingIn(store, ASKED)).toEqual(await everythingIn(plain.store, ASKED));
      expect(await toldTo(store, SINK)).toEqual(await toldTo(plain.store, SINK));
      await store.close();
    });
    await fc.assert(same, { seed: 20261123, numRuns: 30 * LONG });
  });

  it('do not depend on how the work is divided into commits', async () => {
    const same = fc.asyncProperty(atoms, async (list) => {
      const plain = await commitInGroups(new MemoryClickStore(), list, [1]);
      const { store } = await commitInGroups(await opened(), list, [1_000]);
      expect(await everythingIn(store, ASKED)).toEqual(await everythingIn(plain.store, ASKED));
      await store.close();
    });
    await fc.assert(same, { seed: 20261124, numRuns: 30 * LONG });
  });
});

describe('a file of clicks', () => {
  it('is not made by reading, and not taken for a site’s store, nor a site’s store for it', async () => {
    await expect(opened(fresh(), 'read')).rejects.toThrow('There is no store');
    const file = fresh();
    await (await opened(file)).close();
    await expect(new SqliteStore(file).open(SITE)).rejects.toThrow('not a Holdfast store');
    const site = new SqliteStore(fresh());
    await site.open(SITE);
    await site.close();
    await expect(opened(site.file)).rejects.toThrow('not a Holdfast store');
  });

  it('is read while its owner writes, and refuses a second owner', async () => {
    const owner = await opened();
    const reader = await opened(owner.file, 'read');
    await expect(opened(owner.file)).rejects.toThrow('Another Holdfast process');
    await owner.commit(fullCommit(1));
    expect(await reader.position('file')).toBe('1');
    await reader.close();
    await owner.close();
  });
});

describe('several processes', () => {
  const KILLS = 3 * LONG;
  const script = compiled(fileURLToPath(new URL('./click-child.ts', import.meta.url)));
  const children: Child[] = [];
  let file: string;
  beforeEach(() => {
    file = fresh();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
  });
  afterAll(() => rmSync(cacheFolder(), { recursive: true, force: true }));
  const started = () => {
    const child = new Child(script, [file]);
    children.push(child);
    return child;
  };

  it(
    `find whole commits only, and every one that was reported, after ${KILLS} kills; the second is refused`,
    async () => {
      let before = 0;
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const child = started();
        await child.printed((line) => Number(line) > before + kill);
        await expect(opened(file)).rejects.toThrow('Another Holdfast process');
        await child.kill();
        const reported = Number(child.output.split('\n').slice(0, -1).at(-1));
        const store = await opened(file);
        const step = Number(await store.position('file'));
        expect(step).toBeGreaterThanOrEqual(reported);
        expect(await store.clicks({}, ALL)).toHaveLength(step * STEP_CLICKS);
        const [window] = childStep(step).windows!;
        expect(await store.windows(window!.table, { from_ms: T0 }, ALL)).toEqual(window!.upserts);
        expect(await store.counts()).toEqual({ rejected: { 'not-json': step }, counts: { late: step } });
        expect(await store.seen([`id ${step}`, `id ${step + 1}`])).toEqual([`id ${step}`]);
        await store.close();
        before = step;
      }
    },
    60_000 * LONG,
  );
});
