/** Rows to facts by (user, course): one pass over each kind of row, whatever their order. */
import type { ReferenceRow } from '../domain.js';
import { type EnrolmentRows, type Facts, type Gathered, greater, type LogEvent, later, nothingKnown } from './enrolment-facts.js';
import { setTimeMs } from './values.js';

/** Role 5 is `student` in every Moodle that has not been rebuilt: used only where the role table is not captured. */
const STUDENT_ROLE_ID = 5;
/** The front page is a course too, and nobody studies there. */
const FRONT_PAGE = 1;

/** Rows of everybody, of some users or of one course; courses, methods, roles and contexts always whole. */
export function gather(rows: EnrolmentRows): Gathered {
  return new Gatherer(rows).gather();
}

class Gatherer {
  private readonly people = new Map<number, Map<number, Facts>>();
  private readonly users: Map<number, ReferenceRow>;
  private readonly methods: Map<number, ReferenceRow>;
  private readonly student_roles: Set<number>;
  private readonly other_roles: Set<number>;
  private readonly no_courses: Set<number>;
  /** From the log, for what the tables do not (or no longer) say: role assignment → course, enrolment row → course, method → course. */
  private readonly course_of_assignment = new Map<number, number>();
  private readonly course_of_way = new Map<number, number>();
  private readonly course_of_method = new Map<number, number>();
  private readonly user_updated = new Map<number, LogEvent>();
  private readonly user_deleted = new Map<number, LogEvent>();
  private readonly method_updated = new Map<number, LogEvent>();
  private readonly way_created = new Map<number, LogEvent>();
  private readonly way_changed = new Map<number, LogEvent>();
  private readonly way_deleted = new Map<number, LogEvent>();

  constructor(private readonly rows: EnrolmentRows) {
    this.users = byId(rows.users);
    this.methods = byId(rows.enrols);
    const known = rows.roles.length > 0;
    this.student_roles = new Set(known ? ids(rows.roles, (r) => r.row.archetype === 'student') : [STUDENT_ROLE_ID]);
    this.other_roles = new Set(ids(rows.roles, (r) => r.row.archetype !== 'student'));
    this.no_courses = new Set([FRONT_PAGE, ...ids(rows.courses, (c) => c.deleted)]);
    for (const { row, parent_id } of rows.events) {
      if (row.event === 'course_deleted' && parent_id !== null) this.no_courses.add(parent_id);
    }
  }

  gather(): Gathered {
    for (const event of this.rows.events) this.event(event);
    for (const row of this.rows.userEnrolments) this.way(row);
    const contexts = new Map(this.rows.contexts.map(({ id, row }) => [id, row.instanceid]));
    for (const row of this.rows.roleAssignments) this.role(row, contexts);
    for (const row of this.rows.completions) this.completion(row);
    const tables_captured = this.rows.userEnrolments.length > 0 || this.rows.enrols.length > 0;
    if (!tables_captured) this.waysOfLog();
    const { users, user_updated, user_deleted, method_updated, way_created, way_changed, way_deleted } = this;
    return {
      people: everybody(this.people),
      users,
      user_updated,
      user_deleted,
      method_updated,
      way_created,
      way_changed,
      way_deleted,
      tables_captured,
    };
  }

  private event({ id, user_id, parent_id, row }: ReferenceRow): void {
    const event: LogEvent = { id, time_ms: setTimeMs(row.timecreated), row };
    const objectid = typeof row.objectid === 'number' ? row.objectid : null;
    if (row.event === 'enrol_instance_updated') latest(this.method_updated, objectid, event);
    else if (row.event === 'user_updated') latest(this.user_updated, user_id, event);
    else if (row.event === 'user_deleted') earliest(this.user_deleted, user_id, event);
    const facts = this.of(user_id, parent_id);
    if (facts === null) return;
    if (row.event === 'course_completed') facts.completed_event = later(facts.completed_event, event);
    else if (row.event === 'role_assigned' || row.event === 'role_unassigned') this.roleEvent(facts, event, objectid);
    else if (typeof row.event === 'string' && row.event.startsWith('user_enrolment_')) this.wayEvent(facts, event, objectid);
  }

  private wayEvent(facts: Facts, event: LogEvent, objectid: number | null): void {
    const { row } = event;
    if (row.event === 'user_enrolment_deleted') {
      facts.unenrolled = later(facts.unenrolled, event);
      latest(this.way_deleted, objectid, event);
    } else latest(this.way_changed, objectid, event);
    if (row.event === 'user_enrolment_created') {
      facts.created = later(facts.created, event);
      latest(this.way_created, objectid, event);
    }
    if (objectid !== null) this.course_of_way.set(objectid, facts.course_id);
    if (typeof row.ue_enrolid === 'number') this.course_of_method.set(row.ue_enrolid, facts.course_id);
  }

