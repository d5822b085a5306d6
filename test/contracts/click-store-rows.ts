/** The part of the contract of `ClickStore` about clicks and windows: exact, in order, page by page, until they are too old. */
import { expect, it } from '@jest/globals';
import type { ClickKey, ClickStore, JoinedClick } from '../../src/click-ports.js';
import type { WindowRow } from '../../src/domain.js';
import { paged } from './click-store-reads.js';
import { ALL, changes, click, fullClick, KEYS, type SampleWindow, T0, THINGS, TOTALS } from './click-store-samples.js';

export function clickRowContract(given: () => ClickStore): void {
  it('gives clicks back exactly, in order, page by page, and lets the first of an identity stay', async () => {
    const store = given();
    const clicks = [
      click(T0, 'A'),
      click(T0, 'a'),
      click(T0, 'a '),
      click(T0, 'é'),
      click(T0, '😀'),
      fullClick(T0 + 1, 'a'),
      click(T0 + 2, `${'語'.repeat(1_000)}1`),
    ];
    await store.commit({ clicks: [...clicks].reverse() });
    await store.commit({ clicks: clicks.map((each) => ({ ...each, city: 'Paris' })) });
    expect(await store.clicks({}, ALL)).toEqual(clicks);
    for (const limit of [1, 2, 3]) expect(await paged<JoinedClick>(limit, (page) => store.clicks({}, page))).toEqual(clicks);
    expect(await store.clicks({ from_ms: T0 + 1 }, ALL)).toEqual(clicks.slice(5));
    expect(await store.clicks({ to_ms: T0 + 1 }, ALL)).toEqual(clicks.slice(0, 5));
    expect(await store.clicks({ from_ms: T0 + 1, to_ms: T0 + 2 }, { after: clicks[1]!, limit: 9 })).toEqual([clicks[5]]);
  });

  it('gives windows back by key and start, whatever is in a key, page by page', async () => {
    const store = given();
    const rows = KEYS.flatMap((key, i): SampleWindow[] => [
      [key, T0 - 10, T0 + i, i, i / 3],
      [key, T0, T0 + i, 0 - i, Number.MAX_VALUE],
    ]);
    const stored = changes(THINGS, ...rows).upserts;
    await store.commit({ windows: [changes(TOTALS, [[], 0, 0, 1, 1]), changes(THINGS, ...[...rows].reverse())] });
    expect(await store.windows(THINGS, {}, ALL)).toEqual(stored);
    for (const limit of [1, 7])
      expect(await paged<WindowRow<ClickKey>>(limit, (page) => store.windows(THINGS, {}, page))).toEqual(stored);
    expect(await store.windows(THINGS, { from_ms: T0, to_ms: T0 + 1 }, ALL)).toEqual(stored.filter(({ start }) => start === T0));
    expect(await store.windows(TOTALS, {}, ALL)).toEqual([{ key: [], start: 0, end: 0, values: [1, 1] }]);
    await store.commit({ windows: [{ table: THINGS, deletes: stored.filter((_, i) => i % 2 === 0), upserts: [] }] });
    expect(await store.windows(THINGS, {}, ALL)).toEqual(stored.filter((_, i) => i % 2 === 1));
  });

  it('tells names of any length apart, even those that differ only in their last letter', async () => {
    const store = given();
    const long = '語'.repeat(5_000);
    const keys = [`${long}a`, `${long}b`, long].map((name) => [name, long]);
    await store.commit({ windows: [changes(THINGS, ...keys.map((key, i): SampleWindow => [key, T0, T0, i, i]))] });
    await store.commit({
      windows: [changes(THINGS, [keys[1]!, T0, T0, 9, 9], [['zzz', 1], T0, T0, 5, 5], [['語', 1], T0, T0, 6, 6])],
    });
    const rows = await paged<WindowRow<ClickKey>>(1, (page) => store.windows(THINGS, {}, page));
    expect(new Map(rows.map(({ key, values }) => [key[0], values[0]]))).toEqual(
      new Map<unknown, number>([['zzz', 5], ['語', 6], [keys[0]![0], 0], [keys[1]![0], 9], [keys[2]![0], 2]]), // biome-ignore format: a list
    );
    expect(rows.slice(0, 2).map(({ key }) => key[0])).toEqual(['zzz', '語']);
    await store.commit({ windows: [{ table: THINGS, deletes: [{ key: keys[0]!, start: T0 }], upserts: [] }] });
    expect(await store.windows(THINGS, {}, ALL)).toHaveLength(4);
  });

  it('replaces a window, deletes one before it writes another, and finds those that may still change', async () => {
    const store = given();
    await store.commit({ windows: [changes(THINGS, [[1, 'x'], T0, T0 + 10, 1, 1], [[1, 'x'], T0 + 50, T0 + 60, 1, 1])] });
    const merged = { key: [1, 'x'], start: T0, end: T0 + 60, values: [2, 2] };
    const deletes = [
      { key: [1, 'x'], start: T0 + 50 },
      { key: [1, 'x'], start: T0 },
    ];
    await store.commit({ windows: [{ table: THINGS, deletes, upserts: [merged] }] });
    expect(await store.heldWindows(THINGS, T0 + 60)).toEqual([merged]);
    expect(await store.heldWindows(THINGS, T0 + 61)).toEqual([]);
    expect(await store.heldWindows(TOTALS, 0)).toEqual([]);
    expect(await store.windows(THINGS, { from_ms: T0 + 1 }, ALL)).toEqual([]);
    await store.commit({ windows: [changes(THINGS, [[1, 'x'], T0, T0, 1, 1]), changes(THINGS, [[1, 'x'], T0, T0 + 1, 8, 8])] });
    expect(await store.windows(THINGS, {}, ALL)).toEqual([{ key: [1, 'x'], start: T0, end: T0 + 1, values: [8, 8] }]);
  });

  it('forgets what is too old, and never what counts for all time', async () => {
    const store = given();
    const times = [T0, T0 + 10];
    await store.commit({
      clicks: times.map((time_ms) => click(time_ms, 'a')),
      seen: times.map((time_ms) => ({ id: `${time_ms}`, time_ms })),
      windows: [
        changes(THINGS, ...times.map((end): SampleWindow => [[end, 'x'], T0 - 10, end, 1, 1]), [[1, 'x'], 0, 5, 1, 1]),
        changes(TOTALS, [[], 0, 0, 9, 9], [[], T0, T0, 1, 1]),
      ],
    });
    expect(await store.retain(T0 + 10)).toBe(5);
    expect((await store.clicks({}, ALL)).map(({ time_ms }) => time_ms)).toEqual([T0 + 10]);
    expect(await store.seen(times.map(String))).toEqual([`${T0 + 10}`]);
    expect((await store.windows(THINGS, {}, ALL)).map(({ key }) => key[0])).toEqual([T0 + 10]);
    expect((await store.windows(TOTALS, {}, ALL)).map(({ values }) => values[0])).toEqual([9]);
    expect(await store.retain(T0 + 10)).toBe(0);
  });

  it('forgets thousands of rows at once, and takes commits meanwhile', async () => {
    const store = given();
    const many = Array.from({ length: 12_000 }, (_, n) => n);
    await store.commit({
      clicks: many.map((n) => click(T0 + (n % 7), `${n}`)),
      seen: many.map((n) => ({ id: `${n}`, time_ms: T0 })),
    });
    await store.commit({ windows: [changes(THINGS, ...many.map((n): SampleWindow => [[n, 'x'], T0, T0 + n, 1, 1]))] });
    const [gone] = await Promise.all([store.retain(T0 + 11_000), store.commit({ clicks: [click(T0 + 20_000, 'meanwhile')] })]);
    expect(gone).toBe(12_000 + 12_000 + 11_000);
    expect((await store.clicks({}, ALL)).map(({ id }) => id)).toEqual(['meanwhile']);
    expect(await store.windows(THINGS, {}, ALL)).toHaveLength(1_000);
  });
}
