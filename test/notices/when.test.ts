/** Quiet hours on the site's clock, and the pace. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pace } from '../../src/notices/pace.js';
import { isQuiet, quietUntil } from '../../src/notices/quiet.js';
import { Wait } from '../../src/notices/wait.js';
import { quietHours } from '../../src/setting-texts.js';

const at = (text: string) => Date.parse(text);
const HOUR_MS = 3_600_000;

describe('quiet hours', () => {
  const usual = quietHours('19:00-07:00,sat,sun')!;

  it.each([
    ['2026-11-24T06:59:00+01:00', true],
    ['2026-11-24T07:00:00+01:00', false],
    ['2026-11-24T18:59:00+01:00', false],
    ['2026-11-24T19:00:00+01:00', true],
    ['2026-11-24T23:59:00+01:00', true],
    ['2026-11-21T12:00:00+01:00', true],
    ['2026-11-22T12:00:00+01:00', true],
    // The zone counts, not the machine: Sunday evening in London is Monday in Berlin.
    ['2026-11-22T23:30:00Z', true],
    // Winter time began on Sunday 25 October: on Monday 07:00 is 06:00Z again.
    ['2026-10-23T05:00:00Z', false],
    ['2026-10-26T05:00:00Z', true],
    ['2026-10-26T06:00:00Z', false],
  ])('at %s: %s', (text, quiet) => {
    expect(isQuiet(at(text), 'Europe/Berlin', usual)).toBe(quiet);
  });

  it('may be of days alone, of hours alone, or none', () => {
    const noon = at('2026-11-21T12:00:00Z');
    expect(isQuiet(noon, 'UTC', quietHours('sat')!)).toBe(true);
    expect(isQuiet(noon, 'UTC', quietHours('08:00-17:30')!)).toBe(true);
    expect(isQuiet(noon, 'UTC', quietHours('18:00-24:00')!)).toBe(false);
    expect(isQuiet(noon, 'UTC', quietHours('off')!)).toBe(false);
    for (const wrong of ['', '7-19', '25:00-26:00', 'saturday', '19:00-07:00 sat']) expect(quietHours(wrong)).toBeUndefined();
  });
});

describe('the end of quiet hours', () => {
  it.each([
    ['2026-11-24T12:00:00Z', '19:00-07:00,sat,sun', '2026-11-24T12:00:00Z'],
    ['2026-11-27T20:00:00Z', '19:00-07:00,sat,sun', '2026-11-30T07:00:00Z'],
    ['2026-11-27T20:00:00Z', 'mon,tue,wed,thu,fri,sat', '2026-11-29T00:00:00Z'],
    ['2026-11-27T20:00:00Z', 'mon,tue,wed,thu,fri,sat,sun', null],
  ])('after %s with %s is %s', (from, quiet, end) => {
    expect(quietUntil(at(from), 'UTC', quietHours(quiet)!)).toBe(end === null ? null : at(end));
  });
});

describe('a wait', () => {
  it('is twice as long each time, ends when there is an answer, and is not made longer by a clock that is set back', () => {
    const wait = new Wait();
    const lasts_s: number[] = [];
    for (let i = 0; i < 8; i++) {
      wait.longer(0);
      lasts_s.push(wait.until_ms / 1_000);
    }
    expect(lasts_s).toEqual([15, 30, 60, 120, 240, 480, 600, 600]);
    expect([wait.lasts(599_999), wait.lasts(600_000), wait.lasts(-1)]).toEqual([true, false, false]);
    wait.end();
    expect([wait.begun, wait.lasts(0)]).toEqual([false, false]);
  });
});

describe('the pace', () => {
  it('lets no more go in any hour than said, and all of it in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 50, maxLength: 300 }),
        (most, waits) => {
          const pace = new Pace(most);
          const gone: number[] = [];
          let now = 0;
          for (const wait of waits) {
            now += wait;
            for (let i = 0; i < 40; i++) if (pace.take(now)) gone.push(now);
          }
          for (const from of gone) expect(gone.filter((t) => t >= from && t < from + HOUR_MS).length).toBeLessThanOrEqual(most);
          expect(pace.take(now + HOUR_MS)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gains nothing from a clock that steps back', () => {
    const pace = new Pace(6);
    expect([pace.take(1_000), pace.take(0), pace.take(1_000), pace.take(0)]).toEqual([true, false, false, false]);
  });
});
