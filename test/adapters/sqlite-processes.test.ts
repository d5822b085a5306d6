import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import { everythingIn } from '../contracts/store-reads.js';
import { ALL, EVERYONE, SITE } from '../contracts/store-samples.js';
import { Child } from './children.js';
import { cacheFolder, compiled } from './compiled.js';
import { STEP_USERS, stepCommit } from './sqlite-child.js';

const KILLS = process.env.HOLDFAST_LONG === '1' ? 200 : 10;
const EVERY_ROW = { limit: 1_000_000 };

const script = compiled(fileURLToPath(new URL('./sqlite-child.ts', import.meta.url)));
let folder: string;
let file: string;
const children: Child[] = [];
function start(args: string[], shell?: string): Child {
  const child = new Child(script, args, shell);
  children.push(child);
  return child;
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  file = join(folder, 'store.db');
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(cacheFolder(), { recursive: true, force: true }));

async function opened(mode: 'own' | 'read' = 'own'): Promise<SqliteStore> {
  const store = new SqliteStore(file);
  await store.open(SITE, mode);
  return store;
}

/** Every row is of the step that the position names, and everything of the steps before is there. */
async function expectWhole(store: SqliteStore): Promise<number> {
  const step = Number((await store.position('file:a')) ?? 0);
  if (step === 0) return 0;
  const expected = new Set([step]);
  expect(new Set((await store.sessions(EVERYONE, EVERY_ROW)).map((row) => row.activities))).toEqual(expected);
  expect(new Set((await store.courseSessions(EVERYONE, EVERY_ROW)).map((row) => row.end_ms))).toEqual(expected);
  const days = await store.activityDays(EVERYONE, EVERY_ROW);
  expect([days.length, new Set(days.map((row) => row.activities))]).toEqual([STEP_USERS, expected]);
  expect(await store.seenPages([step, step + 1])).toEqual(stepCommit(step).seen);
  expect((await store.scores(EVERYONE, EVERY_ROW)).map((row) => row.as_of_ms)).toEqual(
    Array.from({ length: step }, (_, n) => n + 1),
  );
  expect((await store.counts()).rejected).toEqual({ 'not-json': step });
  return step;
}

describe('one store, several processes', () => {
  it('refuses the second process, names the file, says what to do; a symbolic link is the same file', async () => {
    const holder = start(['hold', file]);
    await holder.printed((line) => line === 'open');
    const second = start(['hold', file]);
    expect(await second.ended).toBe(1);
    expect(second.errors).toContain(file);
    expect(second.errors).toMatch(/StoreUnavailable: Another Holdfast process.*Stop it first/s);
    symlinkSync(file, join(folder, 'link.db'));
    const linked = start(['hold', join(folder, 'link.db')]);
    expect(await linked.ended).toBe(1);
    await expect(opened()).rejects.toThrow(/Another Holdfast process/);
  });

  it('is free again at once when its process was killed', async () => {
    const holder = start(['hold', file]);
    await holder.printed((line) => line === 'open');
    await holder.kill();
    const store = await opened();
    expect(await store.position('file:a')).toBeNull();
    await store.close();
    const next = start(['hold', file]);
    await next.printed((line) => line === 'open');
  });

  it('lets an export read whole commits while the service writes', async () => {
    const writer = start(['commit', file]);
    await writer.printed((line) => line === '3');
    const reader = await opened('read');
    const before = Number(await reader.position('file:a'));
    await writer.printed((line) => Number(line) >= before + 3);
    expect(Number(await reader.position('file:a'))).toBeGreaterThan(before);
    for (let read = 0; read < 20; read += 1) {
      const rows = await reader.activityDays(EVERYONE, ALL);
      expect(new Set(rows.map((row) => row.activities)).size).toBe(1);
    }
    await reader.close();
    expect(writer.errors).toBe('');
  });

  it(
    `has whole commits only, and every one that was reported, after ${KILLS} kills`,
    async () => {
      let before = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const child = start(['commit', file]);
        await child.printed((line) => Number(line) > before);
        await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 31));
        await child.kill();
        const reported = Number(child.output.split('\n').slice(0, -1).at(-1));
        const store = await opened();
        const step = await expectWhole(store);
        await store.close();
        expect(step).toBeGreaterThanOrEqual(reported);
        expect(step).toBeLessThanOrEqual(reported + 2);
        before = step;
      }
    },
    60_000 + KILLS * 5_000,
  );

  it('refuses a commit that a limit on the file size cuts off, and keeps what was there', async () => {
    const child = start(['commit', file], 'ulimit -f 3000');
    expect(await child.ended).toBe(1);
    expect(child.errors).toMatch(/StoreUnavailable: (No space is left|The disk failed).*store\.db/s);
    const store = await opened();
    const reported = Number(child.output.split('\n').slice(0, -1).at(-1));
    expect(reported).toBeGreaterThan(0);
    expect(await expectWhole(store)).toBe(reported);
    await store.commit(stepCommit(reported + 1));
    await store.close();
  });
});

/** Only root may mount a small disk; the limit on the file size above meets the same end for anybody. */
function mountSmallDisk(where: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', where]).status === 0;
}
const mayMount = (() => {
  const trial = mkdtempSync(join(tmpdir(), 'holdfast-'));
  const mounted = mountSmallDisk(trial) && spawnSync('umount', [trial]).status === 0;
  rmSync(trial, { recursive: true });
  return mounted;
})();

(mayMount ? describe : describe.skip)('a full disk', () => {
  beforeEach(() => {
    mountSmallDisk(folder);
  });
  afterEach(() => {
    spawnSync('umount', ['-l', folder]);
  });

  it('refuses the commit with a hint, reads on, and goes on when there is space', async () => {
    const store = await opened();
    let step = 0;
    let refusal: unknown = null;
    while (refusal === null && step < 10_000) {
      await store.commit(stepCommit(step + 1)).then(
        () => {
          step += 1;
        },
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject({ name: 'StoreUnavailable', hint: expect.stringContaining('Free space') });
    expect(await expectWhole(store)).toBe(step);
    const before = await everythingIn(store);
    await expect(store.commit(stepCommit(step + 1))).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(await everythingIn(store)).toEqual(before);
    expect(spawnSync('mount', ['-o', 'remount,size=16m', folder]).status).toBe(0);
    await store.commit(stepCommit(step + 1));
    expect(await expectWhole(store)).toBe(step + 1);
    await store.close();
  });
});
