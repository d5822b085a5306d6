/**
 * The store in one SQLite file: the embedded default. Write-ahead log, an fsync at each commit, one writing process
 * (`claim.ts`), any number of readers. Reads go through Kysely, or through ready statements where a batch waits for them;
 * a commit is one transaction in one turn of the event loop, so no read falls into the middle of it.
 */

import { Kysely, SqliteDialect } from 'kysely';
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
import { readAlertEdits } from './alert-edits.js';
import { writeCommit } from './commit.js';
import { allOf, filtered, following } from './conditions.js';
import { readCohort, readPredictions, readScores } from './facts.js';
import { endLease, readLaneClocks, writeClaims, writeLease } from './lanes.js';
import { readAlert, readAlerts, readCounts, readPrediction, readRejected } from './lists.js';
import { checkIdentity, type OpenFile, openForReading, openOwned } from './open.js';
import { confirmOutbox, countOutbox, readOutbox } from './outbox.js';
import { SqlitePeople } from './people.js';
import { readChanges, readPersonViews } from './person-views.js';
import { readReferences } from './references.js';
import type { Schema } from './schema.js';
import { readDriftChecks, readShadowScores, readStandings } from './watch.js';
import { readHeld, readNear } from './windows.js';

const ENROLMENT = ['user_id', 'course_id'] as const;

interface Opened extends OpenFile {
  db: Kysely<Schema>;
  day: (time_ms: number) => number;
  mode: StoreMode;
  spans: CourseSpans;
}

export class SqliteStore extends Store {
  readonly people = new SqlitePeople(
    () => this.held.connection,
    () => this.owned.connection,
    (rows) => this.held.spans.committed(goneEntry(rows)?.windows ?? []),
  );
  private opened: Opened | null = null;

