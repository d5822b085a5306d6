/**
 * The page in a real browser: what staff see. Needs a Chromium on this machine (CI installs one); without it the suite says so
 * and is left out, unless HOLDFAST_TEST_SERVERS=required. Pictures go to test-output/ for a person to look at.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { NO_STATES as NOBODY } from '../../src/reading/grouping.js';
import { FORMULA_NAME, SCRIPT_NAME } from '../http/fakes.js';
import { Service } from '../http/service.js';
import { describedInBrowser, LAUNCH } from './browser.js';
import { faultsOf, pageIn, tooWideBy } from './looks.js';

const OUTPUT = 'test-output';
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** The narrowest screen that people zoom to. */
const NARROW = { width: 320, height: 640 };

let service: Service;
let browser: Browser;
let address: string;
let page: Page;
/** Whatever the browser complained of: scripts that failed, rules of the policy that were broken. */
let complaints: string[] = [];

async function open(path: string, options: { viewport?: typeof DESKTOP; colorScheme?: 'light' | 'dark'; locale?: string } = {}) {
  await page?.context().close();
  page = await pageIn(browser, complaints, options);
  await page.goto(`${address}${path}`);
  await page.waitForSelector('h1, .message');
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
}

const textOf = (selector: string) => page.locator(selector).innerText();
const picture = (name: string) => page.screenshot({ path: `${OUTPUT}/${name}.png`, fullPage: true });
const faults = () => faultsOf(page);
const isTooWide = async () => (await tooWideBy(page)) > 0;

