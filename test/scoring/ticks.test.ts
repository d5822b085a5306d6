import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { latestTick, nextTick, ticksBetween } from '../../src/scoring/ticks.js';
import { runs } from '../features/histories.js';

const at = (iso: string): number => Date.parse(iso);
const YEAR_2026: [number, number] = [at('2026-01-01T12:00:00Z'), at('2026-12-31T12:00:00Z')];

const localDay = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (ms: number) => format.format(ms);
};

describe('a daily schedule', () => {
  for (const zone of ['Europe/Berlin', 'Europe/London', 'America/Santiago', 'Australia/Lord_Howe', 'UTC']) {
    for (const cron of ['0 3 * * *', '30 2 * * *', '45 1 * * *', '30 0 * * *', '30 23 * * *']) {
      it(`"${cron}" ticks once on each day of ${zone}, also when clocks change`, () => {
        const day = localDay(zone);
        const days = ticksBetween(cron, zone, ...YEAR_2026).map(day);
        expect(new Set(days).size).toBe(days.length);
        expect(days.length).toBeGreaterThanOrEqual(364);
        for (let i = 1; i < days.length; i++) expect(Date.parse(days[i]!) - Date.parse(days[i - 1]!)).toBe(86_400_000);
      });
    }
  }

  it('fires at the end of the gap when its time is jumped over, and the first time when it comes twice', () => {
    expect(nextTick('30 2 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z'))).toBe(at('2026-03-29T01:00:00Z'));
    expect(nextTick('30 2 * * *', 'Europe/Berlin', at('2026-10-24T12:00:00Z'))).toBe(at('2026-10-25T00:30:00Z'));
    // Between the two 02:30s of that night the next one is tomorrow's.
    expect(nextTick('30 2 * * *', 'Europe/Berlin', at('2026-10-25T01:00:00Z'))).toBe(at('2026-10-26T01:30:00Z'));
  });

  it('has the leap day as any other', () => {
    const ticks = ticksBetween('0 3 * * *', 'Europe/London', at('2028-02-27T12:00:00Z'), at('2028-03-01T12:00:00Z'));
    expect(ticks).toEqual(['2028-02-28', '2028-02-29', '2028-03-01'].map((day) => at(`${day}T03:00:00Z`)));
  });

  it('counts the instant of a tick as the tick itself, to the millisecond', () => {
    const tick = at('2026-06-01T03:00:00Z');
    expect(latestTick('0 3 * * *', 'UTC', tick)).toBe(tick);
    expect(latestTick('0 3 * * *', 'UTC', tick - 1)).toBe(tick - 86_400_000);
    expect(nextTick('0 3 * * *', 'UTC', tick)).toBe(tick + 86_400_000);
    expect(nextTick('0 3 * * *', 'UTC', tick - 1)).toBe(tick);
    expect(ticksBetween('0 3 * * *', 'UTC', tick - 86_400_000, tick)).toEqual([tick]);
    expect(ticksBetween('0 3 * * *', 'UTC', tick, tick)).toEqual([]);
  });

  it('answers the same whatever was asked before', () => {
    const zone = 'Europe/Berlin';
    const all = ticksBetween('30 2 * * *', zone, at('2026-03-01T00:00:00Z'), at('2026-11-30T00:00:00Z'));
    const anyTime = fc.oneof(
      fc.integer({ min: all[0]!, max: all.at(-2)! }),
      fc.integer({ min: at('2026-10-24T22:00:00Z'), max: at('2026-10-26T04:00:00Z') }),
      fc.integer({ min: at('2026-03-28T22:00:00Z'), max: at('2026-03-30T04:00:00Z') }),
    );
    fc.assert(
      fc.property(anyTime, (time_ms) => {
        expect(latestTick('30 2 * * *', zone, time_ms)).toBe(all.findLast((tick) => tick <= time_ms));
        expect(nextTick('30 2 * * *', zone, time_ms)).toBe(all.find((tick) => tick > time_ms));
      }),
      runs(300),
    );
  });

  it('that cannot be read or never fires is refused with an example', () => {
    expect(() => nextTick('at three', 'UTC', 0)).toThrow(/"0 3 \* \* \*"/);
    expect(() => nextTick('0 3 30 2 *', 'UTC', 0)).toThrow(/never fires/);
  });
});
