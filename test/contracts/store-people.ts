/** The part of the store's contract about one person: all that is held about them, and letting go of it. */
import { expect, it } from '@jest/globals';
import type { Clock } from '../../src/domain.js';
import { type Commit, ErasedMeanwhile, PERSON_TABLES, type Store, type TooOld } from '../../src/ports.js';
import { everythingIn } from './store-reads.js';
import {
  ALL,
  activityDay,
  alert,
  alertEdit,
  courseSession,
  DAY_MS,
  EVERYONE,
  personView,
  prediction,
  score,
  session,
  shadowScore,
  together,
  upsert,
} from './store-samples.js';

const AT = { person: 'a'.repeat(32), at_ms: 5_000 };
const SINKS = ['kafka'];

/** Everything that can be held about somebody. */
function allAbout(user_id: number, course_id = 2): Commit {
  const alert_id = `${'0'.repeat(14)}0${user_id}`.slice(-16);
  return {
    ...together(session(user_id, 10, 20), courseSession(user_id, course_id, 10, 20), activityDay(user_id, course_id, 0)),
    references: [
      upsert({ table: 'user', id: user_id, user_id, row: { firstname: `First${user_id}` } }),
      upsert({ table: 'sis_groups', id: 1000 + user_id, user_id, row: { name: 'A' } }),
    ],
    scores: [score({ user_id, course_id })],
    predictions: [prediction({ user_id, course_id, score: null, not_scored: 'not-active' })],
    shadow_scores: [shadowScore({ user_id, course_id })],
    alerts: [alert({ alert_id, user_id, course_id, note: `Note about ${user_id}` })],
    alert_edits: [alertEdit({ alert_id })],
    person_views: [personView({ user_id })],
  };
}

