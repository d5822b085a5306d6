/**
 * What one viewer sees of store and roster: their courses, and the students given to them. The views are made from these two and from
 * nothing else, so whatever a view shows of a person has passed here. Lists that rank a course are ranked before, over the whole of it.
 */
import { maySee, type Viewer } from '../access/viewer.js';
import type { ActivityDay, Alert, Course, Enrolment, Prediction, ReferenceRow, Score, Session } from '../domain.js';
import type { Roster } from '../pipeline/roster.js';
import type { Filter, Page, SessionTotals, Store } from '../ports.js';
import type { AlertPlace, Latest, LatestScore } from './latest.js';

/** What views ask of the roster. */
export type SeenRoster = Pick<Roster, 'all' | 'lately' | 'latelyOf' | 'ofUsers' | 'courses' | 'users' | 'optedOut'>;

/** What views ask of the store. `sessionTotals` null: the viewer sees a part of the site, and nobody counted that part. */
export type SeenStore = Pick<
  Store,
  | 'activityDays'
  | 'activityDaysByDay'
  | 'alert'
  | 'alertEdits'
  | 'alerts'
  | 'counts'
  | 'courseActivity'
  | 'courseSessions'
  | 'driftChecks'
  | 'predictions'
  | 'references'
  | 'scores'
  | 'sessions'
  | 'standings'
> & { sessionTotals(open_from_ms: number): Promise<SessionTotals | null> };

const EVERYTHING = 1_000_000;

export class LimitedRoster implements SeenRoster {
  constructor(
    private readonly roster: SeenRoster,
    private readonly viewer: Viewer,
    private readonly now_ms: () => number,
  ) {}

  async all(now_ms: number): Promise<Enrolment[]> {
    return (await this.roster.all(now_ms)).filter((one) => maySee(this.viewer, one));
  }

  async lately(now_ms: number): Promise<Enrolment[]> {
    return (await this.roster.lately(now_ms)).filter((one) => maySee(this.viewer, one));
  }

  async latelyOf(user_ids: number[], now_ms: number): Promise<Enrolment[]> {
    return (await this.roster.latelyOf(user_ids, now_ms)).filter((one) => maySee(this.viewer, one));
  }

  async ofUsers(user_ids: number[], now_ms: number): Promise<Enrolment[]> {
    return (await this.roster.ofUsers(user_ids, now_ms)).filter((one) => maySee(this.viewer, one));
  }

  async courses(): Promise<Course[]> {
    const seen = new Set(this.viewer.course_ids);
    for (const { course_id } of await this.#givenOneByOne()) seen.add(course_id);
    return (await this.roster.courses()).filter(({ course_id }) => seen.has(course_id));
  }

  async users(user_ids: number[]): Promise<Map<number, ReferenceRow>> {
    const seen = new Set((await this.ofUsers(user_ids, this.now_ms())).map(({ user_id }) => user_id));
    return this.roster.users(user_ids.filter((user_id) => seen.has(user_id)));
  }

  optedOut(): Promise<ReadonlySet<number>> {
    return this.roster.optedOut();
  }

  async #givenOneByOne(): Promise<Enrolment[]> {
    const { user_ids, pairs } = this.viewer;
    const of_pairs = [...pairs].map((pair) => Number(pair.split('/')[0]));
    return this.ofUsers([...new Set([...user_ids, ...of_pairs])], this.now_ms());
  }
}

export class LimitedStore implements SeenStore {
  constructor(
    private readonly store: Store,
    private readonly roster: SeenRoster,
    private readonly viewer: Viewer,
    private readonly now_ms: () => number,
  ) {}

