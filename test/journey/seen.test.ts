/** What tutors look for in a site's lists, and the record of what they did. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AlertPatch } from '../../src/pipeline/alert-patch.js';
import { named } from '../../src/ports.js';
import { HISTORY, openSite, replay, type Site, WEEKLY } from './site.js';

let site: Site;
beforeAll(async () => {
  site = await openSite(WEEKLY);
  await replay(site.service, site.config, [HISTORY]);
});
afterAll(() => site.service.close());

describe('the list of those at risk', () => {
  it('finds a student by a part of the name or by number, and says how many there are', async () => {
    const { views } = site.service;
    const everybody = await views.predictions({ scored: true }, null, 1_000);
    expect(everybody.total).toBe(everybody.items.length);
    const one = everybody.items[3]!;
    const part = one.person.name!.slice(1, 6).toUpperCase();
    const by_name = await views.predictions({ scored: true, text: part }, null, 1_000);
    expect(by_name.items.map((row) => row.user_id)).toContain(one.user_id);
    for (const row of by_name.items) expect(row.person.name!.toUpperCase()).toContain(part);
    const by_number = await views.predictions({ scored: true, text: ` ${one.user_id} ` }, null, 1_000);
    expect(by_number.items.map((row) => row.user_id)).toContain(one.user_id);
    const first = await views.predictions({ scored: true }, null, 2);
    expect([first.items.length, first.total]).toEqual([2, everybody.total]);
  });

  it('comes by score, by silence, or by name', async () => {
    const { views } = site.service;
    const ordered = async (order: 'score' | 'last-active' | 'name') =>
      (await views.predictions({ scored: true, order }, null, 1_000)).items;
    const scores = (await ordered('score')).map((row) => row.score!.score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const silent = (await ordered('last-active')).map((row) => row.last_active_ms ?? 0);
    expect(silent).toEqual([...silent].sort((a, b) => a - b));
    const names = (await ordered('name')).map((row) => row.person.name!);
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
    expect(new Set(names).size).toBeGreaterThan(10);
  });

  it('shows who has an alert, in which state and with whom; what was done with it stays on record', async () => {
    const { views, pipeline } = site.service;
    const open = await views.predictions({ scored: true, alert: ['open'] }, null, 1_000);
    const none = await views.predictions({ scored: true, alert: ['none'] }, null, 1_000);
    const all = await views.predictions({ scored: true }, null, 1_000);
    expect(open.total).toBeGreaterThan(0);
    expect(open.total + none.total).toBe(all.total);
    const { alert } = open.items[0]!;
    await pipeline.changeAlert(alert!.alert_id, alert!.revision, { state: 'acknowledged', assignee: 'Ana' }, named('Ben'));
    await pipeline.changeAlert(alert!.alert_id, null, { note: 'is ill, comes back' }, named('Ana'));
    const anas = await views.predictions({ assignee: 'Ana' }, null, 10);
    expect(anas.items.map((row) => row.alert!.alert_id)).toEqual([alert!.alert_id]);
    expect((await views.predictions({ assignee: ' ana' }, null, 10)).total).toBe(1);
    expect((await views.alerts({ assignee: 'ANA' }, null, 10)).items.map((a) => a.alert_id)).toEqual([alert!.alert_id]);
    const edits = (await views.alertEdits(alert!.alert_id))!;
    expect(edits.map(({ by, from, to }) => ({ by, from, to }))).toEqual([
      { by: 'Ben', from: { state: 'open', assignee: null }, to: { state: 'acknowledged', assignee: 'Ana' } },
      { by: 'Ana', from: { note: true }, to: { note: true } },
    ]);
    expect(JSON.stringify(edits)).not.toContain('ill');
    expect(await views.alertEdits('none')).toBeNull();
  });

  it('finds what nobody has, what is muted now, and names each who has something once', async () => {
    const { views, pipeline } = site.service;
    const [first, second] = (await views.predictions({ scored: true, alert: ['open'] }, null, 2)).items;
    const change = (row: typeof first, patch: AlertPatch) =>
      pipeline.changeAlert(row!.alert!.alert_id, null, patch, named('Ben'));
    await change(first, { assignee: 'Ida Holm' });
    await change(second, { assignee: 'ida holm' });
    const { assignees } = await views.assignments();
    expect(assignees.filter((name) => name.toLowerCase() === 'ida holm')).toHaveLength(1);
    const [with_alert, somebodys, nobodys] = [
      await views.predictions({ alert: ['open', 'acknowledged'] }, null, 1),
      await views.predictions({ assigned: true }, null, 1),
      await views.predictions({ assigned: false }, null, 1_000),
    ];
    expect(nobodys.items.every((row) => row.alert !== null && row.alert.assignee === null)).toBe(true);
    expect(somebodys.total + nobodys.total).toBe(with_alert.total);

    expect((await views.predictions({ alert: ['muted'] }, null, 10)).items).toEqual([]);
    await change(first, { muted_until_ms: pipeline.now_ms() + 86_400_000 });
    const muted = await views.predictions({ alert: ['muted'] }, null, 10);
    expect(muted.items.map((row) => row.alert!.alert_id)).toEqual([first!.alert!.alert_id]);
    expect((await views.predictions({ alert: ['none', 'muted'] }, null, 1)).total).toBeGreaterThan(1);
  });
});

describe('the report of contacts', () => {
  it('says who was active again in the 14 days after, and where that cannot be known yet', async () => {
    const { views, pipeline, store, calendar } = site.service;
    const open = (await views.predictions({ scored: true, alert: ['open'] }, null, 1_000)).items;
    for (const { alert } of open.slice(0, 2))
      await pipeline.changeAlert(alert!.alert_id, null, { state: 'resolved', outcome: 'contacted' }, named('Ana'));
    const fresh = await views.contacts({}, null, 10);
    expect(fresh.total).toBe(2);
    expect(fresh.items.map(({ active_again }) => active_again)).toEqual([null, null]);
    // As if they had been reached a month earlier: then the rows can tell.
    const earlier = calendar.startOfDay(calendar.day(pipeline.now_ms()) - 30);
    for (const { alert_id } of fresh.items) {
      const alert = (await store.alert(alert_id))!;
      await store.commit({ alerts: [{ ...alert, closed_ms: earlier, revision: alert.revision + 1 }] });
    }
    for (const { person, course, active_again } of (await views.contacts({}, null, 10)).items) {
      const days = await store.activityDays({ user_id: person.user_id, course_id: course.course_id }, { limit: 1_000 });
      const day = calendar.day(earlier);
      expect(active_again).toBe(days.some((row) => row.day > day && row.day <= day + 14 && row.activities > 0));
    }
  });

  it('counts who was active again over all that match, not over a page, and those of whom it is known', async () => {
    const { views, pipeline } = site.service;
    const again = (await views.contacts({}, null, 10)).items.filter((one) => one.active_again).length;
    expect(await views.contactFigures({})).toEqual({ reached: 2, active_again: again });
    expect(await views.contactFigures({ from_ms: pipeline.now_ms() })).toEqual({ reached: 0, active_again: 0 });
    expect((await views.contacts({}, null, 1)).items.length).toBe(1);
  });

  it('is narrowed to a time, from inclusive and to exclusive, and to a tutor', async () => {
    const { views, store } = site.service;
    const all = (await views.contacts({}, null, 10)).items;
    const at_ms = all[0]!.closed_ms;
    const total = async (filter: Parameters<typeof views.contacts>[0]) => (await views.contacts(filter, null, 10)).total;
    expect(await total({ from_ms: at_ms, to_ms: at_ms + 1 })).toBe(2);
    expect([await total({ from_ms: at_ms + 1 }), await total({ to_ms: at_ms })]).toEqual([0, 0]);
    const { person } = all[0]!;
    const of = { id: 1, user_id: person.user_id, parent_id: null, deleted: false, source_ms: null, coordinate: null };
    const reference = { ...of, table: 'sis_tutors' as const, row: { tutor_id: 77 } };
    await store.commit({ references: [{ op: 'upsert', reference }] });
    expect([await total({ tutor: 77 }), await total({ tutor: 78 })]).toEqual([all.filter((one) => one.person.user_id === person.user_id).length, 0]); // biome-ignore format: one line
    const opened_ms = (await views.alerts({}, null, 1_000)).items.map((one) => one.opened_ms);
    const middle = opened_ms.toSorted((a, b) => a - b)[opened_ms.length >> 1]!;
    const since = await views.alerts({ from_ms: middle }, null, 1_000);
    const before = await views.alerts({ to_ms: middle }, null, 1_000);
    expect(since.items.every((one) => one.opened_ms >= middle)).toBe(true);
    expect(since.items.length + before.items.length).toBe(opened_ms.length);
  });
});

describe('what a person did last', () => {
  it('stands on the row of a student who has no alert since, with who did it and not whose the alert was', async () => {
    const { views, pipeline, store } = site.service;
    const { alert } = (await views.predictions({ scored: true, alert: ['open'] }, null, 1)).items[0]!;
    const { alert_id, user_id, course_id } = alert!;
    const row = async () => (await views.predictions({ user_id, course_id }, null, 1)).items[0]!;
    expect((await row()).last_contact).toBeNull();
    await pipeline.changeAlert(alert_id, null, { state: 'acknowledged', assignee: 'Ben' }, named('Ana'));
    await pipeline.changeAlert(alert_id, null, { state: 'resolved', outcome: 'no-answer' }, named('R. Mwangi'));
    const { closed_ms } = (await store.alert(alert_id))!;
    expect(await row()).toMatchObject({
      alert: null,
      last_contact: { at_ms: closed_ms, outcome: 'no-answer', by: 'R. Mwangi' },
    });
    const contact = (await views.contacts({}, null, 10)).items.find((one) => one.alert_id === alert_id);
    expect(contact).toMatchObject({ assignee: 'Ben', by: 'R. Mwangi' });
    // A note that somebody adds later is no contact of theirs.
    await pipeline.changeAlert(alert_id, null, { note: 'rings back' }, named('Zoe'));
    expect((await row()).last_contact?.by).toBe('R. Mwangi');
  });

  it('is of whose alert it was where nobody has signed in', async () => {
    const { views, pipeline } = site.service;
    const { alert } = (await views.predictions({ scored: true, alert: ['open'] }, null, 1)).items[0]!;
    const { alert_id, user_id, course_id } = alert!;
    await pipeline.changeAlert(alert_id, null, { state: 'acknowledged', assignee: 'Ben' }, named('local'));
    await pipeline.changeAlert(alert_id, null, { state: 'resolved', outcome: 'contacted' }, named('local'));
    const row = (await views.predictions({ user_id, course_id }, null, 1)).items[0]!;
    expect(row.last_contact?.by).toBe('Ben');
  });
});

describe('the sessions of a student', () => {
  it('come from the newest on too, page by page, and none is shown twice', async () => {
    const { views } = site.service;
    const user_id = (await views.predictions({ scored: true }, null, 1_000)).items.at(-1)!.user_id;
    const oldest = (await views.studentSessions(user_id, 'oldest', null, 1_000))!.items;
    expect(oldest.length).toBeGreaterThan(7);
    const newest: typeof oldest = [];
    for (let cursor: string | null = null; ; ) {
      const page: NonNullable<Awaited<ReturnType<typeof views.studentSessions>>> = (await views.studentSessions(
        user_id,
        'newest',
        cursor,
        3,
      ))!;
      newest.push(...page.items);
      cursor = page.next_cursor;
      if (cursor === null) break;
    }
    expect(newest).toEqual(oldest.toReversed());
  });
});

describe('whom to call this week', () => {
  it('is one row a student, as many as the figure says, whatever it is narrowed to', async () => {
    const { views, shown } = site.service;
    const places = await shown.early();
    expect(places.length).toBeGreaterThan(0);
    const { course_id } = places[0]!;
    for (const filter of [{}, { course_id }, { contacted: true }, { contacted: false }, { tutor: 77 }, { group: 'nobody' }]) {
      const { items, total } = await views.early({ ...filter, one_each: true }, null, 1_000);
      const { early_students, early } = await views.summary(filter);
      expect([filter, total, items.length]).toEqual([filter, early_students, total]);
      expect(new Set(items.map(({ user_id }) => user_id)).size).toBe(total);
      expect(items.reduce((sum, one) => sum + 1 + one.also_in.length, 0)).toBe(early);
      expect(early).toBe((await views.early(filter, null, 1_000)).total);
      // Whom nobody has to call now stands behind the others, whatever the chance.
      const places = items.map((one) => [Number(one.dealt_with), -one.early_score]);
      expect(places).toEqual(places.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!));
    }
    const whole = (await views.summary()).scored;
    const by_course = (await views.courses()).map((one) => views.summary({ course_id: one.course_id }));
    expect((await Promise.all(by_course)).reduce((sum, one) => sum + one.scored, 0)).toBe(whole);
  });

  it('shows whose a student is as soon as somebody opens a case, and what came of it', async () => {
    const { views, pipeline, shown } = site.service;
    const waiting = await shown.unresolved();
    const { user_id, course_id } = (await shown.early()).find((place) => !waiting(place))!;
    const row = async () =>
      (await views.early({}, null, 1_000)).items.find((one) => one.user_id === user_id && one.course_id === course_id)!;
    const opened = await pipeline.openAlert({ user_id, course_id }, named('Ana'));
    expect(opened.kind).toBe('opened');
    const { alert } = await row();
    expect([(await row()).owner, alert!.opened_by]).toEqual(['Ana', 'Ana']);
    await pipeline.changeAlert(alert!.alert_id, null, { state: 'resolved', outcome: 'contacted' }, named('Ben'));
    expect(await row()).toMatchObject({ owner: null, alert: null, last_contact: { outcome: 'contacted', by: 'Ben' } });

    const { items } = await views.early({ one_each: true }, null, 1_000);
    const at = items.findIndex((one) => one.user_id === user_id);
    expect(items[at]).toMatchObject({ dealt_with: true, last_contact: { outcome: 'contacted', by: 'Ben' } });
    expect(at).toBeGreaterThan(items.findLastIndex((one) => !one.dealt_with));
    expect(items[0]!.dealt_with).toBe(false);
  });
});

describe('a course week by week', () => {
  it('has its students’ days as the rows say', async () => {
    const { views, store, calendar } = site.service;
    const course = (await views.courses()).find(({ shortname }) => shortname === 'STAT101')!;
    const { weeks, bands, expected, standing } = (await views.courseWeeks(course.course_id))!;
    expect(standing).toBeNull();
    expect([bands, expected]).toEqual([{}, 0]);
    const days = await store.activityDays({ course_id: course.course_id }, { limit: 1_000_000 });
    expect(weeks.length).toBeGreaterThan(14);
    for (const week of weeks) {
      const from = Date.parse(week.from) / 86_400_000;
      const rows = days.filter((row) => row.day >= from && row.day < from + 7 && row.activities > 0);
      expect([week.from, week.activities]).toEqual([week.from, rows.reduce((sum, row) => sum + row.activities, 0)]);
      expect(week.active).toBeLessThanOrEqual(new Set(rows.map((row) => row.user_id)).size);
      expect(week.q1 <= week.median && week.median <= week.q3 && week.q3 <= 7).toBe(true);
    }
    const fullest = weeks.reduce((most, week) => (week.active > most.active ? week : most));
    expect([fullest.active > fullest.students / 2, fullest.median > 0]).toEqual([true, true]);
    expect(calendar.format(calendar.day(course.start_ms!))).toBe(weeks[0]!.from);
    expect(await views.courseWeeks(999)).toBeNull();
  });
});
