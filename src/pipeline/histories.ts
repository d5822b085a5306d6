/**
 * The one reader of what features are made of: live scoring, the schedule and training ask here and nowhere else.
 * Everything is cut at `cutoff_day` (exclusive) before anything is joined.
 */
import type {
  ActivityDay,
  Assessment,
  Course,
  Enrolment,
  EnrolmentHistory,
  HandIn,
  LongSession,
  ReferenceRow,
  ReferenceTable,
} from '../domain.js';
import { withoutSessions } from '../features/long-sessions.js';
import { assessmentsOf } from '../moodle/assessments.js';
import type { Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';

/** Rows read at once: some megabytes, whatever the size of the course. */
const ROWS_PER_PAGE = 10_000;
/** The store's limit of values in one question. */
const IDS_PER_QUESTION = 500;
/** A session that goes on over a midnight began at most this many days before: nobody clicks every 15 minutes for longer. */
const DAYS_OF_ONE_SESSION = 3;

export class Histories {
  constructor(
    private readonly store: Pick<Store, 'activityDays' | 'courseSessions' | 'references'>,
    private readonly calendar: Calendar,
  ) {}

  /** Of the given enrolments, all of one course, in their order. `first_ms` is the course's first counted activity. */
  async read(course: Course, first_ms: number | null, enrolments: Enrolment[], cutoff_day: number): Promise<EnrolmentHistory[]> {
    const one = enrolments.length === 1 ? enrolments[0]!.user_id : undefined;
    const days = await this.#days(course.course_id, one, cutoff_day);
    const assessments = await this.#assessments(course.course_id, one);
    const start_ms = course.start_ms ?? first_ms;
    return enrolments.map(({ user_id, course_id, enrolled_ms }) => ({
      user_id,
      course_id,
      enrolled_day: enrolled_ms === null ? null : this.calendar.day(enrolled_ms),
      course_start_day: start_ms === null ? null : this.calendar.day(start_ms),
      course_end_day: course.end_ms === null ? null : this.calendar.day(course.end_ms),
      days: days.get(user_id) ?? [],
      sessions_known: true,
      assessments: assessments?.(user_id).map((a) => this.#cut(a, cutoff_day)) ?? null,
    }));
  }

  /** Days before the cut-off by user, ascending, without the sessions that were not over by the cut-off's midnight. */
  async #days(course_id: number, user_id: number | undefined, cutoff_day: number): Promise<Map<number, ActivityDay[]>> {
    const byUser = new Map<number, ActivityDay[]>();
    let after: [number, number, number] | undefined;
    for (;;) {
      const page = await this.store.activityDays({ course_id, user_id, to: cutoff_day }, { after, limit: ROWS_PER_PAGE });
      for (const day of page) {
        const days = byUser.get(day.user_id);
        if (days) days.push(day);
        else byUser.set(day.user_id, [day]);
      }
      if (page.length < ROWS_PER_PAGE) break;
      const last = page.at(-1)!;
      after = [last.user_id, last.course_id, last.day];
    }
    const from_day = cutoff_day - DAYS_OF_ONE_SESSION;
    for (const [id, sessions] of await this.longSessions(course_id, from_day, cutoff_day, user_id)) {
      const unfinished = sessions.filter(({ end_day }) => end_day >= cutoff_day);
      const days = byUser.get(id);
      if (days && unfinished.length > 0) byUser.set(id, withoutSessions(days, unfinished));
    }
    return byUser;
  }

  /** Those that began in [from_day, to_day) and went on over a midnight, by user. */
  async longSessions(course_id: number, from_day: number, to_day: number, user_id?: number): Promise<Map<number, LongSession[]>> {
    const found = new Map<number, LongSession[]>();
    const [from, to] = [this.calendar.startOfDay(from_day), this.calendar.startOfDay(to_day)];
    for (let after: [number, number, number] | undefined; ; ) {
      const page = await this.store.courseSessions({ course_id, user_id, from, to }, { after, limit: ROWS_PER_PAGE });
      for (const session of page) {
        const [day, end_day] = [this.calendar.day(session.start_ms), this.calendar.day(session.end_ms)];
        if (day === end_day) continue;
        const long = { day, end_day, duration_s: (session.end_ms - session.start_ms) / 1000 };
        const known = found.get(session.user_id);
        if (known) known.push(long);
        else found.set(session.user_id, [long]);
      }
      if (page.length < ROWS_PER_PAGE) return found;
      const last = page.at(-1)!;
      after = [last.user_id, course_id, last.start_ms];
    }
  }

  /** What one student is asked to hand in and did, and what it is called, by kind and id. */
  async assessments(course_id: number, user_id: number): Promise<{ of: Assessment[]; names: Map<string, string> }> {
    const of = (await this.#assessments(course_id, user_id))?.(user_id) ?? [];
    const names = new Map<string, string>();
    for (const kind of ['assign', 'quiz'] as const)
      for (const { id, row } of await this.store.references(kind, { parent_ids: [course_id] }))
        if (typeof row.name === 'string') names.set(`${kind} ${id}`, row.name);
    return { of, names };
  }

  /** A function from student to hand-ins; null when the course has nothing to hand in. */
  async #assessments(course_id: number, user_id: number | undefined): Promise<((user_id: number) => Assessment[]) | null> {
    const assigns = await this.store.references('assign', { parent_ids: [course_id] });
    const quizzes = await this.store.references('quiz', { parent_ids: [course_id] });
    if (assigns.length + quizzes.length === 0) return null;
    const submissions = byUser(await this.#ofParents('assign_submission', assigns, user_id));
    const attempts = byUser(await this.#ofParents('quiz_attempts', quizzes, user_id));
    const grade_items = await this.store.references('grade_items', { parent_ids: [course_id] });
    const grades = byUser(await this.#ofParents('grade_grades', grade_items, user_id));
    const of = (rows: Map<number, ReferenceRow[]>, user: number) => rows.get(user) ?? [];
    return (user) =>
      assessmentsOf(
        {
          assigns,
          quizzes,
          submissions: of(submissions, user),
          attempts: of(attempts, user),
          grade_items,
          grades: of(grades, user),
        },
        user,
      );
  }

  async #ofParents(table: ReferenceTable, parents: ReferenceRow[], user_id: number | undefined): Promise<ReferenceRow[]> {
    const rows: ReferenceRow[] = [];
    for (let i = 0; i < parents.length; i += IDS_PER_QUESTION) {
      const parent_ids = parents.slice(i, i + IDS_PER_QUESTION).map((p) => p.id);
      rows.push(...(await this.store.references(table, { parent_ids, user_ids: user_id === undefined ? undefined : [user_id] })));
    }
    return rows;
  }

  /** A hand-in or mark after the cut-off has not happened yet; a due date is known beforehand. */
  #cut({ due_ms, submitted_ms, mark }: Assessment, cutoff_day: number): HandIn {
    const submitted_day = submitted_ms === null ? null : this.calendar.day(submitted_ms);
    const cut: HandIn = {
      due_day: due_ms === null ? null : this.calendar.day(due_ms),
      submitted_day: submitted_day !== null && submitted_day < cutoff_day ? submitted_day : null,
    };
    const marked_day = mark === null ? null : this.calendar.day(mark.set_ms);
    if (mark !== null && marked_day !== null && marked_day < cutoff_day) cut.mark = { percent: mark.percent, day: marked_day };
    return cut;
  }
}

function byUser(rows: ReferenceRow[]): Map<number, ReferenceRow[]> {
  const map = new Map<number, ReferenceRow[]>();
  for (const row of rows) {
    if (row.user_id === null) continue;
    const list = map.get(row.user_id);
    if (list) list.push(row);
    else map.set(row.user_id, [row]);
  }
  return map;
}
