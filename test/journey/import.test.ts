/** What the student information system knows changes who is listed, who is withdrawn and what is learnt. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ImportOptions, importFile } from '../../src/app/import-run.js';
import type { Service } from '../../src/app/service.js';
import { exported, HISTORY, openSite, replay, WEEKLY } from './site.js';

let service: Service;
beforeAll(async () => {
  const site = await openSite(WEEKLY);
  service = site.service;
  await replay(service, site.config, [HISTORY]);
});
afterAll(() => service.close());

const imported = (text: string, options: ImportOptions = {}) =>
  importFile(service, '-', options, Readable.from([Buffer.from(text)]));
const linesOf = async (table: string, user_id: number) => {
  const rows = [];
  for await (const row of service.tables.rows(table)) if (row.user_id === user_id) rows.push(row);
  return rows;
};
const openAlerts = async () => {
  const { items } = await service.views.predictions({ scored: true }, null, 1000);
  return items.flatMap(({ alert, enrolment, course }) => (alert && enrolment.state === 'active' ? [{ ...alert, course }] : []));
};
const dayOf = (time_ms: number) => service.calendar.format(service.calendar.day(time_ms));

describe('an official withdrawal', () => {
  it('closes the alert at once, and the enrolment is withdrawn from that day on', async () => {
    const { user_id, course_id, opened_ms, course } = (await openAlerts())[0]!;
    const row = () => linesOf('enrolments', user_id).then((rows) => rows.find((each) => each.course_id === course_id));
    const file = `student,course,withdrawn_date\n${user_id},${course.shortname},${dayOf(opened_ms)}\n`;
    const dry = await imported(file, { dryRun: true });
    expect([dry.added, dry.dry_run]).toEqual([1, true]);
    const faulty = await imported('student,course,withdrawn_date\n7,2,yesterday\n', { dryRun: true });
    expect(faulty.examples).toEqual([expect.stringMatching(/^line 2: withdrawals: withdrawn_date: a day like/)]);
    expect(await row()).toMatchObject({ state: 'active' });
    expect(await imported(file)).toMatchObject({ kind: 'withdrawals', added: 1, rejected: {}, unknown_people: 0 });
    expect(await service.store.changes(0, 1)).toMatchObject([
      { by: 'command', what: 'import', detail: 'withdrawals: 1 added, 0 changed, 0 removed.' },
    ]);
    expect(await row()).toMatchObject({
      state: 'withdrawn',
      reason: 'official',
      since_ms: service.calendar.startOfDay(service.calendar.day(opened_ms)),
    });
    const open = (await openAlerts()).filter((alert) => alert.user_id === user_id && alert.course_id === course_id);
    expect(open).toEqual([]);
    const before = await exported(service, 'enrolments');
    expect(await imported(file)).toMatchObject({ added: 0, changed: 0, unchanged: 1, removed: 0 });
    expect(await exported(service, 'enrolments')).toBe(before);
  });

  it('is the day that training learns from, also where Moodle says another or nothing', async () => {
    const { courses } = await service.pipeline.hindsight();
    const course = courses.find(({ learners }) => learners.some(({ result }) => result === 'withdrawn'))!;
    const moodle = course.learners.find(({ left_day, result }) => result === 'withdrawn' && left_day! > course.start_day + 30)!;
    const silent = course.learners.find(({ result, left_day }) => result !== 'withdrawn' && left_day === null)!;
    const users = [moodle.history.user_id, silent.history.user_id];
    const day = course.start_day + 21;
    const lines = users.map((user_id) => `${user_id};${course.course_id};${service.calendar.format(day)}`);
    await imported(`user_id;course_id;withdrawn\n${lines.join('\n')}\n`);
    const again = (await service.pipeline.hindsight()).courses.find(({ course_id }) => course_id === course.course_id)!;
    for (const user_id of users) {
      const learner = again.learners.find(({ history }) => history.user_id === user_id)!;
      if (learner.history.enrolled_day! > day) continue;
      expect(learner).toMatchObject({ left_day: day, result: 'withdrawn' });
    }
  });

  it('may name a row of student courses, as the three tables of the student information system do', async () => {
    const { user_id, course_id } = (await openAlerts())[0]!;
    await imported('id,name,release_date\n3,Autumn,2026-01-05\n');
    await imported(`id,student_id,stunumber,course_id,intake_id,status\n900,${user_id},x,${course_id},3,1\n`);
    const result = await imported('id,student_course_id,withdrawn_date\n1,900,2020-01-01\n2,901,2020-01-01\n');
    expect(result).toMatchObject({ kind: 'withdrawals', added: 1, rejected: { 'bad-value': 1 } });
    expect(await exported(service, 'rejected')).toContain('stdin,line 3,bad-value,');
  });
});

describe('a file', () => {
  it('with lines that cannot be used says which, and repeats nothing of them', async () => {
    const result = await imported(
      'student,course,withdrawn_date\nJane Doe,1,2026-03-01\n7,1,01/03/2026\n7,1\n7,no-such,2026-03-01\n',
    );
    expect(result).toMatchObject({ lines: 4, added: 0, rejected: { 'bad-value': 3, 'unknown-shape': 1 } });
    expect(await exported(service, 'rejected')).not.toMatch(/Jane|no-such|01\/03/);
  });

  it('that is the whole truth removes what it does not name, but not while a line of it cannot be used', async () => {
    await imported('student,course,group\n7,,Red\n8,,Red\n9,,Blue\n');
    await expect(imported('student,course,group\n7,,Red\nx,,Red\n', { replace: true })).rejects.toThrow(/Nothing was changed/);
    expect(await imported('student,course,group\n7,,Red\n', { replace: true })).toMatchObject({ unchanged: 1, removed: 2 });
    expect(await imported('student,course,group\n8,,Red\n')).toMatchObject({ added: 1 });
  });

  it('of no known kind is refused, and one without a telling header may be named', async () => {
    await expect(imported('a,b\n1,2\n')).rejects.toThrow(/line 1: no kind of file has these columns/);
    await expect(imported('student\n7\n', { kind: 'tutors' })).rejects.toThrow(/a file of tutors needs the columns tutor/);
    expect(await imported('student\n7\n', { kind: 'opt-outs', dryRun: true })).toMatchObject({ kind: 'opt-outs', added: 1 });
  });
});

describe('a student who opted out', () => {
  it('is on no list and in no export of scores, and is scored again once that is taken back', async () => {
    const { user_id, alert_id } = (await openAlerts()).at(-1)!;
    const scores = (await linesOf('scores', user_id)).length;
    const days = await linesOf('activity_days', user_id);
    expect(scores).toBeGreaterThan(0);
    await imported(`student,opted_out\n${user_id},yes\n`);
    for (const table of ['scores', 'in_risk', 'early', 'alerts']) expect(await linesOf(table, user_id)).toEqual([]);
    expect(await linesOf('activity_days', user_id)).toEqual(days);
    const { views, store } = service;
    expect([await views.student(user_id), await views.timeline(user_id), await views.alert(alert_id)]).toEqual([
      null,
      null,
      null,
    ]);
    expect((await views.predictions({ user_id }, null, 10)).items).toEqual([]);
    expect((await views.summary()).not_scored['opted-out']).toBeGreaterThan(0);
    expect(await store.alert(alert_id)).toMatchObject({ state: 'resolved', outcome: 'not-active' });
    const kept = await store.predictions({ user_id }, { limit: 10 });
    expect(kept.filter(({ score }) => score !== null)).toEqual([]);
    await imported(`student,opted_out\n${user_id},no\n`);
    expect(await linesOf('scores', user_id)).toHaveLength(scores);
    expect((await views.predictions({ user_id, scored: true }, null, 10)).items).not.toEqual([]);
  });
});

describe('lists', () => {
  it('are narrowed to the students of a tutor, of a group, and of an intake', async () => {
    const { views } = service;
    const all = (await views.predictions({ scored: true }, null, 1000)).items;
    const [mine, theirs] = [all[0]!, all.find(({ user_id }) => user_id !== all[0]!.user_id)!];
    await imported(`tutor,student,course,role\n5001,${mine.user_id},,\n5002,,${theirs.course_id},lead\n`);
    const users = async (filter: Parameters<typeof views.predictions>[0]) =>
      new Set((await views.predictions({ scored: true, ...filter }, null, 1000)).items.map(({ user_id }) => user_id));
    expect(await users({ tutor: 5001 })).toEqual(new Set([mine.user_id]));
    const led = (await views.predictions({ scored: true, tutor: 5002 }, null, 1000)).items;
    expect(led).toEqual(all.filter(({ course_id }) => course_id === theirs.course_id));
    expect(await users({ tutor: 5003 })).toEqual(new Set());
    await imported(`student,course,group\n${mine.user_id},${mine.course_id},Lab B\n`);
    const lab = (await views.predictions({ scored: true, group: 'Lab B' }, null, 1000)).items;
    expect(lab.map(({ user_id, course_id }) => [user_id, course_id])).toEqual([[mine.user_id, mine.course_id]]);
    await imported('id,name,release_date\n31,Spring,2026-03-01\n');
    await imported(`student,course,intake\n${theirs.user_id},${theirs.course_id},31\n`);
    expect(await users({ group: 'Spring' })).toEqual(new Set([theirs.user_id]));
    const cases = (await views.cases({ tutor: 5001 }, null, 1000)).items;
    expect(cases.every(({ person }) => person.user_id === mine.user_id)).toBe(true);
    const early = (await views.early({}, null, 1000)).items;
    const of = early.find(({ course_id }) => course_id === theirs.course_id);
    if (of) expect((await views.early({ tutor: 5002 }, null, 1000)).items).toContainEqual(of);
    for (const alert of (await views.alerts({ tutor: 5001 }, null, 1000)).items) expect(alert.user_id).toBe(mine.user_id);
  });
});
