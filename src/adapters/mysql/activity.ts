/** Reads of `activity_days` with the sessions of each day, and of what is going on in a course. */
import { type Kysely, sql } from 'kysely';
import type { ActivityDay, WindowChanges } from '../../domain.js';
import { COURSE_SESSIONS } from '../../domain.js';
import type { Filter, Page, SessionTotals, StoreMode } from '../../ports.js';
import { allOf, filtered, following } from './conditions.js';
import type { Schema } from './schema.js';

type DayKey = 'user_id' | 'course_id' | 'day';

/** A page of days in the order of `key`, each joined to the sessions that start on it. */
export async function readDays(
  db: Kysely<Schema>,
  key: readonly [DayKey, DayKey, DayKey],
  filter: Filter,
  page: Page<[number, number, number]>,
): Promise<ActivityDay[]> {
  const where = allOf([...filtered(filter, 'day', ['user_id', 'course_id']), ...following(key, page.after)]);
  const order = sql.join(key.map((name) => sql.ref(name)));
  const joinedOrder = sql.join(key.map((name) => sql.ref(`d.${name}`)));
  const { rows } = await sql<ActivityDay & { duration_ms: number }>`
    SELECT d.*, count(s.start_ms) AS sessions, coalesce(sum(s.end_ms - s.start_ms), 0) AS duration_ms
    FROM (SELECT * FROM activity_days WHERE ${where} ORDER BY ${order} LIMIT ${page.limit}) AS d
    LEFT JOIN course_sessions AS s ON s.user_id = d.user_id AND s.course_id = d.course_id AND s.start_day = d.day
    GROUP BY ${joinedOrder} ORDER BY ${joinedOrder}`.execute(db);
  return rows.map(({ duration_ms, ...day }) => ({ ...day, duration_s: duration_ms / 1000 }));
}

/** Per user of a course: the greatest end of their sessions there that started before `before_ms`. */
export async function readLastActive(
  db: Kysely<Schema>,
  course_id: number,
  before_ms: number,
  user_id?: number,
): Promise<{ user_id: number; last_ms: number }[]> {
  let query = db
    .selectFrom('course_sessions')
    .select(['user_id', sql<number>`max(end_ms)`.as('last_ms')])
    .where('course_id', '=', course_id)
    .where('start_ms', '<', before_ms);
  if (user_id !== undefined) query = query.where('user_id', '=', user_id);
  return query.groupBy('user_id').orderBy('user_id').execute();
}

export async function readTotals(db: Kysely<Schema>, open_from_ms: number): Promise<SessionTotals> {
  return db
    .selectFrom('sessions')
    .select([
      sql<number>`count(*)`.as('sessions'),
      sql<number>`coalesce(sum(end_ms >= ${open_from_ms}), 0)`.as('open'),
      sql<number>`coalesce(sum(activities), 0)`.as('activities'),
    ])
    .executeTakeFirstOrThrow();
}

export interface CourseSpan {
  course_id: number;
  first_ms: number;
  last_ms: number;
  activities: number;
}

/** What other processes committed is seen after at most this long: reading it anew is a scan of all sessions. */
const REREAD_MS = 30_000;

/**
 * First and last activity of every course. Between two scans of everything only the courses that this process's own commits
 * touched are read again, so that asking after each batch stays cheap. A reader commits nothing, and scans each time.
 */
export class CourseSpans {
  private known = new Map<number, CourseSpan>();
  private touched = new Set<number>();
  private complete_until_ms = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly db: Kysely<Schema>,
    private readonly mode: StoreMode,
  ) {}

  /** To be told of each commit that was made. */
  committed(changes: WindowChanges[]): void {
    const courseColumn = COURSE_SESSIONS.key.indexOf('course_id');
    for (const { table, deletes, upserts } of changes) {
      if (table.name !== COURSE_SESSIONS.name) continue;
      for (const { key } of [...deletes, ...upserts]) this.touched.add(key[courseColumn]!);
    }
  }

  async read(): Promise<CourseSpan[]> {
    const everything = this.mode === 'read' || performance.now() >= this.complete_until_ms;
    const touched = [...this.touched];
    // Commits that are made while this reads are told of for the next time.
    this.touched = new Set();
    try {
      await (everything ? this.readAll() : this.readSome(touched));
    } catch (error) {
      for (const course_id of touched) this.touched.add(course_id);
      throw error;
    }
    return [...this.known.values()].sort((a, b) => a.course_id - b.course_id).map((span) => ({ ...span }));
  }

  private async readAll(): Promise<void> {
    const until_ms = performance.now() + REREAD_MS;
    const spans = await this.spans().execute();
    this.known = new Map(spans.map((span) => [span.course_id, span]));
    this.complete_until_ms = until_ms;
  }

  private async readSome(courses: number[]): Promise<void> {
    if (courses.length === 0) return;
    const spans = await this.spans().where('course_id', 'in', courses).execute();
    for (const course_id of courses) this.known.delete(course_id);
    for (const span of spans) this.known.set(span.course_id, span);
  }

  private spans() {
    return this.db
      .selectFrom('course_sessions')
      .select([
        'course_id',
        sql<number>`min(start_ms)`.as('first_ms'),
        sql<number>`max(end_ms)`.as('last_ms'),
        sql<number>`sum(activities)`.as('activities'),
      ])
      .groupBy('course_id');
  }
}
