/** What is around each page in a real browser: the bar at every width, and paper. Pictures go to test-output/ for a person to look at. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describedInBrowser } from './browser.js';
import { OUTPUT, StaffPage } from './staff-page.js';

/** The widest font that pages are checked with; where it is missing the widest at hand. */
const WIDE_FONT = ':root { --font: "DejaVu Sans", Verdana, sans-serif }';
const PAGES = 9;

let staff: StaffPage;

const shownLinks = () => staff.page.locator('.bar nav > a:visible').count();
const hangsOver = () => staff.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

async function wide(path: string, width: number, locale = 'en-GB') {
  await staff.open(path, { viewport: { width, height: 900 }, locale, bypassCSP: true });
  await staff.page.addStyleTag({ content: WIDE_FONT });
}

describedInBrowser('the bar', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());

  it.each([
    [1920, 'en-GB', PAGES],
    [1601, 'de-DE', PAGES],
    [1440, 'en-GB', 6],
    [1440, 'de-DE', 6],
    [1381, 'en-GB', 6],
    [1280, 'de-DE', 4],
    [1001, 'en-GB', 4],
    [1001, 'de-DE', 4],
  ])('is one row at %i pixels with the widest font in %s, and cuts no name of a page', async (width, locale, links) => {
    await wide('/what-if', width, locale);
    expect((await staff.page.locator('.bar').boundingBox())!.height).toBe(52);
    expect(await shownLinks()).toBe(links);
    expect(await hangsOver()).toBe(false);
    const parts =
      '[...document.querySelectorAll(".bar > *, .bar nav > *")].filter((e) => e.offsetWidth && !e.matches("img, nav"))';
    const boxes = (await staff.page.evaluate(
      `${parts}.map((e) => e.getBoundingClientRect()).map(({ left, right }) => [Math.round(left), Math.round(right)])`,
    )) as [number, number][];
    const sorted = boxes.toSorted((a, b) => a[0] - b[0]);
    for (const [i, [left]] of sorted.entries()) if (i > 0) expect(left).toBeGreaterThanOrEqual(sorted[i - 1]![1]);
    await staff.picture(`bar-${width}-${locale}`);
  });

  it.each(['/at-risk', '/', '/contacts'].flatMap((path) => [1280, 1101, 1100].map((width) => [path, width] as const)))(
    'leaves no page hanging over in German with the widest font: %s at %i pixels',
    async (path, width) => {
      await wide(path, width, 'de-DE');
      const over = `[...document.querySelectorAll('main *')].filter((each) => !each.closest('.unseen, .scroll') &&
        each.getBoundingClientRect().right > document.documentElement.clientWidth).map((each) => each.outerHTML.slice(0, 80))`;
      expect([await hangsOver(), await staff.page.evaluate(over)]).toEqual([false, []]);
      await staff.picture(`german-${width}${path.replace('/', '-')}`);
    },
  );

  it('has what a card says on the right beside what it says on the left, not below it', async () => {
    await wide('/at-risk', 1100, 'de-DE');
    const top = async (of: string) => (await staff.page.locator(`#at-risk tbody ${of}`).first().boundingBox())!.y;
    expect(await top('.when')).toBeLessThan(await top('.chance'));
  });

  it('has every page behind its button where it folds, leads there, and closes', async () => {
    await wide('/at-risk', 1000);
    expect(await shownLinks()).toBe(0);
    await staff.page.locator('.fold summary', { hasText: 'Menu' }).click();
    expect(await staff.page.locator('.fold .menu a:visible').count()).toBe(PAGES);
    expect(await staff.faults()).toEqual([]);
    await staff.picture('bar-folded');
    await staff.page.locator('.fold .menu a', { hasText: 'System' }).click();
    await staff.page.locator('h1', { hasText: 'System' }).waitFor();
    expect(await staff.page.locator('.fold .menu a:visible').count()).toBe(0);
    await staff.page.locator('.fold summary').press('Enter');
    await staff.page.keyboard.press('Escape');
    expect(await staff.page.locator('.fold .menu a:visible').count()).toBe(0);
  });

  it('shows behind “More” those that the bar does not, and none twice', async () => {
    await wide('/model', 1440);
    await staff.page.locator('.fold summary', { hasText: 'More' }).click();
    expect(await staff.page.locator('.bar nav a:visible').allInnerTexts()).toHaveLength(PAGES);
    expect(await staff.page.locator('.fold [aria-current=page]:visible').innerText()).toBe('Model');
    await staff.picture('bar-more');
  });

  it.each([390, 320])('fits a phone of %i pixels, open and closed', async (width) => {
    await wide('/at-risk', width, 'de-DE');
    expect(await hangsOver()).toBe(false);
    await staff.picture(`bar-phone-${width}`);
    await staff.page.locator('.fold summary').click();
    expect(await hangsOver()).toBe(false);
    const box = (await staff.page.locator('.fold .menu').boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    await staff.picture(`bar-phone-${width}-open`);
  });
});

describedInBrowser('paper', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());

  it.each([
    ['at-risk', '/at-risk?course=2&tutor=90', 'Course: BIO 210 · Cell biology'],
    ['student', '/students/11?course=2', 'Confidential.'],
  ])('is light, says who printed it and when, and has no controls: %s', async (name, path, foot) => {
    await staff.open(path, { colorScheme: 'dark' });
    await staff.page.evaluate('localStorage.setItem("holdfast-name", "R. Mwangi")');
    await staff.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await staff.page.locator('.print-foot', { hasText: 'R. Mwangi' }).waitFor({ state: 'attached' });
    const said = await staff.page.locator('.print-foot').textContent();
    expect(said).toMatch(/^Confidential\. Printed by R\. Mwangi on \d+ \w+ \d{4}, \d\d:\d\d\./);
    expect(said).toContain(foot);
    const margins =
      'getComputedStyle(document.querySelector(".print-foot")).display + document.adoptedStyleSheets[0].cssRules[0].cssText';
    expect(await staff.page.evaluate(margins)).toMatch(/^none@page \{.*@bottom-left \{.*Printed by R\. Mwangi on/s);
    expect(await staff.page.locator('button:visible, select:visible, input:visible, .bar:visible').count()).toBe(0);
    const ground = 'getComputedStyle(document.querySelector(".panel")).backgroundColor';
    expect(await staff.page.evaluate(ground)).toBe('rgb(255, 255, 255)');
    await staff.picture(`print-${name}`);
    await staff.page.emulateMedia({ media: null, colorScheme: 'dark' });
    await staff.page.pdf({ path: `${OUTPUT}/print-${name}.pdf`, preferCSSPageSize: true, printBackground: true });
  });

  it('is A4 across with the head row on each sheet', async () => {
    const { views } = staff.service.parts;
    const people = views.people;
    views.people = Array.from({ length: 25 }, (_, i) => ({ ...people[0]!, user_id: 1_000 + i, name: `Student ${i}` }));
    await staff.open('/at-risk');
    const pdf = await staff.page.pdf({ path: `${OUTPUT}/print-long.pdf`, preferCSSPageSize: true, printBackground: true });
    views.people = people;
    const text = pdf.toString('latin1');
    expect(text.match(/\/Type \/Page\b/g)!.length).toBeGreaterThan(1);
    expect(text).toMatch(/\/MediaBox \[0 0 84[12](\.\d+)? 59[456](\.\d+)?\]/);
    await staff.page.emulateMedia({ media: 'print' });
    expect(await staff.page.evaluate('getComputedStyle(document.querySelector("thead")).display')).toBe('table-header-group');
  });
});
