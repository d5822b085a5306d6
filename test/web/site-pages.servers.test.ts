/** Every page over the data of a site: light and dark, at a desk and on a phone, with its figures held against the interface and exports. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Access } from '../../src/http/access.js';
import type { Http } from '../../src/http/create-http.js';
import { Sessions } from '../../src/http/sessions.js';
import { named } from '../../src/ports.js';
import { describedInBrowser, LAUNCH } from './browser.js';
import { faultsOf, pageIn, tooWideBy } from './looks.js';
import { SampleSite } from './sample-site.js';

const OUTPUT = 'test-output';
const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 375, height: 812 } },
  { name: 'phone-dark', colorScheme: 'dark', viewport: { width: 375, height: 812 } },
] as const;
const FOUR_WEEKS_MS = 28 * 86_400_000;
const QUARTER_MS = 15 * 60_000;

interface Items<T> {
  items: T[];
  total: number;
}
interface Place {
  user_id: number;
  early_score: number;
  person: { name: string };
}
interface Summary {
  threshold: number;
  activities: number;
  early: number;
  clock: { now_ms: number };
}
interface Course {
  course_id: number;
  shortname: string;
  enrolments: { active: number; withdrawn: number };
}

let site: SampleSite;
/** The same site where one has to sign in, and nobody is let in. */
let locked: Http;
let browser: Browser;
let page: Page;
let complaints: string[] = [];

/** Nobody has a key here. */
class NoKeys extends Access {
  override async byBearer(): Promise<null> {
    return null;
  }
}

/** What a page is waited for by, and what its figures must be. */
interface Visit {
  path: string | (() => Promise<string>);
  ready: string;
  act?: () => Promise<void>;
  tells: () => Promise<void>;
}

const whole = (n: number) => n.toLocaleString('en-GB');
const tenth = (n: number) => whole(Math.round(n * 10) / 10);
const text = async (selector: string) => (await page.locator(selector).first().textContent()) ?? '';
const texts = (selector: string) => page.locator(selector).allTextContents();
const rows = (selector: string) => page.locator(`${selector} tbody tr`).count();
const summary = () => site.asked<Summary>('summary');
/** The figures of a page by their labels. */
const figures = async () => {
  const values = (await texts('.figures .figure')).map((each) => each.trim());
  return Object.fromEntries((await texts('.figures dt')).map((label, i) => [label, values[i]]));
};
const table = async (name: string, filter = {}) => {
  const found: Record<string, unknown>[] = [];
  const tables =
    name.includes('_per_') || name.startsWith('user_ip') || name.startsWith('click') ? site.clicks : site.site.service;
  for await (const row of tables.tables.rows(name, filter)) found.push(row);
  return found;
};
const firstAlert = async () =>
  (await site.asked<Items<{ user_id: number; course_id: number }>>('alerts?state=open&limit=1')).items[0]!;
const largest = async () =>
  (await site.asked<Items<Course>>('courses?limit=1000')).items.toSorted((a, b) => b.enrolments.active - a.enrolments.active)[0]!;

