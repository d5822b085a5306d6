/**
 * The store in memory: the plainest reading of the port's contract, for tests, trials and throw-away replays. Everything is
 * copied on its way in and out, so that nobody changes what is stored but by a commit. Keeps its rows over close and open.
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
import { ACTIVITY_DAYS, COURSE_SESSIONS, SESSIONS } from '../../domain.js';
import {
  type AlertEdit,
  type Commit,
  type CourseStanding,
  type DriftCheck,
  type Filter,
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
} from '../../ports.js';
import { MemoryPeople } from './memory-people.js';
import { applyCommit, checkCommit, MemoryState } from './memory-state.js';
import { compareKeys, OrderedTable } from './ordered-table.js';
import { activityDayOf, byDay, daySessions, latestViews, matches, sessionOf } from './views.js';

export class MemoryStore extends Store {
  private readonly state = new MemoryState();
  readonly people = new MemoryPeople(() => this.held, () => this.owned()); // biome-ignore format: one line says it
  private madeFor: StoreIdentity | null = null;
  private opened: { day: (ms: number) => number; mode: StoreMode } | null = null;

  /** `now`: the clock of leases, and of when a lane was last heard of. */
  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  async open(identity: StoreIdentity, mode: StoreMode = 'own'): Promise<void> {
    if (this.opened) throw new StoreUnavailable('This store is open already', 'Close it first, or use the open one.');
    if (!this.madeFor && mode === 'read') throw new StoreUnavailable('There is no store yet', 'Let a service write it first.');
    const made = this.madeFor ?? identity;
    if (made.site !== identity.site || made.time_zone !== identity.time_zone) {
      throw new StoreUnavailable(
        `This store is of site ${made.site}, time zone ${made.time_zone}, not ${identity.site}, ${identity.time_zone}`,
        'Set HOLDFAST_SITE and HOLDFAST_TIME_ZONE to those, or use another store.',
      );
    }
    this.madeFor = made;
    this.opened = { day: identity.day, mode };
  }

  async close(): Promise<void> {
    this.opened = null;
  }

  async commit(commit: Commit): Promise<void> {
    const state = this.owned();
    const copy = { ...structuredClone({ ...commit, seen: [] }), seen: (commit.seen ?? []).map(copyPage) };
    checkCommit(state, copy);
    applyCommit(state, copy, this.now());
  }

  async position(source: string): Promise<string | null> {
    return this.held.positions.get(source) ?? null;
  }

  async clock(): Promise<Clock | null> {
    return structuredClone(this.held.clock);
  }

  async laneClocks(): Promise<{ lane: string; clock: Clock; heard_ms: number }[]> {
    const rows = new OrderedTable<{ lane: string; clock: Clock; heard_ms: number }>((row) => [row.lane]);
    for (const [lane, heard] of this.held.lanes.clocks) rows.set({ lane, ...heard });
    return rows.page(EVERYTHING, () => true);
  }

  async claim(lane: string, user_ids: number[]): Promise<void> {
    this.owned().lanes.claim(lane, user_ids);
  }

  async lease(name: string, holder: string, ttl_ms: number): Promise<number | null> {
    return this.owned().lanes.lease(name, holder, ttl_ms, this.now());
  }

  async release(name: string, holder: string): Promise<void> {
    this.owned().lanes.release(name, holder);
  }

  async outbox(sink: string, limit: number): Promise<OutboxEntry[]> {
    return structuredClone(this.held.lanes.outbox(sink).slice(0, limit));
  }

  async confirm(sink: string, ids: number[]): Promise<void> {
    this.owned().lanes.confirm(sink, ids);
  }

  async backlog(sink: string): Promise<number> {
    return this.held.lanes.outbox(sink).length;
  }

  async seenPages(pages: number[]): Promise<SeenPage[]> {
    const wanted = [...new Set(pages)].sort((a, b) => a - b);
    return wanted.flatMap((page) => {
      const bits = this.held.seen.get(page);
      return bits ? [copyPage({ page, bits })] : [];
    });
  }

  async heldWindows(table: WindowTable, end_from: number, user_ids?: number[]): Promise<WindowRow[]> {
    checkKeys(user_ids);
    const passes = (row: WindowRow) => row.end >= end_from && (!user_ids || user_ids.includes(row.key[0]!));
    return this.held.windowTable(table).page(EVERYTHING, passes);
  }

  async windowsNear(table: WindowTable, ranges: { key: readonly number[]; from: number; to: number }[]): Promise<WindowRow[]> {
    checkKeys(ranges);
    return this.held
      .windowTable(table)
      .page(EVERYTHING, (row) =>
        ranges.some(({ key, from, to }) => row.start <= to && row.end >= from && compareKeys(row.key, key) === 0),
      );
  }

  async references(
    tables: ReferenceTable | readonly ReferenceTable[],
    { user_ids, parent_ids }: { user_ids?: (number | null)[]; parent_ids?: number[] } = {},
  ): Promise<ReferenceRow[]> {
    checkKeys(user_ids, parent_ids);
    const passes = ({ user_id, parent_id }: ReferenceRow) =>
      (!user_ids || user_ids.includes(user_id)) && (!parent_ids || (parent_id !== null && parent_ids.includes(parent_id)));
    const found = [tables].flat().flatMap((table) => this.held.referenceTable(table).page(EVERYTHING, passes));
    return found.sort((a, b) => a.id - b.id || (a.table < b.table ? -1 : 1));
  }

  async sessions(filter: Filter, page: Page<[number, number]>): Promise<Session[]> {
    const passes = (row: WindowRow) => matches(filter, row.start, row.key[0]!);
    return this.held.windowTable(SESSIONS).page(page, passes).map(sessionOf);
  }

  async courseSessions(filter: Filter, page: Page<[number, number, number]>): Promise<Session[]> {
    const passes = (row: WindowRow) => matches(filter, row.start, row.key[0]!, row.key[1]!);
    return this.held.windowTable(COURSE_SESSIONS).page(page, passes).map(sessionOf);
  }

  async activityDays(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    const rows = this.held.windowTable(ACTIVITY_DAYS).page(page, (row) => matches(filter, row.start, row.key[0]!, row.key[1]!));
    const sessions = daySessions(this.held.windowTable(COURSE_SESSIONS).all(), this.open_().day);
    return rows.map((row) => activityDayOf(row, sessions));
  }

  async activityDaysByDay(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    const table = new OrderedTable(byDay);
    for (const row of await this.activityDays(filter, EVERYTHING)) table.set(row);
    return table.page(page, () => true);
  }

  async sessionTotals(open_from_ms: number): Promise<SessionTotals> {
    const rows = this.held.windowTable(SESSIONS).all();
    return {
      sessions: rows.length,
      open: rows.filter((row) => row.end >= open_from_ms).length,
      activities: rows.reduce((sum, row) => sum + row.values[0]!, 0),
    };
  }

  async courseActivity(): Promise<{ course_id: number; first_ms: number; last_ms: number; activities: number }[]> {
    const courses = new OrderedTable<{ course_id: number; first_ms: number; last_ms: number; activities: number }>((row) => [
      row.course_id,
    ]);
    for (const { key, start, end, values } of this.held.windowTable(COURSE_SESSIONS).all()) {
      const course_id = key[1]!;
      const course = courses.get(course_id) ?? { course_id, first_ms: start, last_ms: end, activities: 0 };
      courses.set({
        course_id,
        first_ms: Math.min(course.first_ms, start),
        last_ms: Math.max(course.last_ms, end),
        activities: course.activities + values[0]!,
      });
    }
    return courses.all();
  }

  async lastActive(course_id: number, before_ms: number, user_id?: number): Promise<{ user_id: number; last_ms: number }[]> {
    const users = new OrderedTable<{ user_id: number; last_ms: number }>((row) => [row.user_id]);
    for (const { key, start, end } of this.held.windowTable(COURSE_SESSIONS).all()) {
      const user = key[0]!;
      if (key[1] !== course_id || start >= before_ms || (user_id !== undefined && user !== user_id)) continue;
      users.set({ user_id: user, last_ms: Math.max(users.get(user)?.last_ms ?? end, end) });
    }
    return users.all();
  }

  async cohort(course_id: number, day: number): Promise<Cohort | null> {
    const upTo = this.held.cohorts.page(EVERYTHING, (row) => row.course_id === course_id && row.day <= day);
    return upTo.at(-1) ?? null;
  }

  async scores(filter: Filter & { above?: number }, page: Page<[number, number, number]>): Promise<Score[]> {
    const passes = (row: Score) =>
      matches(filter, row.as_of_ms, row.user_id, row.course_id) && (filter.above === undefined || row.score > filter.above);
    return this.held.scores.page(page, passes);
  }

  async predictions(filter: Filter, page: Page<[number, number]>): Promise<Prediction[]> {
    return this.held.predictions.page(page, (row) => matches(filter, row.as_of_ms, row.user_id, row.course_id));
  }

  async alert(alert_id: string): Promise<Alert | null> {
    return structuredClone(this.held.alerts.get(alert_id) ?? null);
  }

  async alerts(filter: Filter & { states?: Alert['state'][] }, page: Page<string>): Promise<Alert[]> {
    const passes = (row: Alert) =>
      matches(filter, row.opened_ms, row.user_id, row.course_id) && (!filter.states || filter.states.includes(row.state));
    return this.held.alerts.page(page, passes);
  }

  async shadowScores(page: Page<ShadowKey>): Promise<ShadowScore[]> {
    return this.held.shadowScores.page(page, () => true);
  }

  async driftChecks(from_ms: number): Promise<DriftCheck[]> {
    return this.held.driftChecks.page(EVERYTHING, (check) => check.as_of_ms >= from_ms);
  }

  async alertEdits(alert_id: string): Promise<AlertEdit[]> {
    return this.held.alertEdits.page(EVERYTHING, (edit) => edit.alert_id === alert_id);
  }

  async personViews(...asked: Parameters<Store['personViews']>): Promise<PersonView[]> {
    return latestViews(this.held.personViews.all(), ...asked);
  }

  async changes(from_ms: number, limit: number): Promise<RecordedChange[]> {
    const wanted = this.held.changes.all().filter((change) => change.at_ms >= from_ms);
    return structuredClone(wanted.sort((a, b) => b.at_ms - a.at_ms).slice(0, limit));
  }

  async standings(): Promise<CourseStanding[]> {
    return this.held.standings.page(EVERYTHING, () => true);
  }

  async rejected(page: Page<[string, string, string]>): Promise<Rejected[]> {
    return this.held.rejected.page(page, () => true);
  }

  async counts(): Promise<{ rejected: Record<string, number>; ignored: Record<string, number> }> {
    const { rejectedCounts, ignoredCounts } = this.held;
    return { rejected: Object.fromEntries(rejectedCounts), ignored: Object.fromEntries(ignoredCounts) };
  }

  private get held(): MemoryState {
    this.open_();
    return this.state;
  }

  /** For what writes. */
  private owned(): MemoryState {
    if (this.open_().mode === 'read') throw new StoreUnavailable('The store is open for reading', 'Open it as its owner.');
    return this.state;
  }

  private open_(): { day: (ms: number) => number; mode: StoreMode } {
    if (!this.opened) throw new Error('the store is not open');
    return this.opened;
  }
}

const EVERYTHING = { limit: Number.POSITIVE_INFINITY };

/** A page of bits may be a view of something far larger: only its own bytes are copied. */
function copyPage({ page, bits }: SeenPage): SeenPage {
  return { page, bits: Uint8Array.from(bits) };
}

function checkKeys(...lists: (readonly unknown[] | undefined)[]): void {
  for (const list of lists) {
    if (list && list.length > STORE_KEYS_MAX) throw new RangeError(`${list.length} keys in one call; at most ${STORE_KEYS_MAX}`);
  }
}