describedInBrowser('the page', () => {
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    service = await Service.start();
    address = await service.http.listen('127.0.0.1', 0);
    browser = await chromium.launch(LAUNCH);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });
  beforeEach(() => {
    service.parts.views.reset();
    service.parts.views.summary_changes = {};
    service.parts.views.failure = null;
    complaints = [];
  });

  it('begins with whom to call this week: one line a student, with owner and how far to believe it', async () => {
    await open('/');
    const first = page.locator('#early tbody tr').first();
    expect(await first.locator('.name').count()).toBe(1);
    const names = await page.locator('#early tbody .name').allInnerTexts();
    expect(new Set(names).size).toBe(names.length);
    expect(await textOf('#freshness')).toContain('Scored today, 04:00');
    expect(await textOf('#not-scored')).toContain('scores start after 7 days of data');
    expect(await textOf('#figures')).toContain('above the threshold');
    await picture('this-week');
    expect(complaints).toEqual([]);
  });

  it('names who asks for help, in a panel of its own and on both lists', async () => {
    await open('/');
    expect(await textOf('#unread')).toContain('asks for help');
    const marked = page.locator('tbody tr', { hasText: 'asks for help' }).locator('.name');
    expect(await marked.allInnerTexts()).toEqual([FORMULA_NAME]);
    expect(await faults()).toEqual([]);
    await open('/at-risk', { viewport: NARROW, locale: 'de-DE' });
    expect(await page.locator('tbody tr', { hasText: 'bittet um Hilfe' }).locator('.name').allInnerTexts()).toEqual([
      FORMULA_NAME,
    ]);
    expect(await isTooWide()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('offers nobody to call whom somebody reached two days ago, and says who did', async () => {
    await open('/');
    const reached = page.locator('#early tbody tr', { hasText: FORMULA_NAME });
    expect(await reached.locator('.status').innerText()).toBe('Contacted 2 days ago · R. Mwangi');
    expect(await reached.getByRole('button').count()).toBe(0);
    expect(await page.locator('#early tbody tr', { hasText: 'Student -1' }).getByRole('button').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('narrows whom to call and the figures alike, and gives a student without an alert to who sits there', async () => {
    await open('/');
    await page.selectOption('#tutor', '90');
    await page.waitForURL('**/?tutor=90');
    await page.selectOption('#contacted', 'false');
    await page.waitForURL('**/?tutor=90&contacted=false');
    await page.getByRole('button', { name: 'Assign to me: Student -1' }).click();
    await page.locator('#toast', { hasText: 'The alert of Student -1 is yours.' }).waitFor();
    await page.locator('#early tbody tr', { hasText: 'Student -1' }).locator('.status', { hasText: 'local' }).waitFor();
    const filter = { course_id: undefined, tutor: 90, group: undefined, contacted: false };
    expect(service.parts.views.asked.filter((one) => 'tutor' in one).at(-1)).toEqual({ ...filter, one_each: true });
    expect(service.parts.views.summary_asked.filter((one) => one.tutor === 90).at(-1)).toEqual(filter);
    await picture('this-week-taken');
    expect(complaints).toEqual([]);
  });

  it('says of a student without an alert that somebody called, when and who', async () => {
    service.parts.views.alerts_held.delete('0000000000000013');
    await open('/at-risk');
    const row = page.locator('#at-risk tbody tr', { hasText: FORMULA_NAME });
    expect((await row.locator('.status').textContent())?.trim()).toBe('Contacted 2 days ago · R. Mwangi');
    await picture('at-risk-called');
  });

  it('shows who may stop taking part, why, since when, and who looks after it', async () => {
    await open('/at-risk');
    expect(await page.locator('#at-risk tbody tr').count()).toBe(3);
    const first = await textOf('#at-risk tbody tr:first-child');
    for (const part of ['Amara Okafor', 'BIO 210', '91%', 'Very high', 'No activity for 12 days', '12 days ago', 'Acknowledged'])
      expect(first).toContain(part);
    expect(await textOf('#at-risk tbody tr:nth-child(2)')).toContain('not yet checked on this course');
    expect(first).not.toContain('checked on this course');
    await picture('at-risk');
    expect(complaints).toEqual([]);
  });

  it('shows a score that rounds to the threshold with its decimal', async () => {
    await open('/at-risk');
    const row = page.locator('#at-risk tbody tr', { hasText: FORMULA_NAME });
    expect(await row.locator('.score-number').textContent()).toBe('70.4%');
  });

  it('shows a name that is a script as that text, and runs nothing', async () => {
    await open('/at-risk');
    expect(await page.locator('.name', { hasText: SCRIPT_NAME }).first().textContent()).toBe(SCRIPT_NAME);
    await open('/students/12?course=3');
    expect(await textOf('#title')).toBe(SCRIPT_NAME);
    expect(await page.locator('main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['at-risk-phone', '/at-risk', PHONE],
    ['student-phone', '/students/11?course=2', PHONE],
    ['at-risk-narrow', '/at-risk', NARROW],
    ['this-week-narrow', '/', NARROW],
    ['system-narrow', '/system', NARROW],
    ['model-narrow', '/model', NARROW],
    ['course-narrow', '/courses/2', NARROW],
  ] as const)('fits its screen: %s', async (name, path, viewport) => {
    await open(path, { viewport });
    expect(await isTooWide()).toBe(false);
    await picture(name);
    expect(complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has nothing that axe would find on any page: %s', async (colorScheme) => {
    for (const path of [
      '/',
      '/at-risk',
      '/students/11?course=2',
      '/contacts',
      '/courses',
      '/courses/2',
      '/analytics',
      '/clicks',
      '/model',
      '/what-if',
      '/system',
    ]) {
      await open(path, { colorScheme });
      expect({ path, faults: await faults() }).toEqual({ path, faults: [] });
    }
    expect(complaints).toEqual([]);
  });

  it('speaks German to whom the browser says so, with every text there', async () => {
    await open('/at-risk', { locale: 'de-DE' });
    expect(await textOf('h1')).toBe('Gefährdet');
    expect(await textOf('#at-risk tbody tr:first-child')).toContain('vor 12 Tagen');
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    await picture('at-risk-german');
    await open('/students/11?course=2', { locale: 'de-DE' });
    await page.waitForSelector('.plot .median', { state: 'attached' });
    expect(await textOf('main')).toContain('Aktiv an 2 der letzten 14 Tage – Median des Kurses: 7 Tage');
    await picture('student-german');
    await open('/model', { locale: 'de-DE' });
    await picture('model-german');
    expect(complaints).toEqual([]);
  });

  it('opens a student with all reasons and the days of activity, and goes back', async () => {
    await open('/at-risk');
    await page.locator('.name', { hasText: 'Amara Okafor' }).first().press('Enter');
    await page.waitForSelector('.plot');
    const text = await textOf('main');
    expect(text).toContain('Assignment 1 handed in on time');
    expect(text).toContain('Active on 10 of the last 70 days; last on 8 Nov.');
    expect(text).toContain('not illness, work or plans: ask.');
    expect(text).toContain('local: acknowledged');
    expect(await page.locator('.plot .day').count()).toBe(10);
    await page.waitForSelector('.plot .median', { state: 'attached' });
    for (const kind of ['alert', 'submitted', 'late', 'missing'])
      expect(await page.locator(`.plot .event.${kind}`).count()).toBe(1);
    expect(text).toContain('At least as high as for 96% of the course');
    for (const part of ['Task 2', 'handed in after the due time', 'due and not handed in'])
      expect(await textOf('[aria-label="To hand in"] table')).toContain(part);
    expect(await textOf('.facts')).toContain('about 18 came before the student stopped taking part and 2 did not.');
    expect(await textOf('.facts')).toContain('90 of 100, in a data set');
    await picture('student');
    await page.goBack();
    await page.waitForSelector('#at-risk tbody tr');
    expect(complaints).toEqual([]);
  });

  it('takes an alert in the name of who sits there, and says so', async () => {
    await open('/at-risk');
    await page.locator('.reader summary').click();
    await page.fill('#my-name', 'R. Mwangi');
    await page.locator('.reader summary').click();
    await page.getByRole('button', { name: `Assign to me: the alert of ${FORMULA_NAME}` }).click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(await textOf('#toast')).toContain(`The alert of ${FORMULA_NAME} is yours. It does not become open again`);
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    expect(service.parts.views.alerts_held.get('0000000000000013')).toMatchObject({
      state: 'acknowledged',
      assignee: 'R. Mwangi',
    });
  });

  it('takes many at once, and keeps those selected that changed meanwhile', async () => {
    await open('/at-risk');
    await page.getByLabel('Select all with an alert on this page').check();
    expect(await textOf('#at-risk h2')).toBe('3 selected');
    expect(await textOf('#at-risk .panel-head')).toContain('1 already assigned');
    await picture('selected');
    const held = service.parts.views.alerts_held;
    const alert = held.get('0000000000000013');
    if (alert) held.set(alert.alert_id, { ...alert, note: 'x', revision: 2 });
    await page.locator('#at-risk .panel-head').getByRole('button', { name: 'Assign to me' }).click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(await textOf('#toast')).toBe('1 saved, 1 already yours, 1 changed meanwhile: still selected.');
    expect(held.get('0000000000000012')?.state).toBe('acknowledged');
    expect(held.get('0000000000000013')?.state).toBe('open');
  });

  it('hands an alert on, and takes that back from the status line', async () => {
    const held = () => service.parts.views.alerts_held.get('0000000000000011');
    await open('/students/11?course=2');
    await page.getByRole('button', { name: 'Hand on…' }).click();
    await page.fill('#hand-to', 'Jonas Feld');
    await page.locator('dialog').getByRole('button', { name: 'Hand on' }).click();
    await page.locator('#toast', { hasText: 'The alert of Amara Okafor is with Jonas Feld.' }).waitFor();
    expect(held()).toMatchObject({ assignee: 'Jonas Feld', revision: 2 });
    await picture('undo');
    await page.locator('#toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('#toast', { hasText: 'The alert of Amara Okafor is as it was.' }).waitFor();
    expect(held()).toMatchObject({ assignee: 'local', state: 'acknowledged', revision: 3 });
    expect(await page.locator('#toast button').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('takes back a note and a mute, each to what was there before', async () => {
    const held = () => service.parts.views.alerts_held.get('0000000000000011');
    await open('/students/11?course=2');
    await page.getByRole('button', { name: 'Note…' }).click();
    await page.fill('#note', 'rang, nobody there');
    await page.getByRole('button', { name: 'Keep the note' }).click();
    await page.locator('.written', { hasText: 'rang, nobody there' }).waitFor();
    await page.locator('#toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.written').waitFor({ state: 'detached' });
    expect(held()?.note).toBeNull();
    await page.getByRole('button', { name: 'Mute for 14 days' }).click();
    await page.getByRole('button', { name: 'End the mute' }).waitFor();
    await page.locator('#toast').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Mute for 14 days' }).waitFor();
    expect(held()?.muted_until_ms).toBeNull();
  });

  it('asks for the outcome before an alert is resolved, and keeps the note', async () => {
    await open('/students/11?course=2');
    await page.getByRole('button', { name: 'Resolve…' }).click();
    const resolve = page.locator('dialog').getByRole('button', { name: 'Resolve' });
    expect(await resolve.isDisabled()).toBe(true);
    await page.selectOption('#outcome', 'contacted');
    await page.fill('#note', 'comes back on Monday');
    await picture('resolve');
    await resolve.click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(service.parts.views.alerts_held.get('0000000000000011')).toMatchObject({
      state: 'resolved',
      outcome: 'contacted',
      note: 'comes back on Monday',
    });
  });

  it('says who was faster, and offers both ways', async () => {
    await open('/at-risk');
    const held = service.parts.views.alerts_held;
    const alert = held.get('0000000000000013');
    if (alert) held.set(alert.alert_id, { ...alert, note: 'x', assignee: 'Jonas Feld', revision: 2 });
    await page.getByRole('button', { name: `Assign to me: the alert of ${FORMULA_NAME}` }).click();
    await page.waitForSelector('.notice[role=alert]');
    expect(await textOf('.notice[role=alert]')).toContain('changed while you were working. local acknowledged it at 04:00.');
    await picture('conflict');
    await page.getByRole('button', { name: 'Assign to me anyway' }).click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(held.get('0000000000000013')).toMatchObject({ state: 'acknowledged', revision: 3 });
  });

  it('keeps its filters in the address, and finds by name from anywhere', async () => {
    await open('/at-risk');
    await page.selectOption('#course', '3');
    await page.waitForSelector('#at-risk tbody tr:only-child');
    expect(new URL(page.url()).search).toBe('?course=3');
    await open('/at-risk?course=2&band=low');
    expect(await textOf('#at-risk')).toContain('No student matches these filters. 3 students match without them.');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForSelector('#at-risk tbody tr');
    await open('/system');
    await page.keyboard.press('/');
    await page.keyboard.type('amara');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#at-risk');
    expect(new URL(page.url()).search).toBe('?band=all&text=amara');
  });

  it('filters by group, tutor and whether somebody called', async () => {
    await open('/at-risk');
    await page.selectOption('#contacted', 'true');
    await page.waitForSelector('#at-risk tbody tr:only-child');
    expect(await textOf('#at-risk tbody')).toContain(FORMULA_NAME);
    await page.selectOption('#group', 'Group A');
    await page.selectOption('#tutor', { label: 'Ana Lima' });
    await page.waitForFunction('location.search.includes("tutor")');
    expect(new URL(page.url()).search).toBe('?contacted=true&group=Group+A&tutor=90');
    await page.waitForSelector('#at-risk tbody tr');
    expect(service.parts.views.asked.at(-1)).toMatchObject({ contacted: true, group: 'Group A', tutor: 90 });
  });

  it('says to somebody who teaches nothing why there is nobody', async () => {
    const { views } = service.parts;
    const people = views.people;
    views.people = [];
    views.summary_changes = { enrolments: { ...NOBODY }, scored: 0 };
    for (const path of ['/', '/at-risk']) {
      await open(path);
      expect(await textOf('main')).toContain('You see no student: Moodle gives you no teacher’s role');
    }
    views.people = people;
  });

  it('says that nothing is waiting, how fresh that is, and what the highest score was', async () => {
    const { views } = service.parts;
    const people = views.people;
    views.people = people.filter((p) => (p.score ?? 0) <= 0.7);
    await open('/at-risk');
    views.people = people;
    expect(await textOf('#at-risk')).toBe(
      'No student is above the alert threshold of 70%. All 2 open enrolments with a score were scored today, 04:00; ' +
        'the highest score is 55%. Nothing is waiting for you.',
    );
    await picture('empty');
  });

  it('says what went wrong, with the reference for the administrator, and tries again', async () => {
    service.parts.views.failure = new Error('broken');
    await open('/at-risk');
    expect(await textOf('main .message')).toMatch(/The list could not be loaded\..*reference [0-9a-f]{8}/);
    await picture('error');
    service.parts.views.failure = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('#at-risk tbody tr');
  });

  it('says above all else when no activity comes from Moodle any more, or its data cannot be believed', async () => {
    const at = Date.UTC(2025, 10, 18, 21, 41);
    const data = { suspect: 'Hardly anybody was active.', doubt: null, alerts_held: true, remedy: 'Look at the source.' };
    service.parts.views.summary_changes = { clock: { kind: 'wall', now_ms: at, last_tick_ms: at - 3_600_000 }, data };
    await open('/');
    const text = await textOf('#notices');
    expect(text).toContain('No new activity has come from Moodle since 18 Nov 2025, 22:41.');
    expect(text).toContain('Hardly anybody was active. No new alert is raised meanwhile. Look at the source.');
    await picture('stale');
  });

  it('hands the list over as a file', async () => {
    await open('/at-risk');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('at-risk.csv');
    expect(complaints).toEqual([]);
  });

  it('hands over all pages of the list in one file that a spreadsheet runs nothing of', async () => {
    const { views } = service.parts;
    const people = views.people;
    const many = Array.from({ length: 1_300 }, (_, i) => ({ ...people[0]!, user_id: 1_000 + i, name: FORMULA_NAME }));
    views.people = many;
    await open('/at-risk');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    views.people = people;
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split(/\r?\n/);
    expect(lines.length).toBe(1_301);
    expect(lines.filter((line) => line.startsWith('user_id,')).length).toBe(1);
    expect(new Set(lines.slice(1).map((line) => line.split(',')[0])).size).toBe(1_300);
    expect(lines[1]).toContain("'=cmd()|calc");
  });

  it('shows figures that come by themselves, pauses, and says where they are from when the service is gone', async () => {
    await open('/analytics');
    await page.waitForSelector('.figure');
    await page.locator('#live-state', { hasText: /^Live, updated \d\d:\d\d:\d\d\.$/ }).waitFor();
    await picture('analytics');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('#live-state', { hasText: /^Paused, figures from/ }).waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('#live-state', { hasText: /^Live/ }).waitFor();
    await page.context().setOffline(true);
    service.http.app.getHttpServer().closeAllConnections();
    await page.locator('#live-state', { hasText: /^Reconnecting/ }).waitFor();
    await page.context().setOffline(false);
    await page.locator('#live-state', { hasText: /^Live/ }).waitFor();
    await open('/clicks');
    await page.waitForSelector('.figure');
    await picture('clicks');
  });

  it('lists who was contacted and who was active again, without saying why', async () => {
    await open('/contacts');
    expect(await textOf('main')).toContain('1 of 2 students reached were active again within 14 days.');
    expect(await page.locator('tbody tr').count()).toBe(3);
    expect(await textOf('tbody tr:nth-child(3)')).toContain('not known yet');
    await picture('contacts');
    expect(complaints).toEqual([]);
  });

  it('narrows the contacts to a group and to days, both inclusive, and keeps that in the address', async () => {
    await open('/contacts');
    await page.selectOption('#group', 'Group A');
    await page.fill('#from', '2025-11-12');
    await page.fill('#to', '2025-11-12');
    await page.waitForFunction('location.search.includes("to=2025-11-12")');
    await page.waitForSelector('tbody tr:nth-child(3)');
    expect(new URL(page.url()).search).toBe('?group=Group+A&from=2025-11-12&to=2025-11-12');
    const day_ms = 86_400_000;
    const asked = service.parts.views.asked.at(-1) as { group?: string; from_ms?: number; to_ms?: number };
    expect([asked.group, asked.to_ms! - asked.from_ms!]).toEqual(['Group A', day_ms]);
    await picture('contacts-of-a-day');
    await page.fill('#to', '');
    await page.fill('#from', '2025-11-14');
    await page.locator('.message', { hasText: 'Nobody was contacted there at that time.' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows how scores came true, for whom less, how foreign the data is, and who challenges', async () => {
    await open('/model');
    const text = await textOf('main');
    for (const part of [
      '90 of 100',
      'Counted on a data set',
      'Gender: women',
      'Too small for a figure: Age: from 55',
      'doubted, alerts held',
      '0.41',
      'activities in pages and files, last 28 days (1.10)',
    ])
      expect(text).toContain(part);
    expect(await textOf('tr:has-text("2025-11-01b")')).toContain('challenger');
    await picture('model');
    await open('/model', { colorScheme: 'dark' });
    await picture('model-dark');
    await open('/students/11?course=2', { colorScheme: 'dark' });
    await page.waitForSelector('.plot .median', { state: 'attached' });
    await picture('student-dark');
    expect(complaints).toEqual([]);
  });

  it('is small: scripts and styles together below 250 KB gzipped', async () => {
    const sizes: number[] = [];
    await open('/');
    for (const url of new Set((await page.evaluate('performance.getEntriesByType("resource").map((e) => e.name)')) as string[])) {
      if (/\.(js|css|svg)$/.test(url)) sizes.push(gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length);
    }
    expect(sizes.length).toBeGreaterThan(10);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  it('shows the interface under /docs without breaking its policy', async () => {
    await page?.context().close();
    const context = await browser.newContext({ viewport: DESKTOP });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${address}/docs`);
    await page.waitForSelector('.opblock');
    expect(await page.locator('.opblock').count()).toBeGreaterThan(15);
    await picture('docs');
    expect(complaints).toEqual([]);
  });
});
