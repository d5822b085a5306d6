/**
 * The log's own words about enrolments, kept as facts (`enrolment_events`): a snapshot of the tables no longer holds those
 * who left, and only the log knows who removed whom, and when.
 */
import type { Change, EnrolmentChange, ReferenceRow } from '../domain.js';
import { shortEvent } from './groups.js';
import { isObject, type JsonObject, parseJson } from './json.js';
import type { Problem } from './reference.js';
import { BAD, flagOf, integerOf } from './values.js';

/** About a person, a course, or a way of enrolling. */
export const ENROLMENT_EVENTS = [
  'role_assigned',
  'role_unassigned',
  'user_enrolment_created',
  'user_enrolment_updated',
  'user_enrolment_deleted',
  'user_updated',
  'user_deleted',
  'enrol_instance_updated',
  'course_completed',
  'course_deleted',
] as const;
export type EnrolmentEvent = (typeof ENROLMENT_EVENTS)[number];

const FULL_NAMES: ReadonlySet<string> = new Set(ENROLMENT_EVENTS.map((event) => `\\core\\event\\${event}`));
/** Events of a course or a method; all the others are about a person. */
const NOT_ABOUT_A_PERSON: ReadonlySet<string> = new Set(['enrol_instance_updated', 'course_deleted']);
const CONTEXT_COURSE = 50;

export function isEnrolmentEvent(eventname: string): boolean {
  return FULL_NAMES.has(eventname);
}

/**
 * The row of an enrolment event; null where there is nothing to keep: a role in another context than a course's, or a log
 * without the columns that say who and what.
 *
 * `{"id":"116","component":""}` in `other` of `role_unassigned` → `assignment_id: 116`, and nothing else of `other` is kept.
 */
export function enrolmentEventOf(
  change: Change,
  log: { id: number; userid: number; timecreated: number; eventname: string },
): EnrolmentChange | Problem | null {
  const row = change.row as JsonObject;
  const event = shortEvent(log.eventname);
  const columns = {
    relateduserid: 0 as number | null,
    courseid: 0 as number | null,
    objectid: 0 as number | null,
    contextlevel: 0 as number | null,
  };
  for (const name of Object.keys(columns) as (keyof typeof columns)[]) {
    const value = integerOf(row[name]);
    if (value === BAD)
      return { reason: 'bad-value', detail: `logstore_standard_log.${name}: an integer below 2^53 was expected` };
    columns[name] = value;
  }
  const { relateduserid, courseid, objectid } = columns;
  if (event.startsWith('role_') && columns.contextlevel !== null && columns.contextlevel !== CONTEXT_COURSE) return null;
  const about = NOT_ABOUT_A_PERSON.has(event) ? null : whom(event, relateduserid, objectid, log.userid);
  if (about === null && !NOT_ABOUT_A_PERSON.has(event)) return null;
  const reference: ReferenceRow = {
    table: 'enrolment_events',
    id: log.id,
    user_id: about,
    parent_id: event === 'course_deleted' ? (objectid ?? courseid) : courseid !== null && courseid > 0 ? courseid : null,
    deleted: false,
    row: {
      event,
      userid: log.userid,
      relateduserid,
      courseid,
      objectid,
      timecreated: log.timecreated,
      ...allowed(event, row.other),
    },
    source_ms: change.source_ms,
    coordinate: change.coordinate,
  };
  return { op: 'upsert', reference };
}

/** An account's own events name it as object; a completion without relateduserid is the actor's own. */
function whom(event: string, relateduserid: number | null, objectid: number | null, userid: number): number | null {
  if (relateduserid !== null) return relateduserid;
  if (event === 'user_updated' || event === 'user_deleted') return objectid;
  return event === 'course_completed' ? userid : null;
}

/**
 * What may be kept of `other`. It is JSON text, but also `null`, cut short, PHP serialize() text of an upgraded site, or
 * full of personal data: so only named numbers pass, and everything unreadable is simply not there.
 */
function allowed(event: string, other: unknown): Record<string, number | string | null> {
  if (event !== 'user_enrolment_deleted' && !event.startsWith('role_')) return {};
  const parsed = typeof other === 'string' ? parseJson(other) : other;
  if (!isObject(parsed)) return {};
  if (event !== 'user_enrolment_deleted') return { assignment_id: number(parsed.id) };
  const enrolment = isObject(parsed.userenrolment) ? parsed.userenrolment : {};
  return {
    ue_id: number(enrolment.id),
    ue_enrolid: number(enrolment.enrolid),
    ue_userid: number(enrolment.userid),
    ue_courseid: number(enrolment.courseid),
    ue_timestart: number(enrolment.timestart),
    ue_timeend: number(enrolment.timeend),
    ue_timecreated: number(enrolment.timecreated),
    lastenrol: flag(enrolment.lastenrol),
    enrol: methodName(parsed.enrol ?? enrolment.enrol),
  };
}

function number(value: unknown): number | null {
  const read = integerOf(value);
  return read === BAD ? null : read;
}

function flag(value: unknown): number | null {
  const read = flagOf(value === '' ? false : value);
  return read === BAD ? null : read;
}

/** A plugin's name: `manual`, `self`, `cohort`. */
function methodName(value: unknown): string | null {
  return typeof value === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(value) ? value : null;
}
