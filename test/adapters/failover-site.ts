/** What the tests of a failover share: a small Moodle, people who click, a service that reads, and what its database says. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { BinlogSource } from '../../src/adapters/binlog/binlog-source.js';
import { Runner } from '../../src/app/runner.js';
import { openService, type Service } from '../../src/app/service.js';
import { binlogOptions } from '../../src/app/sources.js';
import { LOG_TABLE, type MoodleTable } from '../../src/moodle/tables.js';
import { ACTIVITY_DAYS_SQL, COURSE_SESSIONS_SQL, SESSIONS_SQL } from '../journey/oracle/queries.js';
import { schemaOf } from '../journey/oracle/statements.js';
import { configOf, exported, NO_TICKS, seeded } from '../journey/site.js';
import type { Mariadb } from '../servers/mariadb.js';
import { MOODLE_DUMP, MOODLE_TABLES, root } from './binlog-site.js';

const LOG = 'mdl_logstore_standard_log';
const READ_MS_MAX = 30_000;
/** Clicks begin here and go on by seconds: the same site each time. */
const FIRST_CLICK_S = Date.parse('2026-11-02T08:00:00Z') / 1000;

/** Two courses with ten students each, all tables, no clicks yet. */
export function siteSql(): string {
  const students = Array.from({ length: 20 }, (_, i) => 10 + i);
  const course = (user: number) => 2 + (user % 2);
  return [
    "SET sql_mode = '';",
    ...schemaOf(MOODLE_DUMP),
    "INSERT INTO mdl_role (id, shortname, archetype) VALUES (5, 'student', 'student');",
    "INSERT INTO mdl_course (id, fullname, shortname) VALUES (2, 'Two', 'c2'), (3, 'Three', 'c3');",
    'INSERT INTO mdl_context (id, contextlevel, instanceid) VALUES (22, 50, 2), (23, 50, 3);',
    "INSERT INTO mdl_enrol (id, enrol, courseid) VALUES (2, 'manual', 2), (3, 'manual', 3);",
    ...students.map(
      (user) =>
        `INSERT INTO mdl_user (id, username, firstname) VALUES (${user}, 'u${user}', 'U${user}');
         INSERT INTO mdl_user_enrolments (id, enrolid, userid, timecreated) VALUES (${user}, ${course(user)}, ${user}, 1000);
         INSERT INTO mdl_role_assignments (id, roleid, contextid, userid) VALUES (${user}, 5, ${20 + course(user)}, ${user});`,
    ),
    `ALTER TABLE ${LOG} AUTO_INCREMENT = 1000;`,
  ].join('\n');
}

/** People who click, page by page, on whichever server they are sent to. What a dead server did not confirm was not written. */
export class Clicks {
  clicked = 0;
  private now_s = FIRST_CLICK_S;
  private readonly random = seeded(11);
  private at: Connection | null = null;
  private going: Promise<void> | null = null;

  /** `pages` page requests, or `Infinity`: until `stop`. */
  begin(db: Mariadb, pages = Number.POSITIVE_INFINITY): void {
    this.going = this.write(db, pages);
  }

  async stop(): Promise<void> {
    const at = this.at;
    this.at = null;
    await this.going;
    at?.destroy();
  }

  async some(db: Mariadb, pages: number): Promise<void> {
    this.begin(db, pages);
    await this.going;
    await this.stop();
  }

  private async write(db: Mariadb, pages: number): Promise<void> {
    const connection = await root(db);
    this.at = connection;
    for (let page = 0; page < pages && this.at !== null; page++) {
      try {
        await connection.query(this.page());
        this.clicked += 1;
      } catch {
        return;
      }
    }
  }

  /** One transaction: a page's log rows, of which cron's do not count, and sometimes what the page changed. */
  private page(): string {
    const draw = (n: number) => Math.floor(this.random() * n);
    this.now_s += draw(10) === 0 ? 400 : 1 + draw(20);
    const user = 10 + draw(20);
    const row = (origin: string) =>
      `('\\\\mod_page\\\\event\\\\course_module_viewed', 'mod_page', 'r', 2, 30, 70, 4, ${user}, ${2 + (user % 2)}, ${this.now_s}, '${origin}')`;
    const rows = [row('web'), ...(draw(3) === 0 ? [row('web')] : []), ...(draw(4) === 0 ? [row('cli')] : [])];
    const change =
      draw(5) === 0
        ? `UPDATE mdl_user_enrolments SET status = 1 - status, timemodified = ${this.now_s} WHERE userid = ${user};`
        : '';
    return `START TRANSACTION; INSERT INTO ${LOG} (eventname, component, crud, edulevel, contextid, contextlevel, contextinstanceid, userid,
      courseid, timecreated, origin) VALUES ${rows.join(', ')}; ${change} COMMIT`;
  }
}

/** A service that reads one server from where its store is. */
export class Reading {
  private failure: unknown = null;
  private constructor(
    readonly service: Service,
    private readonly runner: Runner,
    readonly said: string[],
  ) {}

