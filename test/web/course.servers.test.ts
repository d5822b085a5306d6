/** The page of a course in a browser: its weeks against its own spread, and how its scores came true. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { standing } from '../contracts/store-samples.js';
import { describedInBrowser } from './browser.js';
import { NARROW, StaffPage } from './staff-page.js';

const WEEKS = ['2025-11-03', '2025-11-10', '2025-11-17'].map((from, i) => ({
  from,
  students: 40,
  active: 30 - 5 * i,
  activities: 400,
  q1: 1,
  median: 3 - i,
  q3: 5,
}));
const PROVEN = standing({
  standing: 'not-good',
  why: 'On this course its probabilities are off by 0.14 on average.',
  faults: ['calibration'],
  calibration_error: 0.14,
  reliability: [
    { from: 0, to: 0.1, rows: 300, positives: 9, mean_predicted: 0.04 },
    { from: 0.9, to: 1, rows: 12, positives: 11, mean_predicted: 0.93 },
  ],
  weeks: [
    { from: '2025-10-06', rows: 150, positives: 30, mean_predicted: 0.12 },
    { from: '2025-10-13', rows: 9, positives: 1, mean_predicted: 0.1 },
  ],
});

let staff: StaffPage;

describedInBrowser('the page of a course', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());
  afterEach(() => {
    Object.assign(staff.service.parts.views, { standing: null, weeks: null });
    staff.complaints = [];
  });

  it('shows beside the share that was active how many days the course’s middle half was', async () => {
    staff.service.parts.views.weeks = WEEKS;
    await staff.open('/courses/2');
    await staff.page.waitForSelector('.chart canvas');
    expect(await staff.text()).toContain(
      'In the last week half of the course was active on at most 1 day; the middle half on 1 to 5.',
    );
    const spread = staff.page.locator('.chart').nth(1);
    await spread.locator('summary').click();
    for (const part of ['lower quarter', 'course median', 'upper quarter'])
      expect(await spread.locator('table').innerText()).toContain(part);
    expect(staff.complaints).toEqual([]);
  });

  it('leaves no empty strip between a chart’s ticks and its sentence', async () => {
    staff.service.parts.views.weeks = WEEKS;
    await staff.open('/courses/2');
    await staff.page.waitForSelector('.chart canvas');
    const below = await staff.page.evaluate(
      `document.querySelector('.canvas').getBoundingClientRect().bottom - document.querySelector('.u-over').getBoundingClientRect().bottom`,
    );
    // One line of ticks of 12 px with air.
    expect(Number(below)).toBeLessThan(30);
    expect(Number(below)).toBeGreaterThan(15);
  });

  it('shows by score and by week what was predicted and what came, and no figure of too few', async () => {
    Object.assign(staff.service.parts.views, { standing: PROVEN, weeks: WEEKS });
    await staff.open('/courses/2');
    await staff.page.waitForSelector('#came-true');
    const rows = await staff.page.locator('#came-true tbody tr').allInnerTexts();
    expect(rows).toHaveLength(4);
    for (const part of ['6 Oct', '30 of 150', '12%', '20%']) expect(rows[2]).toContain(part);
    for (const few of [rows[1]!, rows[3]!]) expect(few).toContain('too few to tell');
    expect(rows[3]).not.toContain('11%');
    await staff.picture('course');
    expect(await staff.faults()).toEqual([]);
  });

  it('says why scores are or are not believed in the reader’s language', async () => {
    Object.assign(staff.service.parts.views, { standing: PROVEN, weeks: WEEKS });
    await staff.open('/courses/2', { locale: 'de-DE' });
    expect(await staff.text()).toContain('Die Wahrscheinlichkeiten liegen im Mittel um 14\u00a0% daneben.');
    expect(await staff.text()).not.toContain('On this course');
    await staff.picture('course-german');
    staff.service.parts.views.standing = { ...PROVEN, standing: 'left-out', faults: ['elsewhere'], auc: null, weeks: [] };
    await staff.open('/courses/2', { locale: 'de-DE' });
    expect(await staff.text()).toContain('Ihre Stille sagt nichts.');
  });

  it.each([
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: NARROW }],
  ] as const)('stands in every look: %s', async (name, look) => {
    Object.assign(staff.service.parts.views, { standing: PROVEN, weeks: WEEKS });
    await staff.open('/courses/2', look);
    expect(await staff.isTooWide()).toBe(false);
    expect(await staff.faults()).toEqual([]);
    await staff.picture(`course-${name}`);
    expect(staff.complaints).toEqual([]);
  });
});
