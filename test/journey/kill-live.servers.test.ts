/**
 * The embedded service killed at random moments while it follows a real MariaDB that is being written to, and started again each time:
 * in the end every table is that of an undisturbed replay of the recorded history, to the byte.
 *
 *     HOLDFAST_LONG=1 HOLDFAST_TEST_SERVERS=required node --experimental-vm-modules node_modules/jest/bin/jest.js test/journey/kill-live
 *
 * kills 1,000 times; otherwise 8 times.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openService, type Service } from '../../src/app/service.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { buildInto } from './built.js';
import { changesOf, linesOf } from './oracle/recorded.js';
import { schemaOf, transactionsOf } from './oracle/statements.js';
import {
  ALL_TABLES,
  configOf,
  differences,
  exportedAll,
  HISTORY,
  LONG,
  seeded,
  TempFolder,
  tablesAfter,
  WEEKLY,
} from './site.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
const KILLS = LONG ? 1_000 : 8;
const SEED = 20_261_124;
/** After it says where it is. Some are killed before. */
const ALIVE_MS_MAX = 1_500;
const KILLED_STARTING = 0.2;
const STARTING_MS_MAX = 1_000;
const WAIT_MS_MAX = 240_000;
const TEST_MS_MAX = LONG ? 3 * 3_600_000 : 600_000;
/** A statement that changes nothing else marks the end: when it has come, all before it has. */
const END_OF_HISTORY =
  "INSERT INTO mdl_role (id, name, shortname, description, sortorder, archetype) VALUES (990, '', 'end', '', 990, '');";

needsServer('a service that follows MariaDB and is killed', mariadbMissing(), () => {
  let db: Mariadb;
  let cli: string;
  const temp = new TempFolder();
  let child: ChildProcess | null = null;
  let said = '';
  beforeAll(async () => {
    db = await Mariadb.start();
    cli = buildInto(temp.path);
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await db?.stop();
    temp.remove();
  });

  const store = () => `sqlite:${temp.file('live.db')}`;

  function started(): ChildProcess {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')));
    const ours = { ...WEEKLY, HOLDFAST_STORE: store(), HOLDFAST_MOODLE: db.url('moodle'), HOLDFAST_CLOCK: 'event' };
    said = '';
    child = spawn(process.execPath, [cli, 'serve', '--listen', '127.0.0.1:0'], { cwd: temp.path, env: { ...clean, ...ours } });
    child.stderr!.on('data', (part) => {
      said = (said + part).slice(-2_000);
    });
    return child;
  }

  function mustRun(): void {
    const { exitCode, signalCode } = child ?? { exitCode: null, signalCode: null };
    if (exitCode !== null || signalCode !== null)
      throw new Error(`the service ended by itself (${exitCode ?? signalCode}): ${said}`);
  }

  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + WAIT_MS_MAX;
    while (!(await holds())) {
      mustRun();
      if (Date.now() > deadline) throw new Error(`${what}: not within ${WAIT_MS_MAX / 1000} s. ${said}`);
      await sleep(50);
    }
  }

  async function ended(signal: NodeJS.Signals): Promise<void> {
    mustRun();
    const ending = once(child!, 'close');
    child!.kill(signal);
    await ending;
    child = null;
  }

  async function reading<T>(look: (service: Service) => Promise<T>): Promise<T> {
    const service = await openService(configOf({ ...WEEKLY, HOLDFAST_STORE: store() }), { mode: 'read', clock: null });
    try {
      return await look(service);
    } finally {
      await service.close();
    }
  }

  it(
    `loses and doubles nothing, killed ${KILLS} times`,
    async () => {
      const schema = schemaOf(DUMP);
      const transactions = transactionsOf(changesOf(linesOf(HISTORY)), schema);
      await db.sql(schema.join('\n'), 'moodle');
      started();
      await until('the service is up', () => said.includes('Holdfast is at'));
      // The copy of the empty tables comes first: everything after it is read from the binary log.
      await until('the copy is made', () =>
        reading(async (service) => (await service.store.position('binlog:moodle'))?.includes('stream') ?? false),
      );
      await ended('SIGKILL');

      const random = seeded(SEED);
      const share = Math.ceil(transactions.length / KILLS);
      for (let kill = 0; kill < KILLS; kill++) {
        const written = db.sql(
          ["SET sql_mode = '';", ...transactions.slice(kill * share, (kill + 1) * share)].join('\n'),
          'moodle',
        );
        started();
        if (random() < KILLED_STARTING) await sleep(random() * STARTING_MS_MAX);
        else {
          await until('the service is up', () => said.includes('Holdfast is at'));
          await sleep(random() * ALIVE_MS_MAX);
        }
        await ended('SIGKILL');
        await written;
      }

      await db.sql(END_OF_HISTORY, 'moodle');
      started();
      await until('the service is up', () => said.includes('Holdfast is at'));
      await until('all is read', () =>
        reading(async (service) => (await service.store.references('role')).some(({ id }) => id === 990)),
      );
      await ended('SIGTERM');
      const live = await reading((service) => exportedAll(service, ALL_TABLES));
      const recorded = await tablesAfter([HISTORY], { env: WEEKLY });
      expect(recorded.scores!.split('\n').length).toBeGreaterThan(1000);
      expect(differences(live, recorded)).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
