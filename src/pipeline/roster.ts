/** Who is enrolled where, in what state, as of a time: derived while reading from the rows that Moodle's tables and log left. */
import type { Course, Enrolment, ReferenceRow, ReferenceTable } from '../domain.js';
import { withOfficial } from '../imports/official.js';
import { courseOf } from '../moodle/courses.js';
import { deriveEnrolments } from '../moodle/enrolments.js';
import { coursesTaught, teachersIn } from '../moodle/teaching.js';
import type { Store } from '../ports.js';
import { UntilCommit } from './until-commit.js';

/** What a log without courses is about. */
const NO_COURSE: Course = { course_id: 0, shortname: '', fullname: '', category: null, start_ms: null, end_ms: null };
/** Moodle's front page is a course too, with id 1, and nobody studies there. */
const FRONT_PAGE = 1;
/** Of a list of ids at most this many go into one question to the store (its limit). */
const IDS_PER_QUESTION = 500;
/** Whose rows say which enrolments somebody has. */
const PERSONAL = [
  'user',
  'user_enrolments',
  'role_assignments',
  'course_completions',
  'enrolment_events',
  'sis_withdrawals',
] as const satisfies ReferenceTable[];
type Personal = (typeof PERSONAL)[number];

/** The same for everybody, and small: one row per course, method, role. */
interface Frame {
  courses: ReferenceRow[];
  enrols: ReferenceRow[];
  roles: ReferenceRow[];
  contexts: ReferenceRow[];
  /** Events about courses and enrolment methods, not about a person. */
  events: ReferenceRow[];
}

/** Where other processes may change courses or roles too, the frame is read again when it is older than this. */
const FRAME_AGE_MS_MAX = 5_000;
/** An enrolment that begins or ends by its date is seen as that after this long. */
const LATELY_MS_MAX = 60_000;

interface Lately {
  now_ms: number;
  read_ms: number;
  enrolments: Promise<Enrolment[]>;
  by_user: Map<number, Enrolment[]> | null;
}

export class Roster {
  #frame: Promise<Frame> | null = null;
  #read_ms = 0;
  #lately: Lately | null = null;
  readonly #opted_out: UntilCommit<ReadonlySet<number>>;
  /** Whether something was counted from a log without a courseid column. */
  readonly #has_no_courses: UntilCommit<boolean>;

