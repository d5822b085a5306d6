import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Connection } from 'mysql2/promise';
import { BinlogSource } from '../../src/adapters/binlog/binlog-source.js';
import { PositionLost } from '../../src/adapters/binlog/faults.js';
import { PIECE_CHANGES } from '../../src/adapters/binlog/transactions.js';
import type { Change } from '../../src/domain.js';
import type { ChangeBatch } from '../../src/ports.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { needsServer } from '../servers/needed.js';
import { applied, came, changesOf, here, options, read, root, selected } from './binlog-site.js';

/** Kills and resumes in an ordinary run; HOLDFAST_LONG=1 makes it ten times as many. */
const LONG = process.env.HOLDFAST_LONG === '1' ? 10 : 1;
const END = 999_999;

needsServer('the binary log when something breaks', mariadbMissing(), () => {
  let db: Mariadb;
  let writer: Connection;
  beforeAll(async () => {
    db = await Mariadb.start();
    writer = await root(db);
  });
  beforeEach(async () => {
    await writer.query('DROP TABLE IF EXISTS mdl_t; CREATE TABLE mdl_t (id BIGINT PRIMARY KEY, n INT)');
  });
  afterAll(async () => {
    writer.destroy();
    await db.stop();
  });

  const key = ({ op, id, row }: Change) => `${op} ${id} ${row?.n}`;

  it('goes on from every committed position with exactly the rest', async () => {
    const from = await here(db);
    for (let i = 1; i <= 12 * LONG; i++) {
      await writer.query(
        `START TRANSACTION; INSERT INTO mdl_t VALUES (${i}, 0), (${-i}, 0); UPDATE mdl_t SET n = n + 1 WHERE id > ${i - 3}; COMMIT`,
      );
      if (i % 4 === 0)
        await writer.query(
          'ALTER TABLE mdl_t COMMENT "x"; CREATE TABLE IF NOT EXISTS mdl_aside (id INT); INSERT INTO mdl_aside VALUES (1)',
        );
      if (i % 6 === 0) await writer.query('TRUNCATE TABLE mdl_t');
    }
    await writer.query(`INSERT INTO mdl_t VALUES (${END}, 0)`);
    const small = options(db, ['t'], { batch_changes: 1 });
    const whole = await read(small, from, came('t', END));
    expect(whole.length).toBeGreaterThan(12 * LONG);
    for (const [i, batch] of whole.entries()) {
      if (i === whole.length - 1) break;
      const rest = await read(small, batch.position, came('t', END));
      expect(changesOf(rest).map(key)).toEqual(changesOf(whole.slice(i + 1)).map(key));
      expect(changesOf(rest).map((change) => change.coordinate)).toEqual(
        changesOf(whole.slice(i + 1)).map((change) => change.coordinate),
      );
    }
  });

  it('never ends a batch inside a transaction', async () => {
    const from = await here(db);
    for (let i = 0; i < 20; i++)
      await writer.query(`INSERT INTO mdl_t SELECT seq + ${i * 100}, ${i} FROM seq_1_to_${10 + 3 * i}`);
    await writer.query(`INSERT INTO mdl_t VALUES (${END}, 99)`);
    const batches = await read(options(db, ['t'], { batch_changes: 25 }), from, came('t', END));
    const seen = new Map<unknown, number>();
    for (const [i, batch] of batches.entries()) {
      for (const change of batch.changes) {
        expect(seen.get(change.row?.n) ?? i).toBe(i);
        seen.set(change.row?.n, i);
      }
    }
  });

  it('hands over a very long transaction in pieces, and repeats it whole when it stops in the middle', async () => {
    const from = await here(db);
    await writer.query(
      `INSERT INTO mdl_t SELECT seq, 1 FROM seq_1_to_${2.5 * PIECE_CHANGES}; INSERT INTO mdl_t VALUES (${END}, 0)`,
    );
    const first = await read(options(db, ['t']), from, (all) => changesOf(all).length > 0);
    expect(JSON.parse(first.at(-1)!.position)).toMatchObject(JSON.parse(from));
    expect(changesOf(first).length).toBeLessThan(2 * PIECE_CHANGES);
    const again = await read(options(db, ['t']), first.at(-1)?.position ?? null, came('t', END));
    expect(again.length).toBeGreaterThan(2);
    expect(changesOf(again).map((change) => change.id)).toEqual([
      ...Array.from({ length: 2.5 * PIECE_CHANGES }, (_, i) => i + 1),
      END,
    ]);
  });

  it('keeps what is waiting within its bound when the consumer is slow', async () => {
    const from = await here(db);
    for (let i = 0; i < 300; i++) await writer.query(`INSERT INTO mdl_t SELECT seq + ${i * 100}, 0 FROM seq_1_to_100`);
    await writer.query(`INSERT INTO mdl_t VALUES (${END}, 0)`);
    const source = new BinlogSource(options(db, ['t'], { batch_changes: 500, waiting_changes: 2000 }));
    let most = 0;
    const batches = await read(source, from, async (all) => {
      await sleep(20);
      most = Math.max(most, source.backlog);
      return came('t', END)(all);
    });
    expect(changesOf(batches)).toHaveLength(30_001);
    expect(most).toBeGreaterThan(1000);
    expect(most).toBeLessThanOrEqual(2100);
  });

  it('waits for a killed server and goes on with nothing lost', async () => {
    const from = await here(db);
    const said: string[] = [];
    let killed = 0;
    let recovered = 0;
    let written = 0;
    const writing = (async () => {
      while (recovered < 2 * LONG || written < 200) {
        const three = [0, 1, 2].map((i) => `(${3 * written + i}, 0)`);
        try {
          await writer.query(
            `REPLACE INTO mdl_t VALUES ${three}; UPDATE mdl_t SET n = n + 1 WHERE id % 3 = 1 AND id > ${3 * written - 30}`,
          );
          written += 1;
        } catch {
          await sleep(50);
        }
      }
      await writer.query(`INSERT INTO mdl_t VALUES (${END}, 0)`);
    })();
    const limits = { batch_changes: 50, linger_ms: 20, retry_ms_first: 50, retry_ms_max: 200 };
    const source = new BinlogSource({ ...options(db, ['t'], limits), log: (line) => said.push(line) });
    let next = 300;
    const batches = await read(source, from, async (all) => {
      const changes = changesOf(all);
      if (killed < 2 * LONG && killed === recovered && changes.length > next) {
        next = changes.length + 300;
        killed += 1;
        // The writer's connection ends with the server. Destroyed here, it would sometimes leave its query unanswered for ever.
        await db.kill();
        void sleep(100).then(async () => {
          await db.launch();
          writer = await root(db);
          recovered += 1;
        });
      }
      return came('t', END)(all);
    });
    await writing;
    expect(recovered).toBe(2 * LONG);
    expect(applied(changesOf(batches)).get('t')).toEqual(await selected(writer, 't'));
    expect(said.length).toBeGreaterThan(0);
    expect(said.join()).not.toContain(db.password);
  });

  it('waits through an orderly restart', async () => {
    const from = await here(db);
    const source = new BinlogSource(options(db, ['t'], { retry_ms_first: 50, retry_ms_max: 200 }));
    let restarted = false;
    await writer.query('INSERT INTO mdl_t VALUES (1, 0)');
    const batches = await read(source, from, async (all) => {
      if (!restarted) {
        restarted = true;
        void (async () => {
          writer.destroy();
          await db.restart();
          writer = await root(db);
          await writer.query(`INSERT INTO mdl_t VALUES (${END}, 0)`);
        })();
      }
      return came('t', END)(all);
    });
    expect(applied(changesOf(batches)).get('t')).toEqual(await selected(writer, 't'));
  });

  it('goes on with a copy where it was when the server dies in the middle of it', async () => {
    await writer.query('INSERT INTO mdl_t SELECT seq, 1 FROM seq_1_to_1000');
    const source = new BinlogSource(options(db, ['t'], { chunk_rows: 100, retry_ms_first: 50, retry_ms_max: 200 }));
    const batches = await read(source, null, async (all) => {
      if (all.length === 4) {
        await db.kill();
        writer.destroy();
        await db.launch();
        writer = await root(db);
        await writer.query('DELETE FROM mdl_t WHERE id > 900');
      }
      return !all.at(-1)?.snapshot;
    });
    // Of the 600 that were left, 100 are gone.
    expect(changesOf(batches).filter(({ op }) => op === 'read')).toHaveLength(400 + 500);
    const position = batches.at(-1)!.position;
    // What was deleted meanwhile, copied or not, comes by the log from the copy's first moment on.
    const rest = await read(source, position, came('t', 900 + 100));
    expect(applied([...changesOf(batches), ...changesOf(rest)]).get('t')).toEqual(await selected(writer, 't'));
  });

  it('a copy in pieces of many moments, stopped after every one, has each row once, and what was written meanwhile', async () => {
    await writer.query('DELETE FROM mdl_t; INSERT INTO mdl_t SELECT seq, 0 FROM seq_1_to_1000');
    const limits = { chunk_rows: 100, moment_rows: 200, copied_rows_per_s: 20_000 };
    const all: ChangeBatch[] = [];
    let position: string | null = null;
    for (let life = 1; position === null || !position.includes('stream'); life++) {
      const batches = await read(options(db, ['t'], limits), position, () => true);
      all.push(...batches);
      position = batches.at(-1)!.position;
      if (life > 10) continue;
      // Copied already, not yet copied, and new.
      await writer.query(
        `UPDATE mdl_t SET n = n + 1 WHERE id IN (${life}, ${1001 - life}); INSERT INTO mdl_t VALUES (${2000 + life}, 7)`,
      );
    }
    const copied = changesOf(all).filter(({ op }) => op === 'read');
    expect(new Set(copied.map(({ id }) => id)).size).toBe(copied.length);
    const last = 9_999;
    await writer.query(`INSERT INTO mdl_t VALUES (${last}, 0)`);
    const rest = await read(options(db, ['t'], limits), position, came('t', last));
    expect(applied([...changesOf(all), ...changesOf(rest)]).get('t')).toEqual(await selected(writer, 't'));
  });

  it('says that the log was purged, and what to do', async () => {
    const from = await here(db);
    await writer.query('INSERT INTO mdl_t VALUES (1, 0); FLUSH BINARY LOGS; INSERT INTO mdl_t VALUES (2, 0); FLUSH BINARY LOGS');
    // A log that the server may still need for its own recovery is kept at first.
    for (let logs: unknown[] = []; logs.length !== 1; await sleep(100)) {
      logs = (await writer.query('SHOW BINARY LOGS'))[0] as unknown[];
      await writer.query(`PURGE BINARY LOGS TO '${(logs.at(-1) as { Log_name: string }).Log_name}'`);
    }
    const failing = read({ ...options(db, ['t']), log: console.log }, from, () => false, 4000);
    await expect(failing).rejects.toBeInstanceOf(PositionLost);
    await expect(failing).rejects.toThrow(/no longer has the log.*new snapshot.*nothing is counted twice/s);
  });

  it('refuses a position of a domain that this server does not know, or beyond its end', async () => {
    for (const gtid of ['77-1-5', '0-4242-99999999', '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5']) {
      const failing = read(options(db, ['t']), JSON.stringify({ phase: 'stream', gtid }), () => true, 5000);
      await expect(failing).rejects.toBeInstanceOf(PositionLost);
    }
    await expect(read(options(db, ['t']), 'line 17', () => true)).rejects.toBeInstanceOf(PositionLost);
  });

  it('refuses rows that were written as statements, without names, or in part', async () => {
    for (const [setting, usual, broken, sign] of [
      ['binlog_format', 'ROW', 'STATEMENT', /logged as a statement/],
      ['binlog_row_metadata', 'FULL', 'NO_LOG', /without column names/],
      ['binlog_row_image', 'FULL', 'MINIMAL', /written in part/],
    ] as const) {
      const from = await here(db);
      await writer.query(`SET GLOBAL ${setting} = '${broken}'`);
      const session = await root(db);
      await session.query('INSERT INTO mdl_t VALUES (1, 0); UPDATE mdl_t SET n = 1');
      await session.query(`SET GLOBAL ${setting} = '${usual}'; DELETE FROM mdl_t`);
      session.destroy();
      const failing = read(options(db, ['t']), from, () => false, 5000);
      await expect(failing).rejects.toBeInstanceOf(PositionLost);
      await expect(failing).rejects.toThrow(sign);
    }
  });

  it('ends on abort, while streaming, copying or waiting, and leaves no connection open', async () => {
    await writer.query('INSERT INTO mdl_t SELECT seq, 0 FROM seq_1_to_1000');
    const others = async () =>
      Number(await db.sql(`SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '${db.user}'`));
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
    const before = sockets();
    await read(options(db, ['t'], { chunk_rows: 10 }), null, (all) => all.length === 3);
    await read(options(db, ['t']), await here(db), () => true, 500);
    await read({ ...options(db, ['t']), url: 'mysql://nobody@127.0.0.1:1/moodle' }, null, () => false, 500);
    for (let i = 0; i < 50 && (await others()) > 0; i++) await sleep(100);
    expect(await others()).toBe(0);
    expect(sockets()).toBeLessThanOrEqual(before);
  });

  it('ends on abort also when the server does not answer', async () => {
    await writer.query('LOCK TABLES mdl_t WRITE');
    const begin = Date.now();
    await read(options(db, ['t']), null, () => false, 500);
    await writer.query('UNLOCK TABLES');
    expect(Date.now() - begin).toBeLessThan(5000);
  });

  it('keeps its connection to a server that closes idle ones', async () => {
    const from = await here(db);
    await writer.query('SET GLOBAL wait_timeout = 1');
    const said: string[] = [];
    await read({ ...options(db, ['t']), log: (line) => said.push(line) }, from, () => false, 4000);
    await writer.query('SET GLOBAL wait_timeout = DEFAULT');
    expect(said).toEqual([]);
  });
});
