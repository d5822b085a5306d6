import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection } from 'mysql2/promise';
import { BinlogSource } from '../../src/adapters/binlog/binlog-source.js';
import type { CopySoFar } from '../../src/adapters/binlog/options.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { applied, came, changesOf, here, MOODLE_DUMP, MOODLE_TABLES, options, read, root, selected } from './binlog-site.js';

needsServer('reading a Moodle site from MariaDB’s binary log', mariadbMissing(), () => {
  let db: Mariadb;
  let writer: Connection;
  beforeAll(async () => {
    db = await Mariadb.start();
    await db.load(MOODLE_DUMP);
    writer = await root(db);
  });
  afterAll(async () => {
    await writer.end();
    await db.stop();
  });

  /** What the stream brings of `table` for the statements, up to the row with id 999. */
  async function streamed(table: string, statements: string) {
    const from = await here(db);
    await writer.query(`${statements}; INSERT INTO mdl_${table} (id) VALUES (999)`);
    const batches = await read(options(db, [table]), from, came(table, 999));
    return changesOf(batches).filter((change) => change.id !== 999);
  }

  it('copies every row of every table as the server has it, and never a password', async () => {
    const batches = await read(options(db, MOODLE_TABLES), null, (all) => all.at(-1)?.snapshot === false);
    const copied = applied(changesOf(batches));
    for (const table of MOODLE_TABLES) expect(copied.get(table) ?? new Map()).toEqual(await selected(writer, table));
    // Behind each table: what is kept from an earlier copy, and is no longer there.
    const truncated = changesOf(batches).filter(({ op }) => op === 'truncate');
    expect(truncated.map(({ table }) => table)).toEqual(MOODLE_TABLES.filter((table) => table !== 'logstore_standard_log'));
    expect(changesOf(batches).every(({ op, source_ms }) => ['read', 'truncate'].includes(op) && source_ms !== null)).toBe(true);
    expect(changesOf(batches).some((change) => 'password' in (change.row ?? {}) || 'secret' in (change.row ?? {}))).toBe(false);
  });

  it('copies the log last, and says at once when the copy is done', async () => {
    const batches = await read(
      options(db, ['logstore_standard_log', 'role'], { chunk_rows: 5000 }),
      null,
      (all) => !all.at(-1)?.snapshot,
    );
    expect(batches.map((batch) => batch.changes[0]?.table)).toEqual([
      'role',
      ...Array(3).fill('logstore_standard_log'),
      undefined,
    ]);
    expect(batches.map((batch) => batch.snapshot)).toEqual([true, true, true, true, false]);
    expect(JSON.parse(batches[1]?.position ?? '')).toMatchObject({ phase: 'snapshot', table: 'logstore_standard_log' });
    expect(JSON.parse(batches.at(-1)?.position ?? '')).toMatchObject({ phase: 'stream' });
  });

  it('says how far the copy is, table by table, goes on from there after a stop, and says when it is through', async () => {
    await writer.query('ANALYZE TABLE mdl_role, mdl_logstore_standard_log');
    const told: (CopySoFar | null)[] = [];
    const where = {
      ...options(db, ['logstore_standard_log', 'role'], { chunk_rows: 5000 }),
      copied: (so_far: CopySoFar | null) => told.push(so_far),
    };
    const begun = await read(where, null, (all) => all.length === 3);
    expect(told.map((so_far) => so_far?.table)).toEqual(['role', 'logstore_standard_log', 'logstore_standard_log']);
    await read(where, begun.at(-1)!.position, (all) => all.length > 1 && told.at(-1) === null, 10_000);
    const rows = told.map((so_far) => so_far?.rows ?? Number.NaN);
    expect(rows.slice(0, -1)).toEqual(rows.slice(0, -1).toSorted((a, b) => a - b));
    expect(new Set(rows).size).toBe(rows.length);
    expect(told.at(-2)).toMatchObject({ table: 'logstore_standard_log', rows: told.at(-2)!.rows_known });
  });

  it('loses nothing and doubles nothing when people write while the tables are copied', async () => {
    await writer.query(
      'CREATE TABLE mdl_busy (id BIGINT PRIMARY KEY AUTO_INCREMENT, n BIGINT); INSERT INTO mdl_busy (n) SELECT seq FROM seq_1_to_5000',
    );
    let writing = true;
    let committed = 0;
    const done = (async () => {
      for (; writing; committed++) {
        await writer.query(
          `INSERT INTO mdl_busy (n) VALUES (${committed}), (${committed}); UPDATE mdl_busy SET n = n + 1 WHERE id = ${1 + ((committed * 37) % 5000)};
           DELETE FROM mdl_busy WHERE id = ${1 + ((committed * 91) % 5000)}`,
        );
      }
      await writer.query('INSERT INTO mdl_busy (id, n) VALUES (999999, 0)');
    })();
    const batches = await read(options(db, ['busy'], { chunk_rows: 100, linger_ms: 10 }), null, (all) => {
      if (committed > 300 && !all.at(-1)?.snapshot) writing = false;
      return came('busy', 999999)(all);
    });
    await done;
    const changes = changesOf(batches);
    expect(applied(changes).get('busy')).toEqual(await selected(writer, 'busy'));
    const born = changes.filter((change) => change.op === 'create' || change.op === 'read').map((change) => change.id);
    expect(new Set(born).size).toBe(born.length);
    expect(changes.filter((change) => change.op === 'create').length).toBeGreaterThan(100);
  });

  it('keeps text, numbers, decimals and NULL as they were written', async () => {
    await writer.query(
      `CREATE TABLE mdl_odd (id BIGINT PRIMARY KEY, tiny TINYINT(1), grade DECIMAL(10,5), big BIGINT, huge BIGINT UNSIGNED, word VARCHAR(255),
       body LONGTEXT, latin VARCHAR(20) CHARACTER SET latin1, ratio DOUBLE, moment DATETIME, small SMALLINT UNSIGNED)`,
    );
    const changes = await streamed(
      'odd',
      `INSERT INTO mdl_odd VALUES
         (1, 2, -0.00001, -9007199254740991, 18446744073709551615, 'Žluťoučký 🐎', '日本語', 'Müller', 0.1, '2026-11-22 10:00:00', 65535),
         (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
         (3, -1, 99999.99999, 9223372036854775807, 9007199254740991, '', '', '', -1e300, '2000-01-01 00:00:00', 0)`,
    );
    expect(changes.map((change) => change.row)).toEqual([
      {
        ...{ id: 1, tiny: 2, grade: '-0.00001', big: -9007199254740991, huge: '18446744073709551615', word: 'Žluťoučký 🐎' },
        ...{ body: '日本語', latin: 'Müller', ratio: 0.1, moment: '2026-11-22 10:00:00', small: 65535 },
      },
      {
        ...{ id: 2, tiny: null, grade: null, big: null, huge: null, word: null },
        ...{ body: null, latin: null, ratio: null, moment: null, small: null },
      },
      {
        ...{ id: 3, tiny: -1, grade: '99999.99999', big: '9223372036854775807', huge: 9007199254740991, word: '' },
        ...{ body: '', latin: '', ratio: -1e300, moment: '2000-01-01 00:00:00', small: 0 },
      },
    ]);
    const copy = await read(options(db, ['odd']), null, (all) => !all.at(-1)?.snapshot);
    for (const change of changes)
      expect(
        applied(changesOf(copy))
          .get('odd')
          ?.get(change.id ?? 0),
      ).toEqual(change.row);
  });

  it('tells inserts, updates and deletes apart, and leaves out what was rolled back', async () => {
    await writer.query('CREATE TABLE mdl_plain (id BIGINT PRIMARY KEY, n INT, password VARCHAR(9), aside INT)');
    const changes = await streamed(
      'plain',
      `INSERT INTO mdl_plain VALUES (1, 10, 'x', 0), (2, 20, 'x', 0), (3, 30, 'x', 0);
       START TRANSACTION; UPDATE mdl_plain SET n = n + 1 WHERE id < 3; DELETE FROM mdl_plain WHERE id = 3; COMMIT;
       START TRANSACTION; INSERT INTO mdl_plain (id) VALUES (4); ROLLBACK;
       START TRANSACTION; INSERT INTO mdl_plain (id) VALUES (5); SAVEPOINT s; INSERT INTO mdl_plain (id) VALUES (6); ROLLBACK TO s; COMMIT;
       UPDATE mdl_plain SET n = n`,
    );
    expect(changes.map(({ op, id, row }) => [op, id, row?.n])).toEqual([
      ...[
        ['create', 1, 10],
        ['create', 2, 20],
        ['create', 3, 30],
      ],
      ...[
        ['update', 1, 11],
        ['update', 2, 21],
        ['delete', 3, 30],
      ],
      ['create', 5, null],
    ]);
    expect(changes.some((change) => 'password' in (change.row ?? {}))).toBe(false);
    const place = changes.map((change) => change.coordinate!);
    expect(place.slice(0, 3).map((one) => one.row)).toEqual([0, 1, 2]);
    for (const [i, one] of place.entries()) {
      const before = place[i - 1];
      if (before)
        expect([one.log, one.offset, one.row] > [before.log, before.offset, before.row] || one.offset > before.offset).toBe(true);
    }
  });

  it('leaves out rolled-back rows also where a table without transactions was written in between', async () => {
    await writer.query(
      'CREATE TABLE mdl_firm (id BIGINT PRIMARY KEY); CREATE TABLE mdl_loose (id BIGINT PRIMARY KEY) ENGINE=MyISAM',
    );
    const from = await here(db);
    await writer.query(
      `START TRANSACTION; INSERT INTO mdl_firm VALUES (1); INSERT INTO mdl_loose VALUES (1); ROLLBACK;
       START TRANSACTION; INSERT INTO mdl_firm VALUES (2); SAVEPOINT a; INSERT INTO mdl_firm VALUES (3); INSERT INTO mdl_loose VALUES (2);
       ROLLBACK TO a; INSERT INTO mdl_firm VALUES (4); COMMIT`,
    );
    const batches = await read(options(db, ['firm', 'loose']), from, came('firm', 4));
    for (const table of ['firm', 'loose']) expect(applied(changesOf(batches)).get(table)).toEqual(await selected(writer, table));
  });

  it('treats a new primary key as one row gone and another come', async () => {
    await writer.query('CREATE TABLE mdl_keyed (id BIGINT PRIMARY KEY, n INT)');
    const changes = await streamed('keyed', 'INSERT INTO mdl_keyed VALUES (1, 5); UPDATE mdl_keyed SET id = 2, n = 6');
    expect(changes.map(({ op, id, row }) => [op, id, row])).toEqual([
      ['create', 1, { id: 1, n: 5 }],
      ['delete', 1, { id: 1, n: 5 }],
      ['create', 2, { id: 2, n: 6 }],
    ]);
  });

  it('gives values under the right names when a column is dropped and added while it reads behind', async () => {
    await writer.query('CREATE TABLE mdl_moving (id BIGINT PRIMARY KEY, a INT, b INT)');
    const changes = await streamed(
      'moving',
      `INSERT INTO mdl_moving VALUES (1, 10, 20); ALTER TABLE mdl_moving DROP COLUMN a; INSERT INTO mdl_moving VALUES (2, 21);
       ALTER TABLE mdl_moving ADD COLUMN c INT FIRST, ADD COLUMN a INT; INSERT INTO mdl_moving VALUES (31, 3, 22, 12)`,
    );
    expect(changes.map((change) => change.row)).toEqual([
      { id: 1, a: 10, b: 20 },
      { id: 2, b: 21 },
      { id: 3, b: 22, a: 12, c: 31 },
    ]);
  });

  it('says that a table was emptied, and is silent about other tables and databases', async () => {
    await writer.query(
      'CREATE TABLE mdl_full (id BIGINT PRIMARY KEY); CREATE TABLE mdl_other (id BIGINT PRIMARY KEY); CREATE DATABASE elsewhere; CREATE TABLE elsewhere.mdl_full (id INT)',
    );
    const changes = await streamed(
      'full',
      'INSERT INTO mdl_full VALUES (1); TRUNCATE TABLE mdl_full; INSERT INTO mdl_other VALUES (7); TRUNCATE mdl_other; INSERT INTO elsewhere.mdl_full VALUES (8); TRUNCATE elsewhere.mdl_full; TRUNCATE `moodle`.`mdl_full`',
    );
    expect(changes.map(({ op, table, id }) => [op, table, id])).toEqual([
      ['create', 'full', 1],
      ['truncate', 'full', null],
      ['truncate', 'full', null],
    ]);
  });

  it('puts a row whose id no JavaScript number holds aside with its reason', async () => {
    await writer.query('CREATE TABLE mdl_wide (id BIGINT UNSIGNED PRIMARY KEY)');
    const from = await here(db);
    await writer.query('INSERT INTO mdl_wide VALUES (18446744073709551615); INSERT INTO mdl_wide VALUES (1)');
    const batches = await read(options(db, ['wide']), from, came('wide', 1));
    expect(batches.flatMap((batch) => batch.rejected)).toMatchObject([
      { reason: 'bad-value', source: `mysql://127.0.0.1:${db.port}/moodle` },
    ]);
  });

  it('notices within seconds that nothing is waiting, and moves on past other people’s transactions', async () => {
    const from = await here(db);
    await writer.query('CREATE TABLE mdl_foreign (id BIGINT PRIMARY KEY); INSERT INTO mdl_foreign VALUES (1)');
    const source = new BinlogSource({ ...options(db, ['role']), clock: () => Date.now() + 86_400_000 });
    const batches = await read(source, from, (all) => all.at(-1)?.caught_up === true, 8_000);
    expect(batches.at(-1)).toMatchObject({ changes: [], snapshot: false, caught_up: true });
    expect(JSON.parse(batches.at(-1)!.position)).toMatchObject(JSON.parse(await here(db)));
  });
});
