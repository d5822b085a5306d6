/**
 * Who is a student of which course and in what state, read from all changes at once, line by line of the contract's table.
 * It knows what the samples hold: every withdrawal but those of a snapshot is in Moodle's log.
 */
import { type RecordedChange, type Row } from './recorded.js';

export interface NaiveEnrolment {
  user_id: number;
  course_id: number;
  state: string;
  reason: string | null;
  since_s: number | null;
  enrolled_s: number | null;
}

interface Kept {
  row: Row;
  deleted: boolean;
  /** Of the last change, in seconds. */
  changed_s: number;
}

/** Every row that a table ever had, as it was last. */
function latest(changes: readonly RecordedChange[], table: string): Kept[] {
  const rows = new Map<number, Kept>();
  for (const { table: of, op, id, before, after, source_ms } of changes) {
    if (of !== table) continue;
    rows.set(id, { row: (op === 'd' ? before : after) ?? rows.get(id)!.row, deleted: op === 'd', changed_s: source_ms / 1000 });
  }
  return [...rows.values()];
}

export function enrolmentsOf(changes: readonly RecordedChange[], now_s: number): NaiveEnrolment[] {
  const byId = (kept: Kept[]) => new Map(kept.map((k) => [Number(k.row.id), k]));
  const users = byId(latest(changes, 'user'));
  const courses = byId(latest(changes, 'course'));
  const methods = byId(latest(changes, 'enrol'));
  const courseOfContext = new Map(
    latest(changes, 'context')
      .filter((c) => c.row.contextlevel === 50)
      .map((c) => [c.row.id, Number(c.row.instanceid)]),
  );
  const studentRoles = new Set(
    latest(changes, 'role')
      .filter((r) => r.row.archetype === 'student')
      .map((r) => r.row.id),
  );
  const assignments = latest(changes, 'role_assignments').filter((a) => studentRoles.has(a.row.roleid!));
  const rows = latest(changes, 'user_enrolments');
  const completions = latest(changes, 'course_completions').filter((c) => !c.deleted && c.row.timecompleted);
  const log = [...new Map(logRows(changes).map((row) => [row.id, row])).values()];

  const students = new Set<string>();
  for (const { row } of assignments) students.add(`${row.userid},${courseOfContext.get(row.contextid!)}`);
  for (const { eventname, objectid, relateduserid, courseid } of log) {
    if (/\\role_(un)?assigned$/.test(String(eventname)) && studentRoles.has(objectid!))
      students.add(`${relateduserid},${courseid}`);
    if (/\\user_enrolment_deleted$/.test(String(eventname))) students.add(`${relateduserid},${courseid}`);
  }

  const found: NaiveEnrolment[] = [];
  for (const student of students) {
    const [user_id, course_id] = student.split(',').map(Number) as [number, number];
    const course = courses.get(course_id);
    if (course_id === 1 || !course || course.deleted) continue;
    const user = users.get(user_id);
    const own = rows.filter((r) => r.row.userid === user_id && methods.get(Number(r.row.enrolid))?.row.courseid === course_id);
    const present = own.filter((r) => !r.deleted);
    const enabled = present.filter((r) => r.row.status === 0 && !isOff(methods.get(Number(r.row.enrolid))));
    const roles = assignments.filter((a) => a.row.userid === user_id && courseOfContext.get(a.row.contextid!) === course_id);
    const events = (name: string) =>
      log.filter((e) => e.eventname === `\\core\\event\\${name}` && e.relateduserid === user_id && e.courseid === course_id);
    const ofAccount = (name: string) =>
      log.filter((e) => e.eventname === `\\core\\event\\${name}` && e.relateduserid === user_id);
    /** A row of `user_enrolments` is named by its id: what else the event says of it can be wrong. */
    const ofWays = (ways: Kept[]) =>
      log.filter(
        (e) => /\\user_enrolment_(created|updated)$/.test(String(e.eventname)) && ways.some((w) => w.row.id === e.objectid),
      );
    const enrolled_s = enrolledOf(present.length > 0 ? present : own, events('user_enrolment_created'));
    const say = (state: string, reason: string | null, since_s: number | null) =>
      found.push({ user_id, course_id, state, reason, since_s, enrolled_s });

    if (user?.row.deleted === 1)
      say('withdrawn', 'account-deleted', timeOf(ofAccount('user_deleted')[0]) ?? Number(user.row.timemodified));
    else if (present.length === 0) {
      const event = events('user_enrolment_deleted').at(-1);
      const reason = event && event.userid === event.relateduserid ? 'unenrolled-self' : 'unenrolled-by-other';
      say('withdrawn', reason, timeOf(event) ?? Math.max(...own.map((r) => r.changed_s)));
    } else if (roles.every((r) => r.deleted)) {
      say('withdrawn', 'role-removed', timeOf(events('role_unassigned').at(-1)) ?? Math.max(...roles.map((r) => r.changed_s)));
    } else if (user?.row.suspended === 1)
      say('suspended', 'account-suspended', timeOf(ofAccount('user_updated').at(-1)) ?? Number(user.row.timemodified));
    else if (enabled.length === 0) {
      const reason = present.some((r) => r.row.status === 0) ? 'method-disabled' : 'enrolment-suspended';
      say('suspended', reason, timeOf(ofWays(present).at(-1)) ?? Math.max(...present.map((r) => Number(r.row.timemodified))));
    } else {
      const completion = completions.find((c) => c.row.userid === user_id && c.row.course === course_id);
      const changed = timeOf(ofWays(enabled).at(-1));
      if (completion)
        say('completed', 'completed', timeOf(events('course_completed').at(-1)) ?? Number(completion.row.timecompleted));
      else if (enabled.every((r) => Number(r.row.timeend) > 0 && Number(r.row.timeend) <= now_s))
        say('ended', 'end-date', Math.max(...enabled.map((r) => Number(r.row.timeend))));
      else if (enabled.every((r) => Number(r.row.timestart) > now_s)) say('not-started', null, changed);
      else say('active', null, changed);
    }
  }
  return found.sort((a, b) => a.user_id - b.user_id || a.course_id - b.course_id);
}

/** Events about enrolments, accounts and completions. */
function logRows(changes: readonly RecordedChange[]): Row[] {
  return changes.flatMap(({ table, op, after }) =>
    table === 'logstore_standard_log' && (op === 'c' || op === 'r') && after ? [after] : [],
  );
}

const isOff = (method: Kept | undefined) => method === undefined || method.deleted || method.row.status !== 0;
const timeOf = (event: Row | undefined) => (event ? Number(event.timecreated) : null);

/** The row's creation, or its start if later; of several rows the earliest. */
function enrolledOf(rows: readonly Kept[], created: readonly Row[]): number | null {
  const times = rows.map(({ row }) => Math.max(Number(row.timecreated), Number(row.timestart)));
  return times.length > 0 ? Math.min(...times) : timeOf(created.at(-1));
}
