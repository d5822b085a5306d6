/**
 * The program killed at random moments of a replay, as a power cut does it, and started again until it is through: every table
 * is that of an undisturbed run, to the byte.
 *
 *     HOLDFAST_LONG=1 node --experimental-vm-modules node_modules/jest/bin/jest.js test/journey/kill
 *
 * kills 200 times and scores daily; otherwise 8 times, and scores on Mondays.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openService } from '../../src/app/service.js';
import { buildInto, holdfast, type Ran } from './built.js';
import { ALL_TABLES, configOf, differences, exportedAll, HISTORY, LONG, seeded, TempFolder, WEEKLY } from './site.js';

const KILLS = LONG ? 200 : 8;
const SEED = 20_261_122;
/** Generous: 200 kills take some minutes on a small machine. */
const TEST_MS_MAX = LONG ? 3_600_000 : 300_000;

const temp = new TempFolder();
const env = LONG ? {} : WEEKLY;
let cli: string;
beforeAll(() => {
  cli = buildInto(temp.path);
});
afterAll(() => temp.remove());

const storeAt = (name: string) => `sqlite:${temp.file(`${name}.db`)}`;

/** Starts a replay; kills it after `kill_after_ms`, unless it was quicker. */
async function run(store: string, kill_after_ms = Number.POSITIVE_INFINITY): Promise<Ran> {
  let timer: NodeJS.Timeout | undefined;
  const ran = await holdfast(cli, ['replay', HISTORY, '--store', store, '--quiet', '--json'], {
    env,
    started(child) {
      if (Number.isFinite(kill_after_ms)) timer = setTimeout(() => child.kill('SIGKILL'), kill_after_ms);
    },
  });
  clearTimeout(timer);
  return ran;
}

async function tablesOf(store: string): Promise<Record<string, string>> {
  const service = await openService(configOf({ ...env, HOLDFAST_STORE: store }), { mode: 'read', clock: null });
  try {
    return await exportedAll(service, ALL_TABLES);
  } finally {
    await service.close();
  }
}

describe('a replay that is killed', () => {
  it(
    `goes on where it was, ${KILLS} times, and ends with the same tables to the byte`,
    async () => {
      const started = Date.now();
      expect(await run(storeAt('undisturbed'))).toMatchObject({ code: 0, stderr: '' });
      const whole_ms = Date.now() - started;
      const expected = await tablesOf(storeAt('undisturbed'));
      expect(expected.scores!.split('\n').length).toBeGreaterThan(1000);

      for (const table of ['sessions', 'scores']) {
        const written = await holdfast(cli, ['export', table, '--store', storeAt('undisturbed')], { env });
        expect(written).toMatchObject({ code: 0, stderr: '' });
        expect(differences({ [table]: written.stdout }, { [table]: expected[table]! })).toEqual([]);
      }

      const random = seeded(SEED);
      let kills = 0;
      let finished = 0;
      while (kills < KILLS) {
        const store = storeAt(`killed-${finished}`);
        const ran = await run(store, random() * whole_ms);
        if (ran.signal === 'SIGKILL') kills++;
        else {
          expect(ran).toMatchObject({ code: 0, stderr: '' });
          expect(differences(await tablesOf(store), expected)).toEqual([]);
          finished++;
        }
      }
      const last = storeAt(`killed-${finished}`);
      expect(await run(last)).toMatchObject({ code: 0, stderr: '' });
      expect(differences(await tablesOf(last), expected)).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
