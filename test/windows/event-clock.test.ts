import { describe, expect, it } from '@jest/globals';
import { type EventClock, see } from '../../src/windows/event-clock.js';

const DAY = 86_400_000;
const start: EventClock = { now_ms: 1_000 * DAY, ahead: [] };
const following = (events: [user: number, day: number][], from = start) =>
  events.reduce((clock, [user, day]) => see(clock, user, (1_000 + day) * DAY), from);
const day = (clock: EventClock) => (clock.now_ms ?? Number.NaN) / DAY - 1_000;

describe('the event clock', () => {
  it('begins with the first counted activity', () => {
    expect(see({ now_ms: null, ahead: [] }, 1, 5).now_ms).toBe(5);
  });

  it('follows the greatest time and never goes back', () => {
    expect(day(following([[1, 3], [1, 2], [2, 9], [2, 4]]))).toBe(9); // biome-ignore format: one line reads better
  });

  it('follows a pause of exactly 30 days at once, and not one of a moment more', () => {
    expect(day(following([[1, 30]]))).toBe(30);
    expect(day(see(start, 1, (1_000 + 30) * DAY + 1) as EventClock)).toBe(0);
  });

  it('is not carried away by one date far in the future, nor by a hundred of one or two users', () => {
    const wild = following(Array.from({ length: 100 }, (_, i) => [i % 2, 400 + i]));
    expect(day(wild)).toBe(0);
    expect(wild.ahead.length).toBeLessThanOrEqual(20);
  });

  it('follows a summer once ten activities of three users are beyond it', () => {
    const nine = following(Array.from({ length: 9 }, (_, i) => [i % 3, 90 + i]));
    expect(day(nine)).toBe(0);
    const ten = following([[0, 99]], nine);
    expect(day(ten)).toBe(99);
    expect(ten.ahead).toEqual([]);
  });

  it('leaves the outlier behind when the others confirm', () => {
    const clock = following([[7, 40_000], ...Array.from({ length: 10 }, (_, i): [number, number] => [i % 3, 90])]);
    expect(day(clock)).toBe(90);
    expect(clock.ahead.map((a) => a.user_id)).toEqual([7]);
  });

  it('forgets what was ahead once the clock has reached it', () => {
    expect(following([[1, 40], [2, 20], [2, 41]]).ahead).toEqual([]); // biome-ignore format: one line reads better
  });
});
