/** A fair trial over the life of the sample site: started in its middle, drawn week by week, told at its end. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Service } from '../../src/app/service.js';
import { DRAWS, drawnOf } from '../../src/pipeline/trial-draws.js';
import { mondayOf, type TrialRefused, Trials } from '../../src/pipeline/trials.js';
import { named } from '../../src/ports.js';
import { draw } from '../../src/trials/draw.js';
import { linesOf } from './oracle/recorded.js';
import { HISTORY, openSite, replay, type Site, TempFolder, WEEKLY } from './site.js';

const WEEKS = 3;
const SEED = 'a seed for the test';
/** Pieces of the recording: some a week. */
const PIECES = 60;

const temp = new TempFolder();
let site: Site;
let service: Service;
let rest: string[][];

beforeAll(async () => {
  site = await openSite(WEEKLY);
  service = site.service;
  const lines = linesOf(HISTORY);
  const size = Math.ceil(lines.length / PIECES);
  rest = Array.from({ length: PIECES }, (_, i) => lines.slice(i * size, (i + 1) * size));
});
afterAll(async () => {
  await service.close();
  temp.remove();
});

const rows = async () => (await service.store.references(DRAWS)).map(drawnOf);

async function live(until: () => Promise<boolean>): Promise<void> {
  while (rest.length > 0 && !(await until())) await replay(service, site.config, [temp.lines(rest.shift()!)]);
}

