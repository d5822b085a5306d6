/** The part of the contract of `ClickStore` about commits: whole or not at all, and nothing twice. */
import { expect, it } from '@jest/globals';
import type { ClickCommit, ClickStore } from '../../src/click-ports.js';
import { REJECTED_KEPT, StalePosition } from '../../src/ports.js';
import { everythingIn } from './click-store-reads.js';
import { ALL, changes, click, fullCommit, position, rejected, T0, THINGS, user } from './click-store-samples.js';

const ASKED = { sources: ['file'], ids: ['id 1', 'id 2'], users: [7] };

/** `breakOutbox` makes the last thing that a commit writes fail, until the function that it gives is called; null where nothing can. */
export function clickCommitContract(
  given: () => ClickStore,
  breakOutbox: () => (() => Promise<() => Promise<void>>) | null,
): void {
  it('holds nothing at first', async () => {
    const store = given();
    expect([await store.clock(), await store.position('file')]).toEqual([null, null]);
    expect([await store.clicks({}, ALL), await store.windows(THINGS, {}, ALL), await store.rejected(ALL)]).toEqual([[], [], []]);
    expect([await store.seen([]), await store.references('users', [])]).toEqual([[], []]);
    expect(await store.counts()).toEqual({ rejected: {}, counts: {} });
    expect([await store.outbox('kafka', 10), await store.backlog('kafka'), await store.retain(T0)]).toEqual([[], 0, 0]);
    await store.commit({});
    await store.confirm('kafka', []);
    await store.release('clicks', 'nobody');
  });

  it('moves a position only from where it stands, and keeps nothing of a commit that it refuses', async () => {
    const store = given();
    await store.commit(fullCommit(1));
    const before = [await everythingIn(store, ASKED), await store.outbox('kafka', 10)];
    for (const from of [null, '0', '1 ', 'other'])
      await expect(store.commit({ ...fullCommit(2), ...position(from, '2') })).rejects.toBeInstanceOf(StalePosition);
    expect([await everythingIn(store, ASKED), await store.outbox('kafka', 10)]).toEqual(before);
    await store.commit(fullCommit(2));
    expect(await store.position('file')).toBe('2');
    await store.commit(position(null, 'x', 'file '));
    expect([await store.position('file'), await store.position('file '), await store.position('FILE')]).toEqual(['2', 'x', null]);
  });

  it('keeps nothing of a commit with a number that is none, and says where it is', async () => {
    const store = given();
    await store.commit(fullCommit(1));
    const before = await everythingIn(store, ASKED);
    const next = fullCommit(2);
    const faults: [ClickCommit, string][] = [
      [{ ...next, windows: [...next.windows!, changes(THINGS, [['z', 1], T0, T0, Number.NaN, 1])] }, 'windows.things.values'],
      [{ ...next, windows: [...next.windows!, changes(THINGS, [['z', 1], T0 + 0.5, T0 + 1, 1, 1])] }, 'windows.things.start'],
      [{ ...next, windows: [changes(THINGS, [[Number.NEGATIVE_INFINITY, 1], T0, T0, 1, 1])] }, 'windows.things.key'],
      [{ ...next, clicks: [...next.clicks!, click(Number.NaN, 'x')] }, 'time_ms'],
    ];
    for (const [commit, where] of faults) await expect(store.commit(commit)).rejects.toThrow(where);
    expect(await everythingIn(store, ASKED)).toEqual(before);
  });

  it('keeps nothing of a commit that fails at its end, and takes it when it is sent again', async () => {
    const store = given();
    const mend = await breakOutbox()?.();
    if (!mend) return;
    await expect(store.commit(fullCommit(1))).rejects.toThrow();
    await mend();
    const nothing = await everythingIn(store, ASKED);
    expect(nothing).toMatchObject({
      positions: [null],
      clock: null,
      seen: [],
      rejected: [],
      counts: { rejected: {}, counts: {} },
    });
    expect([await store.clicks({}, ALL), await store.windows(THINGS, {}, ALL), await store.backlog('kafka')]).toEqual([
      [],
      [],
      0,
    ]);
    await store.commit(fullCommit(1));
    expect(await store.clicks({}, ALL)).toHaveLength(1);
  });

  it('changes nothing when the same rows are delivered again', async () => {
    const store = given();
    const { position: _, counts: _counts, ...rows } = fullCommit(1);
    await store.commit(rows);
    const before = await everythingIn(store, ASKED);
    await store.commit(rows);
    expect(await everythingIn(store, ASKED)).toEqual(before);
  });

  it('knows the ids that were counted, to the letter', async () => {
    const store = given();
    const ids = ['a', 'B ', 'é', '😀', "'; --", `${'long'.repeat(1_000)}1`];
    await store.commit({ seen: ids.map((id) => ({ id, time_ms: T0 })) });
    await store.commit({ seen: [{ id: 'a', time_ms: T0 + 10 }] });
    const others = ['A', 'b', 'B', 'b ', 'a ', 'e', `${'long'.repeat(1_000)}2`];
    expect((await store.seen([...others, ...ids])).sort()).toEqual([...ids].sort());
    // The first time stays: a repeated delivery does not keep an id for longer.
    await store.retain(T0 + 10);
    expect(await store.seen(ids)).toEqual([]);
    await expect(store.seen(Array.from({ length: 501 }, String))).rejects.toThrow('501 keys');
  });

  it('gives all versions of a reference, by key and time, 7 and "7" apart', async () => {
    const store = given();
    await store.commit({
      references: [user(7, T0, 'London'), user(7, 0, 'Rome'), user('7', 0, 'Oslo'), user('Ann ', 0, 'Bern')],
    });
    await store.commit({
      references: [user(7, T0, 'Paris'), { table: 'codes', key: 404, valid_from_ms: 0, row: { definition: 'no' } }],
    });
    const seven = [user(7, 0, 'Rome'), user(7, T0, 'Paris')];
    expect(await store.references('users', [7, 8])).toEqual(seven);
    expect(await store.references('users', ['7', 'ann ', 'Ann'])).toEqual([user('7', 0, 'Oslo')]);
    expect(await store.references('users', ['Ann ', '7', 7, 7])).toEqual([
      ...seven,
      user('7', 0, 'Oslo'),
      user('Ann ', 0, 'Bern'),
    ]);
    expect(await store.references('codes', [7, 404])).toHaveLength(1);
    const many = Array.from({ length: 501 }, (_, i) => i);
    await expect(store.references('users', many)).rejects.toThrow('501 keys');
    expect(await store.references('users', many.slice(1))).toEqual(seven);
  });

  it('keeps rejections to a bound of their source, counts all, and each of them once', async () => {
    const store = given();
    await store.commit({ rejected: [rejected('line 1'), rejected('line 1')] });
    await store.commit({ rejected: Array.from({ length: REJECTED_KEPT + 5 }, (_, n) => rejected(`line ${n + 1}`)) });
    await store.commit({
      rejected: [rejected('line 1', { source: 'udp', reason: 'future' })],
      counts: { 'late events_per_min': 2 },
    });
    await store.commit({ counts: { 'late events_per_min': 1, 'Late events_per_min': 1 } });
    expect(await store.rejected(ALL)).toHaveLength(REJECTED_KEPT + 1);
    expect(await store.counts()).toEqual({
      rejected: { 'not-json': REJECTED_KEPT + 5, future: 1 },
      counts: { 'late events_per_min': 3, 'Late events_per_min': 1 },
    });
    expect(await store.rejected({ after: ['http', 'line 10', 'not-json'], limit: 2 })).toEqual([
      rejected('line 100'),
      rejected('line 1000'),
    ]);
  });
}
