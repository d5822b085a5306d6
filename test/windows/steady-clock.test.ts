import { describe, expect, it } from '@jest/globals';
import { REST_MS, SteadyClock } from '../../src/windows/steady-clock.js';

const NOON_MS = Date.parse('2026-11-30T12:00:00Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/** A machine whose clock is `wrong_ms` off since it was set, and time that passes. */
function machine() {
  const state = { passed_ms: 5_000, wrong_ms: 0, leaps: [] as number[] };
  const clock = new SteadyClock(
    () => NOON_MS + state.passed_ms - 5_000 + state.wrong_ms,
    () => state.passed_ms,
    (leap_ms) => state.leaps.push(leap_ms),
  );
  const later = (ms: number) => {
    state.passed_ms += ms;
    return clock.now_ms() - NOON_MS;
  };
  return { state, clock, later };
}

describe('the clock that is believed', () => {
  it('is the machine’s while that goes as time passes, a summer-time or leap-second step included', () => {
    const { state, later } = machine();
    expect(later(0)).toBe(0);
    expect(later(40 * DAY_MS)).toBe(40 * DAY_MS);
    state.wrong_ms = 3_600_000;
    expect(later(1_000)).toBe(40 * DAY_MS + 1_000 + 3_600_000);
    expect(state.leaps).toEqual([]);
  });

  it('goes on from where it was when the machine’s leaps ahead, and is the machine’s again once that is set right', () => {
    const { state, later } = machine();
    later(0);
    state.wrong_ms = YEAR_MS;
    expect(later(MINUTE_MS)).toBe(MINUTE_MS);
    expect(later(58 * MINUTE_MS)).toBe(59 * MINUTE_MS);
    state.wrong_ms = 0;
    expect(later(MINUTE_MS)).toBe(60 * MINUTE_MS);
    state.wrong_ms = YEAR_MS;
    expect(later(MINUTE_MS)).toBe(61 * MINUTE_MS);
    expect(state.leaps).toEqual([YEAR_MS, YEAR_MS]);
  });

  it('follows a leap that has stood for an hour: a machine that slept', () => {
    const { state, later } = machine();
    later(0);
    state.wrong_ms = 3 * DAY_MS;
    expect(later(MINUTE_MS)).toBe(MINUTE_MS);
    expect(later(60 * MINUTE_MS)).toBe(61 * MINUTE_MS + 3 * DAY_MS);
    expect(state.leaps).toHaveLength(1);
  });

  it('is set back with the machine’s at once', () => {
    const { state, later } = machine();
    later(0);
    state.wrong_ms = -YEAR_MS;
    expect(later(MINUTE_MS)).toBe(MINUTE_MS - YEAR_MS);
  });

  it('holds a start that is a year after what a store knows, and not one after a month of rest', () => {
    const kept_ms = NOON_MS - REST_MS - 1;
    const late = machine();
    late.clock.startAfter(kept_ms);
    expect(late.later(MINUTE_MS)).toBe(kept_ms - NOON_MS + MINUTE_MS);
    const rested = machine();
    rested.clock.startAfter(NOON_MS - REST_MS);
    expect(rested.later(MINUTE_MS)).toBe(MINUTE_MS);
  });
});
