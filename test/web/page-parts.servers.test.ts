/** Parts of the page that one comes to by acting: the trial, further pages of a list and its order, dialogs, faults, and what is printed. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Trial, TrialRefused, type TrialState } from '../../src/pipeline/trials.js';
import { Service } from '../http/service.js';
import { describedInBrowser, LAUNCH } from './browser.js';
import { faultsOf, pageIn } from './looks.js';

const PAST = { base: 0.4, a_week: 9, past_weeks: 6, smallest: 0.2, weeks_for_ten_points: 87 };
const NO_TRIAL: TrialState = {
  trial: null,
  now: { drawn: 0, known: 0 },
  later: { drawn: 0, known: 0 },
  result: null,
  word: 'none',
};
const TRIAL: Trial = {
  id: 1,
  seed: 'ab',
  by: 'Ann',
  started_ms: 1,
  weeks: 8,
  drawn: ['2026-11-16'],
  ended_ms: null,
  how: 'running',
};

/** What the service is made to answer. */
interface Made {
  people?: [];
  failing?: boolean;
}

let service: Service;
let browser: Browser;
let address: string;
let page: Page;
let complaints: string[] = [];

async function open(path: string, ready: string) {
  await page?.context().close();
  page = await pageIn(browser, complaints);
  await page.goto(`${address}${path}`);
  await page.waitForSelector(ready, { state: 'attached' });
}

const trial = () => page.locator('#trial').textContent();
const names = () => page.locator('#at-risk tbody .name').allTextContents();

describedInBrowser('on the page', () => {
  beforeAll(async () => {
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
    service.parts.views.failure = null;
    complaints = [];
  });

  it('a trial says first what it could find, for as many weeks as are asked, and is started with those', async () => {
    const started: number[] = [];
    let state = NO_TRIAL;
    Object.assign(service.parts.trials, {
      state: async () => state,
      power: async (weeks: number) => ({ ...PAST, smallest: weeks > 9 ? 0.2 : null }),
      start: async (weeks: number) => {
        started.push(weeks);
        state = { ...NO_TRIAL, trial: TRIAL, now: { drawn: 5, known: 2 }, later: { drawn: 4, known: 1 }, word: 'running' };
        return TRIAL;
      },
    });
    await open('/what-if', '#trial li');
    expect(await trial()).toContain('On the lists of 6 past weeks were 9 students a week; 40% were active again within 7 days.');
    expect(await trial()).toContain('10 weeks show a difference of 20 points or more 80 times of 100');
    expect(await trial()).toContain('Ten points need 87 weeks.');
    await page.fill('#trial-weeks', '8');
    await page.press('#trial-weeks', 'Tab');
    await page.locator('#trial', { hasText: '8 weeks would show no difference at all.' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start the trial' }).click();
    await page.getByRole('button', { name: 'Stop the trial' }).waitFor();
    expect(started).toEqual([8]);
    expect(await trial()).toContain('1 of 8 weeks are drawn: 5 students to be called at once, 4 a week later.');
    expect(await trial()).toContain('Of 3 it is known by now whether they were active again.');
    expect(await trial()).toContain('The result is told at the end, not before.');
    expect(await trial()).not.toContain('points (95');
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('a trial that is over tells the difference with its interval, and says where that tells nothing', async () => {
    const result = { difference: 0.05, low: -0.08, high: 0.18 };
    const done = { ...TRIAL, how: 'done' as const, ended_ms: 2 };
    Object.assign(service.parts.trials, { state: async () => ({ ...NO_TRIAL, trial: done, result, word: 'cannot-be-told' }) });
    await open('/what-if', '#trial strong');
    expect(await trial()).toContain('5 points (95 %: -8 to 18)');
    expect(await trial()).toContain('Whether calling helps cannot be told yet: the interval holds zero, or too few were drawn.');
    expect(await page.getByRole('button', { name: 'Start the trial' }).isVisible()).toBe(true);
  });

  it('a trial without a past says so, and one that is refused says why', async () => {
    const nothing = { base: null, a_week: 0, past_weeks: 0, smallest: null, weeks_for_ten_points: null };
    const refused = async () => {
      throw new TrialRefused('A trial is under way. There is one at a time.');
    };
    Object.assign(service.parts.trials, { state: async () => NO_TRIAL, power: async () => nothing, start: refused });
    await open('/what-if', '#trial .note');
    expect(await trial()).toContain('No past list is known yet');
    await page.check('#trial-anyway');
    await page.getByRole('button', { name: 'Start the trial' }).click();
    await page.locator('#trial [role=alert]', { hasText: 'A trial is under way.' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('a list longer than a page goes on, each student once, and keeps its filters', async () => {
    const { views } = service.parts;
    const people = views.people;
    views.people = Array.from({ length: 60 }, (_, i) => ({ ...people[0]!, user_id: 1_000 + i, name: `Student ${i}` }));
    await open('/at-risk?course=2', '#at-risk tbody tr');
    const seen: string[] = [];
    const next = page.getByRole('button', { name: 'Next page' });
    for (const first of [0, 25, 50]) {
      if (first > 0) await next.click();
      await page.locator('#at-risk tbody tr:first-child .name', { hasText: new RegExp(`^Student ${first}$`) }).waitFor();
      seen.push(...(await names()));
      expect(await page.locator('#at-risk h2').textContent()).toBe('60 enrolments');
    }
    expect(await next.count()).toBe(0);
    views.people = people;
    expect(new Set(seen).size).toBe(60);
    expect(new URL(page.url()).searchParams.get('course')).toBe('2');
  });

  it('a list is asked for in the order that is picked, and says in which it stands', async () => {
    await open('/at-risk', '#at-risk tbody tr');
    await page.selectOption('#order', 'name');
    await page.locator('#at-risk .panel-head', { hasText: 'by name' }).waitFor();
    expect(new URL(page.url()).search).toBe('?order=name');
    expect(service.parts.views.asked.at(-1)).toMatchObject({ order: 'name' });
    expect(await page.locator('#at-risk [aria-sort=descending]').count()).toBe(0);
  });

  it.each(['Resolve…', 'Note…', 'Hand on…'])('the dialog %s has nothing that axe would find', async (button) => {
    await open('/students/11?course=2', '.plot .median');
    await page.getByRole('button', { name: button }).click();
    await page.locator('dialog[open] h2').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.each<[string, string, Made]>([
    ['nobody above the threshold', '/at-risk', { people: [] }],
    ['filters that leave nobody', '/at-risk?course=2&band=low', {}],
    ['a list that fails', '/at-risk?alert=open', { failing: true }],
    ['a student who is none', '/students/4711', {}],
  ])('%s is a sentence without anything that axe would find', async (_, path, { people, failing }: Made) => {
    const { views } = service.parts;
    const everybody = views.people;
    views.people = people ?? everybody;
    views.failure = failing ? new Error('broken') : null;
    await open(path, '.message p');
    views.people = everybody;
    expect(await page.locator('.message p').textContent()).toMatch(/\w.*\.$/);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('on paper there is the list and nothing to press', async () => {
    await open('/at-risk', '#at-risk tbody tr');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('button:visible, input:visible, select:visible, nav:visible').count()).toBe(0);
    expect(await page.locator('#at-risk tbody tr:visible').count()).toBe(3);
    await open('/students/11?course=2', '.plot .median');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.actions button:visible, nav.bar:visible, .find:visible').count()).toBe(0);
    expect(await page.locator('h1').isVisible()).toBe(true);
  });
});
