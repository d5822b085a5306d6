import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pseudonyms } from '../../src/access/pseudonym.js';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { rememberKey, secretKey } from '../../src/app/secret-key.js';

const KEY = Buffer.alloc(32, 7);
const PEOPLE = 20_000;

describe('a pseudonym', () => {
  const names = new Pseudonyms(KEY);

  it('is the same for as long as the key is, and another with another key', () => {
    expect(names.of('user', 43)).toBe(new Pseudonyms(Buffer.alloc(32, 7)).of('user', 43));
    expect(names.of('user', 43)).not.toBe(new Pseudonyms(Buffer.alloc(32, 8)).of('user', 43));
    expect(names.number(43)).toBe(new Pseudonyms(Buffer.alloc(32, 7)).number(43));
  });

  it('of the list of erased people cannot be compared with that of documents', () => {
    expect(names.of('erased', 43)).not.toBe(names.of('user', 43));
    expect(names.of('erased', 43)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('as a number is exact in JSON, always of 16 digits, and each person has their own', () => {
    const numbers = Array.from({ length: PEOPLE }, (_, i) => names.number(i + 1));
    expect(new Set(numbers).size).toBe(PEOPLE);
    for (const number of numbers) {
      expect(Number.isSafeInteger(number)).toBe(true);
      expect(String(number)).toHaveLength(16);
      expect(JSON.parse(JSON.stringify(number))).toBe(number);
    }
  });
});

describe('the key', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-key-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const config = (name: string) => ({ store: { kind: 'sqlite' as const, path: join(folder, name) }, pseudonym_key: null });

  it('is made at the first start, readable by its owner alone, and found again at the next', async () => {
    const first = await secretKey(config('new/site.db'));
    const path = join(folder, 'new/site.db.key');
    expect(first).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await secretKey(config('new/site.db'))).toEqual(first);
    expect((await readFile(path, 'utf8')).trim()).toBe(first.toString('hex'));
  });

  it('is one key for two processes that start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => secretKey(config('both.db'))));
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  });

  it('comes from the setting where that is given', async () => {
    expect(await secretKey({ ...config('set.db'), pseudonym_key: 'ab'.repeat(32) })).toEqual(Buffer.alloc(32, 0xab));
    await expect(stat(join(folder, 'set.db.key'))).rejects.toThrow('ENOENT');
  });

  it('is refused when its file holds something else, with the way out and without its content', async () => {
    await writeFile(join(folder, 'bad.db.key'), 'not a key');
    await expect(secretKey(config('bad.db'))).rejects.toThrow(/does not hold 64 hex digits\. Restore it from the backup/);
    await expect(secretKey(config('bad.db'))).rejects.not.toThrow(/not a key/);
  });

  it('that was lost and made anew is refused by the store that knew the old one', async () => {
    const store = new MemoryStore();
    await store.open({ site: 'moodle', time_zone: 'UTC', day: () => 0 });
    await rememberKey(store, new Pseudonyms(KEY));
    await rememberKey(store, new Pseudonyms(KEY));
    await expect(rememberKey(store, new Pseudonyms(Buffer.alloc(32, 8)))).rejects.toThrow(/index rebuild --new-key/);
  });
});
