/** Acting on alerts in a real browser: what is said is true, nothing typed is lost, and the focus stays with the work. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { OPEN_VIEWER, type Scope } from '../../src/access/viewer.js';
import type { Alert } from '../../src/domain.js';
import type { AlertFields } from '../../src/ports.js';
import { FORMULA_NAME, NOW_MS, PEOPLE, SCRIPT_NAME } from '../http/fakes.js';
import { Service } from '../http/service.js';
import { describedInBrowser, LAUNCH } from './browser.js';
import { pageIn } from './looks.js';

const OUTPUT = 'test-output';
const [AMARA, SCRIPT, FORMULA] = ['0000000000000011', '0000000000000012', '0000000000000013'];
/** 09:11 in Berlin, on the day of the fakes. */
const AT_MS = Date.UTC(2025, 10, 20, 8, 11);

let service: Service;
let browser: Browser;
let address: string;
let page: Page;

const held = (alert_id: string) => service.parts.views.alerts_held.get(alert_id) as Alert;
/** What somebody did while the page was open. */
function meanwhile(alert_id: string, by: string | null, to: Partial<Alert>, said: AlertFields = {}) {
  const { views } = service.parts;
  const revision = held(alert_id).revision + 1;
  views.alerts_held.set(alert_id, { ...held(alert_id), ...to, revision });
  views.edits.set(alert_id, by === null ? [] : [{ alert_id, revision, at_ms: AT_MS, by, by_user_id: null, from: {}, to: said }]);
}

async function open(path: string, { locale = 'en-GB', width = 1440 } = {}) {
  await page?.context().close();
  page = await pageIn(browser, [], { viewport: { width, height: 900 }, locale });
  page.setDefaultTimeout(20_000);
  await page.goto(`${address}${path}`);
  await page.waitForSelector('h1, .message');
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
}

