/** Every way in which a student can be gone, suspended or done, on rows that a real Moodle wrote (or made, where it has none). */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Change, Enrolment } from '../../src/domain.js';
import { deriveEnrolments } from '../../src/moodle/enrolments.js';
import { changesOf, Kept } from './kept.js';
import { account, event, method, NOW_S, role, site, way } from './rows.js';

const NOW_MS = NOW_S * 1000;
/** After everything that happened on the site. */
const END_MS = 1_795_400_000_000;
let changes: Change[];
let whole: Kept;

beforeAll(() => {
  changes = changesOf('site-history');
  whole = Kept.of(changes);
});

function enrolment(kept: Kept, user_id: number, course_id: number, now_ms = END_MS): Enrolment | undefined {
  return deriveEnrolments(kept.enrolmentRows(), now_ms).find((e) => e.user_id === user_id && e.course_id === course_id);
}

/** As it stood after that line of the recording. */
function asOf(line: number): Kept {
  return Kept.of(changes.filter((change) => Number(change.at.slice(5)) <= line));
}

describe('on the real site', () => {
  it('unenrolled by a teacher', () => {
    expect(enrolment(whole, 118, 5)).toEqual({
      user_id: 118,
      course_id: 5,
      state: 'withdrawn',
      reason: 'unenrolled-by-other',
      since_ms: 1_787_148_008_000,
      enrolled_ms: 1_786_320_000_000,
    });
  });

  it('unenrolled by self', () => {
    expect(enrolment(whole, 179, 7)).toMatchObject({
      state: 'withdrawn',
      reason: 'unenrolled-self',
      since_ms: 1_793_196_014_000,
      enrolled_ms: 1_790_553_600_000,
    });
  });

  it('suspended', () => {
    expect(enrolment(whole, 123, 5)).toMatchObject({
      state: 'suspended',
      reason: 'enrolment-suspended',
      since_ms: 1_787_752_813_000,
    });
  });

  it('end date reached: no row changes, only the clock moves', () => {
    expect(enrolment(whole, 52, 4)).toMatchObject({ state: 'ended', reason: 'end-date', since_ms: 1_791_381_600_000 });
    expect(enrolment(whole, 52, 4, 1_791_381_600_000)).toMatchObject({ state: 'ended' });
    expect(enrolment(whole, 52, 4, 1_791_381_599_999)).toMatchObject({ state: 'active', since_ms: 1_791_381_605_000 });
  });

  it('re-activated', () => {
    expect(enrolment(asOf(8973), 43, 4)).toMatchObject({ state: 'suspended', since_ms: 1_787_752_813_000 });
    expect(enrolment(whole, 43, 4)).toMatchObject({ state: 'active', reason: null, since_ms: 1_795_343_667_000 });
  });

  it('re-enrolled, with a new row', () => {
    expect(enrolment(asOf(5200), 28, 4)).toMatchObject({
      state: 'withdrawn',
      reason: 'unenrolled-self',
      enrolled_ms: 1_786_320_000_000,
    });
    const back = asOf(23_250);
    expect(enrolment(back, 28, 4)).toMatchObject({
      state: 'active',
      reason: null,
      since_ms: 1_795_343_667_000,
      enrolled_ms: 1_795_343_667_000,
    });
  });

  it('role removed only', () => {
    expect(enrolment(whole, 28, 4)).toMatchObject({
      state: 'withdrawn',
      reason: 'role-removed',
      since_ms: 1_795_343_668_000,
      enrolled_ms: 1_795_343_667_000,
    });
  });

  it('account suspended', () => {
    expect(enrolment(whole, 97, 5)).toMatchObject({
      state: 'suspended',
      reason: 'account-suspended',
      since_ms: 1_787_148_008_000,
    });
  });

  it('account deleted', () => {
    expect(enrolment(whole, 19, 4)).toMatchObject({
      state: 'withdrawn',
      reason: 'account-deleted',
      since_ms: 1_787_148_008_000,
      enrolled_ms: 1_786_320_000_000,
    });
  });

  it('course completed: a success, not a withdrawal', () => {
    expect(enrolment(whole, 129, 6)).toMatchObject({ state: 'completed', reason: 'completed', since_ms: 1_793_005_207_000 });
  });

  it('silent stop: nothing says so, the enrolment is active', () => {
    expect(enrolment(whole, 20, 4)).toMatchObject({ state: 'active', reason: null, since_ms: 1_786_262_464_000 });
  });

  it('teachers are nobody of these, nor are deleted courses and the front page', () => {
    const all = deriveEnrolments(whole.enrolmentRows(), END_MS);
    expect(all).toHaveLength(200);
    for (const teacher of [2, 3, 64, 125, 166]) expect(all.some((e) => e.user_id === teacher)).toBe(false);
    expect([...new Set(all.map((e) => e.course_id))].sort()).toEqual([4, 5, 6, 7]);
  });

  it('in all, so many of each', () => {
    const counts: Record<string, number> = {};
    for (const { state, reason } of deriveEnrolments(whole.enrolmentRows(), END_MS)) {
      const name = `${state} ${reason ?? ''}`.trim();
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual({
      active: 147,
      'completed completed': 2,
      'ended end-date': 7,
      'suspended account-suspended': 6,
      'suspended enrolment-suspended': 10,
      'withdrawn account-deleted': 6,
      'withdrawn role-removed': 1,
      'withdrawn unenrolled-by-other': 13,
      'withdrawn unenrolled-self': 8,
    });
  });
});

describe('made by hand', () => {
  const only = (changed: Parameters<typeof site>[0], now_ms = NOW_MS) => {
    const found = deriveEnrolments(site(changed), now_ms);
    expect(found).toHaveLength(1);
    return found[0];
  };

  it('enrolment method disabled', () => {
    const events = [event(1, 'enrol_instance_updated', 1_788_000_000, { objectid: 9, relateduserid: null })];
    const enrols = [method(9, { status: 1, timemodified: 1_787_000_000 })];
    expect(only({ enrols, events })).toMatchObject({
      state: 'suspended',
      reason: 'method-disabled',
      since_ms: 1_788_000_000_000,
    });
    expect(only({ enrols })).toMatchObject({ reason: 'method-disabled', since_ms: 1_787_000_000_000 });
    const two = { enrols: [...enrols, method(8)], userEnrolments: [way(100), way(101, { enrolid: 8 })] };
    expect(only(two)).toMatchObject({ state: 'active' });
  });

  it('end date set: active until it comes', () => {
    expect(only({ userEnrolments: [way(100, { timeend: NOW_S + 1 })] })).toMatchObject({ state: 'active' });
    expect(only({ userEnrolments: [way(100, { timeend: NOW_S })] })).toMatchObject({ state: 'ended' });
    expect(only({ userEnrolments: [way(100, { timeend: NOW_S }), way(101)] })).toMatchObject({ state: 'active' });
  });

  it('not started: begins tomorrow', () => {
    expect(only({ userEnrolments: [way(100, { timestart: NOW_S + 1 })] })).toMatchObject({
      state: 'not-started',
      reason: null,
      enrolled_ms: (NOW_S + 1) * 1000,
    });
    expect(only({ userEnrolments: [way(100, { timestart: NOW_S })] })).toMatchObject({ state: 'active' });
  });

  it('unenrolled from one of two methods: nothing happened', () => {
    const gone = way(100, {}, { deleted: true, source_ms: 1_789_000_000_000 });
    const events = [event(1, 'user_enrolment_deleted', 1_789_000_000, { objectid: 100, lastenrol: 0 })];
    expect(only({ userEnrolments: [gone, way(101, { timecreated: 1_787_000_000 })], events })).toMatchObject({
      state: 'active',
      enrolled_ms: 1_787_000_000_000,
    });
  });

  it('unenrolled before capture began: the log alone tells, and tells the same', () => {
    const ue = { ue_timecreated: 1_786_000_000, ue_timestart: 0 };
    const events = [
      event(1, 'role_assigned', 1_786_000_000, { objectid: 5, assignment_id: 200 }),
      event(2, 'role_unassigned', 1_789_000_000, { objectid: 5, assignment_id: 200 }),
      event(3, 'user_enrolment_deleted', 1_789_000_000, { objectid: 100, userid: 10, ...ue }),
    ];
    const expected = {
      user_id: 10,
      course_id: 4,
      state: 'withdrawn',
      reason: 'unenrolled-self',
      since_ms: 1_789_000_000_000,
      enrolled_ms: 1_786_000_000_000,
    };
    expect(only({ userEnrolments: [], roleAssignments: [], events })).toEqual(expected);
    const gone = { userEnrolments: [way(100, {}, { deleted: true })], roleAssignments: [role(200, {}, { deleted: true })] };
    expect(only({ ...gone, events })).toEqual(expected);
    expect(only({ userEnrolments: [], roleAssignments: [], events: [events[2]!] })).toEqual(expected);
  });

  it('unenrolled without a word in the log: the time is that of the change, not of the row', () => {
    const userEnrolments = [way(100, {}, { deleted: true, source_ms: 1_789_000_000_000 })];
    expect(only({ userEnrolments })).toMatchObject({ reason: 'unenrolled-by-other', since_ms: 1_789_000_000_000 });
    const older = [event(1, 'user_enrolment_deleted', 1_787_000_000, { objectid: 99, userid: 10 })];
    expect(only({ userEnrolments, events: older })).toMatchObject({ reason: 'unenrolled-by-other', since_ms: 1_789_000_000_000 });
  });

  it('left two methods: the one left last decides', () => {
    const userEnrolments = [
      way(100, { timecreated: 1_786_500_000 }, { deleted: true, source_ms: 2 }),
      way(101, {}, { deleted: true, source_ms: 1 }),
    ];
    const events = [
      event(1, 'user_enrolment_deleted', 1_788_000_000, { objectid: 101 }),
      event(2, 'user_enrolment_deleted', 1_789_000_000, { objectid: 100, userid: 10 }),
    ];
    expect(only({ userEnrolments, events })).toMatchObject({
      reason: 'unenrolled-self',
      since_ms: 1_789_000_000_000,
      enrolled_ms: 1_786_500_000_000,
    });
  });

  it('an unenrolled teacher was no student', () => {
    const teacher = [
      event(1, 'role_unassigned', 1_789_000_000, { objectid: 3 }),
      event(2, 'user_enrolment_deleted', 1_789_000_000, { objectid: 100 }),
    ];
    expect(deriveEnrolments(site({ userEnrolments: [], roleAssignments: [], events: teacher }), NOW_MS)).toEqual([]);
    expect(deriveEnrolments(site({ roleAssignments: [role(200, { roleid: 3 })] }), NOW_MS)).toEqual([]);
  });

  it('a clock that stepped back does not turn the order round', () => {
    const events = [
      event(7, 'role_assigned', 1_789_200_000, { objectid: 5 }),
      event(8, 'role_unassigned', 1_789_000_000, { objectid: 5 }),
    ];
    expect(only({ roleAssignments: [], events })).toMatchObject({ reason: 'role-removed', since_ms: 1_789_000_000_000 });
  });

  it('a deleted account is a withdrawal before all else, also where only the log says so', () => {
    const events = [event(1, 'user_deleted', 1_789_000_000, { courseid: null, objectid: 10 })];
    expect(only({ users: [account({ deleted: 1, suspended: 1, timemodified: 1_788_000_000 })] })).toMatchObject({
      reason: 'account-deleted',
      since_ms: 1_788_000_000_000,
    });
    expect(only({ users: [], events })).toMatchObject({ reason: 'account-deleted', since_ms: 1_789_000_000_000 });
    expect(only({ events })).toMatchObject({ state: 'active' });
  });

  it('only the log is captured: its word is taken for who is enrolled', () => {
    const log = { users: [], courses: [], enrols: [], userEnrolments: [], roles: [], roleAssignments: [], contexts: [] };
    const assigned = event(1, 'role_assigned', 1_786_000_000, { objectid: 5 });
    const created = event(2, 'user_enrolment_created', 1_786_000_001, { objectid: 100 });
    const deleted = event(3, 'user_enrolment_deleted', 1_787_000_000, { objectid: 100, userid: 10 });
    expect(only({ ...log, events: [assigned] })).toMatchObject({ state: 'active', enrolled_ms: 1_786_000_000_000 });
    expect(only({ ...log, events: [assigned, created] })).toMatchObject({ state: 'active', since_ms: 1_786_000_001_000 });
    expect(only({ ...log, events: [assigned, created, deleted] })).toMatchObject({
      state: 'withdrawn',
      reason: 'unenrolled-self',
    });
  });

  it('a deleted course has no enrolments', () => {
    expect(
      deriveEnrolments(
        site({ events: [event(1, 'course_deleted', 1_789_000_000, { objectid: 4, relateduserid: null })] }),
        NOW_MS,
      ),
    ).toEqual([]);
  });
});