export function personContract(given: () => Store): void {
  it('tells all that it holds about one person, table by table, and nothing about another', async () => {
    const store = given();
    await store.commit(allAbout(1));
    await store.commit(allAbout(3));
    await store.claim('lane', [1, 3]);
    const about = await store.people.rowsAbout(1);
    expect(about.map(({ table }) => table)).toEqual(PERSON_TABLES.map(({ name }) => name));
    expect(JSON.stringify(about)).toContain('Note about 1');
    expect(JSON.stringify(about)).not.toMatch(/First3|Note about 3|"user_id":3/);
    expect(await store.people.rowsAbout(2)).toEqual([]);
  });

  it('erases when somebody of the staff was sent notices, but nobody else’s', async () => {
    const store = given();
    const marks = ['notices:mail:7', 'notices:moodle-message:7', 'notices:mail:17', 'notices:mail:done', 'mail:7'];
    for (const source of marks) await store.commit({ position: { source, from: null, to: 'told' } });
    await store.people.erase({ user_id: 7, ...AT, sinks: [] });
    const left = await Promise.all(marks.map(async (source) => [source, await store.position(source)]));
    expect(left.filter(([, kept]) => kept !== null).map(([source]) => source)).toEqual(marks.slice(2));
  });

  it('erases one person for good, and leaves everybody else as they were', async () => {
    const store = given();
    await store.commit(allAbout(3));
    const before = await everythingIn(store);
    await store.commit({ ...allAbout(1), sinks: SINKS });
    await store.claim('lane', [1]);
    const { version, removed } = await store.people.erase({ ...AT, user_id: 1, sinks: [] });
    expect(removed).toEqual(Object.fromEntries(PERSON_TABLES.map(({ name }) => [name, name === 'reference_rows' ? 2 : 1])));
    expect(await store.people.rowsAbout(1)).toEqual([]);
    expect(await store.people.erasedList()).toEqual({ version, people: [AT.person] });
    await store.confirm('kafka', (await store.outbox('kafka', 10)).map(({ id }) => id)); // biome-ignore format: one line
    expect(await everythingIn(store)).toEqual(before);
    expect(await store.courseActivity()).toEqual([{ course_id: 2, first_ms: 10, last_ms: 20, activities: 1 }]);
  });

  it('takes the alerts of a person out of what staff are known to have been told', async () => {
    const store = given();
    await store.commit(allAbout(1));
    const told = { sent_ms: 5, opened_ms: 1000, alert_ids: ['0000000000000001', '0000000000000003'] };
    const source = 'notices:mail:5';
    await store.commit({ position: { source, from: null, to: JSON.stringify(told) } });
    await store.people.erase({ ...AT, user_id: 1, sinks: [] });
    expect(JSON.parse((await store.position(source))!)).toEqual({ ...told, alert_ids: ['0000000000000003'] });
  });

  it('tells the sinks that the rows are no more, and takes what waits about the person out of what they hear', async () => {
    const store = given();
    await store.commit({ ...allAbout(1), sinks: SINKS });
    await store.commit({ ...allAbout(3), sinks: SINKS });
    await store.people.erase({ ...AT, user_id: 1, sinks: SINKS });
    const told = await store.outbox('kafka', 10);
    expect(JSON.stringify(told)).not.toContain('Note about 1');
    expect(JSON.stringify(told)).toContain('Note about 3');
    const last = told.at(-1)!;
    expect(last.gone).toEqual({ scores: [[1, 2, 1000]], alerts: [{ alert_id: '0000000000000001', opened_ms: 1000 }] });
    expect(last.windows.map(({ deletes }) => deletes)).toEqual([
      [{ key: [1], start: 10 }],
      [{ key: [1, 2], start: 10 }],
      [{ key: [1, 2], start: 0 }],
    ]);
  });

  it('refuses a commit that was made by an older list, whole, and takes one that knows of the erasure', async () => {
    const store = given();
    const { version: before } = await store.people.erasedList();
    await store.commit({ ...session(1, 10, 20), erased: before });
    const { version } = await store.people.erase({ ...AT, user_id: 1, sinks: [] });
    expect(version).toBeGreaterThan(before);
    await expect(store.commit({ ...session(2, 10, 20), erased: before })).rejects.toBeInstanceOf(ErasedMeanwhile);
    expect(await store.sessions(EVERYONE, ALL)).toEqual([]);
    await store.commit({ ...session(2, 10, 20), erased: version });
    expect(await store.sessions(EVERYONE, ALL)).toHaveLength(1);
  });

  it('erases the same person twice without harm, and one of whom nothing is known', async () => {
    const store = given();
    await store.people.erase({ ...AT, user_id: 1, sinks: SINKS });
    const again = await store.people.erase({ ...AT, at_ms: 9_000, user_id: 1, sinks: SINKS });
    expect(again.removed).toEqual({});
    expect((await store.people.erasedList()).people).toEqual([AT.person]);
    expect(await store.backlog('kafka')).toBe(0);
  });

  it('takes a person out of what names them as tutor or actor, and out of the clock', async () => {
    const store = given();
    const ahead = [
      { user_id: 1, time_ms: 9 },
      { user_id: 3, time_ms: 8 },
    ];
    const clock: Clock = { kind: 'event', now_ms: 1, last_tick_ms: null, snapshot: false, ahead };
    await store.commit({
      clock,
      references: [
        upsert({ table: 'sis_tutors', id: 8, user_id: 3, row: { tutor_id: 1, role: 'tutor' } }),
        upsert({ table: 'enrolment_events', id: 9, user_id: 3, row: { event: 'user_enrolment_created', userid: 1 } }),
      ],
    });
    expect((await store.people.rowsAbout(1)).map(({ table, rows }) => [table, rows.length])).toEqual([['reference_rows', 1]]);
    await store.people.erase({ ...AT, user_id: 1, sinks: [] });
    expect(await store.references('sis_tutors')).toEqual([]);
    expect((await store.references('enrolment_events'))[0]!.row).toEqual({ event: 'user_enrolment_created', userid: null });
    expect((await store.clock())!.ahead).toEqual([ahead[1]]);
  });

  it('lets go of what is older than it is kept, some at a time, but not of a running course', async () => {
    const store = given();
    for (const start of [10, 30, 50]) await store.commit(courseSession(1, 2, start, start + 5));
    await store.commit(courseSession(1, 7, 10, 15));
    const old = { key: 'course_sessions', before: 50, limit: 1, running: [7], sinks: SINKS } satisfies TooOld;
    expect(await store.people.removeOlder(old)).toBe(1);
    expect(await store.people.removeOlder({ ...old, limit: 10 })).toBe(1);
    expect(await store.people.removeOlder(old)).toBe(0);
    const left = await store.courseSessions(EVERYONE, ALL);
    expect(left.map(({ course_id, start_ms }) => [course_id, start_ms])).toEqual([
      [2, 50],
      [7, 10],
    ]);
    expect(await store.backlog('kafka')).toBe(2);
    expect(await store.courseActivity()).toHaveLength(2);
  });

  it('drops the note of a closed alert and keeps the alert; drops an old alert with its record', async () => {
    const store = given();
    const closed = { state: 'resolved', closed_ms: 2_000, note: 'A word' } as const;
    await store.commit({ alerts: [alert({ ...closed })], alert_edits: [alertEdit()] });
    await store.commit({ alerts: [alert({ alert_id: '00000000000000bb', note: 'Open' })] });
    const old = { before: 3_000, limit: 10, running: [], sinks: [] };
    expect(await store.people.removeOlder({ ...old, key: 'notes' })).toBe(1);
    expect((await store.alerts({}, ALL)).map(({ note }) => note)).toEqual([null, 'Open']);
    expect(await store.people.removeOlder({ ...old, key: 'alerts' })).toBe(1);
    expect((await store.alerts({}, ALL)).map(({ alert_id }) => alert_id)).toEqual(['00000000000000bb']);
    expect(await store.alertEdits('00000000000000aa')).toEqual([]);
  });

  it('tells where a member of staff stands, and not whom it was about', async () => {
    const store = given();
    const said = {
      table: 'sis_student_statements',
      id: 5,
      user_id: 3,
      row: { text: 'Mine', seen_by: 'Ann', seen_ms: 7 },
    } as const;
    await store.commit({
      person_views: [personView({ user_id: 3, viewer: 'Ann', people: 1 }), personView({ user_id: 3, viewer: 'Bo' })],
      alerts: [alert({ user_id: 3, assignee: 'Ann', note: 'Theirs' })],
      alert_edits: [alertEdit({ by: 'Ann', by_user_id: null, at_ms: 9 })],
      changes: [{ at_ms: 10, by: 'Ann', by_user_id: null, what: 'key', detail: 'x' }],
      references: [upsert(said)],
    });
    const found = await store.people.rowsBy({ user_id: 70, names: ['Ann', 'Nobody'] });
    expect(found.map(({ table, rows }) => [table, rows.length])).toEqual([
      ['person_views', 1],
      ['alerts', 1],
      ['alert_edits', 1],
      ['recorded_changes', 1],
      ['reference_rows', 1],
    ]);
    expect(found[2]!.rows).toEqual([{ by: 'Ann', at_ms: 9 }]);
    expect(found[4]!.rows).toEqual([{ seen_by: 'Ann', seen_ms: 7 }]);
    expect(JSON.stringify(found)).not.toMatch(/Theirs|Mine|user_id/);
    expect(await store.people.rowsBy({ user_id: 70, names: [] })).toEqual([]);
  });

  it('goes by the number of a member of staff where a row has one, whatever they or others were called', async () => {
    const store = given();
    const by = (by_user_id: number | null) => ({ by: 'Ann', by_user_id });
    const told = (id: number, seen_by_user_id: number | null) =>
      upsert({ table: 'sis_student_statements', id, user_id: 3, row: { seen_by: 'Ann', seen_by_user_id, seen_ms: id } });
    await store.commit({
      person_views: [7, 8, null].map((by_user_id, i) => personView({ viewer: 'Ann', by_user_id, people: i })),
      alerts: [alert({ user_id: 3, assignee: 'Ann' })],
      alert_edits: [7, 8, null].map((id, i) => alertEdit({ ...by(id), revision: i, at_ms: i })),
      changes: [7, 8, null].map((id, i) => ({ at_ms: i, ...by(id), what: 'key', detail: 'x' })),
      references: [told(0, 7), told(1, 8), told(2, null)],
    });
    const found = async (user_id: number, names: string[]) =>
      (await store.people.rowsBy({ user_id, names })).map(({ table, rows }) => [
        table,
        rows.map((row) => row.people ?? row.at_ms ?? row.seen_ms ?? row.state).sort(),
      ]);
    const tables = ['person_views', 'alert_edits', 'recorded_changes', 'reference_rows'];
    expect(await found(8, ['Renamed'])).toEqual(tables.map((table) => [table, [1]]));
    const [views, ...others] = tables.map((table) => [table, [0, 2]]);
    expect(await found(7, ['Ann'])).toEqual([views, ['alerts', ['open']], ...others]);
  });

  it('keeps what an erased member of staff did, by whom, for the students whom it was about', async () => {
    const store = given();
    const view = personView({ user_id: 3, viewer: 'Ann', by_user_id: 7 });
    const change = { at_ms: 10, by: 'Ann', by_user_id: 7, what: 'key', detail: 'x' };
    await store.commit({ person_views: [view], changes: [change], alert_edits: [alertEdit({ by_user_id: 7 })] });
    await store.people.erase({ ...AT, user_id: 7, sinks: [] });
    expect([await store.personViews(3, 0, 10), await store.changes(0, 10)]).toEqual([[view], [change]]);
    expect(await store.alertEdits('a1')).toEqual([alertEdit({ by_user_id: 7 })]);
  });

  it('knows every name under which something is kept for a time', async () => {
    const store = given();
    await store.commit({ ...allAbout(1), changes: [{ at_ms: 10, by: 'command', by_user_id: null, what: 'key', detail: 'x' }] });
    const old = { before: DAY_MS, limit: 10, running: [], sinks: [] };
    for (const key of ['sessions', 'activity_days', 'scores', 'predictions', 'changes'] as const)
      expect([key, await store.people.removeOlder({ ...old, key })]).toEqual([key, 1]);
    expect(await store.people.removeOlder({ ...old, key: 'views', before: Number.MAX_SAFE_INTEGER })).toBe(1);
  });
}
