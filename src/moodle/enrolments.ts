/** In what state each student's enrolment is, why, since when, and when it began: decided when reading, from the kept rows. */
import type { Enrolment, EnrolmentReason, EnrolmentState } from '../domain.js';
import { type EnrolmentRows, type Facts, type Gathered, greater, type LogEvent, later, type Way } from './enrolment-facts.js';
import { gather } from './gather.js';
import { setTimeMs } from './values.js';

export type { EnrolmentRows } from './enrolment-facts.js';

/**
 * One row per student × course, by (user_id, course_id). The first line that holds:
 *
 * | state | when | reason | since |
 * | --- | --- | --- | --- |
 * | withdrawn | account deleted | account-deleted | `user_deleted` |
 * | withdrawn | no enrolment row left | unenrolled-self, unenrolled-by-other | `user_enrolment_deleted` |
 * | withdrawn | rows left, no student role | role-removed | `role_unassigned` |
 * | suspended | account suspended | account-suspended | `user_updated` |
 * | suspended | no row with status 0 in an enabled method | enrolment-suspended, method-disabled | `user_enrolment_updated`, `enrol_instance_updated` |
 * | completed | timecompleted set | completed | `course_completed` |
 * | ended | every such row's end is at or before now | end-date | the latest end |
 * | not-started | every such row begins after now | – | as active |
 * | active | otherwise | – | latest `user_enrolment_created` or `_updated` |
 *
 * Where the log has no such event, `since` is the row's timemodified; of a deleted row, whose timemodified is older than
 * its end, the deletion's source time. Students are those who hold or held a role of archetype student in the course, and
 * those of whom only an unenrolment is known. The result is the same for the same rows in any order; `rows` may be those of
 * some users or of one course, but courses, enrols, roles and contexts must be whole.
 */
export function deriveEnrolments(rows: EnrolmentRows, now_ms: number): Enrolment[] {
  const known = gather(rows);
  const enrolments: Enrolment[] = [];
  for (const facts of known.people) {
    if (!facts.was_student && (facts.unenrolled === null || facts.other_role)) continue;
    const { user_id, course_id } = facts;
    enrolments.push({ user_id, course_id, ...stateOf(facts, known, now_ms), enrolled_ms: enrolledMs(facts, known) });
  }
  return enrolments.sort((a, b) => a.user_id - b.user_id || a.course_id - b.course_id);
}

type State = Pick<Enrolment, 'state' | 'reason' | 'since_ms'>;

function stateOf(facts: Facts, known: Gathered, now_ms: number): State {
  const { live, user_id } = facts;
  const user = known.users.get(user_id);
  const user_deleted = known.user_deleted.get(user_id);
  if (user === undefined ? user_deleted !== undefined : user.deleted || user.row.deleted === 1) {
    const row_ms = user === undefined || user.deleted ? null : setTimeMs(user.row.timemodified);
    return state('withdrawn', 'account-deleted', user_deleted?.time_ms ?? row_ms ?? user?.source_ms ?? null);
  }
  const enrolled_by_role_alone = !known.tables_captured && facts.gone.length === 0 && facts.unenrolled === null;
  if (live.length === 0 && !enrolled_by_role_alone) return withdrawn(facts, known);
  if (!holdsRole(facts)) return state('withdrawn', 'role-removed', roleRemovedMs(facts));
  if (user?.row.suspended === 1) {
    const since_ms = known.user_updated.get(user_id)?.time_ms ?? setTimeMs(user.row.timemodified) ?? user.source_ms;
    return state('suspended', 'account-suspended', since_ms);
  }
  const open = live.filter((way) => way.status === 0 && isEnabled(way));
  if (open.length === 0 && live.length > 0) {
    const reason = live.some((way) => way.status === 0) ? 'method-disabled' : 'enrolment-suspended';
    return state('suspended', reason, live.map((way) => closedMs(way, known)).reduce(greater));
  }
  const completed_ms =
    facts.completed_ms ?? (facts.completion_known || known.tables_captured ? null : facts.completed_event?.time_ms);
  if (completed_ms != null) return state('completed', 'completed', facts.completed_event?.time_ms ?? completed_ms);
  if (open.length > 0 && open.every((way) => way.end_ms !== null && way.end_ms <= now_ms)) {
    return state('ended', 'end-date', open.map((way) => way.end_ms).reduce(greater)!);
  }
  const future = open.length > 0 && open.every((way) => way.start_ms !== null && way.start_ms > now_ms);
  return state(future ? 'not-started' : 'active', null, openedMs(facts, open, known));
}

function state(name: EnrolmentState, reason: EnrolmentReason | null, since_ms: number | null): State {
  return { state: name, reason, since_ms };
}

// ------------------------------------------------------------------------------------------------------------ withdrawal

