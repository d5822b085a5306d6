/** The part of the store's contract about those who share it: lanes that count side by side, and leases. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Clock } from '../../src/domain.js';
import { COURSE_SESSIONS, SESSIONS } from '../../src/domain.js';
import { type Commit, StalePosition, StaleState, type Store } from '../../src/ports.js';
import { everythingIn } from './store-reads.js';
import { ALL, courseSession, EVERYONE, fullCommit, position, session, together } from './store-samples.js';

const ONE = 'kafka:moodle.log/0';
const TWO = 'kafka:moodle.log/1';
/** How long a lease lasts where a test waits for its end. */
const LEASE_MS = 60;

const clock = (now_ms: number): Clock => ({ kind: 'event', now_ms, last_tick_ms: null, snapshot: false, ahead: [] });
const by = (name: string, ...user_ids: number[]): Commit => ({ lane: { name, user_ids } });

/** One page with these bits set. */
export function seen(page: number, ...bits: number[]): Commit {
  const bytes = new Uint8Array(1024);
  for (const bit of bits) bytes[bit >> 3]! |= 1 << (bit & 7);
  return { seen: [{ page, bits: bytes }] };
}

export function laneContract(given: () => Store): void {
  claimContract(given);
  seenContract(given);
  leaseContract(given);
}

function claimContract(given: () => Store): void {
  it('takes windows of a user only from the lane that claimed the user last', async () => {
    const store = given();
    await expect(store.commit({ ...session(1, 1, 2), ...by(ONE, 1) })).rejects.toBeInstanceOf(StaleState);
    await store.claim(ONE, [2, 1, 0, 1]);
    await store.commit({ ...session(1, 1, 2), ...by(ONE, 1, 2) });
    await store.claim(TWO, [1]);
    const before = await everythingIn(store);
    const late = { ...fullCommit(), ...session(1, 1, 3), ...by(ONE, 0, 1), sinks: ['kafka'] };
    await expect(store.commit(late)).rejects.toBeInstanceOf(StaleState);
    expect(await everythingIn(store)).toEqual(before);
    expect(await store.backlog('kafka')).toBe(0);
    await store.commit({ ...session(1, 1, 4), ...by(TWO, 1) });
    await store.commit({ ...session(2, 5, 6), ...by(ONE, 2, 0) });
    expect((await store.sessions(EVERYONE, ALL)).map((row) => [row.user_id, row.end_ms])).toEqual([
      [1, 4],
      [2, 6],
    ]);
    await store.commit({ ...session(1, 1, 9) });
    expect((await store.sessions({ user_id: 1 }, ALL))[0]!.end_ms).toBe(9);
  });

  it('claims and counts for thousands of users at once', async () => {
    const store = given();
    const users = Array.from({ length: 3_000 }, (_, user) => user);
    await store.claim(ONE, users);
    await store.commit({ ...together(...users.map((user) => session(user, 1, 2))), ...by(ONE, ...users) });
    await store.claim(TWO, [2_999]);
    await expect(store.commit(by(ONE, ...users))).rejects.toBeInstanceOf(StaleState);
    expect(await store.sessions(EVERYONE, ALL)).toHaveLength(3_000);
  });

  it('keeps a clock for each lane, apart from the site’s own', async () => {
    const store = given();
    const started = Date.now();
    await store.commit({ ...position(null, '1', TWO), ...by(TWO), clock: clock(20) });
    await store.commit({ ...position(null, '1', ONE), ...by(ONE), clock: clock(10) });
    await store.commit({ clock: clock(5) });
    await store.commit({ ...position('1', '2', ONE), ...by(ONE), clock: clock(11) });
    await store.commit({ ...position('1', '2', TWO), ...by(TWO) });
    const clocks = await store.laneClocks();
    expect(clocks.map((row) => [row.lane, row.clock])).toEqual([
      [ONE, clock(11)],
      [TWO, clock(20)],
    ]);
    for (const { heard_ms } of clocks) {
      expect(heard_ms).toBeGreaterThan(started - 5_000);
      expect(heard_ms).toBeLessThan(Date.now() + 5_000);
    }
    expect(await store.clock()).toEqual(clock(5));
    await expect(store.commit({ ...position('1', '3', ONE), ...by(ONE), clock: clock(99) })).rejects.toBeInstanceOf(
      StalePosition,
    );
    expect((await store.laneClocks())[0]!.clock).toEqual(clock(11));
  });

  it('finds the held windows of some users alone, at most 500 at once', async () => {
    const store = given();
    const rows = [
      courseSession(-1, 2, 10, 20),
      courseSession(1, 2, 10, 19),
      courseSession(1, 3, 10, 21),
      courseSession(2, 2, 10, 30),
    ];
    await store.commit(together(...rows, session(1, 10, 20)));
    const held = await store.heldWindows(COURSE_SESSIONS, 20, [1, -1, 7, 1]);
    expect(held.map((row) => row.key)).toEqual([
      [-1, 2],
      [1, 3],
    ]);
    expect(await store.heldWindows(SESSIONS, 20, [1])).toEqual([{ key: [1], start: 10, end: 20, values: [1] }]);
    expect(await store.heldWindows(SESSIONS, 0, [])).toEqual([]);
    await expect(store.heldWindows(SESSIONS, 0, Array(501).fill(1))).rejects.toBeInstanceOf(RangeError);
  });
}

