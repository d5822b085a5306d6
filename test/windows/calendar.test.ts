import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Calendar } from '../../src/windows/calendar.js';
import { runs } from './generators.js';

const HOUR_MS = 3_600_000;
const hoursOf = (calendar: Calendar, text: string) =>
  (calendar.startOfDay(calendar.parse(text) + 1) - calendar.startOfDay(calendar.parse(text))) / HOUR_MS;
const startText = (zone: string, text: string) => {
  const calendar = new Calendar(zone);
  return new Date(calendar.startOfDay(calendar.parse(text))).toISOString();
};

describe('the calendar', () => {
  it('numbers days from 1970-01-01, before it too', () => {
    const utc = new Calendar('UTC');
    expect([utc.day(0), utc.day(-1), utc.parse('2026-11-22'), utc.format(20779)]).toEqual([0, -1, 20779, '2026-11-22']);
    expect(utc.startOfDay(20779)).toBe(Date.parse('2026-11-22T00:00:00Z'));
  });

  it('knows days of 23 and 25 hours', () => {
    const berlin = new Calendar('Europe/Berlin');
    expect(['2026-03-28', '2026-03-29', '2026-10-25'].map((day) => hoursOf(berlin, day))).toEqual([24, 23, 25]);
    expect(berlin.format(berlin.day(Date.parse('2026-07-01T22:30:00Z')))).toBe('2026-07-02');
    expect(berlin.format(berlin.day(Date.parse('2026-01-01T22:30:00Z')))).toBe('2026-01-01');
  });

  it.each([
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    ['Africa/Cairo', '2014-08-01', '2014-07-31T22:00:00.000Z'],
    ['Asia/Beirut', '2024-03-31', '2024-03-30T22:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00.000Z'],
    ['America/St_Johns', '2006-10-29', '2006-10-29T02:30:00.000Z'],
  ])('begins a day at its first instant where midnight is missing or strange: %s %s', (zone, day, start) => {
    expect(startText(zone, day)).toBe(start);
  });

  it('agrees with the clock on the wall in every zone and at every time', () => {
    const zones = [
      'America/Sao_Paulo',
      'Africa/Cairo',
      'Asia/Beirut',
      'Pacific/Apia',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
    ];
    const calendars = new Map(zones.map((zone) => [zone, new Calendar(zone)]));
    const time = fc.integer({ min: Date.parse('1990-01-01'), max: Date.parse('2035-01-01') });
    fc.assert(
      fc.property(fc.constantFrom(...zones), time, (zone, time_ms) => {
        const calendar = calendars.get(zone) as Calendar;
        const day = calendar.day(time_ms);
        expect(calendar.format(day)).toBe(new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(time_ms));
        const start = calendar.startOfDay(day);
        expect(start).toBeLessThanOrEqual(time_ms);
        expect(calendar.day(start)).toBe(day);
        expect(calendar.day(start - 1)).toBeLessThan(day);
      }),
      runs(300),
    );
  });

  it('refuses an unknown zone and what is no day, and says what to write', () => {
    expect(() => new Calendar('Europe/Atlantis')).toThrow(/unknown time zone "Europe\/Atlantis": give an IANA name/);
    const utc = new Calendar('UTC');
    for (const text of ['2026-02-30', '22.11.2026', '', '2026-1-1']) expect(() => utc.parse(text)).toThrow(RangeError);
  });
});
