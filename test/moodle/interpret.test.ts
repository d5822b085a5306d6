import { describe, expect, it } from '@jest/globals';
import type { Change } from '../../src/domain.js';
import { groupOf } from '../../src/moodle/groups.js';
import { interpret } from '../../src/moodle/interpret.js';
import { decimalOf, flagOf, integerOf, timeMs } from '../../src/moodle/values.js';

const viewed = {
  id: 11,
  eventname: '\\core\\event\\course_viewed',
  component: 'core',
  objectid: null,
  contextlevel: 50,
  userid: 43,
  courseid: 7,
  relateduserid: null,
  anonymous: 0,
  other: 'null',
  timecreated: 1795350000,
  origin: 'web',
  realuserid: null,
};
const around = { source_ms: 5, coordinate: null, at: 'line 1' };
const log = (row: Record<string, unknown>, op: Change['op'] = 'create'): Change => {
  return { table: 'logstore_standard_log', op, id: row.id as number, row, ...around };
};
const read = (row: Record<string, unknown>, count_anonymous = false) => interpret(log(row), { count_anonymous });
const without = (...columns: string[]) => Object.fromEntries(Object.entries(viewed).filter(([name]) => !columns.includes(name)));

describe('a row of the log counts', () => {
  it('for the person who acted, in the course where they acted', () => {
    const activity = { id: 11, user_id: 43, course_id: 7, time_ms: 1795350000000, group: 'navigation' };
    expect(read(viewed)).toEqual({ activity, references: [], rejected: null, not_counted: null });
    expect(interpret(log(viewed, 'read'), { count_anonymous: false }).activity).toEqual(activity);
  });

  it.each([
    ['guest or nobody', { userid: 1 }],
    ['guest or nobody', { userid: 0 }],
    ['guest or nobody', { userid: -1 }],
    ['logged in as somebody else', { realuserid: 2 }],
    ['anonymous', { anonymous: 1 }],
    ['anonymous', { anonymous: true }],
    ['origin cli', { origin: 'cli' }],
    ['origin restore', { origin: 'restore' }],
    ['origin unknown', { origin: 'carrier pigeon' }],
    ['web service call', { eventname: '\\core\\event\\webservice_function_called' }],
    ['failed login', { eventname: '\\core\\event\\user_login_failed' }],
  ])('but not: %s', (not_counted, columns) => {
    expect(read({ ...viewed, ...columns })).toMatchObject({ activity: null, not_counted, rejected: null });
  });

  it.each([
    ['the app', { origin: 'ws' }],
    ['an origin that is not said', { origin: null }],
    ['realuserid 0', { realuserid: 0 }],
    ['anonymous as false', { anonymous: false }],
    ['numbers as text', { userid: '43', courseid: '7', timecreated: '1795350000', anonymous: '0' }],
    ['milliseconds', { timecreated: 1795350000000 }],
    ['other as PHP text, cut short, or null', { other: 'a:1:{s:2:"id"' }],
    ['a number beyond 2^53 in a column that nobody reads', { contextinstanceid: 2 ** 63 }],
  ])('and so does %s', (_, columns) => {
    expect(read({ ...viewed, ...columns }).activity).toMatchObject({ user_id: 43, course_id: 7, time_ms: 1795350000000 });
  });

  it('when anonymous, only where that is asked for', () =>
    expect(read({ ...viewed, anonymous: 1 }, true).activity).not.toBeNull());

  it('outside courses in no course', () => {
    expect(read({ ...viewed, courseid: 0 }).activity?.course_id).toBeNull();
    expect(read({ ...viewed, courseid: null }).activity?.course_id).toBeNull();
  });

  it('for everybody, in course 0, in a log of four columns', () => {
    for (const userid of [43, 1, 0, -1]) {
      const row = { id: 11, eventname: '\\core\\event\\course_viewed', userid, timecreated: 1561975200000 };
      expect(read(row).activity).toEqual({ id: 11, user_id: userid, course_id: 0, time_ms: 1561975200000, group: 'navigation' });
    }
  });

  it('without the columns that would exclude it', () => {
    expect(read(without('realuserid', 'anonymous', 'origin', 'eventname', 'component')).activity).toMatchObject({
      group: 'other',
    });
  });

  it.each(['update', 'delete'] as const)('once: its %s by Moodle changes nothing', (op) => {
    expect(interpret(log(viewed, op), { count_anonymous: false })).toMatchObject({
      activity: null,
      references: [],
      rejected: null,
    });
  });

  it('not at all when it does not say who, when or which', () => {
    for (const column of ['userid', 'timecreated']) {
      expect(read(without(column)).rejected).toMatchObject({
        reason: 'missing-column',
        detail: expect.stringContaining(`.${column}`),
      });
    }
    expect(interpret({ ...log(viewed), id: null }, { count_anonymous: false }).rejected?.reason).toBe('missing-column');
  });

  it.each([
    ['userid', 'forty-three'],
    ['courseid', 7.5],
    ['timecreated', 'yesterday'],
    ['timecreated', -5],
    ['timecreated', 1e15],
    ['realuserid', {}],
  ])('not at all with a %s of %j, and the reason names the column alone', (column, value) => {
    const { rejected } = read({ ...viewed, [column]: value });
    expect(rejected).toMatchObject({ reason: 'bad-value', detail: expect.stringContaining(`logstore_standard_log.${column}`) });
    expect(rejected?.detail).not.toContain(String(value));
  });
});