function seenContract(given: () => Store): void {
  it('adds newly counted ids to what is stored, and refuses the whole commit where one is counted already', async () => {
    const store = given();
    await store.commit({ ...fullCommit(), ...seen(2, 0, 8191) });
    await store.commit(seen(2, 1));
    const before = await everythingIn(store);
    const again = {
      ...session(5, 1, 2),
      ...position('line 1', 'line 2'),
      seen: [...seen(7, 1).seen!, ...seen(2, 8191).seen!],
      ignored: { tombstone: 1 },
      sinks: ['kafka'],
    };
    await expect(store.commit(again)).rejects.toBeInstanceOf(StaleState);
    expect(await everythingIn(store)).toEqual(before);
    expect([await store.seenPages([7]), await store.backlog('kafka')]).toEqual([[], 0]);
    await store.commit({ ...again, seen: seen(2, 2).seen! });
    expect(await store.seenPages([2])).toEqual(seen(2, 0, 1, 2, 8191).seen);
  });

  it('takes an id once in one commit, too', async () => {
    const store = given();
    await expect(store.commit({ seen: [...seen(4, 3).seen!, ...seen(4, 3).seen!] })).rejects.toBeInstanceOf(StaleState);
    await store.commit({ seen: [...seen(4, 3).seen!, ...seen(4, 4).seen!] });
    expect(await store.seenPages([4])).toEqual(seen(4, 3, 4).seen);
  });
}

function leaseContract(given: () => Store): void {
  it('leases to one at a time, under a token that grows', async () => {
    const store = given();
    const first = (await store.lease('schedule', 'a', 60_000))!;
    expect(await store.lease('schedule', 'b', 60_000)).toBeNull();
    expect(await store.lease('publish:kafka', 'b', 60_000)).not.toBeNull();
    const kept = (await store.lease('schedule', 'a', 60_000))!;
    expect(kept).toBeGreaterThan(first);
    await store.release('schedule', 'b');
    expect(await store.lease('schedule', 'b', 60_000)).toBeNull();
    await store.release('schedule', 'a');
    expect(await store.lease('schedule', 'b', 60_000)).toBeGreaterThan(kept);
    expect(await store.lease('schedule', 'a', 60_000)).toBeNull();
  });

  it('gives a lease to the next one when its time is over', async () => {
    const store = given();
    const first = (await store.lease('schedule', 'a', LEASE_MS))!;
    let second = await store.lease('schedule', 'b', LEASE_MS);
    while (second === null) {
      await sleep(LEASE_MS / 4);
      second = await store.lease('schedule', 'b', 60_000);
    }
    expect(second).toBeGreaterThan(first);
    expect(await store.lease('schedule', 'a', LEASE_MS)).toBeNull();
  });

  it('leases to one of many who ask at once', async () => {
    const store = given();
    const asked = await Promise.all(Array.from({ length: 12 }, (_, who) => store.lease('schedule', `p${who}`, 60_000)));
    expect(asked.filter((token) => token !== null)).toHaveLength(1);
  });
}
