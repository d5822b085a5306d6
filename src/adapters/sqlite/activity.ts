/** Reads of `activity_days` with the sessions of each day, and of what is going on in a course. */
import { type Kysely, sql } from 'kysely';
import type { ActivityDay, WindowChanges } from '../../domain.js';
import { COURSE_SESSIONS } from '../../domain.js';
import type { Filter, Page, SessionTotals } from '../../ports.js';
import { allOf, filtered, following } from './conditions.js';
import type { Connection } from './connection.js';
import type { Schema } from './schema.js';

type DayKey = 'user_id' | 'course_id' | 'day';
const DAY_MS = 86_400_000;

/**
 * A page of days in the order of `key`, each joined to the sessions that start on it. A session of day d starts, in any time
 * zone, within a day of [d, d + 1) UTC, which turns the join into a short range of the primary key.
 */
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
    LEFT JOIN course_sessions AS s
      ON s.user_id = d.user_id AND s.course_id = d.course_id AND s.start_day = d.day
      AND s.start_ms >= (d.day - 1) * ${DAY_MS} AND s.start_ms < (d.day + 2) * ${DAY_MS}
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
      sql<number>`count(*) FILTER (WHERE end_ms >= ${open_from_ms})`.as('open'),
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

/**
 * First and last activity of every course. Only courses touched since the last call are read again, so that asking after each
 * batch stays cheap; a reader beside the owner sees no commits and reads all of them each time.
 */
export class CourseSpans {
  private readonly known = new Map<number, CourseSpan>();
  private readonly touched = new Set<number>();
  private complete = false;

  constructor(
    private readonly connection: Connection,
    private readonly mode: 'own' | 'read',
  ) {}

  /** To be told of each commit that was made. */
  committed(changes: WindowChanges[]): void {
    const courseColumn = COURSE_SESSIONS.key.indexOf('course_id');
    for (const { table, deletes, upserts } of changes) {
      if (table.name !== COURSE_SESSIONS.name) continue;
      for (const { key } of [...deletes, ...upserts]) this.touched.add(key[courseColumn]!);
    }
  }

  read(): CourseSpan[] {
    const again = this.complete && this.mode === 'own' ? [...this.touched] : this.courses();
    for (const course_id of again) {
      const [row] = this.connection
        .prepare(
          'SELECT min(start_ms) AS first, max(end_ms) AS last, sum(activities) AS sum FROM course_sessions WHERE course_id = ?',
        )
        .all([course_id]);
      if (row?.first === null || row === undefined) this.known.delete(course_id);
      else {
        const span = { course_id, first_ms: Number(row.first), last_ms: Number(row.last), activities: Number(row.sum) };
        this.known.set(course_id, span);
      }
    }
    this.complete = true;
    this.touched.clear();
    return [...this.known.values()].sort((a, b) => a.course_id - b.course_id).map((span) => ({ ...span }));
  }

  /** Every course that has sessions, by stepping through the index from one to the next. */
  private courses(): number[] {
    const next = this.connection.prepare('SELECT min(course_id) AS course_id FROM course_sessions WHERE course_id > ?');
    const found: number[] = [];
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const course_id = next.all([after])[0]?.course_id;
      if (typeof course_id !== 'number') return found;
      found.push(course_id);
      after = course_id;
    }
  }
}
