/**
 * The drill of docs/backup.md, with its own commands: a dump while the service runs, more history, a decision too many, then back to
 * the dump and on again. People's decisions of the backup are there, and everything that is counted comes out as if nothing had been.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Runner } from '../../src/app/runner.js';
import { openService, type Service } from '../../src/app/service.js';
import { named } from '../../src/ports.js';
import { decoded, ListSource } from '../journey/list-source.js';
import { linesOf } from '../journey/oracle/recorded.js';
import { configOf, differences, exportedAll, HISTORY, ORDER_INDEPENDENT } from '../journey/site.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';

const run = promisify(execFile);
const BATCH = 1500;
/** Scoring is most of a replay's time: three ticks in the site's history are enough for alerts. */
const MONTHLY = '0 3 1 * *';
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
const document = readFileSync('docs/backup.md', 'utf8');
/** The first command or statement of the document that begins like this, without what comes after `end`. */
const documented = (start: string, end: string) => {
  const from = document.indexOf(start);
  if (from < 0) throw new Error(`docs/backup.md has no ${start}`);
  return document.slice(from, document.indexOf(end, from));
};

needsServer('the drill of docs/backup.md', mariadbMissing(), () => {
  let db: Mariadb;
  const changes = decoded(linesOf(HISTORY));
  const config = () =>
    configOf({
      HOLDFAST_SCORE_CRON: MONTHLY,
      HOLDFAST_ALERT_THRESHOLD: '0.5',
      HOLDFAST_STORE: db.url('holdfast'),
    });

  beforeAll(async () => {
    db = await Mariadb.start();
    await db.sql(`CREATE DATABASE holdfast CHARACTER SET utf8mb4; GRANT ALL ON holdfast.* TO '${db.user}'@'%';`);
  });
  afterAll(() => db?.stop());

  /** A process that lives until so many changes are read. */
  async function lives<T>(until: number, then: (service: Service) => Promise<T>): Promise<T> {
    const service = await openService(config(), { clock: null });
    try {
      await new Runner(new ListSource('history', changes.slice(0, until), BATCH), service.pipeline, service.store).run();
      return await then(service);
    } finally {
      await service.close();
    }
  }
  const round = async (service: Service) => {
    const token = await service.store.lease('publish:elasticsearch', 'drill', 1);
    await service.store.release('publish:elasticsearch', 'drill');
    return token!;
  };

  it('brings decisions and counts back, and goes on', async () => {
    const middle = Math.floor((changes.length * 0.8) / BATCH) * BATCH;
    const [decided, undecided] = await lives(middle, async (service) => {
      const { pipeline, store } = service;
      await round(service);
      const [first, second] = (await store.alerts({ states: ['open'] }, { limit: 2 })).map(({ alert_id }) => alert_id);
      await pipeline.changeAlert(first!, null, { state: 'acknowledged', assignee: 'Ana' }, named('drill'));
      await pipeline.changeAlert(
        first!,
        null,
        { state: 'resolved', outcome: 'contacted', note: 'calls back on Monday' },
        named('drill'),
      );
      return [first!, second!];
    });

    const dump = documented('mariadb-dump ', ' |').split(' ');
    const { stdout: backup } = await run(dump[0]!, ['-uroot', '-S', db.socket, ...dump.slice(1)], {
      env: { PATH },
      maxBuffer: 1e9,
    });
    const beyond = await lives(changes.length, async (service) => {
      await service.pipeline.changeAlert(undecided, null, { assignee: 'Ben' }, named('drill'));
      for (let i = 0; i < 5; i++) await round(service);
      return { tables: await exportedAll(service, [...ORDER_INDEPENDENT, 'scores']), round: await round(service) };
    });

    await db.sql(documented('DROP DATABASE holdfast', "'"));
    await db.sql(backup, 'holdfast');
    await db.sql(documented('UPDATE holdfast.leases', '\n'));
    const again = await lives(changes.length, async (service) => ({
      tables: await exportedAll(service, [...ORDER_INDEPENDENT, 'scores']),
      round: await round(service),
      decided: await service.store.alert(decided),
      undecided: await service.store.alert(undecided),
    }));

    expect(differences(again.tables, beyond.tables)).toEqual([]);
    expect(again.decided).toMatchObject({
      state: 'resolved',
      outcome: 'contacted',
      note: 'calls back on Monday',
      assignee: 'Ana',
    });
    expect(again.undecided).toMatchObject({ assignee: null });
    // What the index holds was told in older rounds, all of them.
    expect(again.round).toBeGreaterThan(beyond.round);
  }, 240_000);
});
