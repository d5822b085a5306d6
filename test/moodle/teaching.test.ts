/** Whose courses somebody sees: those in which they teach, by a role there, in a category above, or on the site. */
import { describe, expect, it } from '@jest/globals';
import type { ReferenceRow } from '../../src/domain.js';
import { coursesTaught } from '../../src/moodle/teaching.js';
import { row } from './rows.js';

const TEACHER = 3;
const STUDENT = 5;
const roles = [
  row('role', TEACHER, {}, { shortname: 'editingteacher', archetype: 'editingteacher' }),
  row('role', STUDENT, {}, { shortname: 'student', archetype: 'student' }),
];
const course = (id: number, course_id: number, path: string | null): ReferenceRow =>
  row('context', id, { parent_id: course_id }, { contextlevel: 50, instanceid: course_id, path });
/** Course 10 in category 30, course 11 in category 31 of 30, course 12 in category 3. */
const contexts = [course(40, 10, '/1/30/40'), course(41, 11, '/1/30/31/41'), course(42, 12, '/1/3/42'), course(43, 13, null)];

const given = (roleid: number, contextid: number, deleted = false) => ({
  ...row('role_assignments', 1, { user_id: 2 }, { roleid, contextid, userid: 2 }),
  deleted,
});
const taught = (...assignments: ReferenceRow[]) => [...coursesTaught(assignments, { roles, contexts })].sort();

describe('the courses that somebody teaches', () => {
  it('are those of their roles there', () => {
    expect(taught(given(TEACHER, 40))).toEqual([10]);
    expect(taught(given(TEACHER, 40), given(TEACHER, 43))).toEqual([10, 13]);
  });

  it('are all in a category, and in those below it, and no others', () => {
    expect(taught(given(TEACHER, 30))).toEqual([10, 11]);
    expect(taught(given(TEACHER, 31))).toEqual([11]);
    expect(taught(given(TEACHER, 3))).toEqual([12]);
    expect(taught(given(TEACHER, 4))).toEqual([]);
  });

  it('are all whose place is known for a role on the site', () => {
    expect(taught(given(TEACHER, 1))).toEqual([10, 11, 12]);
  });

  it('are none for a student, a role that was taken away, or nobody', () => {
    expect(taught(given(STUDENT, 30))).toEqual([]);
    expect(taught(given(TEACHER, 30, true))).toEqual([]);
    expect(taught()).toEqual([]);
  });
});
