/** The file of keys: made, read by a running service, broken. */
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newKey } from '../../src/access/keys.js';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { recordKeys } from '../../src/app/key-changes.js';
import { KeyFile, readKeys, writeKeys } from '../../src/app/key-file.js';
import { TempFolder } from '../journey/site.js';

const OF = { name: 'Ann', scopes: ['risk:read' as const], user_id: 5, created_ms: 0, expires_ms: null };
let temp: TempFolder;
let path: string;
let said: string[];
beforeEach(() => {
  temp = new TempFolder();
  path = temp.file('of/keys.json');
  said = [];
});
afterEach(() => temp.remove());

describe('who was given a key', () => {
  it('is on record once, with what it opens, and so is who has it no longer', async () => {
    const store = new MemoryStore();
    await store.open({ site: 'x', time_zone: 'UTC', day: () => 0 });
    const [one, two] = [newKey(OF).kept, newKey({ ...OF, name: 'office', user_id: null }).kept];
    const heard: Promise<void>[] = [];
    const service = () =>
      new KeyFile(
        path,
        () => undefined,
        (keys) => heard.push(recordKeys(store, keys, heard.length)),
      );
    await writeKeys(path, [one]);
    await service().keys(0);
    await Promise.all(heard);
    await writeKeys(path, [two]);
    // Two processes hear of it at once.
    await Promise.all([service().keys(0), service().keys(0)]);
    await Promise.all(heard);
    expect((await store.changes(0, 10)).map(({ detail }) => detail).sort()).toEqual(
      [
        `Key ${one.id} was given to Ann: risk:read; what Moodle’s user 5 sees.`,
        `Key ${two.id} was given to office: risk:read; the whole site.`,
        `Key ${one.id} was revoked, or its time was over.`,
      ].sort(),
    );
  });
});

describe('the file of keys', () => {
  it('is made with its folder, for its owner alone, and holds no secret', async () => {
    const { text, kept } = newKey(OF);
    await writeKeys(path, [kept]);
    expect(await readKeys(path)).toEqual([kept]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(text.slice(12));
  });

  it('is known to all who come at once, the first time too', async () => {
    const { kept } = newKey(OF);
    await writeKeys(path, [kept]);
    const file = new KeyFile(path, (message) => said.push(message));
    expect(await Promise.all([file.keys(0), file.keys(0), file.keys(500)])).toEqual([[kept], [kept], [kept]]);
  });

  it('is read again when it changed: a key that is revoked is unknown a second later', async () => {
    const [one, two] = [newKey(OF).kept, newKey(OF).kept];
    const file = new KeyFile(path, (message) => said.push(message));
    expect(await file.keys(0)).toEqual([]);
    await writeKeys(path, [one, two]);
    expect(await file.keys(999)).toEqual([]);
    expect(await file.keys(1000)).toEqual([one, two]);
    await writeKeys(path, [two]);
    expect(await file.keys(2000)).toEqual([two]);
    rmSync(path);
    expect(await file.keys(3000)).toEqual([]);
    expect(await file.keys(4000)).toEqual([]);
    // Before it was made, and after it went.
    expect(said).toEqual(
      Array(2).fill(expect.stringMatching(/^Nobody is let in by a key: .*keys\.json is not there\. Make one/)),
    );
  });

  it('lets nobody in while it is broken, says so once with what to do, and works again when it is mended', async () => {
    const { kept } = newKey(OF);
    await writeKeys(path, [kept]);
    const good = readFileSync(path);
    const file = new KeyFile(path, (message) => said.push(message));
    expect(await file.keys(0)).toEqual([kept]);
    for (const [i, broken] of ['{"keys": [', '{"keys": [{"id": "x"}]}', '{"keys": [], "more": 1}'].entries()) {
      said = [];
      writeFileSync(path, broken);
      expect(await file.keys(1000 + 10_000 * i)).toEqual([]);
      expect(await file.keys(5000 + 10_000 * i)).toEqual([]);
      expect(said).toEqual([expect.stringMatching(/^Nobody is let in: .*keys\.json is no file of access keys: restore it/)]);
      writeFileSync(path, good);
      chmodSync(path, 0o600);
      expect(await file.keys(9000 + 10_000 * i)).toEqual([kept]);
    }
  });
});
