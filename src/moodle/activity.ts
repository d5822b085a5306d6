/** Does a row of Moodle's log count as something that a person did themselves? */
import type { Activity } from '../domain.js';
import { groupOf } from './groups.js';
import type { JsonObject } from './json.js';
import type { Problem } from './reference.js';
import { BAD, flagOf, integerOf, timeMs } from './values.js';

/** The columns that every log row must have, whatever it is about. */
export interface LogRow {
  id: number;
  userid: number;
  /** As Moodle wrote it: seconds, or milliseconds in older captures. */
  timecreated: number;
  time_ms: number;
  eventname: string | null;
}

/** `{reason: 'missing-column', detail: 'logstore_standard_log.userid: …'}` for a row that says not who or when. */
export function logRowOf(id: number | null, row: JsonObject): LogRow | Problem {
  if (id === null) return missing('id');
  const userid = integerOf(row.userid);
  if (userid === BAD) return bad('userid');
  if (userid === null) return missing('userid');
  const timecreated = integerOf(row.timecreated);
  if (timecreated === BAD) return bad('timecreated');
  if (timecreated === null) return missing('timecreated');
  const time_ms = timeMs(timecreated);
  if (time_ms === BAD) return bad('timecreated', 'a time between 1970 and 9999');
  return { id, userid, timecreated, time_ms, eventname: typeof row.eventname === 'string' ? row.eventname : null };
}

/** Calls of the mobile app around what it shows, and attempts of nobody in particular: not what a person did. */
const NOT_COUNTED_EVENTS: ReadonlyMap<string, string> = new Map([
  ['\\core\\event\\webservice_function_called', 'web service call'],
  ['\\core\\event\\user_login_failed', 'failed login'],
]);
const COUNTED_ORIGINS: ReadonlySet<unknown> = new Set(['web', 'ws', null, undefined]);
const KNOWN_ORIGINS: ReadonlySet<unknown> = new Set(['cli', 'restore']);

/**
 * The activity, or why it does not count, as words for the metrics. A table without a column passes that column's test.
 *
 * | userid | realuserid | anonymous | origin | courseid | result |
 * | --- | --- | --- | --- | --- | --- |
 * | 43 | null | 0 | web | 7 | counts in course 7 |
 * | 43 | 0 | 0 | ws | 0 | counts, course_id null: in sessions only |
 * | 43 | 2 | 0 | web | 7 | `logged in as somebody else` |
 * | 43 | null | 1 | web | 7 | `anonymous`, unless those are counted |
 * | 1, 0, −1 | | | | 7 | `guest or nobody` |
 * | 1, 0, −1 | | | | no such column | counts, course_id 0 |
 */
export function activityOf(log: LogRow, row: JsonObject, count_anonymous: boolean): Activity | Problem | string {
  const has_course = row.courseid !== undefined;
  if (has_course && log.userid <= 1) return 'guest or nobody';
  const realuserid = integerOf(row.realuserid);
  if (realuserid === BAD) return bad('realuserid');
  if (realuserid !== null && realuserid !== 0) return 'logged in as somebody else';
  const anonymous = flagOf(row.anonymous);
  if (anonymous === BAD) return bad('anonymous');
  if (anonymous !== null && anonymous !== 0 && !count_anonymous) return 'anonymous';
  if (!COUNTED_ORIGINS.has(row.origin)) return `origin ${KNOWN_ORIGINS.has(row.origin) ? String(row.origin) : 'unknown'}`;
  const uncounted = log.eventname === null ? undefined : NOT_COUNTED_EVENTS.get(log.eventname);
  if (uncounted !== undefined) return uncounted;
  const courseid = has_course ? integerOf(row.courseid) : 0;
  if (courseid === BAD) return bad('courseid');
  const course_id = has_course && (courseid === null || courseid <= 0) ? null : courseid;
  const group = groupOf(typeof row.component === 'string' ? row.component : null, log.eventname);
  return { id: log.id, user_id: log.userid, course_id, time_ms: log.time_ms, group };
}

function missing(column: string): Problem {
  return { reason: 'missing-column', detail: `logstore_standard_log.${column}: the row means nothing without it` };
}

function bad(column: string, expected = 'an integer below 2^53'): Problem {
  return { reason: 'bad-value', detail: `logstore_standard_log.${column}: ${expected} was expected` };
}