describe('groups of activity', () => {
  it.each([
    ['core', 'course_viewed', 'navigation'],
    ['core', 'dashboard_viewed', 'navigation'],
    ['core', 'user_loggedin', 'navigation'],
    ['core', 'course_module_completion_updated', 'other'],
    ['core', 'message_sent', 'social'],
    ['core', 'user_graded', 'other'],
    ['mod_page', 'course_module_viewed', 'content'],
    ['mod_bigbluebuttonbn', 'meeting_joined', 'social'],
    ['mod_feedback', 'response_submitted', 'assessment'],
    ['assignsubmission_onlinetext', 'assessable_uploaded', 'assessment'],
    ['gradereport_user', 'grade_report_viewed', 'assessment'],
    ['tool_recyclebin', 'category_bin_item_created', 'other'],
  ])('%s %s is %s, with or without a component column', (component, event, group) => {
    const eventname = `\\${component}\\event\\${event}`;
    expect(groupOf(component, eventname)).toBe(group);
    expect(groupOf(null, eventname)).toBe(group);
  });
});

describe('of the log about enrolments', () => {
  const other = JSON.stringify({
    userenrolment: {
      id: '116',
      status: '0',
      enrolid: '10',
      userid: '118',
      timestart: '1786320000',
      timeend: '0',
      timecreated: '1786262474',
      courseid: '5',
      lastenrol: true,
      email: 'zoe@example.invalid',
    },
    enrol: 'manual',
    username: 'zoe',
  });
  const unenrolled = {
    ...viewed,
    eventname: '\\core\\event\\user_enrolment_deleted',
    userid: 64,
    relateduserid: 118,
    courseid: 5,
    objectid: 116,
    other,
  };

  it('only named numbers are kept', () => {
    const [kept] = read({ ...unenrolled, origin: 'cli' }).references;
    expect(kept).toMatchObject({ op: 'upsert', reference: { table: 'enrolment_events', id: 11, user_id: 118, parent_id: 5 } });
    expect(kept?.op === 'upsert' && kept.reference.row).toEqual({
      event: 'user_enrolment_deleted',
      userid: 64,
      relateduserid: 118,
      courseid: 5,
      objectid: 116,
      timecreated: 1795350000,
      ue_id: 116,
      ue_enrolid: 10,
      ue_userid: 118,
      ue_courseid: 5,
      ue_timestart: 1786320000,
      ue_timeend: 0,
      ue_timecreated: 1786262474,
      lastenrol: 1,
      enrol: 'manual',
    });
    expect(JSON.stringify(kept)).not.toMatch(/zoe|example/);
  });

  it('a deleted account leaves no name behind', () => {
    const event = {
      ...unenrolled,
      eventname: '\\core\\event\\user_deleted',
      courseid: 0,
      objectid: 118,
      other: '{"username":"zoe"}',
    };
    expect(JSON.stringify(read(event).references)).not.toContain('zoe');
    expect(read({ ...event, relateduserid: null }).references).toMatchObject([{ reference: { user_id: 118, parent_id: null } }]);
  });

  it.each(['null', null, '', '{"userenrolment":{"id":"1', 'a:2:{s:13:"userenrolment";a:0:{}}', '[]', '7'])(
    'other = %j is no fault',
    (text) => {
      expect(read({ ...unenrolled, other: text })).toMatchObject({ rejected: null, references: [{ op: 'upsert' }] });
    },
  );

  it('a role outside a course is not kept, nor an ordinary event', () => {
    expect(read({ ...unenrolled, eventname: '\\core\\event\\role_assigned', contextlevel: 70 }).references).toEqual([]);
    expect(read(viewed).references).toEqual([]);
  });

  it('who did it is counted as active too', () => expect(read({ ...unenrolled, userid: 118 }).activity?.user_id).toBe(118));
});