function withdrawn(facts: Facts, known: Gathered): State {
  const { event, way } = departure(facts, known);
  const self = event !== null && event.row.userid === event.row.relateduserid;
  const since_ms = event?.time_ms ?? way?.source_ms ?? way?.modified_ms ?? null;
  return state('withdrawn', self ? 'unenrolled-self' : 'unenrolled-by-other', since_ms);
}

/**
 * The end of the last spell: its log event, and the row that went, as far as either is known. A deleted row without an event
 * of its own (an enrolment plugin that logs nothing) decides when it went after all those that the log tells of; before
 * capture began only the log tells.
 */
function departure({ gone, unenrolled }: Facts, { way_deleted }: Gathered): { event: LogEvent | null; way: Way | null } {
  const told = gone.filter((way) => way_deleted.has(way.id)).reduce(goneLater, null);
  const untold = gone.filter((way) => !way_deleted.has(way.id)).reduce(goneLater, null);
  const untold_is_last = untold !== null && (told === null || goneLater(told, untold) === untold);
  if (unenrolled === null || (untold_is_last && unenrolled.row.objectid !== null)) return { event: null, way: untold };
  return { event: unenrolled, way: gone.find((way) => way.id === unenrolled.row.objectid) ?? null };
}

/** Deletions are put in order by their own source: time, then place in its log, then id. */
function goneLater(a: Way | null, b: Way): Way {
  if (a === null) return b;
  const place = a.coordinate && b.coordinate ? compareCoordinates(a.coordinate, b.coordinate) : 0;
  return ((a.source_ms ?? 0) - (b.source_ms ?? 0) || place || a.id - b.id) > 0 ? a : b;
}

function compareCoordinates(a: NonNullable<Way['coordinate']>, b: NonNullable<Way['coordinate']>): number {
  return a.log - b.log || a.offset - b.offset || a.row - b.row;
}

/** The rows decide where there is one; else the later of the log's two words; where nothing is known, nothing was taken away. */
function holdsRole({ role_held, assigned, unassigned }: Facts): boolean {
  if (role_held !== null) return role_held;
  return unassigned === null || (assigned !== null && assigned.id > unassigned.id);
}

function roleRemovedMs({ assigned, unassigned, role_gone_ms }: Facts): number | null {
  const is_older = assigned !== null && unassigned !== null && assigned.id > unassigned.id;
  return is_older ? (role_gone_ms ?? unassigned.time_ms) : (unassigned?.time_ms ?? role_gone_ms);
}

// --------------------------------------------------------------------------------------------------------- what is open

function isEnabled({ method }: Way): boolean {
  return method === null || (!method.deleted && (method.row.status ?? 0) === 0);
}

/** When a way that is not open was closed: suspended itself, or its method disabled. */
function closedMs(way: Way, known: Gathered): number | null {
  if (way.status !== 0 || way.method === null) return known.way_changed.get(way.id)?.time_ms ?? way.modified_ms ?? way.source_ms;
  const { id, deleted, row, source_ms } = way.method;
  return known.method_updated.get(id)?.time_ms ?? (deleted ? null : setTimeMs(row.timemodified)) ?? source_ms;
}

function openedMs(facts: Facts, open: readonly Way[], known: Gathered): number | null {
  if (open.length === 0) return facts.assigned?.time_ms ?? facts.role_row_ms;
  const events = open.map((way) => known.way_changed.get(way.id)).filter((event) => event !== undefined);
  const logged_ms = events.length === 0 ? null : events.reduce(later).time_ms;
  return logged_ms ?? open.map((way) => way.modified_ms ?? way.created_ms ?? way.source_ms).reduce(greater);
}

// -------------------------------------------------------------------------------------------------------------- enrolled

/**
 * When the present spell began, else the last one: the row's timecreated, or its timestart if that is later. The row of a
 * spell that is over comes from its deletion or, word for word the same, from the log's `user_enrolment_deleted`.
 */
function enrolledMs(facts: Facts, known: Gathered): number | null {
  const { live } = facts;
  if (live.length > 0) {
    const begun = live.map((way) => begunMs(way.created_ms, way.start_ms, way.id, known) ?? way.source_ms);
    return begun.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)));
  }
  const { event, way } = departure(facts, known);
  const created_ms = way?.created_ms ?? setTimeMs(event?.row.ue_timecreated);
  const start_ms = way?.start_ms ?? setTimeMs(event?.row.ue_timestart);
  const id = way?.id ?? (typeof event?.row.objectid === 'number' ? event.row.objectid : null);
  return begunMs(created_ms, start_ms, id, known) ?? facts.created?.time_ms ?? facts.assigned?.time_ms ?? facts.role_row_ms;
}

function begunMs(created_ms: number | null, start_ms: number | null, id: number | null, known: Gathered): number | null {
  return greater(created_ms, start_ms) ?? (id === null ? null : (known.way_created.get(id)?.time_ms ?? null));
}
