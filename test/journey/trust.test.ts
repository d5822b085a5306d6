/** A site asks how far it may trust the scores that it was given: each course by its own students. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { trustRun } from '../../src/app/trust-run.js';
import { HISTORY, openSite, replay, TempFolder, WEEKLY } from './site.js';

const temp = new TempFolder();
afterAll(() => temp.remove());

describe('the standing of a site’s courses', () => {
  it('is told by their own outcomes, with what is missing', async () => {
    const { service, config } = await openSite({ ...WEEKLY, HOLDFAST_STORE: `sqlite:${temp.file('site.db')}` });
    await replay(service, config, [HISTORY]);
    await service.close();
    const { model, courses } = await trustRun(config);
    expect(model).toBe(service.model.version);
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
  });
});