const VISITS: Record<string, Visit> = {
  'this-week': {
    path: '/',
    ready: '#early tbody tr',
    tells: async () => {
      expect(await text('nav a')).toBe('This week');
      const { items } = await site.asked<Items<Place>>('early?limit=1000');
      const students = new Set((await table('early')).map((row) => row.user_id));
      expect([await rows('#early'), await text('#early h2')]).toEqual([students.size, `${students.size} students on the list`]);
      expect(Object.values(await figures())[0]).toBe(whole((await summary()).early));
      const likely = items.toSorted((a, b) => b.early_score - a.early_score)[0]!;
      expect(await text('#early tbody .name')).toBe(likely.person.name);
      expect(await page.locator('#early tbody tr:not(:has(.reasons li))').count()).toBe(0);
    },
  },
  'at-risk': {
    path: '/at-risk',
    ready: '#at-risk tbody tr',
    tells: async () => {
      const { threshold } = await summary();
      const listed = (await site.asked<Items<object>>(`predictions?above=${threshold}&limit=1000`)).items.length;
      expect(await text('#at-risk h2')).toBe(`${whole(listed)} enrolments`);
      expect(await rows('#at-risk')).toBe(Math.min(25, listed));
    },
  },
  student: {
    path: async () => {
      const { user_id, course_id } = await firstAlert();
      return `/students/${user_id}?course=${course_id}`;
    },
    ready: '.plot .median',
    tells: async () => {
      const { user_id, course_id } = await firstAlert();
      const { score, person } = await site.asked<{ score: { score: number; reasons: object[] }; person: { name: string } }>(
        `predictions/${user_id}/${course_id}`,
      );
      expect(await text('h1')).toBe(person.name);
      expect(Number.parseFloat((await text('.facts .score-number')).replace(/[^\d.]/g, ''))).toBeCloseTo(100 * score.score, -0.5);
      expect(await page.locator('.reasons.all li').count()).toBe(score.reasons.length);
      const days = (await table('activity_days', { user_id, course_id })).filter(({ activities }) => Number(activities) > 0);
      expect(days.length).toBeGreaterThan(0);
      expect(await page.locator('.plot .day').count()).toBeLessThanOrEqual(days.length);
    },
  },
  contacts: {
    path: '/contacts',
    ready: 'tbody tr',
    tells: async () => {
      const { items } = await site.asked<Items<{ person: { name: string }; assignee: string }>>('contacts?limit=1000');
      expect([await rows(''), items.length]).toEqual([1, 1]);
      for (const part of [items[0]!.person.name, 'Contacted', 'R. Mwangi', 'not known yet'])
        expect(await text('tbody tr')).toContain(part);
    },
  },
  courses: {
    path: '/courses',
    ready: 'tbody tr',
    tells: async () => {
      const { items } = await site.asked<Items<Course>>('courses?limit=1000');
      expect(await text('.panel h2')).toBe(`${items.length} courses`);
      const enrolments = (await table('enrolments')).filter((row) => row.state === 'active');
      for (const { course_id, shortname } of items) {
        const cells = page.locator('tbody tr', { has: page.getByRole('link', { name: shortname, exact: true }) }).locator('td');
        expect([shortname, await cells.first().textContent()]).toEqual([
          shortname,
          whole(enrolments.filter((row) => row.course_id === course_id).length),
        ]);
      }
    },
  },
  course: {
    path: async () => `/courses/${(await largest()).course_id}`,
    ready: '.chart canvas',
    tells: async () => {
      const { course_id, enrolments } = await largest();
      const { weeks } = await site.asked<{ weeks: { active: number; students: number }[] }>(`courses/${course_id}/weeks`);
      expect(weeks.length).toBeGreaterThan(10);
      expect(await page.locator('.chart').first().locator('tbody tr').count()).toBe(weeks.length);
      const { active, students } = weeks.at(-1)!;
      expect(await text('.chart')).toContain(`In the last week ${active} of ${students} students were active.`);
      expect(await text('#figures')).toContain(`${whole(enrolments.withdrawn)} have left`);
    },
  },
  predictive: {
    path: '/analytics?minutes=40320',
    ready: '.chart canvas',
    tells: async () => {
      const { clock, threshold } = await summary();
      const begun = (await table('sessions')).filter(
        ({ start_ms }) => Number(start_ms) > clock.now_ms - FOUR_WEEKS_MS && Number(start_ms) <= clock.now_ms,
      );
      const { items } = await site.asked<Items<{ user_id: number }>>(`predictions?above=${threshold}&limit=1000`);
      const mean = (column: string) => tenth(begun.reduce((sum, row) => sum + Number(row[column]), 0) / begun.length);
      expect(begun.length).toBeGreaterThan(100);
      expect(Object.values(await figures())).toEqual([
        whole(new Set(items.map(({ user_id }) => user_id)).size),
        whole(begun.length),
        mean('duration_s'),
        mean('activities'),
      ]);
    },
  },
  'click-streams': {
    path: '/clicks',
    ready: '.chart canvas',
    tells: async () => {
      const until_ms = (await site.clicks.store.clock())!.now_ms! + 1;
      const span = { from_ms: until_ms - QUARTER_MS, to_ms: until_ms };
      const events = await table('events_per_min', span);
      const hits = events.reduce((sum, row) => sum + Number(row.events), 0);
      expect(hits).toBeGreaterThan(3_000);
      expect(Object.values(await figures())).toEqual([
        whole(hits),
        whole(new Set(events.map(({ userid }) => userid)).size),
        whole((await table('click_user_sessions', span)).length),
      ]);
      const sums = new Map<string, number>();
      for (const { ip, username, city, count } of await table('user_ip_activity', span)) {
        const key = [ip, username ?? '–', city ?? '–'].join();
        sums.set(key, (sums.get(key) ?? 0) + Number(count));
      }
      const most = Math.max(...sums.values());
      const panel = page.locator('.panel', { has: page.getByRole('heading', { name: 'User–IP activity' }) });
      expect(await panel.locator('tbody tr').first().locator('td').last().textContent()).toBe(whole(most));
    },
  },
  model: {
    path: '/model',
    ready: 'pre.card',
    tells: async () => {
      interface Model {
        version: string;
        champion: boolean;
        target: string;
        metrics: Record<string, { auc: number }>;
      }
      const { items } = await site.asked<Items<Model>>('models?limit=1000');
      const { version, target, metrics } = items.find(({ champion }) => champion)!;
      expect(await text('.panel h2')).toBe(version);
      expect(await text('.panel tbody tr')).toContain(metrics[target]!.auc.toFixed(3));
    },
  },
  'what-if': {
    path: '/what-if',
    ready: '#trial li',
    act: async () => {
      await page.getByRole('button', { name: 'Work it out' }).click();
      await page.waitForSelector('#then', { timeout: 60_000 });
    },
    tells: async () => {
      const { right, wasted, lost, lost_listed } = simulated;
      const told = await text('#what-if');
      for (const part of [`(${right} of ${right + wasted})`, `(${lost_listed} of ${lost}`]) expect(told).toContain(part);
    },
  },
  system: {
    path: '/system',
    ready: '[aria-label="Counted"] tbody tr',
    tells: async () => {
      const { activities } = await summary();
      const counted = (await table('user_activity')).reduce((sum, row) => sum + Number(row.activities), 0);
      expect(counted).toBe(activities);
      expect(await text('[aria-label="Counted"] td')).toBe(whole(activities));
    },
  },
};

