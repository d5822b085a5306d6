/**
 * The store in a MariaDB or MySQL database, which many processes may own at once: a commit is one transaction, and what two
 * processes must not both do is decided by locks and comparisons inside it. While the server is away, everything waits for it.
 */

import type {
  ActivityDay,
  Alert,
  Clock,
  Cohort,
  Prediction,
  ReferenceRow,
  ReferenceTable,
  Rejected,
  Score,
  SeenPage,
  Session,
  ShadowScore,
  WindowRow,
  WindowTable,
} from '../../domain.js';
import {
  type AlertEdit,
  type Commit,
  type CourseStanding,
  commitFault,
  type DriftCheck,
  type Filter,
  goneEntry,
  type OutboxEntry,
  type Page,
  type PersonView,
  type RecordedChange,
  type SessionTotals,
  type ShadowKey,
  STORE_KEYS_MAX,
  Store,
  type StoreIdentity,
  type StoreMode,
  StoreUnavailable,
  type ViewsByOthers,
} from '../../ports.js';
import { type CourseSpan, CourseSpans, readDays, readLastActive, readTotals } from './activity.js';
import { type Address, parseAddress } from './address.js';
import { readAlertEdits } from './alert-edits.js';
import { writeCommit } from './commit.js';
import { Database, type DatabaseOptions, type Sql } from './database.js';
import { readAlert } from './facts.js';
import { endLease, takeLease, writeClaims } from './lanes.js';
import {
  readAlerts,
  readCohort,
  readCounts,
  readCourseSessions,
  readPredictions,
  readReferences,
  readRejected,
  readScores,
  readSessions,
} from './lists.js';
import { commitOnce } from './once.js';
import { openDatabase } from './open.js';
import { confirmOutbox, countOutbox, readOutbox } from './outbox.js';
import { MysqlPeople } from './people.js';
import { readChanges, readPersonViews } from './person-views.js';
import { literal } from './rows.js';
import { readSeen } from './seen.js';
import { readDriftChecks, readShadowScores, readStandings } from './watch.js';
import { readHeld, readNear } from './windows.js';

interface Opened {
  database: Database;
  day: (time_ms: number) => number;
  mode: StoreMode;
  spans: CourseSpans;
}

export class MysqlStore extends Store {
  readonly people = new MysqlPeople(
    (work) => this.#read(work),
    (work) => this.#write(work),
    (rows) => this.#held.spans.committed(goneEntry(rows)?.windows ?? []),
  );
  readonly #address: Address;
  #opened: Opened | null = null;

  /** `url`: `mysql://user:password@host:3306/database`, also `mariadb://`; `?ssl=true` for TLS with a checked certificate. */
  constructor(
    url: string,
    private readonly options: DatabaseOptions = {},
  ) {
    super();
    this.#address = parseAddress(url);
  }

  /** For people: without user and password. */
  get name(): string {
    return this.#address.name;
  }

