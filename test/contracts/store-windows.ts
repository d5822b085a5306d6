/** The part of the store's contract about windows, and what is derived from them. */
import { expect, it } from '@jest/globals';
import { ACTIVITY_DAYS, COURSE_SESSIONS, SESSIONS } from '../../src/domain.js';
import { type Store } from '../../src/ports.js';
import { ALL, activityDay, courseSession, DAY_MS, EVERYONE, session, together } from './store-samples.js';

export function windowContract(given: () => Store): void {
  it('replaces a window of the same key and start, and removes the deleted before it writes', async () => {
    const store = given();
    await store.commit(together(session(1, 10, 20), session(1, 40, 50)));
    const merged = { key: [1], start: 10, end: 50, values: [5] };
    const deletes = [10, 40].map((start) => ({ key: [1], start }));
    await store.commit({ windows: [{ table: SESSIONS, deletes, upserts: [merged] }] });
    await store.commit({ windows: [{ table: SESSIONS, deletes: [{ key: [9], start: 1 }], upserts: [merged] }] });
    expect(await store.sessions(EVERYONE, ALL)).toEqual([
      { user_id: 1, course_id: null, start_ms: 10, end_ms: 50, activities: 5 },
    ]);
  });

  it('finds the windows to hold from an end that is reached exactly', async () => {
    const store = given();
    await store.commit({
      ...together(session(1, 10, 19), session(2, 10, 20), session(3, 30, 31)),
    });
    expect((await store.heldWindows(SESSIONS, 20)).map((row) => row.key)).toEqual([[2], [3]]);
    await store.commit(together(...[4, 5, 6].map((day) => activityDay(1, 2, day))));
    expect(await store.heldWindows(ACTIVITY_DAYS, 6)).toEqual([{ key: [1, 2], start: 6, end: 6, values: [1, 1, 0, 0, 0, 0] }]);
  });

  it('finds neighbours that touch the range at either end, of the asked keys only, each once', async () => {
    const store = given();
    const rows = [
      courseSession(1, 2, 10, 20),
      courseSession(1, 2, 40, 50),
      courseSession(1, 3, 10, 50),
      courseSession(0, 2, 20, 20),
    ];
    await store.commit({ ...together(...rows) });
    const near = async (from: number, to: number, key = [1, 2]) =>
      (await store.windowsNear(COURSE_SESSIONS, [{ key, from, to }])).map((row) => row.start);
    expect(await near(20, 40)).toEqual([10, 40]);
    expect(await near(21, 39)).toEqual([]);
    expect(await near(15, 15)).toEqual([10]);
    expect(await near(20, 20, [0, 2])).toEqual([20]);
    const twice = [
      { key: [1, 2], from: 0, to: 99 },
      { key: [0, 2], from: 0, to: 99 },
      { key: [1, 2], from: 15, to: 16 },
    ];
    expect((await store.windowsNear(COURSE_SESSIONS, twice)).map((row) => [...row.key, row.start])).toEqual([
      [0, 2, 20],
      [1, 2, 10],
      [1, 2, 40],
    ]);
    await expect(store.windowsNear(COURSE_SESSIONS, Array(501).fill(twice[0]))).rejects.toBeInstanceOf(RangeError);
  });

  it('counts a session for the day of its start in the zone of the site', async () => {
    const store = given();
    const midnight = 10 * DAY_MS - 3 * 3_600_000;
    const rows = [
      courseSession(1, 2, midnight - 1000, midnight + 5000),
      courseSession(1, 2, midnight, midnight + 2500),
      courseSession(1, 2, midnight + DAY_MS - 1, midnight + DAY_MS - 1),
    ];
    await store.commit({
      windows: [...together(...rows).windows!, ...[9, 10, 11].flatMap((day) => activityDay(1, 2, day).windows!)],
    });
    const days = await store.activityDays({ user_id: 1 }, ALL);
    expect(days.map((row) => [row.day, row.sessions, row.duration_s])).toEqual([
      [9, 1, 6],
      [10, 2, 2.5],
      [11, 0, 0],
    ]);
    expect(await store.activityDaysByDay(EVERYONE, ALL)).toEqual(days);
  });

  it('totals the sessions, and counts as open what ends at the given time or later', async () => {
    const store = given();
    expect(await store.sessionTotals(0)).toEqual({ sessions: 0, open: 0, activities: 0 });
    const upserts = [
      { key: [0], start: 10, end: 20, values: [3] },
      { key: [-1], start: 5, end: 21, values: [4] },
    ];
    await store.commit({ windows: [{ table: SESSIONS, deletes: [], upserts }] });
    expect(await store.sessionTotals(21)).toEqual({ sessions: 2, open: 1, activities: 7 });
    expect(await store.sessionTotals(20)).toEqual({ sessions: 2, open: 2, activities: 7 });
  });

  it('tells of every course its first and last activity and how many, and of its users when they were last there', async () => {
    const store = given();
    const rows = [
      courseSession(0, 2, 10, 20, 3),
      courseSession(-1, 2, 5, 8, 4),
      courseSession(0, 3, 70, 70, 1),
      courseSession(0, 2, 30, 60, 1),
    ];
    await store.commit({ ...together(...rows) });
    const first = { course_id: 2, first_ms: 5, last_ms: 60, activities: 8 };
    expect(await store.courseActivity()).toEqual([first, { course_id: 3, first_ms: 70, last_ms: 70, activities: 1 }]);
    const deletes = [
      { key: [-1, 2], start: 5 },
      { key: [0, 3], start: 70 },
    ];
    await store.commit({ windows: [{ table: COURSE_SESSIONS, deletes, upserts: [] }] });
    expect(await store.courseActivity()).toEqual([{ course_id: 2, first_ms: 10, last_ms: 60, activities: 4 }]);
    expect(await store.lastActive(2, 30)).toEqual([{ user_id: 0, last_ms: 20 }]);
    expect(await store.lastActive(2, 31, 0)).toEqual([{ user_id: 0, last_ms: 60 }]);
    expect(await store.lastActive(2, 31, 5)).toEqual([]);
  });
}