interface Simulated {
  right: number;
  wasted: number;
  lost: number;
  lost_listed: number;
}
let simulated: Simulated;

async function visit(name: string, { path, ready, act, tells }: Visit, { name: look, ...options }: (typeof LOOKS)[number]) {
  page = await pageIn(browser, complaints, options);
  await page.goto(`${site.address}${typeof path === 'string' ? path : await path()}`);
  await page.waitForSelector(ready, { state: 'attached' });
  await act?.();
  await tells();
  await page.screenshot({ path: `${OUTPUT}/site-${name}-${look}.png`, fullPage: true });
  expect({ look, wide: await tooWideBy(page), faults: await faultsOf(page) }).toEqual({ look, wide: 0, faults: [] });
  await page.context().close();
}

describedInBrowser('on the data of the sample site', () => {
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    site = await SampleSite.start();
    locked = await site.door({
      gate: { access: new NoKeys(), sessions: new Sessions(), accounts: true, secure: false, now_ms: Date.now },
    });
    const { pipeline, views } = site.site.service;
    const { alert } = (await views.predictions({ scored: true, alert: ['open'] }, null, 1)).items[0]!;
    await pipeline.changeAlert(alert!.alert_id, null, { state: 'acknowledged', assignee: 'R. Mwangi' }, named('R. Mwangi'));
    await pipeline.changeAlert(alert!.alert_id, null, { state: 'resolved', outcome: 'contacted' }, named('R. Mwangi'));
    const body = JSON.stringify({ threshold: (await summary()).threshold });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${site.address}/api/v1/thresholds/simulate`, { method: 'POST', headers, body });
    simulated = ((await answer.json()) as { thresholds: Simulated[] }).thresholds[0]!;
    browser = await chromium.launch(LAUNCH);
  });
  afterAll(async () => {
    await browser?.close();
    await locked?.close();
    await site?.close();
  });
  beforeEach(() => {
    complaints = [];
  });

  it.each(Object.keys(VISITS))('the page %s shows the figures of the interface, in every look', async (name) => {
    for (const look of LOOKS) await visit(name, VISITS[name]!, look);
    expect([...complaints, ...site.errors]).toEqual([]);
  });

  it('the way in asks for a key or an account, says nothing of anybody, and refuses a wrong key in words', async () => {
    const address = await locked.listen('127.0.0.1', 0);
    for (const { name, ...look } of LOOKS) {
      page = await pageIn(browser, complaints, look);
      await page.goto(`${address}/at-risk`);
      await page.getByRole('link', { name: 'Sign in with your university account' }).waitFor();
      await page.fill('#key', 'hf_wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('[role=alert]', { hasText: 'There is no such key' }).waitFor();
      expect(await page.locator('#site, table').allTextContents()).toEqual(['']);
      await page.screenshot({ path: `${OUTPUT}/site-sign-in-${name}.png`, fullPage: true });
      expect({ name, wide: await tooWideBy(page), faults: await faultsOf(page) }).toEqual({ name, wide: 0, faults: [] });
      await page.context().close();
    }
    // The browser writes down by itself that it was refused.
    expect(complaints.filter((each) => !/status of 401/.test(each))).toEqual([]);
  });
});