  async predictions(filter: { user_id?: number; course_id?: number }, page: Page<[number, number]>): Promise<Prediction[]> {
    return this.#seen<Prediction, [number, number]>(
      (part) => this.store.predictions(filter, part),
      page,
      (p) => [p.user_id, p.course_id],
    );
  }

  async alerts(
    filter: { states?: Alert['state'][]; course_id?: number; user_id?: number },
    page: Page<string>,
  ): Promise<Alert[]> {
    return this.#seen<Alert, string>(
      (part) => this.store.alerts(filter, part),
      page,
      ({ alert_id }) => alert_id,
    );
  }

  async alert(alert_id: string): Promise<Alert | null> {
    const alert = await this.store.alert(alert_id);
    return alert && maySee(this.viewer, alert) ? alert : null;
  }

  async scores(filter: Filter & { above?: number }, page: Page<[number, number, number]>): Promise<Score[]> {
    return this.#seen<Score, [number, number, number]>(
      (part) => this.store.scores(filter, part),
      page,
      (s) => [s.user_id, s.course_id, s.as_of_ms],
    );
  }

  async activityDays(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    return this.#seen<ActivityDay, [number, number, number]>(
      (part) => this.store.activityDays(filter, part),
      page,
      (d) => [d.user_id, d.course_id, d.day],
    );
  }

  async activityDaysByDay(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]> {
    const key = (d: ActivityDay): [number, number, number] => [d.day, d.course_id, d.user_id];
    return this.#seen((part) => this.store.activityDaysByDay(filter, part), page, key);
  }

  async courseSessions(filter: Filter, page: Page<[number, number, number]>): Promise<Session[]> {
    const ask = (part: Page<[number, number, number]>) =>
      this.store.courseSessions(filter, part) as Promise<(Session & { course_id: number })[]>;
    return this.#seen(ask, page, (s): [number, number, number] => [s.user_id, s.course_id, s.start_ms]);
  }

  /** Of a student given to them, all sessions; of a student in their course, the sessions in it. */
  async sessions(filter: Filter, page: Page<[number, number]>): Promise<Session[]> {
    const { user_id } = filter;
    if (user_id === undefined) throw new RangeError('sessions are read student by student here');
    if (this.viewer.user_ids.has(user_id)) return this.store.sessions(filter, page);
    const seen = await this.courseSessions(filter, { limit: EVERYTHING });
    const after = page.after?.[1] ?? Number.NEGATIVE_INFINITY;
    return seen
      .filter(({ start_ms }) => start_ms > after)
      .sort((a, b) => a.start_ms - b.start_ms)
      .slice(0, page.limit);
  }

  /** Of a course that they see a part of, what that part did. */
  async courseActivity(): ReturnType<Store['courseActivity']> {
    const found = (await this.store.courseActivity()).filter(({ course_id }) => this.#isWhole(course_id));
    const parts = new Map<number, Session[]>();
    for (const { user_id, course_id } of await this.roster.lately(this.now_ms())) {
      if (this.#isWhole(course_id)) continue;
      const sessions = await this.store.courseSessions({ user_id, course_id }, { limit: EVERYTHING });
      if (sessions.length > 0) parts.set(course_id, [...(parts.get(course_id) ?? []), ...sessions]);
    }
    return [...found, ...[...parts].map(([course_id, sessions]) => ({ course_id, ...activityIn(sessions) }))];
  }

  /** What became of a course's students is a figure of all of them. */
  async standings(): ReturnType<Store['standings']> {
    return (await this.store.standings()).filter(({ course_id }) => this.#isWhole(course_id));
  }

  /**
   * Of groups and of what the student information system says: their own assignments, what is about people and courses that they see,
   * and the intakes of those people.
   */
  async references(...asked: Parameters<Store['references']>): Promise<ReferenceRow[]> {
    const rows = await this.store.references(...asked);
    if (!rows.some(isLimited)) return rows;
    const users = new Set((await this.roster.lately(this.now_ms())).map(({ user_id }) => user_id));
    const courses = new Set((await this.roster.courses()).map(({ course_id }) => course_id));
    const intakes = rows.some(({ table }) => table === 'sis_intakes') ? await this.#intakes() : new Set();
    const isSeen = ({ table, user_id, parent_id, row }: ReferenceRow) => {
      if (table === 'sis_tutors' && row.tutor_id !== this.viewer.user_id) return false;
      if (table === 'sis_intakes') return intakes.has(row.intake);
      if (user_id !== null && parent_id !== null) return maySee(this.viewer, { user_id, course_id: parent_id });
      return (user_id === null || users.has(user_id)) && (parent_id === null || courses.has(parent_id));
    };
    return rows.filter((row) => !isLimited(row) || isSeen(row));
  }

  async #intakes(): Promise<Set<unknown>> {
    const rows = await this.references('sis_student_courses');
    return new Set(rows.flatMap(({ deleted, row }) => (deleted ? [] : [row.intake])));
  }

  #isWhole(course_id: number): boolean {
    return this.viewer.course_ids === null || this.viewer.course_ids.has(course_id);
  }

  async sessionTotals(): Promise<null> {
    return null;
  }

  // What names nobody, or is asked for only of what was seen before.
  counts: SeenStore['counts'] = () => this.store.counts();
  driftChecks: SeenStore['driftChecks'] = (from_ms) => this.store.driftChecks(from_ms);
  alertEdits: SeenStore['alertEdits'] = (alert_id) => this.store.alertEdits(alert_id);

  /** A whole page of what may be seen, however many rows lie between: who reads page by page stops at a short one. */
  async #seen<T extends { user_id: number; course_id: number }, K>(
    ask: (page: Page<K>) => Promise<T[]>,
    page: Page<K>,
    key: (row: T) => K,
  ): Promise<T[]> {
    const seen: T[] = [];
    for (let { after } = page; ; ) {
      const rows = await ask({ ...page, after });
      seen.push(...rows.filter((row) => maySee(this.viewer, row)));
      if (rows.length < page.limit || seen.length >= page.limit) return seen.slice(0, page.limit);
      after = key(rows.at(-1)!);
    }
  }
}

/** Of some sessions, and of at least one. */
function activityIn(sessions: readonly Session[]): { first_ms: number; last_ms: number; activities: number } {
  const sum = { first_ms: Number.POSITIVE_INFINITY, last_ms: Number.NEGATIVE_INFINITY, activities: 0 };
  for (const { start_ms, end_ms, activities } of sessions) {
    sum.first_ms = Math.min(sum.first_ms, start_ms);
    sum.last_ms = Math.max(sum.last_ms, end_ms);
    sum.activities += activities;
  }
  return sum;
}

/** Moodle's groups tell their names; that somebody is in one is asked of people who are seen. */
const isLimited = ({ table }: Pick<ReferenceRow, 'table'>): boolean => table.startsWith('sis_') || table === 'groups';

/** The lists in memory, as the viewer sees them. */
export class LimitedLatest implements Pick<Latest, 'scores' | 'alerts' | 'waiting' | 'contacts'> {
  constructor(
    private readonly latest: Latest,
    private readonly viewer: Viewer,
  ) {}

  async scores(): Promise<LatestScore[]> {
    return (await this.latest.scores()).filter((row) => maySee(this.viewer, row));
  }

  async alerts(): Promise<AlertPlace[]> {
    return (await this.latest.alerts()).filter((row) => maySee(this.viewer, row));
  }

  /** Asked for the enrolments that were seen already. */
  waiting(): Promise<ReadonlyMap<string, AlertPlace>> {
    return this.latest.waiting();
  }

  /** Likewise. */
  contacts(): Promise<ReadonlyMap<string, AlertPlace>> {
    return this.latest.contacts();
  }
}
