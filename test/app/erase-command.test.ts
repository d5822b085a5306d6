/** `erase` on the command line, where a slip would be taken for a promise that was kept. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildInto, holdfast } from '../journey/built.js';
import { HISTORY, NO_TICKS, openSite, replay, TempFolder } from '../journey/site.js';

const temp = new TempFolder();
const store = `sqlite:${temp.file('site.db')}`;
let cli = '';
beforeAll(async () => {
  cli = buildInto(temp.file('built'));
  const site = await openSite({ ...NO_TICKS, HOLDFAST_STORE: store });
  await replay(site.service, site.config, [HISTORY]);
  await site.service.close();
});
afterAll(() => temp.remove());

const erase = (where: string, ...args: string[]) => holdfast(cli, ['erase', '--user', '43', '--store', where, ...args]);

describe('erase', () => {
  it('says that a store is not there, and makes none in which nobody would be erased', async () => {
    const path = temp.file('mistyped.db');
    const { code, stderr } = await erase(`sqlite:${path}`, '--yes');
    expect([code, existsSync(path)]).toEqual([1, false]);
    expect(stderr).toMatch(/^There is no store .*mistyped\.db\. Check HOLDFAST_STORE/);
  });

  it('asks, and erases nobody where nobody is there to answer', async () => {
    const { code, stderr } = await erase(store);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Say --yes to erase without a question/);
    const yes = await erase(store, '--yes');
    expect([yes.code, /User 43 is erased: [1-9]\d* rows\./.test(yes.stderr)]).toEqual([0, true]);
    expect((await erase(store, '--yes')).stderr).toContain('User 43 is erased: 0 rows.');
  });
});
