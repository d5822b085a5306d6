/** What every `ClickStore` does. `open` gives a new, empty store; `reopen` one with what the last was left with. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClickCommit, ClickKey, ClickStore, JoinedClick } from '../../src/click-ports.js';
import type { WindowTable } from '../../src/domain.js';
import { REJECTED_KEPT } from '../../src/ports.js';

export interface ClickStoreUnderTest {
  open(): Promise<ClickStore>;
  /** As another process would find it; null where nothing outlives the process. */
  reopen: ((store: ClickStore) => Promise<ClickStore>) | null;
}

const T0 = Date.UTC(2026, 10, 23);
const TABLE: WindowTable = { name: 'things', key: ['a', 'b'], start: 'start', end: 'end', values: ['n', 'sum'] };
const OTHER: WindowTable = { ...TABLE, name: 'other', key: [] };
/** In the order that readers see. */
const KEYS: ClickKey[][] = [
  [-7.5, 'x'],
  [-1, 'x'],
  [0, 'x'],
  [7, 'x'],
  [9_007_199_254_740_991, 'x'],
  ['', 'x'],
  ['7', 'x'],
  ['Ann', ''],
  ['Ann', 'x'],
  ['Ann ', 'x'],
  ['ann', 'a%_'],
  ['ann', `a'"\\`],
  ['ann\u0001', 'x'],
  ['ann\u0001\u0002', 'x'],
  ['ann\u0002', 'x'],
  ['änn', 'x'],
  ['😀', 'x'],
];

const click = (time_ms: number, id: string, more: Partial<JoinedClick> = {}): JoinedClick => ({
  time_ms,
  id,
  user_id: 7,
  username: 'ann',
  first_name: null,
  last_name: null,
  level: null,
  city: 'London',
  country: null,
  ip: '203.0.113.1',
  request: 'GET / HTTP/1.1',
  status: 200,
  definition: null,
  bytes: 0,
  referrer: null,
  agent: null,
  browser: null,
  os: null,
  bot: false,
  session_id: null,
  extra: {},
  ...more,
});

const windowsOf = (
  table: WindowTable,
  ...rows: [key: readonly ClickKey[], start: number, end: number, ...values: number[]][]
) => ({
  windows: [{ table, deletes: [], upserts: rows.map(([key, start, end, ...values]) => ({ key, start, end, values })) }],
});