  /** `now`: the wall clock, for leases, for when a lane was last heard of, and for the record of when the schema was changed. */
  constructor(
    readonly file: string,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  async open(identity: StoreIdentity, mode: StoreMode = 'own'): Promise<void> {
    if (this.opened) throw new Error(`the store ${this.file} is open already`);
    const open = mode === 'own' ? openOwned(this.file, this.now()) : openForReading(this.file);
    try {
      checkIdentity(open.connection, identity, mode);
    } catch (error) {
      open.connection.close();
      open.claim?.release();
      throw error;
    }
    const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: open.connection }) });
    this.opened = { ...open, db, mode, day: identity.day, spans: new CourseSpans(open.connection, mode) };
  }

  async close(): Promise<void> {
    const open = this.opened;
    if (!open) return;
    this.opened = null;
    await open.db.destroy();
    open.connection.close();
    open.claim?.release();
  }

  override get revision(): number | null {
    return this.held.mode === 'own' ? this.held.connection.transactions : null;
  }

  async commit(commit: Commit): Promise<void> {
    const { connection, day, spans } = this.owned;
    const fault = commitFault(commit);
    if (fault !== null) throw new TypeError(`this commit cannot be kept: ${fault}`);
    connection.transaction(() => writeCommit(connection, commit, day, this.now()));
    spans.committed(commit.windows ?? []);
  }

  async position(source: string): Promise<string | null> {
    const row = await this.held.db.selectFrom('positions').select('position').where('source', '=', source).executeTakeFirst();
    return row?.position ?? null;
  }

  async clock(): Promise<Clock | null> {
    const row = await this.held.db.selectFrom('clock').select('clock').executeTakeFirst();
    return row ? JSON.parse(row.clock) : null;
  }

  async laneClocks(): Promise<{ lane: string; clock: Clock; heard_ms: number }[]> {
    return readLaneClocks(this.held.connection);
  }

  async claim(lane: string, user_ids: number[]): Promise<void> {
    writeClaims(this.owned.connection, lane, user_ids);
  }

  async lease(name: string, holder: string, ttl_ms: number): Promise<number | null> {
    return writeLease(this.owned.connection, name, holder, ttl_ms, this.now());
  }

  async release(name: string, holder: string): Promise<void> {
    endLease(this.owned.connection, name, holder);
  }

  async outbox(sink: string, limit: number): Promise<OutboxEntry[]> {
    return readOutbox(this.held.connection, sink, limit);
  }

  async confirm(sink: string, ids: number[]): Promise<void> {
    confirmOutbox(this.owned.connection, sink, ids);
  }

  async backlog(sink: string): Promise<number> {
    return countOutbox(this.held.connection, sink);
  }

  async seenPages(pages: number[]): Promise<SeenPage[]> {
    const one = this.held.connection.prepare('SELECT bits FROM seen_pages WHERE page = ?');
    const wanted = [...new Set(pages)].sort((a, b) => a - b);
    return wanted.flatMap((page) => one.all([page]).map(({ bits }) => ({ page, bits: new Uint8Array(bits as ArrayBuffer) })));
  }

  async heldWindows(table: WindowTable, end_from: number, user_ids?: number[]): Promise<WindowRow[]> {
    checkKeys(user_ids);
    return readHeld(this.held.connection, table, end_from, user_ids);
  }

  async windowsNear(table: WindowTable, ranges: { key: readonly number[]; from: number; to: number }[]): Promise<WindowRow[]> {
    checkKeys(ranges);
    return readNear(this.held.connection, table, ranges);
  }

  async references(
    tables: ReferenceTable | readonly ReferenceTable[],
    filter: { user_ids?: (number | null)[]; parent_ids?: number[] } = {},
  ): Promise<ReferenceRow[]> {
    checkKeys(filter.user_ids, filter.parent_ids);
    return readReferences(this.held.connection, [tables].flat(), filter);
  }

  async sessions(filter: Filter, page: Page<[number, number]>): Promise<Session[]> {
    const where = [...filtered(filter, 'start_ms', ['user_id']), ...following(['user_id', 'start_ms'], page.after)];
    const rows = await this.held.db
      .selectFrom('sessions')
      .selectAll()
      .where(allOf(where))
      .orderBy('user_id')
      .orderBy('start_ms')
      .limit(page.limit)
      .execute();
    return rows.map((row) => ({ ...row, course_id: null }));
  }

  async courseSessions(filter: Filter, page: Page<[number, number, number]>): Promise<Session[]> {
    const key = [...ENROLMENT, 'start_ms'] as const;
    return this.held.db
      .selectFrom('course_sessions')
      .select([...key, 'end_ms', 'activities'])
      .where(allOf([...filtered(filter, 'start_ms', ENROLMENT), ...following(key, page.after)]))
      .orderBy(key[0])
      .orderBy(key[1])
      .orderBy(key[2])
      .limit(page.limit)
      .execute();
  }

  async activityDays(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    return readDays(this.held.db, ['user_id', 'course_id', 'day'], filter, page);
  }

  async activityDaysByDay(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    return readDays(this.held.db, ['day', 'course_id', 'user_id'], filter, page);
  }

  async sessionTotals(open_from_ms: number): Promise<SessionTotals> {
    return readTotals(this.held.db, open_from_ms);
  }

  async courseActivity(): Promise<CourseSpan[]> {
    return this.held.spans.read();
  }

  async lastActive(course_id: number, before_ms: number, user_id?: number): Promise<{ user_id: number; last_ms: number }[]> {
    return readLastActive(this.held.db, course_id, before_ms, user_id);
  }

  async cohort(course_id: number, day: number): Promise<Cohort | null> {
    return readCohort(this.held.db, course_id, day);
  }

  async scores(filter: Filter & { above?: number }, page: Page<[number, number, number]>): Promise<Score[]> {
    return readScores(this.held.db, filter, page);
  }

  async predictions(filter: Filter, page: Page<[number, number]>): Promise<Prediction[]> {
    const one = readPrediction(this.held.connection, filter, page);
    return one ?? readPredictions(this.held.db, filter, page);
  }

  async alert(alert_id: string): Promise<Alert | null> {
    return readAlert(this.held.connection, alert_id);
  }

  async alerts(filter: Filter & { states?: Alert['state'][] }, page: Page<string>): Promise<Alert[]> {
    return readAlerts(this.held.db, filter, page);
  }

  async shadowScores(page: Page<ShadowKey>): Promise<ShadowScore[]> {
    return readShadowScores(this.held.connection, page);
  }

  async driftChecks(from_ms: number): Promise<DriftCheck[]> {
    return readDriftChecks(this.held.connection, from_ms);
  }

  async alertEdits(alert_id: string): Promise<AlertEdit[]> {
    return readAlertEdits(this.held.connection, alert_id);
  }

  async personViews(user_id: number, from_ms: number, limit: number, by_others?: ViewsByOthers): Promise<PersonView[]> {
    return readPersonViews(this.held.connection, user_id, from_ms, limit, by_others);
  }

  async changes(from_ms: number, limit: number): Promise<RecordedChange[]> {
    return readChanges(this.held.connection, from_ms, limit);
  }

  async standings(): Promise<CourseStanding[]> {
    return readStandings(this.held.connection);
  }

  async rejected(page: Page<[string, string, string]>): Promise<Rejected[]> {
    return readRejected(this.held.db, page);
  }

  async counts(): Promise<{ rejected: Record<string, number>; ignored: Record<string, number> }> {
    return readCounts(this.held.db);
  }

  /** For what writes. */
  private get owned(): Opened {
    if (this.held.mode === 'own') return this.held;
    throw new StoreUnavailable(`The store ${this.file} is open for reading`, 'Open it as its owner to write to it.');
  }

  private get held(): Opened {
    if (!this.opened) throw new Error(`the store ${this.file} is not open`);
    return this.opened;
  }
}

function checkKeys(...lists: (readonly unknown[] | undefined)[]): void {
  for (const list of lists) {
    if (list && list.length > STORE_KEYS_MAX) throw new RangeError(`${list.length} keys in one call; at most ${STORE_KEYS_MAX}`);
  }
}
