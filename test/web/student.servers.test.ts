/** The page of a student in a browser: sessions below the days, the whole course, and what was done in the order of time. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Alert } from '../../src/domain.js';
import { NOW_MS, TICK_MS } from '../http/fakes.js';
import { describedInBrowser } from './browser.js';
import { NARROW, StaffPage } from './staff-page.js';

const DAY_MS = 86_400_000;
const STUDENT = '/students/11?course=2';

let staff: StaffPage;

describedInBrowser('the page of a student', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());
  afterEach(() => {
    const { views } = staff.service.parts;
    for (const name of ['timeline', 'alertEdits', 'student'] as const) delete (views as Partial<typeof views>)[name];
    views.reset();
    staff.complaints = [];
  });

  /** A day of long ago beside the fake's ten of the last weeks. */
  const longAgo = () => {
    const { views } = staff.service.parts;
    const timeline = views.timeline.bind(views);
    const day = new Date(NOW_MS - 150 * DAY_MS).toISOString().slice(0, 10);
    views.timeline = async (user_id) => {
      const told = (await timeline(user_id))!;
      const old = { course_id: 2, day, activities: 9, sessions: 2, duration_s: 5400 };
      return { ...told, days: [old, ...told.days] };
    };
  };

  it('shows the minutes in sessions below the days, at the same places, with one cursor through both', async () => {
    await staff.open(STUDENT);
    await staff.page.waitForSelector('.plot .median', { state: 'attached' });
    expect(await staff.page.locator('.plot .minutes').count()).toBe(10);
    expect(await staff.text('#activity')).toContain('10 sessions on 10 days; minutes together: 100.');
    const places = (of: string) =>
      staff.page.evaluate(`[...document.querySelectorAll('.plot .${of}')].map((bar) => Math.round(bar.getAttribute('x')))`);
    expect(await places('minutes')).toEqual(await places('day'));
    expect(await staff.page.locator('.plot .happened').count()).toBeGreaterThan(2);
    const bar = (await staff.page.locator('.plot .minutes').first().boundingBox())!;
    await staff.page.mouse.move(bar.x + bar.width / 2, bar.y + bar.height / 2);
    await staff.page.waitForSelector('.plot .cursor', { state: 'attached' });
    expect(await staff.page.locator('.plot .cursor').count()).toBe(2);
    expect(await staff.text('.day-at')).toBe('11 Oct: activities 3, course median 5; sessions 1, minutes 10.');
    await staff.page.locator('#activity summary').click();
    expect(await staff.text('#activity tbody tr:has-text("11 Oct")')).toMatch(/11 Oct\s3\s5\s1\s10/);
    await staff.picture('student-sessions');
    expect(await staff.faults()).toEqual([]);
    expect(staff.complaints).toEqual([]);
  });

  it('tells apart who looked though Moodle calls them the same, and names a key by its name alone', async () => {
    const { record } = staff.service.parts;
    const view = { user_id: 11, course_id: 2, at_ms: NOW_MS, kind: 'staff' as const, what: 'students/:userId', people: 1 };
    record.rows = [501, 502, 502].map((by_user_id) => ({ ...view, viewer: 'Tina', by_user_id }));
    record.rows.push({ ...view, viewer: 'office', by_user_id: null, kind: 'key' });
    await staff.open(STUDENT);
    const lines = await staff.page.locator('[aria-label="Who looked"] li').allInnerTexts();
    const who = lines.map((line) => line.replace(/^.*\d\d:\d\d /, '')).filter((line) => !line.startsWith('somebody'));
    expect(who).toEqual(['Tina (501): this page', 'Tina (502): this page', 'office: this page']);
    record.rows = [];
  });

  it('shows the whole course where somebody asks for it, with the course’s own days', async () => {
    longAgo();
    await staff.open(STUDENT);
    await staff.page.waitForSelector('.plot .median', { state: 'attached' });
    expect(await staff.page.locator('.plot .day').count()).toBe(10);
    expect(await staff.page.locator('.plot .median').count()).toBe(70);
    await staff.page.selectOption('#days-range', { label: 'Whole course' });
    await staff.page.locator('#activity', { hasText: 'Active on 11 of the last 151 days' }).waitFor();
    await staff.page.waitForFunction('document.querySelectorAll(".plot .median").length === 151');
    expect(await staff.page.locator('.plot .day').count()).toBe(11);
    await staff.picture('student-whole-course');
    expect(staff.complaints).toEqual([]);
  });

  it('tells what was done by time, the latest first, and of which alert where there are several', async () => {
    const { views } = staff.service.parts;
    const now = [...views.alerts_held.values()].find(({ user_id }) => user_id === 11)!;
    const before: Alert = {
      ...now,
      alert_id: 'f'.repeat(16),
      state: 'expired',
      opened_ms: TICK_MS - 30 * DAY_MS,
      closed_ms: TICK_MS - DAY_MS,
      outcome: 'recovered',
    };
    const student = views.student.bind(views);
    views.student = async (user_id) => {
      const told = await student(user_id);
      return told && { ...told, alerts: [...told.alerts, before] };
    };
    views.alertEdits = async (alert_id) => {
      const from = { state: 'open' as const, assignee: null };
      const to = { state: 'acknowledged' as const, assignee: 'local' };
      return alert_id === now.alert_id
        ? [{ alert_id, revision: 2, at_ms: TICK_MS, by: 'local', by_user_id: null, from, to }]
        : [];
    };
    await staff.open(STUDENT);
    await staff.page.locator('.history li', { hasText: 'local: acknowledged' }).waitFor();
    const lines = await staff.page.locator('.history').first().locator('li').allInnerTexts();
    expect(lines.map((line) => line.replace(/^\d+ \w+ \d+, \d\d:\d\d /, ''))).toEqual([
      'local: acknowledged; assigned to local (alert of Tue 18 Nov)',
      'Expired: the score fell again (alert of Tue 21 Oct)',
      'alert opened (alert of Tue 18 Nov)',
      'alert opened (alert of Tue 21 Oct)',
    ]);
    delete (views as Partial<typeof views>).student;
    await staff.open(STUDENT);
    expect(await staff.text('.history')).not.toContain('(alert of');
  });

  it('offers to take a student whose last alert is closed, beside what became of it', async () => {
    const { views, pipeline } = staff.service.parts;
    const now = [...views.alerts_held.values()].find(({ user_id }) => user_id === 11)!;
    const closed: Alert = { ...now, alert_id: 'e'.repeat(16), state: 'resolved', outcome: 'no-answer', closed_ms: TICK_MS };
    views.alerts_held.delete(now.alert_id);
    const student = views.student.bind(views);
    views.student = async (user_id) => {
      const told = await student(user_id);
      return told && { ...told, alerts: [...told.alerts, closed] };
    };
    views.alertEdits = async () => [];
    await staff.open(STUDENT);
    expect(await staff.text('.facts')).toMatch(/Resolved\s+no answer/i);
    expect(await staff.faults()).toEqual([]);
    await staff.picture('student-closed-alert');
    await staff.page.locator('.facts button', { hasText: 'Assign to me' }).click();
    await staff.page.locator('.facts .state', { hasText: 'Acknowledged' }).waitFor();
    expect(pipeline.asked.at(-1)).toMatchObject({ user_id: 11, course_id: 2 });
    expect(await staff.page.locator('.facts button', { hasText: 'Assign to me' }).count()).toBe(0);
    expect(await staff.page.evaluate('document.activeElement.closest(".facts") !== null')).toBe(true);
    expect(staff.complaints).toEqual([]);
  });

  it('says of the last activity the same above and below, also where it came after the last scoring', async () => {
    const { views } = staff.service.parts;
    const timeline = views.timeline.bind(views);
    const day = new Date(NOW_MS - DAY_MS).toISOString().slice(0, 10);
    views.timeline = async (user_id) => {
      const told = (await timeline(user_id))!;
      return { ...told, days: [...told.days, { course_id: 2, day, activities: 1, sessions: 1, duration_s: 60 }] };
    };
    await staff.open(STUDENT);
    expect(await staff.text('#activity')).toContain('last on 19 Nov');
    expect(await staff.text('.facts .pairs')).toMatch(/Last active\s+yesterday\s+Wed,? 19 Nov/);
  });

  it.each([
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: NARROW }],
    ['german', { locale: 'de-DE' }],
  ] as const)('stands in every look: %s', async (name, look) => {
    longAgo();
    await staff.open(STUDENT, look);
    await staff.page.waitForSelector('.plot .median', { state: 'attached' });
    expect(await staff.isTooWide()).toBe(false);
    expect(await staff.faults()).toEqual([]);
    await staff.picture(`student-sessions-${name}`);
    expect(staff.complaints).toEqual([]);
  });
});
