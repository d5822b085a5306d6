/** Hostile names of people, courses, assignments and clicks on every page that shows them: there as that text, and nothing of it runs. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { openClicks } from '../../src/app/clicks.js';
import { named } from '../../src/ports.js';
import { HOSTILE_TEXTS, mendedOf } from '../fixtures/hostile-texts.js';
import { hostileClicks } from '../journey/hostile-clicks.js';
import { type HostileSite, openHostileSite } from '../journey/hostile-site.js';
import { configOf } from '../journey/site.js';
import { describedInBrowser, LAUNCH } from './browser.js';
import { pageIn } from './looks.js';
import { SampleSite } from './sample-site.js';

const names = HOSTILE_TEXTS.map((text) => text.trim());

let site: HostileSite;
let behind: SampleSite;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

describedInBrowser('a hostile text on the page', () => {
  beforeAll(async () => {
    site = await openHostileSite();
    const clicks = await openClicks(configOf());
    await hostileClicks(clicks.pipeline);
    behind = await SampleSite.of(site, clicks);
    const { pipeline, views } = site.service;
    for (const { alert } of (await views.predictions({ scored: true, alert: ['open'] }, null, 2)).items)
      await pipeline.changeAlert(alert!.alert_id, null, { state: 'resolved', outcome: 'contacted' }, named(HOSTILE_TEXTS[0]));
    browser = await chromium.launch(LAUNCH);
    page = await pageIn(browser, complaints);
    // What would run says so: a dialog, a rule of the policy that is broken, a request to elsewhere.
    page.on('request', (request) => {
      if (!request.url().startsWith(behind.address)) complaints.push(`asked for ${request.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    await behind?.close();
  });

  const open = async (path: string, ready: string) => {
    await page.goto(`${behind.address}${path}`);
    await page.waitForSelector(ready, { state: 'attached' });
  };
  /** Elements that only a text could have brought, and links that would run. */
  const brought = () =>
    page.locator('main script, main img, main style, main textarea, [onerror], [onload], a[href^="javascript:" i]').count();
  const nothingRan = async () => expect([await brought(), complaints]).toEqual([0, []]);

  it('is a name in the list of those at risk, and on the page of that person', async () => {
    await open('/at-risk?band=all', '#at-risk tbody tr');
    const shown = await page.locator('#at-risk tbody .name').allTextContents();
    for (const name of names) expect(shown).toContain(name);
    await nothingRan();
    for (const { user_id, course_id, text } of site.named) {
      await open(`/students/${user_id}?course=${course_id}`, '.facts');
      expect(await page.locator('h1').textContent()).toBe(text.trim());
      expect(await page.title()).toContain('Holdfast');
    }
    await nothingRan();
  });

  it('is what courses, groups and tasks are called, in tables, titles and filters', async () => {
    const courses = await site.service.views.courses();
    await open('/courses', 'tbody tr');
    for (const { shortname, fullname } of courses) {
      expect(await page.locator('tbody .name').allTextContents()).toContain(shortname);
      expect(await page.locator('tbody .note').allTextContents()).toContain(fullname);
    }
    await open(`/courses/${courses[0]!.course_id}`, '#figures');
    expect(await page.locator('h1').textContent()).toBe(courses[0]!.shortname);
    await open('/at-risk', '#group');
    const groups = await page
      .locator('#group option')
      .evaluateAll((options) => options.map((each) => (each as { value?: string }).value));
    expect(groups.filter((each) => each !== '').sort()).toEqual([...HOSTILE_TEXTS].sort());
    const { user_id, course_id } = site.named[0]!;
    const { hand_ins } = (await site.service.views.timeline(user_id))!;
    const tasks = hand_ins.filter((each) => each.course_id === course_id).map(({ name }) => name);
    await open(`/students/${user_id}?course=${course_id}`, '[aria-label="To hand in"] td');
    expect(tasks.length).toBeGreaterThan(0);
    expect((await page.locator('[aria-label="To hand in"] tbody th').allTextContents()).sort()).toEqual(tasks.sort());
    await open('/', '#early tbody tr');
    await open('/contacts', 'tbody tr');
    await nothingRan();
  });

  it('is the name of who clicked, in the charts and tables of clicks', async () => {
    await open('/clicks', '.scroll tbody tr');
    const cells = await page.locator('main td').allTextContents();
    expect(HOSTILE_TEXTS.filter((text) => cells.includes(mendedOf(text))).length).toBeGreaterThan(5);
    await nothingRan();
  });
});
