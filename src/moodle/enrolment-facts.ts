/**
 * What is known of who is enrolled where: made by `gather.ts`, judged by `enrolments.ts`.
 *
 * "Latest" event always means the greatest log id: a server's clock can step back by days, ids do not.
 */
import type { Coordinate, ReferenceRow } from '../domain.js';

export interface EnrolmentRows {
  users: readonly ReferenceRow[];
  courses: readonly ReferenceRow[];
  enrols: readonly ReferenceRow[];
  userEnrolments: readonly ReferenceRow[];
  roles: readonly ReferenceRow[];
  roleAssignments: readonly ReferenceRow[];
  contexts: readonly ReferenceRow[];
  completions: readonly ReferenceRow[];
  /** `enrolment_events`. */
  events: readonly ReferenceRow[];
}

/** One event of the log. */
export interface LogEvent {
  id: number;
  time_ms: number | null;
  row: ReferenceRow['row'];
}

/** One row of `user_enrolments`: a way in which the student is, or was, in the course. */
export interface Way {
  id: number;
  status: number;
  /** null = its method is not known, and then counts as enabled. */
  method: ReferenceRow | null;
  start_ms: number | null;
  end_ms: number | null;
  created_ms: number | null;
  modified_ms: number | null;
  source_ms: number | null;
  coordinate: Coordinate | null;
}

/** One person in one course. */
export interface Facts {
  user_id: number;
  course_id: number;
  live: Way[];
  gone: Way[];
  /** A student role is held now, as the rows have it; null = no row says anything. */
  role_held: boolean | null;
  /** Source time of the latest student role's deletion. */
  role_gone_ms: number | null;
  role_row_ms: number | null;
  was_student: boolean;
  /** Another role in the course is known: then a bare unenrolment says nothing of a student. */
  other_role: boolean;
  assigned: LogEvent | null;
  unassigned: LogEvent | null;
  created: LogEvent | null;
  unenrolled: LogEvent | null;
  completed_event: LogEvent | null;
  /** When the course was completed; null = it was not. `completion_known` = a row says so. */
  completed_ms: number | null;
  completion_known: boolean;
}

/** The facts, and the events by what they are about. */
export interface Gathered {
  people: Iterable<Facts>;
  users: ReadonlyMap<number, ReferenceRow>;
  user_updated: ReadonlyMap<number, LogEvent>;
  user_deleted: ReadonlyMap<number, LogEvent>;
  method_updated: ReadonlyMap<number, LogEvent>;
  /** By id of the `user_enrolments` row. */
  way_created: ReadonlyMap<number, LogEvent>;
  way_changed: ReadonlyMap<number, LogEvent>;
  way_deleted: ReadonlyMap<number, LogEvent>;
  /** False = Moodle's log is all that was captured: then the log's word is all there is on who is enrolled. */
  tables_captured: boolean;
}

export function nothingKnown(user_id: number, course_id: number): Facts {
  return {
    user_id,
    course_id,
    live: [],
    gone: [],
    role_held: null,
    role_gone_ms: null,
    role_row_ms: null,
    was_student: false,
    other_role: false,
    assigned: null,
    unassigned: null,
    created: null,
    unenrolled: null,
    completed_event: null,
    completed_ms: null,
    completion_known: false,
  };
}

/** The event that was logged last. */
export function later(known: LogEvent | null, event: LogEvent): LogEvent {
  return known !== null && known.id > event.id ? known : event;
}

/** The greater of two times, either of which may be unknown. */
export function greater(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
