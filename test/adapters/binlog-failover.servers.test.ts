/**
 * Moodle's database fails over to another server. Two real MariaDB servers, the second following the first; the first is killed, the
 * second takes its place; the service goes on there by GTID, or says why it cannot. What it then has is compared with SQL over the
 * tables of the second server.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { PositionLost } from '../../src/adapters/binlog/faults.js';
import { exported, TempFolder } from '../journey/site.js';
import { mariadbMissing } from '../servers/mariadb.js';
import { MariadbPair } from '../servers/mariadb-pair.js';
import { MovingAddress } from '../servers/moving-address.js';
import { needsServer } from '../servers/needed.js';
import { MOODLE_TABLES, options, read } from './binlog-site.js';
import { Clicks, counted, countedBySql, keptAndThere, logAfter, makeExpected, Reading, siteSql } from './failover-site.js';

needsServer('a failover of Moodle’s database', mariadbMissing(), () => {
  const temp = new TempFolder();
  let pair: MariadbPair;
  let clicks: Clicks;
  let store = '';
  let lives = 0;
  let reading: Reading | null = null;
  beforeAll(async () => {
    pair = await MariadbPair.start();
  });
  beforeEach(async () => {
    await pair.renew();
    await pair.first.sql(siteSql(), 'moodle');
    clicks = new Clicks();
    store = temp.file(`store-${++lives}.db`);
  });
  afterEach(async () => {
    await clicks?.stop();
    await reading?.stop();
    reading = null;
  });
  afterAll(async () => {
    await pair?.stop();
    temp.remove();
  });

  async function begin(address: string, resnapshot = false): Promise<Reading> {
    await reading?.stop();
    reading = await Reading.begin(address, store, resnapshot);
    return reading;
  }

  /** Everything that the service has is what SQL finds on the second server. */
  async function expectSame(at: Reading): Promise<void> {
    await at.untilRead(pair.second);
    expect(await counted(at.service)).toEqual(await countedBySql(pair.second));
    const { kept, there } = await keptAndThere(at.service, pair.second);
    expect(kept).toEqual(there);
    expect((await at.service.store.counts()).rejected).toEqual({});
  }

  /** Log files of other numbers than those of the other server. */
  async function rotated(server: 'first' | 'second'): Promise<void> {
    await pair[server].sql('FLUSH BINARY LOGS; FLUSH BINARY LOGS; FLUSH BINARY LOGS;');
  }

  it.each(['first', 'second'] as const)(
    'goes on by GTID from where it stopped, nothing lost and nothing twice, when the %s server’s log files have the greater numbers',
    async (greater) => {
      await rotated(greater);
      let at = await begin(pair.first.url());
      clicks.begin(pair.first);
      await at.until('clicks', async () => clicks.clicked > 80 && (await at.position())?.phase === 'stream');
      await at.stop();
      const stopped_at = clicks.clicked;
      while (clicks.clicked < stopped_at + 60) await new Promise((resolve) => setTimeout(resolve, 5));
      // Killed while people write; what the replica had not received is lost, and was not read.
      await pair.caughtUp();
      await pair.failOver();
      await clicks.stop();
      clicks.begin(pair.second);
      reading = null;
      at = await begin(pair.second.url());
      const moved_at = clicks.clicked;
      await at.until('clicks after the failover', async () => clicks.clicked > moved_at + 80);
      await clicks.stop();
      await expectSame(at);
      expect(at.said.join()).toContain('another server than before (2, not 1)');
    },
  );

  it('goes on without a restart where the address moves to the other server', async () => {
    const address = await MovingAddress.at(pair.first.port);
    const { user, password } = pair.first;
    const at = await begin(`mysql://${user}:${password}@127.0.0.1:${address.port}/moodle`);
    try {
      await clicks.some(pair.first, 100);
      await at.untilRead(pair.first);
      await pair.caughtUp();
      await pair.failOver();
      address.moveTo(pair.second.port);
      await clicks.some(pair.second, 100);
      await expectSame(at);
    } finally {
      await at.stop();
      reading = null;
      await address.close();
    }
  });

  it('keeps the last of two changes of a row when the failover came between them, by whichever clock', async () => {
    await rotated('first');
    let at = await begin(pair.first.url());
    const suspend = (status: number, id: number, time: string) =>
      `SET TIMESTAMP = UNIX_TIMESTAMP('${time}'); UPDATE mdl_user_enrolments SET status = ${status} WHERE id = ${id};`;
    // Not before the copy: its moment is of today.
    await at.until('the copy', async () => (await at.position())?.phase === 'stream');
    await pair.first.sql(suspend(1, 10, '2036-01-01 12:00:00') + suspend(1, 11, '2036-01-01 12:00:00'), 'moodle');
    await at.untilRead(pair.first);
    await at.stop();
    reading = null;
    // The same second as the change before, and then a server whose clock is a minute behind.
    await pair.first.sql(suspend(0, 10, '2036-01-01 12:00:00'), 'moodle');
    await pair.caughtUp();
    await pair.failOver();
    await pair.second.sql(suspend(0, 11, '2036-01-01 11:59:00'), 'moodle');
    at = await begin(pair.second.url());
    await expectSame(at);
  });

  it('reads what the second server writes in a domain of its own, before and after it takes over', async () => {
    let at = await begin(pair.first.url());
    await clicks.some(pair.first, 50);
    await pair.caughtUp();
    await pair.second.sql('SET GLOBAL gtid_domain_id = 7');
    // Written past the first server: one row that it changes later, one that it does not, and a click.
    const after_s = (seconds: number) => `SET TIMESTAMP = ${Math.floor(Date.now() / 1000) + seconds};`;
    await pair.second.sql(
      `${after_s(60)} UPDATE mdl_user SET suspended = 1 WHERE id IN (11, 12);
       INSERT INTO mdl_logstore_standard_log (id, userid, courseid, timecreated, origin, edulevel, contextid, contextlevel, contextinstanceid)
       VALUES (500, 12, 2, ${Date.parse('2026-11-02T07:00:00Z') / 1000}, 'web', 2, 30, 70, 4)`,
      'moodle',
    );
    await pair.first.sql(`${after_s(120)} UPDATE mdl_user SET suspended = 0, firstname = 'later' WHERE id = 11`, 'moodle');
    await clicks.some(pair.first, 50);
    await at.untilRead(pair.first);
    await pair.caughtUp();
    await pair.failOver();
    await clicks.some(pair.second, 50);
    at = await begin(pair.second.url());
    await expectSame(at);
    expect((await at.position())?.gtid).toMatch(/^0-1-\d+,7-2-\d+$/);
    // Also from a position with both domains.
    at = await begin(pair.second.url());
    await pair.second.sql(`${after_s(180)} UPDATE mdl_user SET suspended = 0 WHERE id = 12`, 'moodle');
    await clicks.some(pair.second, 50);
    await expectSame(at);
  });

  const TRANSACTION = 'UPDATE mdl_role SET sortorder = sortorder + 1;';

  it('refuses a server that has not what follows the position, and says why and what to run', async () => {
    const at = await begin(pair.first.url());
    await at.until('the copy', async () => (await at.position())?.phase === 'stream');
    await pair.cut();
    await pair.first.sql(TRANSACTION, 'moodle');
    await at.untilRead(pair.first);
    const position = (await at.service.store.position('binlog:moodle'))!;
    const last = Number((await at.position())!.gtid.split('-')[2]);
    const { second } = pair;
    const refused = async (why: RegExp) => {
      const failing = read(options(second, MOODLE_TABLES), position, () => false, 4_000);
      await expect(failing).rejects.toBeInstanceOf(PositionLost);
      await expect(failing).rejects.toThrow(why);
      await expect(failing).rejects.toThrow(
        /^mysql:\/\/127.0.0.1:\d+\/moodle: .*once: holdfast serve --resnapshot\. .*nothing is counted twice/,
      );
    };

    await refused(
      new RegExp(
        `0-1-${last}, is not in this server's log, which has 0-1-${last - 1}: .* or this is a replica that is still behind`,
      ),
    );
    await pair.failOver();
    await second.sql(TRANSACTION, 'moodle');
    await refused(/which has 0-1-\d+, 0-2-\d+: rows that the old server had committed never came here/);

    // Restored from a dump, with a log that begins anew.
    await second.sql(`RESET MASTER; SET GLOBAL gtid_slave_pos = ''; ${TRANSACTION}`, 'moodle');
    await refused(/which has 0-2-1: /);
    await second.sql(`RESET MASTER; SET gtid_domain_id = 9; ${TRANSACTION}`, 'moodle');
    await refused(/which has nothing of replication domain 0: another server/);

    // A replica that logs nothing of what it replicates has it in its tables alone.
    await second.sql(`RESET MASTER; SET GLOBAL gtid_slave_pos = '0-1-${last + 5}';`, 'moodle');
    await refused(/log_slave_updates is OFF/);
    // One that was filled from a backup newer than the position, and logs what came later.
    await second.sql(`SET server_id = 1, gtid_seq_no = ${last + 10}; ${TRANSACTION}`, 'moodle');
    await refused(/no longer has the log since the last position/);

    // The same number of server, and as many transactions: of another server.
    const many = TRANSACTION.repeat(last + 10);
    await second.sql(
      `RESET MASTER; SET GLOBAL gtid_slave_pos = ''; SET server_id = 1; SET GLOBAL server_id = 1; ${many}`,
      'moodle',
    );
    await refused(/not the server that was read before, although both have server_id 1/);
  });

  it('has the new server’s rows after a resnapshot, keeps what was counted, and names rows that came under ids of lost ones', async () => {
    let at = await begin(pair.first.url());
    await clicks.some(pair.first, 100);
    await pair.cut();
    const common = (await logAfter(pair.first, 0)).length + 999;
    // Committed, read, and lost with the first server.
    await clicks.some(pair.first, 40);
    await pair.first.sql(
      `SET sql_mode = ''; INSERT INTO mdl_user (id, username) VALUES (99, 'u99'); INSERT INTO mdl_user_enrolments (id, enrolid, userid) VALUES (99, 2, 99);
       INSERT INTO mdl_role_assignments (id, roleid, contextid, userid) VALUES (99, 5, 22, 99);
       DELETE FROM mdl_user_enrolments WHERE id = 15; UPDATE mdl_user SET suspended = 1 WHERE id = 16;`,
      'moodle',
    );
    await at.untilRead(pair.first);
    const lost = await logAfter(pair.first, common);
    await pair.failOver();
    await clicks.some(pair.second, 80);
    at = await begin(pair.second.url());
    await expect(at.until('the end', async () => false)).rejects.toThrow(/holdfast serve --resnapshot/);

    const expectTheNewServers = async () => {
      await at.untilRead(pair.second);
      const reused = await makeExpected(pair.second, lost);
      expect(reused).toBeGreaterThan(30);
      expect(await counted(at.service)).toEqual(await countedBySql(pair.second, 'expected'));
      expect((await at.service.store.counts()).rejected).toEqual({ 'reused-id': reused });
      const { kept, there } = await keptAndThere(at.service, pair.second);
      expect(kept).toEqual(there);
    };
    at = await begin(pair.second.url(), true);
    await expectTheNewServers();
    const [named] = await at.service.store.rejected({ limit: 1 });
    expect(named?.position).toMatch(/^logstore_standard_log, id \d+$/);
    const enrolments = await exported(at.service, 'enrolments');
    expect(enrolments).toMatch(/^99,2,withdrawn,/m);
    expect(enrolments).toMatch(/^15,3,(active|suspended),/m);

    at = await begin(pair.second.url());
    await clicks.some(pair.second, 50);
    await expectTheNewServers();
    at = await begin(pair.second.url(), true);
    await at.until('the copy', async () => (await at.position())?.phase === 'stream');
    await expectTheNewServers();
  });
});