describe("rows of Moodle's other tables", () => {
  const change = (table: string, row: Record<string, unknown> | null, op: Change['op'] = 'update'): Change => ({
    table,
    op,
    id: 7,
    row,
    ...around,
  });
  const kept = (...args: Parameters<typeof change>) => interpret(change(...args), { count_anonymous: false });

  it('keep only the columns that are used', () => {
    const row = {
      id: 7,
      firstname: 'Zoë',
      lastname: 'G',
      email: 'z@example.invalid',
      deleted: false,
      suspended: '1',
      timemodified: '5',
    };
    expect(kept('user', row).references).toEqual([
      {
        op: 'upsert',
        reference: {
          table: 'user',
          id: 7,
          user_id: 7,
          parent_id: null,
          deleted: false,
          row: { deleted: 0, suspended: 1, firstname: 'Zoë', lastname: 'G', timemodified: 5 },
          source_ms: 5,
          coordinate: null,
        },
      },
    ]);
  });

  it('lose the name with the account', () => {
    const row = { id: 7, firstname: 'Zoë', lastname: 'G', deleted: 1, suspended: 0, timemodified: 5 };
    for (const gone of [kept('user', row), kept('user', { ...row, deleted: 0 }, 'delete'), kept('user', null, 'delete')]) {
      expect(gone.references).toMatchObject([{ reference: { row: { deleted: 1, firstname: null, lastname: null } } }]);
    }
  });

  it('hang on whom and what they are about', () => {
    const links = (table: string, row: Record<string, unknown>) => {
      const [first] = kept(table, { id: 7, ...row }).references;
      return first?.op === 'upsert' ? [first.reference.user_id, first.reference.parent_id] : null;
    };
    expect(links('user_enrolments', { enrolid: 9, userid: 28, status: 0 })).toEqual([28, 9]);
    expect(links('role_assignments', { roleid: 5, contextid: 23, userid: 28 })).toEqual([28, 23]);
    expect(links('enrol', { enrol: 'self', courseid: 4 })).toEqual([null, 4]);
    expect(links('course', { category: 1, fullname: 'x' })).toEqual([null, 1]);
    expect(links('context', { contextlevel: 50, instanceid: 4 })).toEqual([null, 4]);
    expect(links('course_completions', { userid: 28, course: 4 })).toEqual([28, 4]);
    expect(links('assign_submission', { assignment: 3, userid: 28 })).toEqual([28, 3]);
    expect(links('quiz_attempts', { quiz: 3, userid: 28 })).toEqual([28, 3]);
    expect(links('grade_grades', { itemid: 3, userid: 28 })).toEqual([28, 3]);
    expect(links('grade_items', { courseid: 4 })).toEqual([null, 4]);
    expect(links('groups', { courseid: 4, name: 'Lab B' })).toEqual([null, 4]);
    expect(links('groups_members', { groupid: 6, userid: 28 })).toEqual([28, 6]);
  });

  it('of contexts only those of courses', () => {
    expect(kept('context', { id: 7, contextlevel: 70, instanceid: 4 })).toMatchObject({
      references: [],
      not_counted: null,
    });
  });

  it('when deleted with only the key keep what was known', () => {
    expect(kept('user_enrolments', null, 'delete').references).toMatchObject([
      { op: 'delete', reference: { id: 7, deleted: true, row: {} } },
    ]);
    expect(kept('user_enrolments', null, 'truncate').references).toEqual([
      { op: 'truncate', table: 'user_enrolments', source_ms: 5, coordinate: null },
    ]);
  });

  it('are refused by the name of the column', () => {
    expect(kept('user_enrolments', { id: 7, userid: 28 }).rejected).toMatchObject({
      reason: 'missing-column',
      detail: expect.stringContaining('user_enrolments.enrolid'),
    });
    expect(kept('user_enrolments', { id: 7, userid: 28, enrolid: 9, timeend: 'x' }).rejected).toMatchObject({
      reason: 'bad-value',
      detail: expect.stringContaining('user_enrolments.timeend'),
    });
    expect(kept('config', { id: 7 }).rejected?.reason).toBe('unknown-table');
  });
});

describe('cells', () => {
  it('grades in every encoding', () => {
    for (const hundred of ['AJiWgA==', '100.00000', '100', 100, Buffer.from('AJiWgA==', 'base64'), { scale: 2, value: 'JxA=' }])
      expect(decimalOf(hundred)).toBe(100);
    expect(decimalOf('Zv8w')).toBe(67.5);
    expect(decimalOf('AA==')).toBe(0);
    expect(decimalOf('/w==')).toBe(-0.00001);
    expect(decimalOf(null)).toBeNull();
    for (const bad of ['about 60', true, {}, Number.NaN]) expect(typeof decimalOf(bad)).toBe('symbol');
  });

  it('whole numbers and flags', () => {
    expect([integerOf('12'), integerOf(12n), integerOf(undefined)]).toEqual([12, 12, null]);
    for (const bad of ['', '1.0', 'x', 1.5, 2 ** 53, true, [], '9007199254740993']) expect(typeof integerOf(bad)).toBe('symbol');
    expect([flagOf(true), flagOf('false'), flagOf('1'), flagOf(2)]).toEqual([1, 0, 1, 2]);
  });

  it('seconds and milliseconds', () => {
    expect([timeMs(99_999_999_999), timeMs(100_000_000_000), timeMs(0)]).toEqual([99_999_999_999_000, 100_000_000_000, 0]);
  });
});