export function clickStoreContract(name: string, { open, reopen }: ClickStoreUnderTest): void {
  describe(`a ${name} of clicks`, () => {
    let store: ClickStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('holds nothing at first', async () => {
      expect(await store.clock()).toBeNull();
      expect(await store.position('file')).toBeNull();
      expect(await store.clicks({}, { limit: 10 })).toEqual([]);
      expect(await store.windows(TABLE, {}, { limit: 10 })).toEqual([]);
      expect(await store.counts()).toEqual({ rejected: {}, counts: {} });
    });

    it('moves a position only from where it stands, and keeps nothing of a commit that it refuses', async () => {
      await store.commit({ position: { source: 'file', from: null, to: '10' } });
      const late: ClickCommit = {
        position: { source: 'file', from: null, to: '20' },
        clicks: [click(T0, 'a')],
        counts: { late: 1 },
      };
      await expect(store.commit(late)).rejects.toMatchObject({ name: 'StalePosition' });
      expect(await store.position('file')).toBe('10');
      expect(await store.clicks({}, { limit: 10 })).toEqual([]);
      expect((await store.counts()).counts).toEqual({});
    });

    it('gives clicks back exactly, in order, page by page, and lets the first of an identity stay', async () => {
      const odd = click(T0 + 1, 'b', { user_id: '7', bot: true, bytes: 2 ** 40, extra: { a: null, b: true, c: 1.5, d: '😀' } });
      await store.commit({ clicks: [odd, click(T0, 'z'), click(T0, 'a')] });
      await store.commit({ clicks: [click(T0, 'a', { city: 'Paris' })] });
      const [first, second] = await store.clicks({}, { limit: 2 });
      expect([first, second]).toEqual([click(T0, 'a'), click(T0, 'z')]);
      expect(await store.clicks({}, { after: second!, limit: 2 })).toEqual([odd]);
      expect(await store.clicks({ from_ms: T0 + 1 }, { limit: 10 })).toEqual([odd]);
      expect(await store.clicks({ to_ms: T0 + 1 }, { limit: 10 })).toHaveLength(2);
    });

    it('gives windows back by key and start, whatever is in a key, page by page', async () => {
      const rows = KEYS.map((key, i) => [key, T0, T0 + i, i, i / 3] as [ClickKey[], number, number, number, number]);
      await store.commit(windowsOf(TABLE, ...[...rows].reverse()));
      await store.commit(windowsOf(OTHER, [[], T0, T0, 1, 1]));
      const all = await store.windows(TABLE, {}, { limit: 100 });
      expect(all.map(({ key }) => key)).toEqual(KEYS);
      expect(all.map(({ values }) => values)).toEqual(rows.map(([, , , ...values]) => values));
      const paged: (readonly ClickKey[])[] = [];
      for (let after: { key: readonly ClickKey[]; start: number } | undefined; ; ) {
        const page = await store.windows(TABLE, {}, { after, limit: 3 });
        paged.push(...page.map(({ key }) => key));
        if (page.length < 3) break;
        after = page.at(-1);
      }
      expect(paged).toEqual(KEYS);
    });

    it('replaces a window, deletes one, and finds those that may still change', async () => {
      await store.commit(windowsOf(TABLE, [[1, 'x'], T0, T0 + 10, 1, 1], [[1, 'x'], T0 + 50, T0 + 60, 1, 1]));
      await store.commit({
        windows: [
          {
            table: TABLE,
            deletes: [{ key: [1, 'x'], start: T0 + 50 }],
            upserts: [{ key: [1, 'x'], start: T0, end: T0 + 60, values: [2, 2] }],
          },
        ],
      });
      expect(await store.heldWindows(TABLE, T0 + 60)).toEqual([{ key: [1, 'x'], start: T0, end: T0 + 60, values: [2, 2] }]);
      expect(await store.heldWindows(TABLE, T0 + 61)).toEqual([]);
      expect(await store.windows(TABLE, { from_ms: T0 + 1 }, { limit: 10 })).toEqual([]);
      expect(await store.windows(TABLE, { from_ms: T0, to_ms: T0 + 1 }, { limit: 10 })).toHaveLength(1);
    });

    it('knows the ids that were counted', async () => {
      await store.commit({
        seen: [
          { id: 'a', time_ms: T0 },
          { id: 'B ', time_ms: T0 },
        ],
      });
      await store.commit({ seen: [{ id: 'a', time_ms: T0 }] });
      expect((await store.seen(['a', 'b', 'B', 'B ', 'c'])).sort()).toEqual(['B ', 'a']);
    });

    it('gives all versions of a reference, 7 and "7" apart', async () => {
      const version = (key: number | string, valid_from_ms: number, city: string) => ({
        table: 'users' as const,
        key,
        valid_from_ms,
        row: { city, level: null },
      });
      await store.commit({ references: [version(7, T0, 'London'), version(7, 0, 'Rome'), version('7', 0, 'Oslo')] });
      await store.commit({ references: [version(7, T0, 'Paris')] });
      expect(await store.references('users', [7, 8])).toEqual([version(7, 0, 'Rome'), version(7, T0, 'Paris')]);
      expect(await store.references('codes', [7])).toEqual([]);
      await expect(
        store.references(
          'users',
          Array.from({ length: 501 }, (_, i) => i),
        ),
      ).rejects.toThrow('501 keys');
    });

    it('keeps rejections to a bound of their source, and counts all', async () => {
      const rejected = (n: number, source = 'http') => ({
        source,
        position: `line ${n}`,
        reason: 'not-json' as const,
        detail: 'no JSON',
      });
      await store.commit({ rejected: [rejected(1), rejected(1)] });
      await store.commit({ rejected: Array.from({ length: REJECTED_KEPT + 5 }, (_, n) => rejected(n + 1)) });
      await store.commit({ rejected: [rejected(1, 'udp')], counts: { 'late events_per_min': 2 } });
      expect(await store.rejected({ limit: 20_000 })).toHaveLength(REJECTED_KEPT + 1);
      const { rejected: by_reason, counts } = await store.counts();
      expect(by_reason).toEqual({ 'not-json': REJECTED_KEPT + 6 });
      expect(counts).toEqual({ 'late events_per_min': 2 });
      const page = await store.rejected({ after: ['http', 'line 10', 'not-json'], limit: 1 });
      expect(page).toEqual([rejected(100)]);
    });

    it('forgets what is too old, and never what counts for all time', async () => {
      await store.commit({
        clicks: [click(T0, 'a'), click(T0 + 10, 'b')],
        seen: [
          { id: 'a', time_ms: T0 },
          { id: 'b', time_ms: T0 + 10 },
        ],
        windows: [
          ...windowsOf(TABLE, [[1, 'x'], T0 - 10, T0, 1, 1], [[2, 'x'], T0 - 10, T0 + 10, 1, 1]).windows,
          ...windowsOf(OTHER, [[], 0, 0, 9, 9]).windows,
        ],
      });
      expect(await store.retain(T0 + 10)).toBe(3);
      expect((await store.clicks({}, { limit: 10 })).map(({ id }) => id)).toEqual(['b']);
      expect(await store.seen(['a', 'b'])).toEqual(['b']);
      expect((await store.windows(TABLE, {}, { limit: 10 })).map(({ key }) => key[0])).toEqual([2]);
      expect(await store.windows(OTHER, {}, { limit: 10 })).toHaveLength(1);
    });

    it('keeps for each sink what it has not confirmed, in order', async () => {
      await store.commit({
        ...windowsOf(TABLE, [[1, 'x'], T0, T0, 1, 1]),
        clicks: [click(T0, 'a')],
        sinks: ['kafka', 'cassandra'],
      });
      await store.commit({ clicks: [click(T0, 'b')], sinks: ['kafka'] });
      await store.commit({ clicks: [click(T0, 'c')] });
      const told = await store.outbox('kafka', 100);
      expect(told.flatMap(({ clicks }) => clicks.map(({ id }) => id))).toEqual(['a', 'b']);
      expect(told.flatMap(({ windows }) => windows.flatMap(({ upserts }) => upserts.map(({ key }) => key)))).toEqual([[1, 'x']]);
      expect(told.map(({ id }) => id)).toEqual(told.map(({ id }) => id).sort((a, b) => a - b));
      await store.confirm('kafka', [told[0]!.id]);
      expect(await store.outbox('kafka', 100)).toEqual(told.slice(1));
      expect(await store.backlog('kafka')).toBe(told.length - 1);
      expect(await store.backlog('cassandra')).toBeGreaterThan(0);
    });

    it('gives a lease to one at a time, with a token that grows', async () => {
      const first = await store.lease('clicks', 'one', 60_000);
      expect(await store.lease('clicks', 'two', 60_000)).toBeNull();
      expect(await store.lease('clicks', 'one', 60_000)).toBeGreaterThan(first!);
      await store.release('clicks', 'one');
      expect(await store.lease('clicks', 'two', 60_000)).toBeGreaterThan(first! + 1);
    });

    if (reopen !== null)
      it('has everything when it is opened again', async () => {
        await store.commit({
          position: { source: 'file', from: null, to: '1' },
          clock: { now_ms: T0, ahead: [{ user_id: 1, time_ms: T0 + 1 }] },
          clicks: [click(T0, 'a')],
          seen: [{ id: 'a', time_ms: T0 }],
          ...windowsOf(TABLE, [['ann', 'x'], T0, T0 + 1, 1, 0.1]),
        });
        store = await reopen(store);
        expect(await store.position('file')).toBe('1');
        expect(await store.clock()).toEqual({ now_ms: T0, ahead: [{ user_id: 1, time_ms: T0 + 1 }] });
        expect(await store.clicks({}, { limit: 10 })).toEqual([click(T0, 'a')]);
        expect(await store.heldWindows(TABLE, T0)).toEqual([{ key: ['ann', 'x'], start: T0, end: T0 + 1, values: [1, 0.1] }]);
        expect(await store.seen(['a'])).toEqual(['a']);
      });
  });
}
