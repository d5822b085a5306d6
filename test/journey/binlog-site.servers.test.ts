/**
 * The site behind a real MariaDB. Its whole life executed as SQL while the binary log is followed gives what the recorded
 * history gives; a copy of its database gives what SQL over the same tables gives in the server itself.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BinlogSource } from '../../src/adapters/binlog/binlog-source.js';
import { Runner } from '../../src/app/runner.js';
import { openService, type Service } from '../../src/app/service.js';
import { binlogOptions } from '../../src/app/sources.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { ACTIVITY_DAYS_SQL, COURSE_SESSIONS_SQL, SESSIONS_SQL, STATES_SQL } from './oracle/queries.js';
import { changesOf, linesOf } from './oracle/recorded.js';
import { schemaOf, transactionsOf } from './oracle/statements.js';
import { ALL_TABLES, configOf, differences, exported, exportedAll, HISTORY, TempFolder, tablesAfter, WEEKLY } from './site.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
/** The samples' events are of autumn 2026; a live source refuses what is a day ahead of its machine. */
const WALL_MS = Date.parse('2026-11-23T00:00:00Z');
/** A statement that changes nothing else marks the end: when it has come, all before it has. */
const END_OF_HISTORY =
  "INSERT INTO mdl_role (id, name, shortname, description, sortorder, archetype) VALUES (990, '', 'end', '', 990, '');";
const WAIT_MS_MAX = 240_000;

needsServer('a site behind MariaDB', mariadbMissing(), () => {
  let db: Mariadb;
  const temp = new TempFolder();
  beforeAll(async () => {
    db = await Mariadb.start();
  });
  afterAll(async () => {
    await db?.stop();
    temp.remove();
  });

  /** Follows a database until `enough`, then stops as the service does. */
  async function follow(
    database: string,
    env: Record<string, string>,
    enough: (service: Service, runner: Runner) => Promise<boolean>,
  ) {
    const config = configOf({ ...env, HOLDFAST_CLOCK: 'event', HOLDFAST_MOODLE: db.url(database) });
    const service = await openService(config, { clock: config.clock, now_ms: () => WALL_MS });
    const source = new BinlogSource(binlogOptions(db.url(database), config));
    const runner = new Runner(source, service.pipeline, service.store);
    let failure: unknown = null;
    const finished = runner.run().catch((error: unknown) => {
      failure = error;
    });
    const deadline = Date.now() + WAIT_MS_MAX;
    while (failure === null && !(await enough(service, runner))) {
      if (Date.now() > deadline) throw new Error(`nothing more came after ${runner.state.changes} changes`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await runner.stop();
    await finished;
    if (failure !== null) throw failure;
    return service;
  }

  it('lives its whole life again, and every table is that of the recorded history', async () => {
    const schema = schemaOf(DUMP);
    const transactions = transactionsOf(changesOf(linesOf(HISTORY)), schema);
    await db.sql(schema.join('\n'), 'moodle');
    let written: Promise<unknown> | null = null;
    const service = await follow(
      'moodle',
      { ...WEEKLY, HOLDFAST_STORE: `sqlite:${temp.file('live.db')}` },
      async ({ store, pipeline }, runner) => {
        // The copy of the empty tables comes first: everything after it is read from the binary log.
        if (written === null && runner.state.state === 'running' && (await store.position('binlog:moodle'))?.includes('stream')) {
          written = db.sql(["SET sql_mode = '';", ...transactions, END_OF_HISTORY].join('\n'), 'moodle');
        }
        return pipeline.clock.now_ms !== null && (await store.references('role')).some((role) => role.id === 990);
      },
    );
    await written;
    expect((await service.store.counts()).rejected).toEqual({});
    const live = await exportedAll(service, ALL_TABLES);
    await service.close();
    const recorded = await tablesAfter([HISTORY], { env: WEEKLY });
    expect(recorded.scores!.split('\n').length).toBeGreaterThan(1000);
    // Nothing here has only the change's own time to go by: Moodle's log tells of every enrolment, so no table is left out.
    expect(differences(live, recorded)).toEqual([]);
  });

  it('copied as it stands, has the sessions, days and states that SQL finds in its tables', async () => {
    await db.sql(`CREATE DATABASE copied; GRANT SELECT ON copied.* TO '${db.user}'@'%';`);
    await db.load(DUMP, 'copied');
    const service = await follow(
      'copied',
      WEEKLY,
      async ({ pipeline }) => pipeline.clock.now_ms !== null && !pipeline.clock.snapshot,
    );
    const body = async (table: string) => (await exported(service, table)).split('\n').slice(1).join('\n');
    const found = {
      sessions: await body('sessions'),
      course_sessions: await body('course_sessions'),
      activity_days: await body('activity_days'),
      enrolments: (await body('enrolments')).replace(/,[^,\n]*,[^,\n]*$/gm, ''),
    };
    const expected = {
      sessions: await db.sql(SESSIONS_SQL, 'copied'),
      course_sessions: await db.sql(COURSE_SESSIONS_SQL, 'copied'),
      activity_days: await db.sql(ACTIVITY_DAYS_SQL, 'copied'),
      enrolments: await db.sql(STATES_SQL, 'copied'),
    };
    await service.close();
    expect(expected.sessions.split('\n').length).toBeGreaterThan(1000);
    expect(differences(found, expected)).toEqual([]);
  });

  it('counts the worked example of the original, inserted into its four columns', async () => {
    await db.sql(`CREATE DATABASE demo; GRANT SELECT ON demo.* TO '${db.user}'@'%';`);
    await db.sql(
      'CREATE TABLE mdl_logstore_standard_log (id INT AUTO_INCREMENT PRIMARY KEY, eventname VARCHAR(255), userid INT, timecreated BIGINT);',
      'demo',
    );
    const t0 = 1561975200000;
    const insert = (user: number, time: number) =>
      `INSERT INTO mdl_logstore_standard_log (eventname, userid, timecreated) VALUES ('\\\\core\\\\event\\\\course_viewed', ${user}, ${time});`;
    const first = [0, 600_000, 3_600_000, 7_200_000, 10_800_000, 14_400_000, 18_000_000].map((after) => insert(1, t0 + after));
    await db.sql(first.join('\n'), 'demo');
    let more = false;
    const sessionsOf = async (service: Service) => (await exported(service, 'sessions')).trimEnd().split('\n').slice(1);
    const enough = async (service: Service) => {
      const sessions = await sessionsOf(service);
      if (!more && sessions.length === 6) {
        more = true;
        await db.sql([insert(2, t0), insert(3, t0), insert(3, t0 + 100_000)].join('\n'), 'demo');
      }
      return sessions.length === 8 && sessions.some((row) => row.startsWith(`3,${t0},${t0 + 100_000},`));
    };
    // The original's database has the log alone, and nothing has to be said about that.
    const service = await follow('demo', {}, enough);
    const rows = (await sessionsOf(service)).map((row) => row.split(','));
    const mean = (column: number) => rows.reduce((sum, row) => sum + Number(row[column]), 0) / rows.length;
    expect([rows.length, mean(4), mean(3)]).toEqual([8, 87.5, 1.25]);
    expect(await exported(service, 'user_activity')).toBe(
      'user_id,activities,duration_s,sessions\n1,7,100,6\n2,1,0,1\n3,2,100,1\n',
    );
    await service.close();
  });
});