const textOf = (selector: string) => page.locator(selector).innerText();
const picture = (name: string) => page.screenshot({ path: `${OUTPUT}/${name}.png` });
const toast = (text: string) => page.locator('#toast:not([hidden])', { hasText: text }).waitFor();
const press = (name: string, within = 'main') => page.locator(within).getByRole('button', { name, exact: true }).click();
const box = (name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
const focused = () => page.evaluate('document.activeElement.className || document.activeElement.textContent');
const BAR = '#at-risk .panel-head';
const DIALOG = 'dialog[open]';

describedInBrowser('acting on alerts', () => {
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
    service.parts.views.people = PEOPLE;
  });

  it('tells what became of many: saved, somebody’s already, changed meanwhile, and not saved with the reason', async () => {
    meanwhile(AMARA, null, { assignee: 'Jonas Feld' });
    await open('/at-risk');
    await page.locator('.all').check();
    expect(await textOf(BAR)).toContain('1 already assigned');
    await picture('bulk');
    meanwhile(FORMULA, 'Ana', { note: 'x' });
    await press('Assign to me', BAR);
    await toast('1 saved, 1 already Jonas Feld’s, 1 changed meanwhile: still selected.');
    expect(held(AMARA).assignee).toBe('Jonas Feld');
    expect(await textOf('#at-risk h2')).toBe('1 selected');

    await page.route('**/api/v1/alerts/*', (route) => route.abort());
    await press('Mute for 14 days', BAR);
    await toast('0 saved. 1 could not be saved, still selected: The service could not be reached.');
    expect(await textOf('#at-risk h2')).toBe('1 selected');
  });

  it('hands many on, mutes and resolves them, and takes back what can be', async () => {
    await open('/at-risk');
    await page.locator('.all').check();
    await press('Hand on…', BAR);
    await page.fill('#hand-to', 'ANA LIMA');
    await press('Hand on', DIALOG);
    await toast('3 saved.');
    expect([AMARA, SCRIPT, FORMULA].map((id) => held(id).assignee)).toEqual(['Ana Lima', 'Ana Lima', 'Ana Lima']);
    await press('Undo', '#toast');
    await page.locator('#at-risk tbody', { hasText: 'local' }).waitFor();
    expect([AMARA, SCRIPT].map((id) => held(id).assignee)).toEqual(['local', null]);

    await page.locator('.all').check();
    await press('Mute for 14 days', BAR);
    await page.locator('.status', { hasText: 'muted until 4 Dec' }).first().waitFor();
    expect(await focused()).toBe('all');
    await page.locator('.all').check();
    await press('Resolve…', BAR);
    await page.selectOption(`${DIALOG} #outcome`, 'no-answer');
    expect(await page.locator(`${DIALOG} #note`).count()).toBe(0);
    await press('Resolve', DIALOG);
    // The status line says the same of the change before.
    await page.locator(DIALOG).waitFor({ state: 'hidden' });
    await toast('3 saved.');
    expect(held(SCRIPT)).toMatchObject({ state: 'resolved', outcome: 'no-answer' });
  });

  it('selects a range with shift, clears with Esc, and offers all that match', async () => {
    const { views } = service.parts;
    const alerts = views.alerts_held;
    views.people = Array.from({ length: 30 }, (_, i) => ({ ...PEOPLE[1]!, user_id: 100 + i, name: `Student ${100 + i}` }));
    for (const { user_id, course } of views.people)
      alerts.set(`a${user_id}`, { ...held(SCRIPT), alert_id: `a${user_id}`, user_id, course_id: course });
    await open('/at-risk');
    await box('Student 101').check();
    await box('Student 104').click({ modifiers: ['Shift'] });
    expect(await textOf('#at-risk h2')).toBe('4 selected');
    await page.keyboard.press('Escape');
    expect([await textOf('#at-risk h2'), await focused()]).toEqual(['30 enrolments', 'all']);

    await page.locator('.all').check();
    expect(await textOf('#at-risk h2')).toBe('25 selected');
    await press('Select all 30');
    await page.locator('#at-risk h2', { hasText: '30 selected' }).waitFor();
    expect(await textOf(BAR)).toContain('5 not on this page');
    await press('Clear selection', BAR);

    expect(await textOf('.more')).toContain('1–25 of 30');
    await press('Next page');
    await page.locator('.more', { hasText: '26–30 of 30' }).waitFor();
    await page.locator('.more button:focus', { hasText: 'Previous page' }).waitFor();
    await press('Previous page');
    await page.locator('.more', { hasText: '1–25 of 30' }).waitFor();
    await page.locator('.more button:focus', { hasText: 'Next page' }).waitFor();
  });

  it('keeps a note that could not be saved, with the reason, and saves it then', async () => {
    await open('/students/11?course=2');
    await press('Note…');
    await page.fill('#note', 'rang, comes on Monday');
    await page.route('**/api/v1/alerts/*', (route) => route.abort());
    await press('Keep the note', DIALOG);
    await page.locator(DIALOG, { hasText: 'The service could not be reached.' }).waitFor();
    expect(await page.inputValue('#note')).toBe('rang, comes on Monday');
    await page.unroute('**/api/v1/alerts/*');
    await press('Keep the note', DIALOG);
    await toast('The note on Amara Okafor is kept.');
    expect(held(AMARA).note).toBe('rang, comes on Monday');
    expect(await page.locator(DIALOG).count()).toBe(0);
  });

  it('keeps a typed note through both ways when somebody else wrote one', async () => {
    await open('/students/11?course=2');
    await press('Note…');
    await page.fill('#note', 'mine');
    meanwhile(AMARA, 'Jonas Feld', { note: 'his' }, { note: true });
    await press('Keep the note', DIALOG);
    await page.locator(DIALOG, { hasText: 'Jonas Feld changed its note at 09:11. The note is now: “his”.' }).waitFor();
    await picture('conflict-note');
    await press('Keep Jonas Feld’s change', DIALOG);
    expect([await page.inputValue('#note'), held(AMARA).note]).toEqual(['mine', 'his']);
    meanwhile(AMARA, 'Jonas Feld', { note: 'his again' }, { note: true });
    await press('Keep the note', DIALOG);
    await press('Keep my note anyway', DIALOG);
    await toast('The note on Amara Okafor is kept.');
    expect([held(AMARA).note, await page.locator(DIALOG).count()]).toEqual(['mine', 0]);
  });

  it('begins a resolution with the note that stands there, and leaves it when nothing is written', async () => {
    meanwhile(AMARA, null, { note: 'rang on Monday' });
    await open('/students/11?course=2');
    await press('Resolve…');
    expect(await page.inputValue('#note')).toBe('rang on Monday');
    await page.selectOption('#outcome', 'contacted');
    await press('Resolve', DIALOG);
    await toast('is resolved');
    expect(held(AMARA)).toMatchObject({ state: 'resolved', note: 'rang on Monday' });
  });

  it('says who changed what when, offers both ways, and comes back to the row', async () => {
    await open('/at-risk');
    meanwhile(
      FORMULA,
      'Jonas Feld',
      { state: 'acknowledged', assignee: 'Jonas Feld' },
      { state: 'acknowledged', assignee: 'Jonas Feld' },
    );
    await press(`Assign to me: the alert of ${FORMULA_NAME}`);
    const notice = page.locator('.notice[role=alert]');
    await notice.waitFor();
    expect(await notice.innerText()).toContain(
      `${FORMULA_NAME}’s alert changed while you were working. Jonas Feld acknowledged it at 09:11. Your assignment was not saved.`,
    );
    await picture('conflict-who');
    await page.getByRole('button', { name: 'Keep Jonas Feld’s change' }).click();
    expect(await page.evaluate('document.activeElement.textContent')).toBe(FORMULA_NAME);
    expect(held(FORMULA).assignee).toBe('Jonas Feld');
    await page.locator('#at-risk tbody', { hasText: 'Jonas Feld' }).waitFor();

    meanwhile(SCRIPT, null, { score: 0.9 });
    await press(`Assign to me: the alert of ${SCRIPT_NAME}`);
    await page.locator('.notice', { hasText: 'A new scoring changed it, and no person.' }).waitFor();
    await page.getByRole('button', { name: 'Assign to me anyway' }).click();
    await toast('is yours');
    expect(held(SCRIPT).state).toBe('acknowledged');
  });

  it('keeps the focus at the row that was acted on, or at that which took its place', async () => {
    await open('/at-risk?alert=open');
    await press(`Assign to me: the alert of ${SCRIPT_NAME}`);
    await page.locator('#at-risk', { hasNotText: SCRIPT_NAME }).waitFor();
    await page.locator('.name:focus', { hasText: FORMULA_NAME }).waitFor();
    await page.locator('.all').check();
    await press('Assign to me', BAR);
    await page.locator('#at-risk .message').waitFor();
    await page.locator('#main:focus').waitFor();
    service.parts.views.reset();
    await open('/students/13?course=2');
    await press('Assign to me');
    await page.getByRole('button', { name: 'Assign to me' }).waitFor({ state: 'detached' });
    await page.locator('button:focus', { hasText: 'Resolve…' }).waitFor();
  });

  it('finds muted ones, mine, nobody’s, and warns of a name that nobody has', async () => {
    meanwhile(FORMULA, null, { muted_until_ms: NOW_MS + 13 * 86_400_000 });
    await open('/at-risk?alert=muted');
    expect(await page.locator('#at-risk tbody tr').count()).toBe(1);
    expect(await textOf('#at-risk tbody .status')).toContain('muted until 3 Dec');
    await open('/at-risk');
    await page.selectOption('#assignee', { label: 'Nobody' });
    await page.locator('#at-risk', { hasNotText: 'Amara Okafor' }).waitFor();
    expect(new URL(page.url()).search).toBe('?assigned=false');
    await page.selectOption('#assignee', { label: 'Me' });
    await page.locator('#at-risk tbody tr:only-child', { hasText: 'Amara Okafor' }).waitFor();
    expect(new URL(page.url()).search).toBe('?assignee=local');
    await open('/students/11?course=2');
    await press('Hand on…');
    await page.locator('#hand-to-names option[value="Ana Lima"]').waitFor({ state: 'attached' });
    await page.fill('#hand-to', 'Ana Lma');
    await page.locator(DIALOG, { hasText: 'Nobody here is called Ana Lma yet' }).waitFor();
  });

  it('offers nothing to whoever may not do it', async () => {
    const reader = { ...OPEN_VIEWER, scopes: new Set<Scope>(['risk:read']) };
    const told = { signed_in: true, access: 'open', name: 'reader', kind: 'open', whole_site: true, accounts: false };
    const scopes = [...reader.scopes];
    await open('/');
    await page.route('**/api/v1/session', (route) => route.fulfill({ json: { ...told, scopes } }));
    for (const [path, ready] of [
      ['/at-risk', '#at-risk tbody'],
      ['/students/11?course=2', '.facts .state'],
      ['/what-if', '#trial'],
    ] as const) {
      await page.goto(`${address}${path}`);
      await page.waitForSelector(ready);
      const buttons = await page.locator('main button').allInnerTexts();
      expect({ path, buttons: buttons.filter((text) => /Assign|Resolve|Hand|Note|Mute|Work|Start|Stop/.test(text)) }).toEqual({
        path,
        buttons: [],
      });
      expect(await page.locator('main input[type=checkbox]').count()).toBe(0);
    }
  });

  it('fits the narrowest screen with many chosen, in German', async () => {
    await open('/at-risk', { locale: 'de-DE', width: 320 });
    await page.locator('#at-risk tbody input').first().check();
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await picture('bulk-narrow');
  });

  it('orders by the heads of the table, and says so', async () => {
    await open('/at-risk');
    expect(await page.locator('th[aria-sort=descending]').innerText()).toContain('Chance of stopping');
    await press('Last active', 'thead');
    await page.locator('th[aria-sort=ascending]', { hasText: 'Last active' }).waitFor();
    expect(new URL(page.url()).search).toBe('?order=last-active');
    expect(await page.locator('th[aria-sort=none]').count()).toBe(2);
  });

  it('says that there is nothing under an address that means nothing, and what is on its way', async () => {
    await open('/students/nobody');
    expect(await textOf('main')).toContain('There is nothing under this address.');
    await page.locator('main a', { hasText: 'This week' }).click();
    await page.waitForSelector('#early');
    await page.route('**/api/v1/predictions?*', () => undefined);
    await page.goto(`${address}/at-risk`);
    await page.locator('[aria-busy=true] [role=status]', { hasText: 'Loading students…' }).waitFor({ state: 'attached' });
  });
});
