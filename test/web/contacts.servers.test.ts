/** Contacts and a student's sessions in a real browser: days of the site's calendar, whoever reads them where; figures of the whole list. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { describedInBrowser } from './browser.js';
import { StaffPage } from './staff-page.js';

let staff: StaffPage;

describedInBrowser('contacts', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());
  beforeEach(() => {
    const { views } = staff.service.parts;
    views.summary_changes = {};
    views.contact_figures = { reached: 2, active_again: 1 };
    views.sessions_held = 3;
  });

  it.each([
    // The day on which summer time ends in Berlin has 25 hours.
    ['Europe/Berlin', 'America/New_York', '2025-10-26', Date.UTC(2025, 9, 25, 22), Date.UTC(2025, 9, 26, 23)],
    ['America/St_Johns', 'Asia/Tokyo', '2025-03-09', Date.UTC(2025, 2, 9, 3, 30), Date.UTC(2025, 2, 10, 2, 30)],
    ['Pacific/Auckland', 'America/New_York', '2025-11-12', Date.UTC(2025, 10, 11, 11), Date.UTC(2025, 10, 12, 11)],
  ])('of a day are those of a day in %s, though the reader sits in %s', async (time_zone, timezoneId, day, from_ms, to_ms) => {
    staff.service.parts.views.summary_changes = { time_zone };
    await staff.open(`/contacts?from=${day}&to=${day}`, { timezoneId });
    const asked = staff.service.parts.views.figures_asked;
    expect(staff.service.parts.views.asked.at(-1)).toMatchObject({ from_ms, to_ms });
    expect(await staff.page.locator('#from').inputValue()).toBe(day);
    expect(asked.every((filter) => filter.from_ms === from_ms)).toBe(true);
  });

  it('say of all that match how many were active again, not of the rows that are listed', async () => {
    staff.service.parts.views.contact_figures = { reached: 1_904, active_again: 1_102 };
    await staff.open('/contacts?course=2');
    expect(await staff.text('main')).toContain('1,102 of 1,904 students reached were active again within 14 days.');
    expect(staff.service.parts.views.figures_asked.at(-1)).toMatchObject({ course_id: 2 });
  });

  it('are narrowed to a tutor', async () => {
    await staff.open('/contacts');
    await staff.page.selectOption('#tutor', '90');
    await staff.page.waitForFunction('location.search === "?tutor=90"');
    await staff.page.waitForSelector('tbody tr:nth-child(3)');
    expect(staff.service.parts.views.asked.at(-1)).toMatchObject({ tutor: 90 });
  });

  it('are handed over whole as a file, as filtered', async () => {
    await staff.open('/contacts?tutor=90');
    const [download] = await Promise.all([
      staff.page.waitForEvent('download'),
      staff.page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('contacts.csv');
    expect(
      readFileSync(await download.path(), 'utf8')
        .trimEnd()
        .split(/\r?\n/).length,
    ).toBe(4);
    expect(staff.service.parts.views.asked.at(-1)).toMatchObject({ tutor: 90 });
    await staff.picture('contacts-tutor');
    expect(staff.complaints).toEqual([]);
  });

  it('stand beside the latest ten sessions, of however many', async () => {
    staff.service.parts.views.sessions_held = 1_200;
    await staff.open('/students/11?course=2');
    const rows = staff.page.locator('[aria-label="Sessions"] tbody tr');
    await rows.first().waitFor();
    expect(await rows.locator('td:last-child').allInnerTexts()).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 1)));
  });

  it.each([
    ['en-US', '/contacts', 'Wed, Nov 12'],
    ['en-GB', '/contacts', 'Wed 12 Nov'],
    ['de-AT', '/system', '20. Nov. 2025'],
  ])('and dates are written as readers of %s write them', async (locale, path, date) => {
    await staff.open(path, { locale });
    expect(await staff.text('main')).toContain(date);
  });
});
