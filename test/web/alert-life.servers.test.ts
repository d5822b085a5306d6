/** An alert's whole life by clicking, over a real site: the sample's history replayed, its store, its scores, its REST interface. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Registry } from 'prom-client';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { changeLog } from '../../src/app/change-log.js';
import { ServicePanels } from '../../src/app/panels.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { createHttp, type Http } from '../../src/http/create-http.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { HISTORY, openSite, replay, type Site, WEEKLY } from '../journey/site.js';
import { describedInBrowser, LAUNCH } from './browser.js';

const OUTPUT = 'test-output';
const OWNER = 'R. Mwangi';

let site: Site;
let http: Http;
let browser: Browser;
let page: Page;
let address: string;
const complaints: string[] = [];

describedInBrowser('an alert of the sample site', () => {
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    site = await openSite(WEEKLY);
    await replay(site.service, site.config, [HISTORY]);
    const { views, pipeline, models, tables } = site.service;
    const clicks = { store: new MemoryClickStore(), tables: new ClickTables(new MemoryClickStore(), clickTables()) };
    http = await createHttp({
      views,
      tables: new AllTables(tables, clicks.tables),
      panels: new ServicePanels(site.service, clicks),
      pipeline,
      models,
      changes: changeLog(site.service.store),
      seen: site.service.seen,
      trials: site.service.trials,
      clicks: null,
      metrics: new Registry(),
      log: { error: (_, message) => complaints.push(message), warn: () => undefined },
      settings: { version: '0', allowed_hosts: [] },
    });
    http.ready();
    address = await http.listen('127.0.0.1', 0);
    browser = await chromium.launch(LAUNCH);
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' })).newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await http?.close();
    await site?.service.close();
  });

  const toast = (text: string | RegExp) => page.locator('#toast:not([hidden])', { hasText: text }).waitFor();
  const asked = async (path: string) => (await fetch(`${address}/api/v1/${path}`)).json() as Promise<Record<string, unknown>>;

  it('is taken, noted, resolved and then stands among the contacts, each step by a click', async () => {
    await page.goto(`${address}/at-risk?alert=open`);
    await page.waitForSelector('#at-risk tbody tr');
    await page.locator('.reader summary').click();
    await page.fill('#my-name', OWNER);
    await page.locator('.reader summary').click();

    const name = (await page.locator('#at-risk tbody .name').first().textContent())!;
    const where = new URL((await page.locator('#at-risk tbody .name').first().getAttribute('href'))!, address);
    const [user_id, course_id] = [where.pathname.split('/').at(-1)!, where.searchParams.get('course')!];
    const ours = async () => {
      const { items } = (await asked(`alerts?user=${user_id}&course=${course_id}`)) as { items: Record<string, unknown>[] };
      return items[0]!;
    };
    expect(await ours()).toMatchObject({ state: 'open', assignee: null });

    await page.getByRole('button', { name: `Assign to me: the alert of ${name}` }).click();
    await toast(`The alert of ${name} is yours.`);
    expect(await ours()).toMatchObject({ state: 'acknowledged', assignee: OWNER });
    await page.locator('#at-risk', { hasNotText: name }).waitFor();

    await page.goto(`${address}${where.pathname}${where.search}`);
    await page.locator('.state', { hasText: 'Acknowledged' }).waitFor();
    expect(await page.locator('.facts').innerText()).toContain(OWNER);
    await page.getByRole('button', { name: 'Note…' }).click();
    await page.fill('#note', 'Rang on Monday, will come back.');
    await page.getByRole('button', { name: 'Keep the note' }).click();
    await toast(`The note on ${name} is kept.`);
    await page.locator('.written', { hasText: 'Rang on Monday' }).waitFor();

    await page.getByRole('button', { name: 'Resolve…' }).click();
    await page.selectOption('#outcome', 'contacted');
    await page.locator('dialog').getByRole('button', { name: 'Resolve' }).click();
    await toast(`The alert of ${name} is resolved.`);
    await page.locator('.state', { hasText: 'Resolved' }).waitFor();
    expect(await ours()).toMatchObject({ state: 'resolved', outcome: 'contacted', note: 'Rang on Monday, will come back.' });
    const done = page.locator('.history').first();
    await done.locator('li', { hasText: 'resolved – contacted' }).waitFor();
    for (const step of ['acknowledged', `assigned to ${OWNER}`, 'changed the note'])
      expect(await done.innerText()).toContain(step);
    await page.screenshot({ path: `${OUTPUT}/alert-life.png`, fullPage: true });

    await page.locator('nav').getByRole('link', { name: 'Contacts' }).click();
    const row = page.locator('tbody tr', { hasText: name });
    await row.waitFor();
    for (const part of ['Contacted', OWNER, 'not known yet']) expect(await row.first().innerText()).toContain(part);
    await page.screenshot({ path: `${OUTPUT}/alert-life-contacts.png` });

    await page.goto(`${address}/at-risk?band=all&contacted=true`);
    await page.locator('#at-risk tbody .name', { hasText: name }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows the real model: how its scores came true, and whom it was tested on', async () => {
    await page.goto(`${address}/model`);
    await page.locator('h2', { hasText: 'How scores came true' }).waitFor();
    const text = await page.locator('main').innerText();
    for (const part of ['oulad-2013 (AAA/2013J, BBB/2013B)', 'Gender: women', 'How foreign the data is', 'champion'])
      expect(text).toContain(part);
    await page.screenshot({ path: `${OUTPUT}/model-real.png`, fullPage: true });
    expect(complaints).toEqual([]);
  });
});
