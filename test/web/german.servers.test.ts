/** The page in German and the System page in a real browser: what the service says in codes and figures is said in the reader's language. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Gauge } from 'prom-client';
import { describedInBrowser } from './browser.js';
import { StaffPage } from './staff-page.js';

/** Words that German has not, and an English sentence hardly does without. */
const ENGLISH = /\b(the|and|of|with|not|is|are|has|have|for|from|this|that|to|on|by|it|be|or|at|which|students?)\b/gi;
/** Names, the texts of scores from before that have no figures, and what stands there in a language of its own. */
const LEFT_OUT = '.name, .site, .brand, .reasons, .crumbs, code, pre, [lang=en], select, script, noscript, #title';

let staff: StaffPage;

const WENT_MS = Date.UTC(2025, 10, 18, 8, 12);
/** A channel of notices that is back and refused two, and a sink that is away. */
const SINKS = [
  { name: 'mail', up: true, since_ms: WENT_MS, waiting: 4, refused: 2 },
  { name: 'topics', up: false, since_ms: WENT_MS, waiting: 3, refused: 0 },
];

/** Beside these, a sink of clicks that does not answer. */
async function started(): Promise<StaffPage> {
  const page = await StaffPage.start({ sinks: async () => SINKS });
  const labelled = { help: 'x', labelNames: ['sink'], registers: [page.service.parts.metrics] };
  new Gauge({ name: 'holdfast_clicks_sink_up', ...labelled }).set({ sink: 'elasticsearch' }, 0);
  new Gauge({ name: 'holdfast_clicks_outbox_entries', ...labelled }).set({ sink: 'elasticsearch' }, 1_200);
  return page;
}

async function englishOn(path: string): Promise<string[]> {
  await staff.open(path, { locale: 'de-DE' });
  const text = (await staff.page.evaluate(
    `(() => { const page = document.body.cloneNode(true); for (const each of page.querySelectorAll(${JSON.stringify(LEFT_OUT)})) each.remove(); return page.textContent; })()`,
  )) as string;
  return text.match(ENGLISH) ?? [];
}

describedInBrowser('the page in German', () => {
  beforeAll(async () => {
    staff = await started();
  });
  afterAll(() => staff?.close());
  beforeEach(() => {
    staff.service.parts.views.summary_changes = {};
  });

  it.each(['/', '/at-risk', '/contacts', '/courses', '/courses/2', '/analytics', '/clicks', '/what-if', '/system'])(
    'has no English sentence left: %s',
    async (path) => {
      staff.service.parts.views.summary_changes = {
        data: {
          suspect: 'Only 1 of 80 students have been active in the last 7 days.',
          doubt: { sign: 'hardly-active', figures: { active: 1, students: 1_080 } },
          alerts_held: true,
          remedy: 'Look whether everything arrives.',
        },
        rejected: { 'reused-id': 3, 'bad-value': 2 },
        ignored: { 'table config': 7, tombstone: 2, 'schema change': 1, erased: 1, 'transaction metadata': 1, heartbeat: 1 },
      };
      expect(await englishOn(path)).toEqual([]);
      expect(await staff.text('#notices')).toContain('Nur 1 von 1.080 Studierenden waren');
    },
  );

  it('says as the service does what it has no words for', async () => {
    staff.service.parts.views.summary_changes = {
      data: { suspect: 'Hardly anybody was active.', doubt: null, alerts_held: true, remedy: 'Look at the source.' },
      rejected: { 'quite-new': 3 },
    };
    await staff.open('/system', { locale: 'de-DE' });
    expect(await staff.text('#notices')).toContain('Hardly anybody was active.');
    expect(await staff.text('main')).toContain('quite-new');
  });
});