describe('a trial', () => {
  it('says before it starts what it could find, from the lists of past weeks', async () => {
    const early = await service.trials.power(WEEKS);
    expect(early).toEqual({ base: null, a_week: 0, past_weeks: 0, smallest: null, weeks_for_ten_points: null });
    await live(async () => (await service.trials.power(WEEKS)).past_weeks >= 2);
    const power = await service.trials.power(WEEKS);
    expect(power.base).toBeGreaterThan(0);
    expect(power.base).toBeLessThan(1);
    expect(power.a_week).toBeGreaterThan(0);
    // A few students a week show large differences only, and it says so.
    expect(power.smallest).toBeGreaterThan(0.1);
    expect(power.weeks_for_ten_points).toBeGreaterThan(WEEKS);
  });

  it('draws each week once, half of whom the list has, and nobody a second time', async () => {
    await service.trials.start(WEEKS, named('Ann'), SEED);
    await expect(service.trials.start(WEEKS, named('Ann'))).rejects.toThrow('under way');
    const weeks: string[] = [];
    await live(async () => {
      const listed = new Set((await service.shown.early()).map(({ user_id }) => user_id));
      const before = await rows();
      const what = await service.trials.look();
      const now = await rows();
      if (what === 'drawn') {
        const { trial } = await service.trials.state();
        const week = trial!.drawn.at(-1)!;
        weeks.push(week);
        const new_ones = now.filter((one) => one.week === week);
        expect(now.length - before.length).toBe(new_ones.length);
        for (const { user_id } of new_ones) expect(listed.has(user_id)).toBe(true);
        // Anybody who has the seed and the list draws the same.
        const again = draw(new_ones, SEED, week);
        expect(new Map(again.map(({ user_id, arm }) => [user_id, arm]))).toEqual(
          new Map(new_ones.map(({ user_id, arm }) => [user_id, arm])),
        );
        const marked = (await service.views.early({}, null, 1000)).items;
        for (const { user_id, arm } of new_ones) expect(marked.find((row) => row.user_id === user_id)!.call).toBe(arm);
        // A crash after the commit, or another process: the week is drawn.
        expect(await service.trials.look()).toBeNull();
      }
      return weeks.length === WEEKS;
    });
    expect(weeks).toHaveLength(WEEKS);
    for (const week of weeks) expect(mondayOf(service.calendar.parse(week))).toBe(service.calendar.parse(week));
    const drawn = await rows();
    expect(new Set(drawn.map(({ user_id }) => user_id)).size).toBe(drawn.length);
    expect(drawn.length).toBeGreaterThan(5);
  });

  it('tells nothing before its end, and then the difference with its interval', async () => {
    const during = await service.trials.state();
    expect([during.word, during.result]).toEqual(['running', null]);
    expect(during.now.drawn + during.later.drawn).toBe((await rows()).length);
    await live(async () => (await service.trials.look()) === 'done');
    const { trial, now, later, result, word } = await service.trials.state();
    expect(trial!.how).toBe('done');
    expect([now.known, later.known]).toEqual([now.drawn, later.drawn]);
    expect(result!.low).toBeLessThanOrEqual(result!.difference);
    expect(result!.high).toBeGreaterThanOrEqual(result!.difference);
    // Nobody called anybody in the recording.
    expect(word).toBe('cannot-be-told');
    expect((await service.views.early({}, null, 1000)).items.every(({ call }) => call === null)).toBe(true);
    const changes = (await service.store.changes(0, 100)).filter(({ what }) => what === 'trial');
    expect(changes.map(({ detail }) => detail).join(' ')).toContain(SEED);
  });

  it('that is stopped has no result', async () => {
    await service.trials.start(1, named('Ann'));
    await service.trials.stop(named('Ann'));
    expect(await service.trials.state()).toMatchObject({ word: 'stopped', result: null });
    const refusal = (await service.trials.stop(named('Ann')).catch((error) => error)) as TrialRefused;
    expect(refusal.message).toBe('No trial is under way.');
  });

  it('leaves out whom a tutor called, though no alert had told them to: the call stands among the contacts', async () => {
    const { pipeline, shown, views, trials } = service;
    const waiting = await shown.unresolved();
    const listed = await shown.early();
    const called = listed.find((place) => !waiting(place));
    const others = listed.filter(({ user_id }) => user_id !== called!.user_id);
    const opened = await pipeline.openAlert({ user_id: called!.user_id, course_id: called!.course_id }, named('Ann'));
    if (opened.kind !== 'opened') throw new Error(JSON.stringify(opened));
    await pipeline.changeAlert(opened.alert.alert_id, null, { state: 'resolved', outcome: 'no-answer' }, named('Ann'));
    const contact = (await views.contacts({}, null, 10)).items.find((one) => one.alert_id === opened.alert.alert_id);
    expect(contact).toMatchObject({ outcome: 'no-answer', by: 'Ann' });
    const { id } = await trials.start(1, named('Ann'), SEED);
    expect(await trials.look()).toBe('drawn');
    const drawn = (await service.store.references(DRAWS)).filter(({ row }) => row.trial === id).map(drawnOf);
    const users = new Set(drawn.map(({ user_id }) => user_id));
    expect([users.has(called!.user_id), others.some(({ user_id }) => users.has(user_id))]).toEqual([false, true]);
    await trials.stop(named('Ann'));
  });

  it('counts who was active in the seven days after the draw, in that course, by what was drawn', async () => {
    const made = [
      { user_id: 1, arm: 'now', days: [1] },
      { user_id: 2, arm: 'later', days: [0, 8] },
      { user_id: 3, arm: 'now', days: [7] },
      { user_id: 4, arm: 'later', days: [3] },
    ];
    const trial = { id: 1, seed: 's', by: 'x', started_ms: 0, weeks: 1, drawn: ['1970-01-05'], ended_ms: 9, how: 'done' };
    const store = {
      position: async () => JSON.stringify([trial]),
      references: async () =>
        made.map(({ user_id, arm }) => ({
          user_id,
          parent_id: 2,
          deleted: false,
          row: { trial: 1, week: '1970-01-05', day: 4, arm },
        })),
      activityDays: async ({ user_id, from, to }: { user_id: number; from: number; to: number }) =>
        made
          .find((one) => one.user_id === user_id)!
          .days.flatMap((d) => (4 + d >= from && 4 + d < to ? [{ activities: 1 }] : [])),
    };
    const clock = () => ({ now_ms: 40 * 86_400_000, last_tick_ms: null });
    const world = { store, shown: {}, calendar: service.calendar, capacity: null, clock } as unknown as ConstructorParameters<
      typeof Trials
    >[0];
    const few = await new Trials(world).state();
    expect(few.result!.difference).toBeCloseTo(0.5, 12);
    // Two of each, and the interval may say what it will: nothing is claimed.
    expect(few.word).toBe('cannot-be-told');
    for (let user_id = 5; user_id <= 50; user_id++) {
      const arm = user_id % 2 ? 'now' : 'later';
      made.push({ user_id, arm, days: arm === 'now' || user_id % 4 === 0 ? [2] : [] });
    }
    expect(await new Trials(world).state()).toMatchObject({ word: 'more', now: { drawn: 25, known: 25 } });
  });
});
