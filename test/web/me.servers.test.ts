/** A launch in a real browser, in a window and in a frame, and the page that a student gets. Pictures go to test-output/. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Lti } from '../../src/access/lti.js';
import type { Launch } from '../../src/access/lti-claims.js';
import { createHttp, type Http } from '../../src/http/create-http.js';
import { Sessions } from '../../src/http/sessions.js';
import { StudentVoice } from '../../src/pipeline/student-voice.js';
import { fakeParts } from '../http/fakes.js';
import { claim, MEMBERSHIP, Platform } from '../http/platform.js';
import { HISTORY, openSite, replay, type Site, WEEKLY } from '../journey/site.js';

const EXECUTABLE =
  process.env.HOLDFAST_TEST_CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const OUTPUT = 'test-output';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
if (!EXECUTABLE && process.env.HOLDFAST_TEST_SERVERS === 'required') throw new Error('No Chromium: apt-get install chromium');
const described = EXECUTABLE ? describe : describe.skip;

let site: Site;
let platform: Platform;
let http: Http;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let address: string;
let student: { user_id: number; course_id: number };
const settings = { scores: false, opt_out: true };

const launchUrl = () => `${address}/lti/login?iss=${encodeURIComponent(platform.origin)}&login_hint=1`;
const as = (role: string, user_id: number) => ({
  sub: String(user_id),
  name: role,
  [claim('roles')]: [`${MEMBERSHIP}#${role}`],
  [claim('context')]: { id: String(student.course_id) },
});

async function faults(): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

async function open(options: Parameters<Browser['newContext']>[0] = {}) {
  await context?.close();
  context = await browser.newContext({ locale: 'en-GB', ...options });
  page = await context.newPage();
}

async function launched(options: Parameters<Browser['newContext']>[0] = {}) {
  await open(options);
  await page.goto(launchUrl());
  await page.waitForSelector('h1');
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
}

described('a launch in a browser', () => {
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    site = await openSite(WEEKLY);
    await replay(site.service, site.config, [HISTORY]);
    const { views, store, pipeline } = site.service;
    student = (await views.predictions({ scored: true, alert: ['open'] }, null, 1)).items[0]!;
    platform = await Platform.start();
    const moodle = {
      issuer: platform.origin,
      client_id: 'AbC',
      deployment_ids: ['1'],
      auth_url: `${platform.origin}/mod/lti/auth.php`,
    };
    const lti = { address: 'http://localhost', platforms: [{ ...moodle, jwks_url: platform.jwks_url }] };
    const renewal =
      async ({ viewer }: Launch) =>
      async () =>
        viewer;
    const door = { lti: new Lti(lti), sessions: new Sessions(), renewal, now_ms: Date.now };
    http = await createHttp({
      ...fakeParts(),
      views,
      limited: site.service.limited,
      lti: door,
      seen: site.service.seen,
      me: { voice: new StudentVoice(store, pipeline), seen: site.service.seen, settings },
    });
    http.ready();
    address = (await http.listen('127.0.0.1', 0)).replace('127.0.0.1', 'localhost');
    lti.address = address;
    browser = await chromium.launch({ executablePath: EXECUTABLE as string, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    await http?.close();
    await platform?.close();
    await site?.service.close();
  });
  beforeEach(() => {
    platform.launched = as('Learner', student.user_id);
  });

  it('shows a student their own page, which they can read, answer and opt out on', async () => {
    await launched();
    expect(new URL(page.url()).pathname).toBe('/me');
    const text = () => page.locator('main').textContent();
    for (const part of ['About me', 'There is a notice about you', 'What is not known', 'Nobody so far'])
      expect(await text()).toContain(part);
    expect(await text()).not.toMatch(/\d+%\s*\(/);
    expect(await faults()).toEqual([]);
    await page.screenshot({ path: `${OUTPUT}/me.png`, fullPage: true });
    await page.selectOption('#kind', 'circumstances');
    await page.fill('#words', 'I was ill <script>x</script>');
    await page.click('button[type=submit]');
    await page.waitForSelector('.written');
    expect(await page.locator('.written').textContent()).toBe('I was ill <script>x</script>');
    expect(await text()).toContain('Not read yet');
    await page.click('button:text-is("Opt out")');
    await page.waitForSelector('text=You have opted out');
    expect(await faults()).toEqual([]);
    await page.click('button:text-is("Take part again")');
    await page.waitForSelector('text=What is known about you');
  });

  it('shows the tutor what the student said, and tells the student that it was read', async () => {
    platform.launched = as('Instructor', 9001);
    await launched();
    await page.goto(`${address}/students/${student.user_id}?course=${student.course_id}`);
    await page.waitForSelector('text=What the student says');
    await page.click('button:text-is("I have read this")');
    await page.waitForSelector('text=Read by Instructor');
    expect(await faults()).toEqual([]);
    await page.screenshot({ path: `${OUTPUT}/statements.png`, fullPage: true });
    platform.launched = as('Learner', student.user_id);
    await launched();
    expect(await page.locator('main').textContent()).toContain('Instructor read what you wrote');
  });

  it.each([
    ['me-phone', { viewport: { width: 390, height: 844 } }],
    ['me-narrow', { viewport: { width: 320, height: 640 } }],
    ['me-german', { viewport: { width: 390, height: 844 }, locale: 'de-DE' }],
    ['me-dark', { colorScheme: 'dark' as const }],
  ])('fits its screen and has nothing that axe would find: %s', async (name, options) => {
    await launched(options);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    expect(await faults()).toEqual([]);
    await page.screenshot({ path: `${OUTPUT}/${name}.png`, fullPage: true });
  });

  it('works in a frame of the platform, and not in a frame of another site', async () => {
    await open();
    await page.goto(`${platform.origin}/course?tool=${encodeURIComponent(launchUrl())}`);
    await page.frameLocator('iframe').locator('h1').waitFor({ timeout: 30_000 });
    expect(await page.frameLocator('iframe').locator('h1').textContent()).toBe('About me');
    const other = await Platform.start();
    await page.goto(`${other.origin}/course?tool=${encodeURIComponent(`${address}/me`)}`);
    await page.waitForTimeout(1_000);
    expect(await page.frameLocator('iframe').locator('#main').count()).toBe(0);
    await other.close();
  });
});
