/** The page What if in a browser: the curve over thresholds and calls, how far the work is, and when nothing can be said. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { HistoryTooSmall, SimulationBusy } from '../../src/http/simulation-door.js';
import { NOW_MS } from '../http/fakes.js';
import { describedInBrowser } from './browser.js';
import { NARROW, StaffPage } from './staff-page.js';

/** The higher the threshold, the fewer calls, the more of them right, and the less time is left. */
const THRESHOLDS = Array.from({ length: 19 }, (_, i) => {
  const threshold = (i + 1) / 20;
  const right = 80 - 4 * i;
  const wasted = Math.round(200 * (1 - threshold) ** 2);
  return {
    threshold,
    calls_a_week: 60 - 3 * i,
    right,
    wasted,
    precision: right / (right + wasted),
    lost: 100,
    lost_listed: right,
    recall: right / 100,
    recall_in_time: right / 150,
    lead_days: { low: -4 - i, median: 12 - i, high: 25 - i },
  };
});
const CAPACITIES = [0.05, 0.1, 0.2].map((share, i) => ({
  ...THRESHOLDS[16 - 5 * i]!,
  threshold: undefined,
  share,
  calls_max: null,
}));

let staff: StaffPage;

describedInBrowser('the page What if', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());
  beforeEach(() => {
    staff.complaints = [];
    const { simulations } = staff.service.parts;
    Object.assign(simulations, { fault: null, running: null, until: Promise.resolve() });
    simulations.points = { thresholds: THRESHOLDS, capacities: CAPACITIES };
  });

  const worked = async (name: string) => {
    await staff.page.getByRole('button', { name }).click();
    await staff.page.waitForSelector('#then');
  };

  it('draws every threshold, asked for once, and says what one would mean beside what is', async () => {
    await staff.open('/what-if');
    await worked('Work it out');
    const charts = staff.page.locator('#what-if .chart');
    expect(await charts.count()).toBe(2);
    expect(await staff.text('#what-if')).toContain(
      'Now, with alerts above 70%: about 21 calls a week. 61% of the calls would have been right (28 of 46).',
    );
    expect(await staff.text('#what-if')).toContain('Of the calls were right: 31% (5%) to 89% (95%).');
    let asked = 0;
    staff.page.on('request', (request) => {
      if (request.method() === 'POST') asked++;
    });
    await staff.page.locator('#chosen').fill('9');
    await staff.page.locator('#then', { hasText: 'with alerts above 50%:' }).waitFor();
    expect(await staff.text('#then')).toContain(
      'about 33 calls a week. 47% of the calls would have been right (44 of 94). ' +
        'Of those who stopped, 44% would have been called (44 of 100), 29% before their last activity. ' +
        'Half of them were active for another 3 days, or longer.',
    );
    expect(asked).toBe(0);
    await charts.first().locator('summary').click();
    const table = await charts.first().locator('table').innerText();
    for (const part of ['Alerts open above', 'of those who stopped were called', '95%']) expect(table).toContain(part);
    expect(await charts.first().locator('tbody tr').count()).toBe(19);
    await staff.picture('what-if');
    expect(await staff.faults()).toEqual([]);
    expect(staff.complaints).toEqual([]);
  });

  it('draws the same over the number of calls a week', async () => {
    await staff.open('/what-if');
    await worked('Work it out');
    await staff.page.getByLabel('Calls a week, all courses').first().check();
    await staff.page.locator('#chosen').fill('2');
    await staff.page.locator('#then', { hasText: 'with the likeliest called, 42 a week:' }).waitFor();
    expect(await staff.page.locator('#what-if .chart').first().locator('tbody tr').count()).toBe(3);
    await staff.picture('what-if-calls');
    expect(staff.complaints).toEqual([]);
  });

  it('waits with a step and a share, and reads the sentence once the slider rests', async () => {
    let go = () => {};
    const { simulations } = staff.service.parts;
    simulations.until = new Promise((resolve) => {
      go = resolve;
    });
    simulations.running = { started_ms: NOW_MS, step: 'replaying', progress: 0.4 };
    await staff.open('/what-if');
    await staff.page.getByRole('button', { name: 'Work it out' }).click();
    await staff.page.locator('[role=status]', { hasText: 'Scoring the past courses again, day by day…' }).waitFor();
    expect(await staff.page.locator('progress').getAttribute('value')).toBe('0.4');
    expect(await staff.text('#what-if')).toContain('40%');
    await staff.picture('what-if-working');
    go();
    await staff.page.waitForSelector('#then');
    const before = await staff.text('#then');
    await staff.page.locator('#chosen').fill('2');
    expect(await staff.text('#then')).toBe(before);
    await staff.page.locator('#then', { hasText: 'above 15%' }).waitFor();
  });

  it('waits for one that somebody else has asked for', async () => {
    const { simulations } = staff.service.parts;
    simulations.fault = new SimulationBusy('There is one at a time.');
    await staff.open('/what-if');
    const refused = staff.page.waitForResponse((answer) => answer.status() === 409);
    await staff.page.getByRole('button', { name: 'Work it out' }).click();
    await refused;
    simulations.fault = null;
    await staff.page.waitForSelector('#then');
  });

  it('says what it takes where the history is too small, or too few stopped in it', async () => {
    const { simulations } = staff.service.parts;
    simulations.fault = new HistoryTooSmall('BIO 210: it has run for less than 35 days.');
    await staff.open('/what-if', { locale: 'de-DE' });
    await staff.page.getByRole('button', { name: 'Ausrechnen' }).click();
    await staff.page.waitForSelector('#what-if [role=alert]');
    expect(await staff.text('#what-if')).toContain('mindestens einen Kurs, der 35 Tage oder länger läuft');
    expect(await staff.text('#what-if [lang=en]')).toBe('BIO 210: it has run for less than 35 days.');
    simulations.fault = null;
    simulations.points = { thresholds: THRESHOLDS.map((each) => ({ ...each, lost: 19 })), capacities: CAPACITIES };
    await staff.open('/what-if');
    await staff.page.getByRole('button', { name: 'Work it out' }).click();
    await staff.page.locator('#what-if', { hasText: 'only 19 students stopped taking part: it takes 20' }).waitFor();
    expect(await staff.page.locator('#what-if .chart').count()).toBe(0);
  });

  it.each([
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: NARROW }],
    ['german', { locale: 'de-DE' }],
  ] as const)('stands in every look: %s', async (name, look) => {
    await staff.open('/what-if', look);
    await worked(name === 'german' ? 'Ausrechnen' : 'Work it out');
    expect(await staff.isTooWide()).toBe(false);
    expect(await staff.faults()).toEqual([]);
    await staff.picture(`what-if-${name}`);
    expect(staff.complaints).toEqual([]);
  });

  it('starts a trial of which nobody knows what it could find only with a word that this is known', async () => {
    const { trials } = staff.service.parts;
    const [power, start] = [trials.power, trials.start];
    let started = 0;
    trials.power = async () => ({ base: null, a_week: 0, past_weeks: 0, smallest: null, weeks_for_ten_points: null });
    trials.start = async (...given) => {
      started++;
      return start.call(trials, ...given);
    };
    await staff.open('/what-if');
    await staff.page.getByRole('button', { name: 'Start the trial' }).click();
    expect(started).toBe(0);
    await staff.page.getByLabel('I know that it may last for weeks and find nothing.').check();
    const answered = staff.page.waitForResponse((answer) => answer.request().method() === 'POST');
    await staff.page.getByRole('button', { name: 'Start the trial' }).click();
    await answered;
    expect(started).toBe(1);
    Object.assign(trials, { power, start });
    await staff.open('/what-if');
    expect(await staff.page.locator('#trial-anyway').count()).toBe(0);
  });
});