  /** `shared` gives the machine's time where other processes write to the store as well, and nobody tells this one; else null. */
  constructor(
    private readonly store: Store,
    private readonly shared: () => number | null = () => null,
  ) {
    this.#opted_out = new UntilCommit(store, async () => {
      const rows = await store.references('sis_opt_outs');
      return new Set(rows.flatMap((row) => (row.deleted || row.user_id === null ? [] : [row.user_id])));
    });
    this.#has_no_courses = new UntilCommit(store, async () =>
      (await store.courseActivity()).some((c) => c.course_id === NO_COURSE.course_id),
    );
  }

  /** To be called after a commit that changed one of the frame's tables. */
  forget(): void {
    this.#frame = null;
    this.#lately = null;
  }

  /** To be called after a commit that changed rows about people. */
  changed(): void {
    this.#lately = null;
  }

  /** As `all`, for people who look at the site: kept until a row changes that it is made of, and for a minute of the store's clock. */
  lately(now_ms: number): Promise<readonly Enrolment[]> {
    const kept = this.#fresh(now_ms);
    if (kept) return kept.enrolments;
    const enrolments = this.all(now_ms);
    const next: Lately = { now_ms, read_ms: this.shared() ?? 0, enrolments, by_user: null };
    this.#lately = next;
    enrolments.catch(() => {
      if (this.#lately === next) this.#lately = null;
    });
    return enrolments;
  }

  /** As `ofUsers`, out of what `lately` keeps where it does. */
  async latelyOf(user_ids: number[], now_ms: number): Promise<Enrolment[]> {
    const kept = this.#fresh(now_ms);
    if (!kept) return this.ofUsers(user_ids, now_ms);
    const by_user = kept.by_user ?? byUser(await kept.enrolments);
    kept.by_user = by_user;
    return user_ids.flatMap((user_id) => by_user.get(user_id) ?? []);
  }

  #fresh(now_ms: number): Lately | null {
    const kept = this.#lately;
    if (kept === null || now_ms < kept.now_ms || now_ms - kept.now_ms >= LATELY_MS_MAX) return null;
    const machine_ms = this.shared();
    return machine_ms === null || machine_ms - kept.read_ms <= FRAME_AGE_MS_MAX ? kept : null;
  }

  /** All enrolments of the site at `now_ms`, by (user, course). */
  async all(now_ms: number): Promise<Enrolment[]> {
    const known = await this.#derive((table) => this.store.references(table), now_ms);
    return this.#withoutCourses(known, await this.store.lastActive(NO_COURSE.course_id, Number.MAX_SAFE_INTEGER));
  }

  /** All enrolments of these students. */
  async ofUsers(user_ids: number[], now_ms: number): Promise<Enrolment[]> {
    const found: Enrolment[] = [];
    for (let i = 0; i < user_ids.length; i += IDS_PER_QUESTION) {
      const part = user_ids.slice(i, i + IDS_PER_QUESTION);
      const rows = await this.store.references(PERSONAL, { user_ids: part });
      found.push(...(await this.#derive(async (asked) => rows.filter(({ table }) => table === asked), now_ms)));
    }
    const outside = [];
    if (await this.#has_no_courses.value())
      for (const user_id of user_ids)
        outside.push(...(await this.store.lastActive(NO_COURSE.course_id, Number.MAX_SAFE_INTEGER, user_id)));
    return this.#withoutCourses(found, outside);
  }

  /** A log without a courseid column makes each of its users an always-active enrolment in course 0. */
  #withoutCourses(known: Enrolment[], active: { user_id: number }[]): Enrolment[] {
    const always = active.map(
      ({ user_id }): Enrolment => ({ user_id, course_id: 0, state: 'active', reason: null, since_ms: null, enrolled_ms: null }),
    );
    return [...known, ...always].sort((a, b) => a.user_id - b.user_id || a.course_id - b.course_id);
  }

  /** Courses that exist, without the front page (course 1), by id. A log without courses has the one course 0. */
  async courses(): Promise<Course[]> {
    const { courses } = await this.#loadFrame();
    return [
      ...((await this.#has_no_courses.value()) ? [NO_COURSE] : []),
      ...courses.filter((c) => !c.deleted && c.id !== FRONT_PAGE).map(courseOf),
    ];
  }

  /** Users by id, for their names. */
  async users(user_ids: number[]): Promise<Map<number, ReferenceRow>> {
    const found = new Map<number, ReferenceRow>();
    for (let i = 0; i < user_ids.length; i += IDS_PER_QUESTION)
      for (const user of await this.store.references('user', { user_ids: user_ids.slice(i, i + IDS_PER_QUESTION) }))
        found.set(user.id, user);
    return found;
  }

  /** Courses in which Moodle gives this user a teacher's role. */
  async coursesTaught(user_id: number): Promise<Set<number>> {
    return coursesTaught(await this.store.references('role_assignments', { user_ids: [user_id] }), await this.#loadFrame());
  }

  /** Everybody to whom Moodle gives a teacher's role somewhere. */
  async teachers(): Promise<Set<number>> {
    return teachersIn(await this.store.references('role_assignments'), (await this.#loadFrame()).roles);
  }

  /** Who must be neither scored nor shown. */
  optedOut(): Promise<ReadonlySet<number>> {
    return this.#opted_out.value();
  }

  async #derive(read: (table: Personal) => Promise<ReferenceRow[]>, now_ms: number): Promise<Enrolment[]> {
    const frame = await this.#loadFrame();
    const personal = (await read('enrolment_events')).filter((e) => e.user_id !== null);
    const derived = deriveEnrolments(
      {
        ...frame,
        users: await read('user'),
        userEnrolments: await read('user_enrolments'),
        roleAssignments: await read('role_assignments'),
        completions: await read('course_completions'),
        events: [...frame.events, ...personal],
      },
      now_ms,
    );
    return withOfficial(derived, await read('sis_withdrawals'), now_ms);
  }

  #loadFrame(): Promise<Frame> {
    const now_ms = this.shared();
    if (now_ms !== null && now_ms - this.#read_ms > FRAME_AGE_MS_MAX) this.#frame = null;
    if (this.#frame === null) this.#read_ms = now_ms ?? 0;
    this.#frame ??= (async () => ({
      courses: await this.store.references('course'),
      enrols: await this.store.references('enrol'),
      roles: await this.store.references('role'),
      contexts: await this.store.references('context'),
      events: await this.store.references('enrolment_events', { user_ids: [null] }),
    }))();
    return this.#frame;
  }
}

function byUser(enrolments: readonly Enrolment[]): Map<number, Enrolment[]> {
  const found = new Map<number, Enrolment[]>();
  for (const enrolment of enrolments) {
    const known = found.get(enrolment.user_id);
    if (known) known.push(enrolment);
    else found.set(enrolment.user_id, [enrolment]);
  }
  return found;
}
