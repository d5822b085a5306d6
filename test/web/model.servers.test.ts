/** The page of the model in a browser: who challenges by how much, what is not known yet, and all of it in German. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { describedInBrowser } from './browser.js';
import { NARROW, StaffPage } from './staff-page.js';

const COMPARED = {
  at: '2025-11-19T10:00:00.000Z',
  by: 'ann',
  what: 'compare' as const,
  from: '2025-10-01a',
  to: '2025-11-01b',
  why: 'It is better.',
  figures: {
    verdict: 'not-better',
    rows: 900,
    students: 140,
    champion: { auc: 0.8, ece: 0.05 },
    challenger: { auc: 0.804, ece: 0.05 },
    difference: { auc: 0.004, low: -0.006, high: 0.014 },
  },
};

let staff: StaffPage;

describedInBrowser('the page of the model', () => {
  beforeAll(async () => {
    staff = await StaffPage.start();
  });
  afterAll(() => staff?.close());
  afterEach(() => {
    const { models, views } = staff.service.parts;
    models.decided = [];
    views.summary_changes = {};
    delete (views as Partial<typeof views>).drift;
    staff.complaints = [];
  });

  it('shows the challenger beside the champion with the difference on the same rows, and its interval', async () => {
    await staff.open('/model');
    expect(await staff.text('#compared')).toBe('2025-11-01b beside the champion: not compared yet.');
    staff.service.parts.models.decided = [COMPARED];
    await staff.open('/model');
    expect(await staff.text('#compared')).toBe(
      '2025-11-01b beside the champion: AUC +0.004 (95%: −0.006 to +0.014), on the same rows of 140 students. It is not better by the rule.',
    );
    expect(await staff.text('tr:has-text("2025-11-01b")')).toContain('1 Oct 2025');
    expect(await staff.faults()).toEqual([]);
  });

  it('gives the figure of a group its interval', async () => {
    await staff.open('/model');
    expect(await staff.text('tr:has-text("Gender: women")')).toContain('0.88 (0.85–0.91)');
  });

  it('says how many finished enrolments there are and how many a model takes', async () => {
    staff.service.parts.views.summary_changes = {
      model: { version: 'heuristic', method: 'heuristic', why_not: 'No model in models is the champion.' },
      enrolments: { active: 6, 'not-started': 0, suspended: 1, withdrawn: 20, completed: 10, ended: 1 },
    };
    await staff.open('/model');
    expect(await staff.text('#no-model')).toContain('No model yet: 31 finished enrolments, 200 are needed.');
    expect(await staff.text('#no-model [lang=en]')).toBe('No model in models is the champion.');
    await staff.picture('model-none');
    expect(await staff.faults()).toEqual([]);
  });

  it('says in one sentence why nothing is known of drift, instead of rows of dashes', async () => {
    const { views } = staff.service.parts;
    const drift = views.drift.bind(views);
    views.drift = async () =>
      (await drift()).map((check) => ({ ...check, suspect: null, held: false, psi: null, training: null })) as never;
    await staff.open('/model');
    const panel = staff.page.locator('section[aria-label="How foreign the data is"]');
    expect(await panel.innerText()).toContain(
      'At none of the last 4 scorings can this be told: it takes 50 enrolments scored at once',
    );
    expect(await panel.locator('table').count()).toBe(0);
  });

  it('speaks German throughout: figures, dates, limits and the names of inputs', async () => {
    const { models } = staff.service.parts;
    const held = models.held;
    const limits = [
      'It knows clicks and hand-ins, not illness, work or plans. A high score is a reason to ask.',
      'Of this site only.',
    ];
    models.held = held.map((place) => ({ ...place, manifest: { ...place.manifest, limits } }));
    models.decided = [COMPARED];
    await staff.open('/model', { locale: 'de-DE' });
    models.held = held;
    const text = await staff.text();
    for (const part of [
      'Es kennt Klicks und Abgaben',
      '+0,004 (95 %: −0,006 bis +0,014)',
      '0,88 (0,85–0,91)',
      '1. Okt. 2025',
      'Aktivitäten in Seiten und Dateien, letzte 28 Tage (1,10)',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('It knows clicks');
    expect(await staff.page.locator('li [lang=en]').allInnerTexts()).toEqual(['Of this site only.']);
    await staff.picture('model-german');
    expect(await staff.faults()).toEqual([]);
    expect(staff.complaints).toEqual([]);
  });

  it('fits the narrowest screen', async () => {
    staff.service.parts.models.decided = [COMPARED];
    await staff.open('/model', { viewport: NARROW });
    expect(await staff.isTooWide()).toBe(false);
    await staff.picture('model-narrow');
  });
});
