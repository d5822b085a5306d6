/**
 * The page in a real browser: what staff see. Needs a Chromium on this machine (CI installs one); without it the suite says so
 * and is left out, unless HOLDFAST_TEST_SERVERS=required. Pictures go to test-output/ for a person to look at.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { FORMULA_NAME, SCRIPT_NAME } from '../http/fakes.js';
import { Service } from '../http/service.js';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const EXECUTABLE = process.env.HOLDFAST_TEST_CHROMIUM ?? CANDIDATES.find((path) => existsSync(path));
const OUTPUT = 'test-output';
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** The narrowest screen that people zoom to. */
const NARROW = { width: 320, height: 640 };

if (!EXECUTABLE && process.env.HOLDFAST_TEST_SERVERS === 'required') throw new Error('No Chromium: apt-get install chromium');
if (!EXECUTABLE) console.warn('test/web is left out: there is no Chromium on this machine.');
const described = EXECUTABLE ? describe : describe.skip;

let service: Service;
let browser: Browser;
let address: string;
let page: Page;
/** Whatever the browser complained of: scripts that failed, rules of the policy that were broken. */
let complaints: string[] = [];

async function open(path: string, options: { viewport?: typeof DESKTOP; colorScheme?: 'light' | 'dark' } = {}): Promise<void> {
  await page?.context().close();
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(`${address}${path}`);
  await page.waitForSelector('#at-risk:not([aria-busy])');
}

const textOf = (selector: string) => page.locator(selector).innerText();
const picture = (name: string) => page.screenshot({ path: `${OUTPUT}/${name}.png` });

