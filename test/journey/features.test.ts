/**
 * Features as of a time: read from the store while the site is being replayed, they are those that the rows which had arrived
 * by then give when they are gone through afterwards. And a score as of a time depends on nothing but what is known.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { Runner } from '../../src/app/runner.js';
import type { EnrolmentHistory } from '../../src/domain.js';
import { baseFeatures, cohortOf, completeFeatures } from '../../src/features/vector.js';
import { Histories } from '../../src/pipeline/histories.js';
import { Roster } from '../../src/pipeline/roster.js';
import { decoded, ListSource } from './list-source.js';
import { clockOf, countedOf } from './oracle/activity.js';
import { enrolmentsOf } from './oracle/enrolments.js';
import { historiesOf } from './oracle/histories.js';
import { changesOf, linesOf } from './oracle/recorded.js';
import { differences, exported, HISTORY, NO_TICKS, openSite, replay, seeded, shuffled, TempFolder, WEEKLY } from './site.js';

const lines = linesOf(HISTORY);
const temp = new TempFolder();
afterAll(() => temp.remove());

/** After how many lines the site is looked at: week 2, inside a clock's step back, in the middle, near the end. */
const MOMENTS = [5_500, 9_400, 15_000, 21_000];

describe('features as of a moment', () => {
  it('are those of the rows that had arrived by then, live and at the schedule', async () => {
    const { service, config } = await openSite(NO_TICKS);
    let done = 0;
    for (const moment of MOMENTS) {
      const part = decoded(lines.slice(done, moment));
      await new Runner(new ListSource(`until ${moment}`, part, 700), service.pipeline, service.store).run();
      done = moment;

      const arrived = changesOf(lines.slice(0, moment));
      const counted = countedOf(arrived);
      const now_ms = service.pipeline.clock.now_ms!;
      expect(now_ms).toBe(clockOf(counted) * 1000);
      const naive = enrolmentsOf(arrived, now_ms / 1000).filter((e) => e.state === 'active');

      const roster = new Roster(service.store);
      const histories = new Histories(service.store, service.calendar);
      const active = (await roster.all(now_ms)).filter((e) => e.state === 'active');
      for (const course of await roster.courses()) {
        const students = active.filter((e) => e.course_id === course.course_id);
        const today = service.calendar.day(now_ms);
        for (const cutoff_day of [today, today + 1]) {
          const read = await histories.read(course, null, students, cutoff_day);
          const own = naive.filter((e) => e.course_id === course.course_id);
          const expected = historiesOf(arrived, counted, course.course_id, own, cutoff_day);
          expect(read).toEqual(expected);
          expect(featuresOf(read, cutoff_day)).toEqual(featuresOf(expected, cutoff_day));
          // One student alone, as a live score reads them.
          if (students[0]) expect(await histories.read(course, null, [students[0]], cutoff_day)).toEqual([expected[0]]);
        }
      }
    }
    expect(config.store).toEqual({ kind: 'memory' });
    await service.close();
  });

  /** All of a course's vectors, as bytes, since NaN is not equal to itself. */
  function featuresOf(read: EnrolmentHistory[], cutoff_day: number): string[] {
    const base = read.map((history) => baseFeatures(history, cutoff_day));
    const cohort = cohortOf(read[0]?.course_id ?? 0, cutoff_day, base);
    return base.map((vector) => Buffer.from(completeFeatures(vector, cohort).buffer).toString('hex'));
  }
});

describe('a score as of a time that is no tick', () => {
  const AS_OF_MS = Date.parse('2026-10-14T12:34:56Z');

  async function scoresOf(env: Record<string, string>, path: string, batch_size?: number): Promise<string> {
    const { service, config } = await openSite(env);
    await replay(service, config, [path], { batch_size });
    const alerts = await exported(service, 'alerts');
    const run = await service.pipeline.score('past', AS_OF_MS);
    expect(run.scored).toBeGreaterThan(100);
    expect(await exported(service, 'alerts')).toBe(alerts);
    const scores = (await exported(service, 'scores')).split('\n');
    await service.close();
    return scores.filter((line) => line.split(',')[2] === String(AS_OF_MS)).join('\n');
  }

  it('is the same, to the byte, in stores that came there in other batches, in another order, with and without ticks', async () => {
    const expected = await scoresOf(NO_TICKS, HISTORY);
    expect(expected.split('\n').length).toBeGreaterThan(100);
    const random = seeded(11);
    const isLog = (line: string) => line.includes('.mdl_logstore_standard_log"');
    const [log, rest] = [lines.filter(isLog), lines.filter((line) => !isLog(line))];
    // Whole blocks of the log change places; all other tables keep their own order.
    const blocks = Array.from({ length: Math.ceil(log.length / 400) }, (_, i) => log.slice(i * 400, i * 400 + 400));
    const others = {
      'other batches': await scoresOf(NO_TICKS, HISTORY, 333),
      'ticks on Mondays': await scoresOf(WEEKLY, HISTORY),
      'log in another order': await scoresOf(NO_TICKS, temp.lines([...rest, ...shuffled(blocks, random).flat()])),
      'log first': await scoresOf(NO_TICKS, temp.lines([...log, ...rest])),
    };
    for (const [how, scores] of Object.entries(others)) {
      expect({ how, differences: differences({ scores }, { scores: expected }, 2) }).toEqual({ how, differences: [] });
    }
  });

  it('is added once: asked for again, and in a store of another kind, nothing changes', async () => {
    const { service, config } = await openSite(NO_TICKS);
    await replay(service, config, [HISTORY]);
    await service.pipeline.score('past', AS_OF_MS);
    const once = await exported(service, 'scores');
    await service.pipeline.score('past', AS_OF_MS);
    expect(await exported(service, 'scores')).toBe(once);
    expect(service.store).toBeInstanceOf(MemoryStore);
    await service.close();
    const sqlite = await scoresOf({ ...NO_TICKS, HOLDFAST_STORE: `sqlite:${temp.file('scores.db')}` }, HISTORY);
    expect(sqlite).toBe(once.trimEnd().split('\n').slice(1).join('\n'));
  });
});