  private roleEvent(facts: Facts, event: LogEvent, role_id: number | null): void {
    if (typeof event.row.assignment_id === 'number') this.course_of_assignment.set(event.row.assignment_id, facts.course_id);
    if (role_id === null || !this.student_roles.has(role_id)) {
      if (role_id !== null && this.isOtherRole(role_id)) facts.other_role = true;
      return;
    }
    facts.was_student = true;
    if (event.row.event === 'role_assigned') facts.assigned = later(facts.assigned, event);
    else facts.unassigned = later(facts.unassigned, event);
  }

  private way({ id, user_id, parent_id, deleted, row, source_ms, coordinate }: ReferenceRow): void {
    const method = parent_id === null ? null : (this.methods.get(parent_id) ?? null);
    const course_id = method?.parent_id ?? this.course_of_way.get(id) ?? this.course_of_method.get(parent_id ?? -1) ?? null;
    const facts = this.of(user_id, course_id);
    if (facts === null) return;
    (deleted ? facts.gone : facts.live).push({
      id,
      status: typeof row.status === 'number' ? row.status : 0,
      method,
      start_ms: setTimeMs(row.timestart),
      end_ms: setTimeMs(row.timeend),
      created_ms: setTimeMs(row.timecreated),
      modified_ms: setTimeMs(row.timemodified),
      source_ms,
      coordinate,
    });
  }

  /** Without the table, the log's events stand for its rows: made once, gone for good once deleted. */
  private waysOfLog(): void {
    for (const [id, { row }] of new Map([...this.way_changed, ...this.way_deleted])) {
      const facts = this.of(numberOr(row.relateduserid), numberOr(row.courseid));
      const deleted = this.way_deleted.get(id);
      (deleted ? facts?.gone : facts?.live)?.push({
        id,
        status: 0,
        method: null,
        start_ms: setTimeMs(deleted?.row.ue_timestart),
        end_ms: null,
        created_ms: setTimeMs(deleted?.row.ue_timecreated),
        modified_ms: null,
        source_ms: null,
        coordinate: null,
      });
    }
  }

  private role(
    { id, user_id, parent_id, deleted, row, source_ms }: ReferenceRow,
    contexts: ReadonlyMap<number, number | string | null | undefined>,
  ): void {
    const instance = contexts.get(parent_id ?? -1) ?? this.course_of_assignment.get(id);
    const facts = this.of(user_id, typeof instance === 'number' ? instance : null);
    if (facts === null || typeof row.roleid !== 'number') return;
    if (!this.student_roles.has(row.roleid)) {
      if (this.isOtherRole(row.roleid)) facts.other_role = true;
      return;
    }
    facts.was_student = true;
    facts.role_held = facts.role_held === true || !deleted;
    if (deleted) facts.role_gone_ms = greater(facts.role_gone_ms, source_ms);
    else facts.role_row_ms = greater(facts.role_row_ms, setTimeMs(row.timemodified) ?? source_ms);
  }

  private completion({ user_id, parent_id, deleted, row }: ReferenceRow): void {
    const facts = this.of(user_id, parent_id);
    if (facts === null) return;
    facts.completion_known = true;
    if (!deleted) facts.completed_ms = greater(facts.completed_ms, setTimeMs(row.timecompleted));
  }

  /** A role that is gone from the role table says nothing either way. */
  private isOtherRole(role_id: number): boolean {
    return this.other_roles.size === 0 || this.other_roles.has(role_id);
  }

  private of(user_id: number | null, course_id: number | null): Facts | null {
    if (user_id === null || user_id <= 0 || course_id === null || course_id <= 0 || this.no_courses.has(course_id)) return null;
    const courses = this.people.get(user_id) ?? new Map<number, Facts>();
    const facts = courses.get(course_id) ?? nothingKnown(user_id, course_id);
    if (courses.size === 0) this.people.set(user_id, courses);
    courses.set(course_id, facts);
    return facts;
  }
}

function* everybody(people: Map<number, Map<number, Facts>>): Iterable<Facts> {
  for (const courses of people.values()) yield* courses.values();
}

function byId(rows: readonly ReferenceRow[]): Map<number, ReferenceRow> {
  return new Map(rows.map((row) => [row.id, row]));
}

function ids(rows: readonly ReferenceRow[], wanted: (row: ReferenceRow) => boolean): number[] {
  return rows.filter(wanted).map((row) => row.id);
}

function latest(events: Map<number, LogEvent>, of: number | null, event: LogEvent): void {
  if (of !== null) events.set(of, later(events.get(of) ?? null, event));
}

/** An account that is deleted can be deleted again: it was gone from the first time on. */
function earliest(events: Map<number, LogEvent>, of: number | null, event: LogEvent): void {
  if (of !== null && (events.get(of)?.id ?? Infinity) > event.id) events.set(of, event);
}

function numberOr(value: number | string | null | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