described('the page', () => {
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    service = await Service.start();
    address = await service.http.listen('127.0.0.1', 0);
    browser = await chromium.launch({ executablePath: EXECUTABLE as string, args: ['--no-sandbox', '--disable-gpu'] });
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

  it('shows who may stop taking part, why, since when, and who looks after it', async () => {
    await open('/');
    expect(await page.locator('#at-risk tbody tr').count()).toBe(3);
    const first = await textOf('#at-risk tbody tr:first-child');
    for (const part of [
      'Amara Okafor',
      'BIO 210',
      '91%',
      'Very high',
      'No activity for 12 days',
      '12 days ago',
      'Acknowledged',
    ]) {
      expect(first).toContain(part);
    }
    expect(await textOf('#freshness')).toContain('Scored today, 04:00');
    expect(await textOf('#early')).toContain('Early');
    expect(await textOf('#not-scored')).toContain('scores start after 7 days of data');
    await picture('at-risk');
    expect(complaints).toEqual([]);
  });

  it('shows a score that rounds to the threshold with its decimal', async () => {
    await open('/');
    const row = page.locator('#at-risk tbody tr', { hasText: FORMULA_NAME });
    expect(await row.locator('.score-number').innerText()).toBe('70.4%');
  });

  it('shows a name that is a script as that text, and runs nothing', async () => {
    await open('/');
    expect(await page.locator('.name', { hasText: SCRIPT_NAME }).first().innerText()).toBe(SCRIPT_NAME);
    expect(await page.locator('main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['at-risk-dark', DESKTOP, 'dark'],
    ['at-risk-phone', PHONE, 'light'],
    ['at-risk-phone-dark', PHONE, 'dark'],
    ['at-risk-narrow', NARROW, 'light'],
  ] as const)('fits its screen: %s', async (name, viewport, colorScheme) => {
    await open('/', { viewport, colorScheme });
    const too_wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(too_wide).toBe(0);
    await picture(name);
    expect(complaints).toEqual([]);
  });

  it('opens a student with all reasons and the days of activity, and comes back with Escape', async () => {
    await open('/');
    await page.locator('.name', { hasText: 'Amara Okafor' }).first().press('Enter');
    await page.waitForSelector('#student[open] .plot');
    const text = await textOf('#student');
    expect(text).toContain('Assignment 1 handed in on time');
    expect(text).toContain('Active on 10 of the last 70 days; last on 8 Nov.');
    expect(text).toContain('not illness, work or plans: ask.');
    expect(await page.locator('#student .plot .day').count()).toBe(10);
    await picture('student');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#student:not([open])', { state: 'attached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Amara Okafor');
    expect(new URL(page.url()).hash).toBe('');
    expect(complaints).toEqual([]);
  });

  it('opens a student from a link, on a phone and in the dark', async () => {
    await open('/#student=12&course=3', { viewport: PHONE, colorScheme: 'dark' });
    await page.waitForSelector('#student[open] .plot');
    await picture('student-phone-dark');
    expect(await textOf('#student-name')).toBe(SCRIPT_NAME);
    expect(complaints).toEqual([]);
  });

  it('acknowledges an alert and says so', async () => {
    await open('/');
    await page.getByRole('button', { name: `Acknowledge the alert of ${FORMULA_NAME}` }).click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(await textOf('#toast')).toBe(`The alert of ${FORMULA_NAME} is acknowledged.`);
    expect(service.parts.views.alerts_held.get('0000000000000013')?.state).toBe('acknowledged');
  });

  it('asks for the outcome before an alert is resolved', async () => {
    await open('/#student=11&course=2');
    const resolve = page.getByRole('button', { name: 'Resolve' });
    expect(await resolve.isDisabled()).toBe(true);
    await page.selectOption('#outcome', 'contacted');
    await resolve.click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(service.parts.views.alerts_held.get('0000000000000011')).toMatchObject({ state: 'resolved', outcome: 'contacted' });
  });

  it('says who was faster, and offers both ways', async () => {
    await open('/');
    const held = service.parts.views.alerts_held;
    const alert = held.get('0000000000000013');
    if (alert) held.set(alert.alert_id, { ...alert, note: 'x', assignee: 'Jonas Feld', revision: 2 });
    await page.getByRole('button', { name: `Acknowledge the alert of ${FORMULA_NAME}` }).click();
    await page.waitForSelector('.notice[role=alert]');
    expect(await textOf('.notice[role=alert]')).toContain('changed while you were working: it is now open, with Jonas Feld.');
    await picture('conflict');
    await page.getByRole('button', { name: 'Save mine anyway' }).click();
    await page.waitForSelector('#toast:not([hidden])');
    expect(held.get('0000000000000013')).toMatchObject({ state: 'acknowledged', revision: 3 });
  });

  it('keeps its filters in the address', async () => {
    await open('/');
    await page.selectOption('#course', '3');
    await page.waitForSelector('#at-risk tbody tr:only-child');
    expect(new URL(page.url()).search).toBe('?course=3');
    await open('/?course=2&band=low');
    expect(await textOf('#at-risk')).toContain('No student matches these filters. 3 students match without them.');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForSelector('#at-risk tbody tr');
  });

  it('says that nothing is waiting, how fresh that is, and what the highest score was', async () => {
    const { views } = service.parts;
    const people = views.people;
    views.people = people.filter((p) => (p.score ?? 0) <= 0.7);
    await open('/');
    views.people = people;
    expect(await textOf('#at-risk')).toBe(
      'No student is above the alert threshold. All 2 open enrolments with a score were scored today, 04:00; ' +
        'the highest score is 55%. Nothing is waiting for you.',
    );
    await picture('empty');
  });

  it('says what went wrong, with the reference for the administrator, and tries again', async () => {
    service.parts.views.failure = new Error('broken');
    await open('/');
    expect(await textOf('#at-risk')).toMatch(/The list could not be loaded\..*reference [0-9a-f]{8}/);
    await picture('error');
    service.parts.views.failure = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('#at-risk tbody tr');
  });

  it('says above all else when no activity comes from Moodle any more', async () => {
    const at = Date.UTC(2025, 10, 18, 21, 41);
    service.parts.views.summary_changes = { clock: { kind: 'wall', now_ms: at, last_tick_ms: at - 3_600_000 } };
    await open('/');
    expect(await textOf('#notices')).toBe(
      'Scores are from Tue 18 Nov. No new activity has come from Moodle since 18 Nov 2025, 22:41.',
    );
    await picture('stale');
  });

  it('hands the list over as a file', async () => {
    await open('/');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('at-risk.csv');
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