  async open(identity: StoreIdentity, mode: StoreMode = 'own'): Promise<void> {
    if (this.#opened) throw new Error(`the store ${this.name} is open already`);
    const database = new Database(this.#address, this.options);
    try {
      await openDatabase(database, identity, mode);
    } catch (error) {
      await database.close();
      throw error;
    }
    this.#opened = { database, mode, day: identity.day, spans: new CourseSpans(database.kysely, mode) };
  }

  async close(): Promise<void> {
    const open = this.#opened;
    this.#opened = null;
    await open?.database.close();
  }

  async commit(commit: Commit): Promise<void> {
    const { database, day, spans } = this.#owned;
    const fault = commitFault(commit);
    if (fault !== null) throw new TypeError(`this commit cannot be kept: ${fault}`);
    await commitOnce(database, commit.position, 'positions', (sql) => writeCommit(sql, commit, day));
    spans.committed(commit.windows ?? []);
  }

  async position(source: string): Promise<string | null> {
    const [row] = await this.#read((sql) => sql.rows(`SELECT position FROM positions WHERE source = ${literal(source)}`));
    return row ? String(row.position) : null;
  }

  async clock(): Promise<Clock | null> {
    const [row] = await this.#read((sql) => sql.rows('SELECT clock FROM site_clock'));
    return row ? JSON.parse(String(row.clock)) : null;
  }

  async laneClocks(): Promise<{ lane: string; clock: Clock; heard_ms: number }[]> {
    const rows = await this.#read((sql) => sql.rows('SELECT lane, clock, heard_ms FROM lane_clocks ORDER BY lane'));
    return rows.map((row) => ({ lane: String(row.lane), clock: JSON.parse(String(row.clock)), heard_ms: Number(row.heard_ms) }));
  }

  async claim(lane: string, user_ids: number[]): Promise<void> {
    await this.#write((sql) => writeClaims(sql, lane, user_ids));
  }

  async lease(name: string, holder: string, ttl_ms: number): Promise<number | null> {
    return this.#write((sql) => takeLease(sql, name, holder, ttl_ms));
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#write((sql) => endLease(sql, name, holder));
  }

  async outbox(sink: string, limit: number): Promise<OutboxEntry[]> {
    return this.#read((sql) => readOutbox(sql, sink, limit));
  }

  async confirm(sink: string, ids: number[]): Promise<void> {
    await this.#write((sql) => confirmOutbox(sql, sink, ids));
  }

  async backlog(sink: string): Promise<number> {
    return this.#read((sql) => countOutbox(sql, sink));
  }

  async seenPages(pages: number[]): Promise<SeenPage[]> {
    return this.#read((sql) => readSeen(sql, pages));
  }

  async heldWindows(table: WindowTable, end_from: number, user_ids?: number[]): Promise<WindowRow[]> {
    checkKeys(user_ids);
    return this.#read((sql) => readHeld(sql, table, end_from, user_ids));
  }

  async windowsNear(table: WindowTable, ranges: { key: readonly number[]; from: number; to: number }[]): Promise<WindowRow[]> {
    checkKeys(ranges);
    return this.#read((sql) => readNear(sql, table, ranges));
  }

  async references(
    tables: ReferenceTable | readonly ReferenceTable[],
    filter: { user_ids?: (number | null)[]; parent_ids?: number[] } = {},
  ): Promise<ReferenceRow[]> {
    checkKeys(filter.user_ids, filter.parent_ids);
    return this.#list((db) => readReferences(db, [tables].flat(), filter));
  }

  async sessions(filter: Filter, page: Page<[number, number]>): Promise<Session[]> {
    return this.#list((db) => readSessions(db, filter, page));
  }

  async courseSessions(filter: Filter, page: Page<[number, number, number]>): Promise<Session[]> {
    return this.#list((db) => readCourseSessions(db, filter, page));
  }

  async activityDays(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    return this.#list((db) => readDays(db, ['user_id', 'course_id', 'day'], filter, page));
  }

  async activityDaysByDay(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    return this.#list((db) => readDays(db, ['day', 'course_id', 'user_id'], filter, page));
  }

  async sessionTotals(open_from_ms: number): Promise<SessionTotals> {
    return this.#list((db) => readTotals(db, open_from_ms));
  }

  async courseActivity(): Promise<CourseSpan[]> {
    return this.#list(() => this.#held.spans.read());
  }

  async lastActive(course_id: number, before_ms: number, user_id?: number): Promise<{ user_id: number; last_ms: number }[]> {
    return this.#list((db) => readLastActive(db, course_id, before_ms, user_id));
  }

  async cohort(course_id: number, day: number): Promise<Cohort | null> {
    return this.#list((db) => readCohort(db, course_id, day));
  }

  async scores(filter: Filter & { above?: number }, page: Page<[number, number, number]>): Promise<Score[]> {
    return this.#list((db) => readScores(db, filter, page));
  }

  async predictions(filter: Filter, page: Page<[number, number]>): Promise<Prediction[]> {
    return this.#list((db) => readPredictions(db, filter, page));
  }

  async alert(alert_id: string): Promise<Alert | null> {
    return this.#read((sql) => readAlert(sql, alert_id));
  }

  async alerts(filter: Filter & { states?: Alert['state'][] }, page: Page<string>): Promise<Alert[]> {
    return this.#list((db) => readAlerts(db, filter, page));
  }

  async shadowScores(page: Page<ShadowKey>): Promise<ShadowScore[]> {
    return this.#read((sql) => readShadowScores(sql, page));
  }

  async driftChecks(from_ms: number): Promise<DriftCheck[]> {
    return this.#read((sql) => readDriftChecks(sql, from_ms));
  }

  async alertEdits(alert_id: string): Promise<AlertEdit[]> {
    return this.#read((sql) => readAlertEdits(sql, alert_id));
  }

  async personViews(user_id: number, from_ms: number, limit: number, by_others?: ViewsByOthers): Promise<PersonView[]> {
    return this.#read((sql) => readPersonViews(sql, user_id, from_ms, limit, by_others));
  }

  async changes(from_ms: number, limit: number): Promise<RecordedChange[]> {
    return this.#read((sql) => readChanges(sql, from_ms, limit));
  }

  async standings(): Promise<CourseStanding[]> {
    return this.#read(readStandings);
  }

  async rejected(page: Page<[string, string, string]>): Promise<Rejected[]> {
    return this.#list((db) => readRejected(db, page));
  }

  async counts(): Promise<{ rejected: Record<string, number>; ignored: Record<string, number> }> {
    return this.#list((db) => readCounts(db));
  }

  async #read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const { database } = this.#held;
    return database.again(() => database.connected(work));
  }

  /** For what may be done twice: if the connection breaks while it is committed, it is done again. */
  async #write<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const { database } = this.#owned;
    return database.again(() => database.transaction(work));
  }

  async #list<Result>(work: (db: Database['kysely']) => Promise<Result>): Promise<Result> {
    const { database } = this.#held;
    return database.again(() => work(database.kysely));
  }

  /** For what writes. */
  get #owned(): Opened {
    if (this.#held.mode === 'own') return this.#held;
    throw new StoreUnavailable(`The store ${this.name} is open for reading`, 'Open it as its owner to write to it.');
  }

  get #held(): Opened {
    if (!this.#opened) throw new Error(`the store ${this.name} is not open`);
    return this.#opened;
  }
}

function checkKeys(...lists: (readonly unknown[] | undefined)[]): void {
  for (const list of lists) {
    if (list && list.length > STORE_KEYS_MAX) throw new RangeError(`${list.length} keys in one call; at most ${STORE_KEYS_MAX}`);
  }
}
