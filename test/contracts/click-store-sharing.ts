/** The part of the contract of `ClickStore` about those who share it: sinks that have yet to hear, and leases. */
import { expect, it } from '@jest/globals';
import type { ClickStore } from '../../src/click-ports.js';
import { toldTo } from './click-store-reads.js';
import { changes, click, fullClick, type SampleWindow, T0, THINGS, TOTALS } from './click-store-samples.js';

export function clickSharingContract(given: () => ClickStore): void {
  it('keeps for each sink what it has not confirmed, whole and in order', async () => {
    const store = given();
    const moved = {
      table: THINGS,
      deletes: [{ key: [1, 'x'], start: T0 }],
      upserts: changes(THINGS, [['1', null], T0, T0, 1, 0.1]).upserts,
    };
    await store.commit({
      windows: [moved, changes(TOTALS, [[], 0, 0, 1, 1])],
      clicks: [fullClick(T0, 'a')],
      sinks: ['kafka', 'cassandra', 'kafka'],
    });
    await store.commit({ clicks: [click(T0, 'b')], sinks: ['kafka'] });
    await store.commit({ clicks: [click(T0, 'c')] });
    const [a, b] = [fullClick(T0, 'a'), click(T0, 'b')];
    const windows = [
      ['things', 'delete', { key: [1, 'x'], start: T0 }],
      ['things', 'upsert', { key: ['1', null], start: T0, end: T0, values: [1, 0.1] }],
      ['totals', 'upsert', { key: [], start: 0, end: 0, values: [1, 1] }],
    ];
    expect(await toldTo(store, 'kafka')).toEqual({ windows, clicks: [a, b] });
    expect(await toldTo(store, 'cassandra')).toEqual({ windows, clicks: [a] });
    const told = await store.outbox('kafka', 100);
    expect(told[0]!.windows[0]!.table).toEqual(THINGS);
    expect(await store.outbox('kafka', 1)).toEqual(told.slice(0, 1));
    const ids = told.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
    await store.confirm('cassandra', [ids.at(-1)!]);
    await store.confirm('kafka', [ids[0]!]);
    expect(await store.outbox('kafka', 100)).toEqual(told.slice(1));
    expect(await store.backlog('kafka')).toBe(told.length - 1);
    expect([await store.backlog('cassandra'), await store.backlog('other')]).toEqual([
      (await store.outbox('cassandra', 100)).length,
      0,
    ]);
    await store.confirm('kafka', ids);
    await store.commit({ clicks: [click(T0, 'd')], sinks: ['kafka'] });
    expect((await store.outbox('kafka', 1))[0]!.id).toBeGreaterThan(ids.at(-1)!);
  });

  it('has nothing to tell of a commit that changed no click and no window', async () => {
    const store = given();
    await store.commit({ counts: { late: 1 }, windows: [changes(THINGS)], clicks: [], sinks: ['kafka'] });
    expect(await store.backlog('kafka')).toBe(0);
  });

  it('tells of a commit of thousands of rows all of them, in their order', async () => {
    const store = given();
    const many = Array.from({ length: 6_000 }, (_, n) => n);
    const things = changes(THINGS, ...many.map((n): SampleWindow => [[n, 'x'], T0, T0, 1, 1]));
    const deletes = many.map((n) => ({ key: [n, 'x'], start: 1 }));
    const clicks = many.map((n) => click(T0, `${n}`, { agent: `${n}`.repeat(50) }));
    await store.commit({ windows: [{ ...things, deletes }], clicks, sinks: ['kafka'] });
    const told = {
      windows: [...deletes.map((row) => ['things', 'delete', row]), ...things.upserts.map((row) => ['things', 'upsert', row])],
      clicks,
    };
    expect(await toldTo(store, 'kafka')).toEqual(told);
    const entries = await store.outbox('kafka', 1_000);
    await store.confirm('kafka', entries.map(({ id }) => id)); // biome-ignore format: one call
    expect(await store.backlog('kafka')).toBe(0);
  });

  it('gives a lease to one at a time, with a token that grows', async () => {
    const store = given();
    const first = await store.lease('clicks', 'one', 60_000);
    expect(await store.lease('clicks', 'two', 60_000)).toBeNull();
    expect(await store.lease('other', 'two', 60_000)).not.toBeNull();
    expect(await store.lease('clicks', 'one', 60_000)).toBeGreaterThan(first!);
    await store.release('clicks', 'two');
    expect(await store.lease('clicks', 'two', 60_000)).toBeNull();
    await store.release('clicks', 'one');
    const taken = await store.lease('clicks', 'two', -1);
    expect(taken).toBeGreaterThan(first! + 1);
    // It has run out by itself.
    expect(await store.lease('clicks', 'one', 60_000)).toBeGreaterThan(taken!);
  });
}