  static async begin(address: string, store: string, resnapshot = false): Promise<Reading> {
    const config = configOf({
      ...NO_TICKS,
      HOLDFAST_STORE: `sqlite:${store}`,
      HOLDFAST_CLOCK: 'event',
      HOLDFAST_MOODLE: address,
    });
    const service = await openService(config, { clock: config.clock });
    const said: string[] = [];
    const limits = { batch_changes: 50, linger_ms: 20, retry_ms_first: 50, retry_ms_max: 100 };
    const source = new BinlogSource({ ...binlogOptions(address, config), limits, log: (line) => said.push(line) });
    const reading = new Reading(service, new Runner(source, service.pipeline, service.store, resnapshot), said);
    void reading.runner.run().catch((error: unknown) => {
      reading.failure = error;
    });
    return reading;
  }

  async until(what: string, enough: () => Promise<boolean>): Promise<void> {
    for (const begun_ms = Date.now(); this.failure === null && !(await enough()); await sleep(20)) {
      if (Date.now() - begun_ms > READ_MS_MAX) throw new Error(`waited in vain: ${what}\n${this.said.join('\n')}`);
    }
    if (this.failure !== null) throw this.failure;
  }

  /** Until the service is where this server's log is. */
  async untilRead(db: Mariadb): Promise<void> {
    const end = (await db.sql('SELECT @@GLOBAL.gtid_binlog_pos')).trim().split(',');
    await this.until(`position ${end}`, async () => {
      const position = await this.position();
      return position?.phase === 'stream' && end.every((gtid) => position.gtid.split(',').includes(gtid));
    });
  }

  async position(): Promise<{ phase: string; gtid: string } | null> {
    return JSON.parse((await this.service.store.position('binlog:moodle')) ?? 'null');
  }

  /** Stops as the service does: the batch in hand is committed. */
  async stop(): Promise<void> {
    await this.runner.stop();
    await this.service.close();
  }
}

const COUNTED = { sessions: SESSIONS_SQL, course_sessions: COURSE_SESSIONS_SQL, activity_days: ACTIVITY_DAYS_SQL };

/** Sessions and days as the service has them. */
export async function counted(service: Service): Promise<Record<string, string>> {
  const tables: Record<string, string> = {};
  for (const name of Object.keys(COUNTED)) tables[name] = (await exported(service, name)).split('\n').slice(1).join('\n');
  return tables;
}

/** The same by SQL over the tables of a server. */
export async function countedBySql(db: Mariadb, database = 'moodle'): Promise<Record<string, string>> {
  const tables: Record<string, string> = {};
  for (const [name, sql] of Object.entries(COUNTED)) tables[name] = await db.sql(sql, database);
  return tables;
}

/**
 * A database `expected` on `there`, whose log has what must be counted after the loss: each row that was counted on the lost server, and
 * under all other ids those of `there`. Returns how many rows of `there` have the id of another row that was counted.
 */
export async function makeExpected(there: Mariadb, lost: Record<string, unknown>[]): Promise<number> {
  const connection = await root(there);
  await connection.query(
    `DROP DATABASE IF EXISTS expected; CREATE DATABASE expected; CREATE TABLE expected.${LOG} LIKE ${LOG}; INSERT INTO expected.${LOG} SELECT * FROM ${LOG}`,
  );
  const counted = lost.filter(({ origin }) => origin === 'web');
  const ids = counted.map(({ id }) => id);
  const [rows] = await connection.query(`SELECT COUNT(*) AS n FROM ${LOG} WHERE origin = 'web' AND id IN (?)`, [ids]);
  await connection.query(`DELETE FROM expected.${LOG} WHERE id IN (?)`, [ids]);
  for (const row of counted) await connection.query(`INSERT INTO expected.${LOG} SET ?`, [row]);
  connection.destroy();
  return Number((rows as { n: number }[])[0]?.n);
}

/** The log's rows after an id. */
export async function logAfter(db: Mariadb, id: number): Promise<Record<string, unknown>[]> {
  const connection = await root(db);
  const [rows] = await connection.query(`SELECT * FROM ${LOG} WHERE id > ${id}`);
  connection.destroy();
  return rows as Record<string, unknown>[];
}

type Rows = Record<string, Record<number, Record<string, unknown>>>;

/** Rows of all tables but the log that are kept and not deleted, and the same columns of the server's rows. */
export async function keptAndThere(service: Service, db: Mariadb): Promise<{ kept: Rows; there: Rows }> {
  const kept: Rows = {};
  const there: Rows = {};
  const connection = await root(db);
  for (const table of MOODLE_TABLES.filter((table) => table !== LOG_TABLE) as MoodleTable[]) {
    const live = (await service.store.references(table)).filter((row) => !row.deleted);
    kept[table] = Object.fromEntries(live.map(({ id, row }) => [id, row]));
    const columns = Object.keys(live[0]?.row ?? {});
    const [rows] = await connection.query(`SELECT * FROM mdl_${table}`);
    const picked = (row: Record<string, unknown>) => Object.fromEntries(columns.map((name) => [name, row[name]]));
    there[table] = Object.fromEntries((rows as Record<string, unknown>[]).map((row) => [row.id, picked(row)]));
  }
  connection.destroy();
  return { kept, there };
}
