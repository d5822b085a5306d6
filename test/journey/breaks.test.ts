/** Two weeks in which nobody is there: with the break in the calendar nobody is at risk for it, and the reasons say what was counted. */
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Runner } from '../../src/app/runner.js';
import { decoded, ListSource } from './list-source.js';
import { linesOf } from './oracle/recorded.js';
import { HISTORY, NO_TICKS, openSite, TempFolder } from './site.js';

const temp = new TempFolder();
afterAll(() => temp.remove());

const FROM = Date.parse('2026-10-12T00:00:00Z');
const TO = Date.parse('2026-10-26T00:00:00Z');
const NIGHT_MS = 3 * 3_600_000;

/** The site's history without what its log tells of these two weeks. */
const away = linesOf(HISTORY).filter((line) => {
  if (!line.includes('.mdl_logstore_standard_log"')) return true;
  const time_ms = Number(/timecreated\\?":(\d+)/.exec(line)?.[1]) * 1000;
  return !(time_ms >= FROM && time_ms < TO);
});

async function scoredWith(env: Record<string, string>) {
  const { service } = await openSite({ ...NO_TICKS, ...env });
  await new Runner(new ListSource('away', decoded(away), 700), service.pipeline, service.store).run();
  const before = await service.pipeline.score('past', FROM + NIGHT_MS);
  const after = await service.pipeline.score('past', TO + NIGHT_MS);
  const scores = (await service.store.scores({}, { limit: 10_000 })).filter(({ as_of_ms }) => as_of_ms === TO + NIGHT_MS);
  const { courses } = await service.pipeline.hindsight();
  await service.close();
  return { before, after, scores, courses };
}

describe('a teaching break', () => {
  it('is no silence: nobody comes at risk for it, and what is told in days is told in teaching days', async () => {
    const path = temp.file('breaks.csv');
    writeFileSync(path, 'from,to,name\n2026-10-12,2026-10-25,Autumn break\n');
    const without = await scoredWith({});
    const known = await scoredWith({ HOLDFAST_CALENDAR: path });
    expect(known.after.scored).toBe(without.after.scored);
    expect(without.after.at_risk).toBeGreaterThan(without.before.at_risk);
    expect(known.after.at_risk).toBeLessThanOrEqual(known.before.at_risk);
    const told = known.scores.flatMap(({ reasons }) => reasons.map(({ text }) => text));
    expect(told.filter((text) => /\d teaching days?/.test(text)).length).toBeGreaterThan(20);
    expect(told.filter((text) => /\d days?/.test(text))).toEqual([]);
    expect(without.scores.flatMap(({ reasons }) => reasons).filter(({ text }) => text.includes('teaching'))).toEqual([]);
    // Learnt from, the course is two weeks shorter.
    const length = ({ courses }: typeof known) => courses[0]!.known_until_day - courses[0]!.start_day;
    expect(length(without) - length(known)).toBe(14);
  });

  it('that cannot be read keeps the service from starting, with the line', async () => {
    const path = temp.file('wrong.csv');
    writeFileSync(path, 'from,to,name\n12.10.2026,,Autumn\n');
    await expect(openSite({ HOLDFAST_CALENDAR: path })).rejects.toThrow(/HOLDFAST_CALENDAR: .*line 2/);
  });
});
