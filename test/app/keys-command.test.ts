/** `holdfast keys` as an operator uses it: who is let in with what it says and writes, and until when. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { keyFor } from '../../src/access/keys.js';
import { keysCommand } from '../../src/app/commands/keys.js';
import { readKeys } from '../../src/app/key-file.js';
import { TempFolder } from '../journey/site.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let temp: TempFolder;
let path: string;
let now_ms: number;
beforeEach(() => {
  temp = new TempFolder();
  path = temp.file('keys.json');
  now_ms = Date.UTC(2026, 8, 1);
  jest.spyOn(Date, 'now').mockImplementation(() => now_ms);
});
afterEach(() => {
  jest.restoreAllMocks();
  temp.remove();
});

/** What it prints. */
async function keys(...args: string[]): Promise<string> {
  let printed = '';
  const written = jest.spyOn(process.stdout, 'write').mockImplementation(((text: string, done?: () => void) => {
    printed += text;
    done?.();
    return true;
  }) as typeof process.stdout.write);
  try {
    const command = keysCommand();
    for (const one of [command, ...command.commands]) one.exitOverride().configureOutput({ writeErr: () => undefined });
    await command.parseAsync([...args, '--file', path, '--quiet'], { from: 'user' });
  } finally {
    written.mockRestore();
  }
  return printed;
}
const create = (...args: string[]) => keys('create', '--name', 'Ann Lee', '--scopes', 'risk:read,alerts:write', ...args);
const holder = async (text: string) => keyFor(await readKeys(path), text.trim(), now_ms);

it('a key that is made is shown, and lets in whom it names with what it may', async () => {
  const text = await create('--user', '5');
  expect(text).toMatch(/^hf_[0-9a-f]{8}_[\w-]{43}\n$/);
  expect(await holder(text)).toMatchObject({
    name: 'Ann Lee',
    scopes: ['risk:read', 'alerts:write'],
    user_id: 5,
    expires_ms: null,
  });
  const { key, id, hash } = JSON.parse(await create('--json'));
  expect([await holder(key), hash]).toEqual([expect.objectContaining({ id, user_id: null }), undefined]);
  expect(await holder(text)).not.toBeNull();
});

it('a key for some days holds so long', async () => {
  const text = await create('--days', '30');
  now_ms += 30 * DAY_MS - 1;
  expect(await holder(text)).not.toBeNull();
  now_ms += 1;
  expect(await holder(text)).toBeNull();
  expect(await keys('list')).toMatch(/Ann Lee: risk:read, alerts:write; sees the whole site; held until 2026-10-01/);
});

it('the list names keys, what they may and until when, and nothing that opens anything', async () => {
  const text = await create('--user', '5');
  const { hash, id } = (await readKeys(path))[0]!;
  for (const listed of [await keys('list'), await keys('list', '--json')]) {
    expect(listed).toContain(id);
    expect(listed).not.toContain(hash);
    expect(listed).not.toContain(text.trim().slice(12));
  }
});

it('a key that is revoked lets nobody in, and the others stay', async () => {
  const [one, two] = [await create(), await create()];
  await keys('revoke', one.slice(3, 11));
  expect([await holder(one), (await holder(two))?.name]).toEqual([null, 'Ann Lee']);
});

it('a key that is rotated holds for the grace, beside a new one that is like it', async () => {
  const old = await create('--user', '5');
  const text = await keys('rotate', old.slice(3, 11), '--grace', '2');
  expect(await holder(text)).toMatchObject({
    name: 'Ann Lee',
    scopes: ['risk:read', 'alerts:write'],
    user_id: 5,
    expires_ms: null,
  });
  now_ms += 2 * HOUR_MS - 1;
  expect(await holder(old)).not.toBeNull();
  now_ms += 1;
  expect([await holder(old), (await holder(text))?.user_id]).toEqual([null, 5]);
});

it('rotating gives the new key as long a life as the old one had, and the old one no longer than it had', async () => {
  const old = await create('--days', '10');
  now_ms += 10 * DAY_MS - HOUR_MS;
  const text = await keys('rotate', old.slice(3, 11));
  now_ms += HOUR_MS;
  expect(await holder(old)).toBeNull();
  now_ms += 10 * DAY_MS - HOUR_MS - 1;
  expect(await holder(text)).not.toBeNull();
  now_ms += 1;
  expect(await holder(text)).toBeNull();
});

it.each([
  [['create', '--name', 'x', '--scopes', 'everything'], /everything is no scope/],
  [['create', '--name', 'x', '--scopes', 'risk:read', '--days', '0'], /--days is a whole number/],
  [['create', '--name', 'x', '--scopes', 'risk:read', '--user', 'ann'], /--user is a whole number/],
  [['revoke', '00000000'], /There is no key 00000000/],
  [['rotate', '00000000'], /There is no key 00000000/],
  [['create', '--scopes', 'risk:read'], /--name/],
])('%j changes nothing and says what is wrong', async (args, message) => {
  await expect(keys(...args)).rejects.toThrow(message);
  expect(existsSync(path)).toBe(false);
});
