import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BinlogSource } from '../../src/adapters/binlog/binlog-source.js';
import { NeedsOperator } from '../../src/adapters/binlog/faults.js';
import { checkBinlog } from '../../src/adapters/binlog/preflight.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { changesOf, options, read } from './binlog-site.js';

needsServer('what a server must be set to before its log is read', mariadbMissing(), () => {
  let db: Mariadb;
  const tables = ['user', 'logstore_standard_log'];
  beforeAll(async () => {
    db = await Mariadb.start();
    await db.sql(
      `CREATE TABLE mdl_user (id BIGINT PRIMARY KEY, username VARCHAR(100), password VARCHAR(255));
       CREATE TABLE mdl_logstore_standard_log (id BIGINT PRIMARY KEY, userid BIGINT);
       INSERT INTO mdl_user VALUES (1, 'guest', 'hash'); INSERT INTO mdl_logstore_standard_log VALUES (1, 1)`,
      'moodle',
    );
  });
  afterAll(() => db.stop());

  const faults = async (changed = {}) => (await checkBinlog({ ...options(db, tables), ...changed })).filter((check) => !check.ok);

  /** The one message that a start gives. */
  async function refusal(changed = {}): Promise<string> {
    const source = new BinlogSource({ ...options(db, tables), ...changed });
    const error = await read(source, null, () => true).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(NeedsOperator);
    const { message } = error as Error;
    expect(message).toContain(`127.0.0.1:${db.port}/`);
    expect(message).not.toContain(db.password);
    return message;
  }

  it('finds nothing wrong with a server that is set up', async () => {
    expect(await faults()).toEqual([]);
  });

  it('names every wrong setting at once, with the lines to run', async () => {
    await db.sql(
      "SET GLOBAL binlog_format = 'MIXED'; SET GLOBAL binlog_row_metadata = 'NO_LOG'; SET GLOBAL binlog_row_image = 'MINIMAL'",
    );
    const message = await refusal();
    expect(message).toContain("binlog_format is MIXED, must be ROW\n    SET GLOBAL binlog_format = 'ROW';");
    expect(message).toContain("binlog_row_metadata is NO_LOG, must be FULL\n    SET GLOBAL binlog_row_metadata = 'FULL';");
    expect(message).toContain("binlog_row_image is MINIMAL, must be FULL\n    SET GLOBAL binlog_row_image = 'FULL';");
    for (const { remedy } of await faults()) await db.sql(remedy ?? '');
    expect(await faults()).toEqual([]);
  });

  it('grants what is missing when its own lines are run', async () => {
    await db.sql(`CREATE USER poor@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON moodle.mdl_user TO poor@'%'`);
    const url = db.url('moodle', 'poor', 'pw');
    const message = await refusal({ url });
    expect(message).toContain("GRANT REPLICATION SLAVE ON *.* TO 'poor'@'%';");
    expect(message).toContain("GRANT SELECT ON `moodle`.`mdl_logstore_standard_log` TO 'poor'@'%';");
    for (const { remedy } of await faults({ url })) await db.sql(remedy ?? '');
    expect(await faults({ url })).toEqual([]);
  });

  it('reads with a user who may not see passwords at all', async () => {
    await db.sql(
      `CREATE USER careful@'%' IDENTIFIED BY 'pw'; GRANT REPLICATION SLAVE ON *.* TO careful@'%';
       GRANT SELECT (id, username) ON moodle.mdl_user TO careful@'%'; GRANT SELECT ON moodle.mdl_logstore_standard_log TO careful@'%'`,
    );
    const batches = await read(
      { ...options(db, tables), url: db.url('moodle', 'careful', 'pw') },
      null,
      (all) => !all.at(-1)?.snapshot,
    );
    expect(changesOf(batches).flatMap((change) => change.row ?? [])).toEqual([
      { id: 1, username: 'guest' },
      { id: 1, userid: 1 },
    ]);
  });

  it('says which prefix is there when the configured one is not', async () => {
    expect(await refusal({ prefix: 'moo_' })).toContain(
      'tables of Moodle are there with prefix mdl_\n    HOLDFAST_MOODLE_PREFIX=mdl_',
    );
    expect(await refusal({ tables: ['user', 'no_such'] })).toContain('no table mdl_no_such in database moodle');
    expect(await faults({ tables: ['user', 'no_such'], optional: ['no_such'] })).toEqual([]);
  });

  it('says that user, password or database is wrong, without showing the password', async () => {
    expect(await refusal({ url: db.url('moodle', 'holdfast', 'wr0ng-secret') })).toMatch(
      /Access denied.*Check user and password/,
    );
    expect((await faults({ url: db.url('moodle', 'holdfast', 'wr0ng-secret') }))[0]?.what).not.toContain('wr0ng-secret');
    expect(await refusal({ url: db.url('nowhere') })).toMatch(/nowhere.*(database)/);
  });

  it('says that no server answers', async () => {
    const found = await faults({ url: 'mysql://holdfast:pw@127.0.0.1:1/moodle' });
    expect(found).toMatchObject([{ what: expect.stringContaining('mysql://127.0.0.1:1/moodle does not answer'), ok: false }]);
  });

  it('tells how to switch on a log that is off', async () => {
    await db.restart({ 'log-bin': false });
    expect(await refusal()).toMatch(
      /the binary log is off\n.*configuration file, then restart.*\n {4}\[mariadbd\]\n {4}log_bin = binlog\n {4}binlog_format = ROW/,
    );
  });
});
