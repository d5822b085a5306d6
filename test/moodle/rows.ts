/** Kept rows made by hand: user 10 in course 4 as a student (role 5, context 23), enrolled by method 9 with row 100. */
import type { ReferenceRow, ReferenceTable } from '../../src/domain.js';
import type { EnrolmentRows } from '../../src/moodle/enrolments.js';

export const NOW_S = 1_790_000_000;

export function row(
  table: ReferenceTable,
  id: number,
  links: { user_id?: number; parent_id?: number },
  columns: ReferenceRow['row'],
  more: Partial<ReferenceRow> = {},
): ReferenceRow {
  return {
    table,
    id,
    user_id: null,
    parent_id: null,
    ...links,
    deleted: false,
    row: columns,
    source_ms: null,
    coordinate: null,
    ...more,
  };
}

export const way = (id: number, columns: ReferenceRow['row'] = {}, more: Partial<ReferenceRow> = {}): ReferenceRow => {
  const usual = {
    status: 0,
    enrolid: 9,
    userid: 10,
    timestart: 0,
    timeend: 0,
    timecreated: 1_786_000_000,
    timemodified: 1_786_000_000,
  };
  return row(
    'user_enrolments',
    id,
    { user_id: 10, parent_id: (columns.enrolid as number | undefined) ?? 9 },
    { ...usual, ...columns },
    more,
  );
};

export const method = (id: number, columns: ReferenceRow['row'] = {}, more: Partial<ReferenceRow> = {}): ReferenceRow =>
  row('enrol', id, { parent_id: 4 }, { enrol: 'manual', status: 0, courseid: 4, timemodified: 1_785_000_000, ...columns }, more);

export const role = (id: number, columns: ReferenceRow['row'] = {}, more: Partial<ReferenceRow> = {}): ReferenceRow =>
  row(
    'role_assignments',
    id,
    { user_id: 10, parent_id: 23 },
    { roleid: 5, contextid: 23, userid: 10, timemodified: 1_786_000_000, ...columns },
    more,
  );

export const account = (columns: ReferenceRow['row'] = {}, more: Partial<ReferenceRow> = {}): ReferenceRow =>
  row(
    'user',
    10,
    { user_id: 10 },
    { deleted: 0, suspended: 0, firstname: 'A', lastname: 'B', timemodified: 1_786_000_000, ...columns },
    more,
  );

/** `event(5, 'role_unassigned', 1787…, {objectid: 5})`: about user 10 in course 4, done by user 2. */
export const event = (id: number, name: string, timecreated: number, columns: ReferenceRow['row'] = {}): ReferenceRow => {
  const usual = { event: name, userid: 2, relateduserid: 10, courseid: 4, objectid: null, timecreated };
  const full: ReferenceRow['row'] = { ...usual, ...columns };
  const links = {
    user_id: (full.relateduserid as number | null) ?? undefined,
    parent_id: (full.courseid as number | null) ?? undefined,
  };
  return row('enrolment_events', id, links, full);
};

/** The whole site of one active student. */
export function site(changed: Partial<EnrolmentRows> = {}): EnrolmentRows {
  return {
    users: [account()],
    courses: [row('course', 4, { parent_id: 1 }, { shortname: 'STAT101', fullname: 'Statistics' })],
    enrols: [method(9)],
    userEnrolments: [way(100)],
    roles: [
      row('role', 5, {}, { shortname: 'student', archetype: 'student' }),
      row('role', 3, {}, { shortname: 'editingteacher', archetype: 'editingteacher' }),
    ],
    roleAssignments: [role(200)],
    contexts: [row('context', 23, { parent_id: 4 }, { contextlevel: 50, instanceid: 4 })],
    completions: [],
    events: [],
    ...changed,
  };
}
