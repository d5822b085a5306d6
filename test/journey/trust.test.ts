/** A site asks how far it may trust the scores that it was given: each course by its own students. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { openService, type Service } from '../../src/app/service.js';
import { trustRun } from '../../src/app/trust-run.js';
import type { CourseStanding } from '../../src/ports.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ShownTables } from '../../src/reading/shown-tables.js';
import { configOf, HISTORY, openSite, replay, TempFolder, WEEKLY } from './site.js';

const temp = new TempFolder();
afterAll(() => temp.remove());

describe('the standing of a site’s courses', () => {
  it('is told by their own outcomes, with what is missing', async () => {
    const { service, config } = await openSite({ ...WEEKLY, HOLDFAST_STORE: `sqlite:${temp.file('site.db')}` });
    await replay(service, config, [HISTORY]);
    await service.close();
    const { model, courses } = await trustRun(config);
    expect(model).toBe(service.model.word.version);
    const by_name = new Map(courses.map((each) => [each.course, each]));
    expect([...by_name.keys()]).toEqual(['STAT101', 'BIOL110', 'HIST200', 'COMP300']);
    expect(by_name.get('COMP300')).toMatchObject({
      standing: 'not-yet',
      why: expect.stringMatching(/\d+ stopped; it takes 30, and 10 of each/),
    });
    const statistics = by_name.get('STAT101')!;
    expect(statistics.standing).not.toBe('not-yet');
    expect(statistics.students).toBeGreaterThan(50);
    // About one row a week and student, of fifteen weeks less the first and the last four.
    expect(statistics.rows).toBeLessThan(statistics.students * 11);
    expect(statistics.auc).toBeGreaterThan(0.6);
    const { weeks = [] } = statistics;
    expect(weeks.map(({ from }) => new Date(from).getUTCDay()).every((weekday) => weekday === 1)).toBe(true);
    expect(weeks.reduce((sum, { rows }) => sum + rows, 0)).toBe(statistics.rows);
  });

  it('marks what is said of a course, and keeps it from people where the site wants that', async () => {
    const config = configOf({ HOLDFAST_STORE: `sqlite:${temp.file('site.db')}` });
    const { courses } = await trustRun(config);
    const proven = courses.find(({ course }) => course === 'STAT101')!;
    const standings = courses.map(({ course: _, ...standing }) => standing);
    const open = await openService(config, { clock: null });
    await open.store.commit({ standings: standings.map((each) => ({ ...each, standing: 'not-yet' as const })) });
    await open.store.commit({ standings: standings.filter((each) => each.course_id === proven.course_id).map(checked) });
    const everything = await seen(open);
    expect(everything.marks).toEqual({ STAT101: 'checked', BIOL110: 'not-yet', HIST200: 'not-yet', COMP300: 'not-yet' });
    const names = (rows: { course: { shortname: string } }[]) => [...new Set(rows.map((row) => row.course.shortname))];
    expect(names(everything.alerts)).toEqual(expect.arrayContaining(['STAT101', 'COMP300']));
    expect([names(everything.early), names(everything.scored)]).toEqual([['COMP300'], ['COMP300']]);
    await open.close();

    const shadowed = await openService({ ...config, shadow: true }, { clock: null });
    const shown = await seen(shadowed);
    expect(shown.alerts).toEqual(everything.alerts.filter((alert) => alert.course.shortname === 'STAT101'));
    expect([shown.early, shown.scored]).toEqual([[], []]);
    expect(shown.summary).toMatchObject({ scored: 0, at_risk: 0, early: 0, highest_score: null });
    expect(shown.summary.not_scored['not-checked']).toBe(
      everything.scored.filter(({ enrolment }) => enrolment.state === 'active').length,
    );
    const hidden = everything.alerts.find((alert) => alert.course.shortname !== 'STAT101')!;
    expect(await shadowed.views.alert(hidden.alert_id)).toBeNull();
    const timeline = (await shadowed.views.timeline(hidden.user_id))!;
    for (const list of [timeline.scores, timeline.alerts])
      expect(list.filter(({ course_id }) => course_id === hidden.course_id)).toEqual([]);
    const tables = new ShownTables(new AllTables(shadowed.tables, null as never), shadowed.standings, shadowed.pipeline.roster);
    for (const name of ['scores', 'alerts']) {
      const courses_of = new Set<unknown>();
      for await (const row of tables.rows(name)) courses_of.add(row.course_id);
      expect([name, [...courses_of]]).toEqual([name, [proven.course_id]]);
      // A full page while there is more, and a cursor that names nobody of another course.
      const first = await tables.page(name, {}, null, 1);
      const last = first.items.map((row) => tables.info(name)!.key.map((column) => row[column]));
      expect(JSON.parse(Buffer.from(first.next_cursor!, 'base64url').toString())).toEqual(last[0]);
    }
    await shadowed.store.commit({ standings: standings.map(checked) });
    expect((await seen(shadowed)).early.map((row) => row.user_id)).toEqual(everything.early.map((row) => row.user_id));
    await shadowed.close();
  });
});

const checked = (standing: CourseStanding): CourseStanding => ({ ...standing, standing: 'checked' });

async function seen({ views }: Service) {
  const [courses, summary] = [await views.courses(), await views.summary()];
  return {
    summary,
    marks: Object.fromEntries(courses.map(({ shortname, standing }) => [shortname, standing])),
    alerts: (await views.alerts({}, null, 1_000)).items,
    early: (await views.early({}, null, 1_000)).items,
    scored: (await views.predictions({ scored: true }, null, 1_000)).items,
  };
}