describedInBrowser('the System page', () => {
  beforeAll(async () => {
    staff = await started();
  });
  afterAll(() => staff?.close());

  it('says what waits and what was refused, of notices and of clicks too', async () => {
    await staff.open('/system');
    const sinks = await staff.text('[aria-label="Sinks"]');
    expect(sinks).toMatch(/mail\s+takes what it is told; 4 waiting; 2 rows refused for good, as the log says/);
    expect(sinks).toMatch(/topics\s+has not answered since 18 Nov 2025, 09:12; 3 waiting, nothing is lost/);
    expect(sinks).toMatch(/elasticsearch, clicks\s+does not answer; 1,200 waiting, nothing is lost/);
    await staff.picture('system');
    expect(await staff.faults()).toEqual([]);
  });

  it('says in words why input was rejected, and hands the rows over', async () => {
    await staff.open('/system');
    const panel = staff.page.locator('[aria-label="Rejected"]');
    expect(await panel.innerText()).toMatch(/no JSON\s+2/);
    const asked = staff.page.waitForRequest('**/api/v1/tables/rejected?*');
    await panel.getByRole('button', { name: 'Download CSV' }).click();
    expect((await asked).headers().accept).toBe('text/csv');
  });

  it('says in words what is not used, and leaves a code that it does not know as it is', async () => {
    staff.service.parts.views.summary_changes = { ignored: { 'table config': 7, tombstone: 2, 'quite new': 1 } };
    await staff.open('/system', { locale: 'de-DE' });
    const panel = staff.page.locator('[aria-label="Nicht verwendet"]');
    expect(await panel.innerText()).toMatch(/Tabelle config\s+7\s+Zeichen, dass eine Zeile gelöscht ist\s+2\s+quite new\s+1/);
    staff.service.parts.views.summary_changes = {};
  });

  it('says what came of a training in the reader’s language', async () => {
    await staff.open('/system', { locale: 'de-DE' });
    expect(await staff.text('main')).toContain('2025-11-01b ist fertig; bewertet wird weiter mit dem bisherigen Modell.');
    const { retrain } = staff.service.parts;
    const job = retrain.job!;
    retrain.job = { ...job, state: 'running', step: 'figures on BIO 210', progress: 0.5 };
    await staff.open('/system', { locale: 'de-DE' });
    expect(await staff.text('main')).toMatch(/Kennzahlen zu BIO 210 · 50\s%/);
    retrain.job = job;
  });

  it('says how far long work is, when it was done last, and when it is due', async () => {
    await staff.open('/system');
    const panel = staff.page.locator('[aria-label="Other jobs"]');
    const told = await panel.innerText();
    expect(told).toMatch(
      /First copy of Moodle’s tables\s+running · since 20 Nov 2025, 10:29 · logstore_standard_log · about 300 of 1,200 rows · 25%/,
    );
    expect(told).toMatch(/What if\s+running · since 20 Nov 2025, 10:30 · scoring them again day by day · 40%/);
    expect(told).toMatch(
      /believed\s+failed · tried again by itself; the log says why · last on 10 Nov 2025 · next from 25 Nov 2025/,
    );
    expect(told).toMatch(/Daily clearing\s+not yet/);
    expect(await panel.locator('progress').evaluateAll((bars) => bars.map((bar) => bar.getAttribute('value')))).toEqual([
      '0.25',
      '0.4',
    ]);
  });

  it('counts nothing for who sees a part of the site, rather than to say that there is nothing', async () => {
    const { views } = staff.service.parts;
    await staff.open('/system');
    expect(await staff.text('[aria-label="Counted"]')).toMatch(/Sessions under way\s+3/);
    views.summary_changes = { activities: null, sessions: null, sessions_open: null };
    await staff.open('/system');
    await staff.page.locator('[aria-label="Sinks"]').waitFor();
    expect(await staff.page.locator('[aria-label="Counted"]').count()).toBe(0);
    views.summary_changes = {};
  });

  it('has texts of empty panels where the rows would stand', async () => {
    await staff.open('/system');
    const top = async (selector: string) => (await staff.page.locator(selector).first().boundingBox())!.y;
    const text = (await top('[aria-label="Sources"] .message p')) - (await top('[aria-label="Sources"] .panel-head'));
    const row = (await top('[aria-label="Sinks"] tbody th')) - (await top('[aria-label="Sinks"] .panel-head'));
    expect(Math.abs(text - row)).toBeLessThan(6);
  });
});
