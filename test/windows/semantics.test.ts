/** One test for each rule that windowed engines get wrong, named after it. */
import { describe, expect, it } from '@jest/globals';
import { SESSIONS, type WindowTable } from '../../src/domain.js';
import { closed } from '../../src/windows/closing.js';
import { always, count, defineTable, hopping, session, sum, type TableOptions, tumbling } from '../../src/windows/declaration.js';
import { WindowEngine } from '../../src/windows/engine.js';
import { shown } from '../../src/windows/having.js';
import type { KeyPart } from '../../src/windows/keys.js';
import { TableAggregate } from '../../src/windows/table-aggregate.js';
import { FakeStore } from './fake-store.js';

const MINUTE_MS = 60_000;
const COUNTS: WindowTable = { name: 'counts', key: ['who'], start: 'start', end: 'end', values: ['events'] };

function engineOf(options: Partial<TableOptions>): WindowEngine<KeyPart> {
  return new WindowEngine<KeyPart>(
    defineTable({ table: COUNTS, window: session(10), aggregates: [count()], grace: 1000, late: 'merge', ...options }),
  );
}

/** Rows as `who|events|start|end`. */
function lines(engine: WindowEngine<KeyPart>, times: [KeyPart, number][]): string[] {
  for (const [who, time] of times) engine.add1(who, time);
  return [...engine.rows()].map(({ key, start, end, values }) => `${key[0]}|${values[0]}|${start}|${end}`).sort();
}

describe('session match', () => {
  it('merges events exactly the gap apart, before and after, and no further', () => {
    expect(
      lines(engineOf({}), [
        [1, 100],
        [1, 110],
      ]),
    ).toEqual(['1|2|100|110']);
    expect(
      lines(engineOf({}), [
        [1, 110],
        [1, 100],
      ]),
    ).toEqual(['1|2|100|110']);
    expect(
      lines(engineOf({}), [
        [1, 100],
        [1, 111],
      ]),
    ).toEqual(['1|1|100|100', '1|1|111|111']);
    expect(
      lines(engineOf({}), [
        [1, 111],
        [1, 100],
      ]),
    ).toEqual(['1|1|100|100', '1|1|111|111']);
  });
});

describe('merge', () => {
  it('joins several sessions through one event and takes the old rows back', () => {
    const engine = engineOf({});
    const store = new FakeStore();
    lines(engine, [
      [1, 100],
      [1, 120],
    ]);
    store.apply(engine.drain());
    engine.add1(1, 110);
    expect(engine.drain()).toMatchObject({
      deletes: [{ key: [1], start: 120 }],
      upserts: [{ key: [1], start: 100, end: 120, values: [3] }],
    });
  });

  it('takes the row under the old start back when an earlier event moves the start', () => {
    const engine = engineOf({});
    engine.add1(1, 100);
    engine.drain();
    engine.add1(1, 95);
    expect(engine.drain()).toMatchObject({
      deletes: [{ key: [1], start: 100 }],
      upserts: [{ start: 95, end: 100, values: [2] }],
    });
  });

  it('says nothing of sessions that were born and merged away between two drains', () => {
    const engine = engineOf({});
    lines(engine, [
      [1, 100],
      [1, 120],
      [1, 110],
      [1, 95],
    ]);
    expect(engine.drain()).toMatchObject({ deletes: [], upserts: [{ start: 95, end: 120, values: [4] }] });
    expect(engine.drain()).toMatchObject({ deletes: [], upserts: [] });
  });
});

describe('session bounds', () => {
  it('ends with the last event, not a gap later, and a single event lasts 0', () => {
    expect(
      lines(engineOf({}), [
        [1, 100],
        [1, 107],
        [2, 5],
      ]),
    ).toEqual(['1|2|100|107', '2|1|5|5']);
  });
});

describe('tumbling, hopping', () => {
  const starts = (window: TableOptions['window'], time: number) => {
    const engine = engineOf({ window });
    engine.add1(1, time);
    return [...engine.rows()].map(({ start, end }) => [start, end]).sort((a, b) => a[0] - b[0]);
  };

  it('include their start, exclude their end, and are aligned to the epoch, before it too', () => {
    expect(starts(tumbling(60), 59)).toEqual([[0, 60]]);
    expect(starts(tumbling(60), 60)).toEqual([[60, 120]]);
    expect(starts(tumbling(60), -1)).toEqual([[-60, 0]]);
  });

  it('put an event into 12 windows of 60 s every 5 s and into 3 of 60 s every 20 s', () => {
    expect(starts(hopping(60_000, 5_000), 1_584_669_952_042)).toHaveLength(12);
    expect(starts(hopping(60, 20), 70)).toEqual([
      [20, 80],
      [40, 100],
      [60, 120],
    ]);
    expect(starts(hopping(60, 20), 80)).toEqual([
      [40, 100],
      [60, 120],
      [80, 140],
    ]);
    expect(starts(hopping(60, 20), -1)).toEqual([
      [-60, 0],
      [-40, 20],
      [-20, 40],
    ]);
  });

  it('can be one window for all time', () => {
    const engine = engineOf({ window: always(), table: { ...COUNTS, end: null } });
    engine.add1('purchase', -5);
    engine.advance(8e15);
    engine.drain();
    engine.add1('purchase', 5);
    expect(engine.needsLoading(0)).toBe(false);
    expect(engine.drain().upserts).toEqual([{ key: ['purchase'], start: 0, end: 0, values: [2] }]);
  });
});

describe('late data', () => {
  it('drops an event whose merged session ends before stream time less grace, and not one that ends just there', () => {
    const engine = engineOf({ late: 'drop', grace: 100 });
    engine.advance(1000);
    expect([engine.add1(1, 899), engine.add1(1, 900), engine.late]).toEqual(['late', 'counted', 1]);
  });

  it('keeps an event that is too late by itself but joins a session that is not', () => {
    const engine = engineOf({ late: 'drop', grace: 100 });
    engine.add1(1, 905);
    engine.advance(1000);
    expect([engine.add1(1, 896), engine.add1(2, 896)]).toEqual(['counted', 'late']);
  });

  it('drops a fixed window that ends exactly at stream time less grace', () => {
    const engine = engineOf({ late: 'drop', grace: 100, window: tumbling(50) });
    engine.advance(1000);
    expect([engine.add1(1, 899), engine.add1(1, 900)]).toEqual(['late', 'counted']);
  });

  it('counts a late event in those of its hopping windows that are still open', () => {
    const engine = engineOf({ late: 'drop', grace: 0, window: hopping(60, 20) });
    engine.advance(100);
    expect(engine.add1(1, 70)).toBe('counted');
    expect([...engine.rows()].map(({ start }) => start)).toEqual([60]);
  });

  it('is judged by the watermark that is passed in, so that a date in the future drops nobody by itself', () => {
    const engine = engineOf({ late: 'drop', grace: 100 });
    engine.add1(1, 8.64e15);
    expect(engine.add1(2, 0)).toBe('counted');
  });

  it('merges with what the store kept where nothing is too late', () => {
    const engine = engineOf({ late: 'merge', grace: 100 });
    const store = new FakeStore();
    engine.add1(7, 0);
    engine.advance(100_000);
    store.apply(engine.drain());
    expect([engine.size, engine.needsLoading(5), engine.needsLoading(99_900)]).toEqual([0, true, false]);
    engine.load(store.near([engine.near([7], 5)]));
    engine.add1(7, 5);
    store.apply(engine.drain());
    expect(store.rows()).toEqual([{ key: [7], start: 0, end: 5, values: [2] }]);
    expect(engine.size).toBe(0);
  });
});

describe('closing', () => {
  it('is decided by the clock too, with the gap inclusive, so that a session nobody follows closes', () => {
    expect(closed(1000, 900, 1900)).toBe(false);
    expect(closed(1000, 900, 1901)).toBe(true);
  });
});

describe('HAVING', () => {
  const having = (values: readonly number[]) => values[0] > 1 && values[0] !== 4;

  it('shows nothing until passed, then every update, and takes a row back that fails again', () => {
    const engine = engineOf({ window: tumbling(60) });
    const next = () => {
      engine.add1(1, 5);
      const changes = shown(engine.drain(), having);
      return { deleted: changes.deletes.length, shown: changes.upserts.map(({ values }) => values[0]) };
    };
    expect(next()).toEqual({ deleted: 1, shown: [] });
    expect(next()).toEqual({ deleted: 0, shown: [2] });
    expect(next()).toEqual({ deleted: 0, shown: [3] });
    expect(next()).toEqual({ deleted: 1, shown: [] });
    expect(next()).toEqual({ deleted: 0, shown: [5] });
  });
});

describe('no key', () => {
  it('makes one window at a time for everybody', () => {
    const engine = engineOf({ table: { ...COUNTS, key: [] }, window: tumbling(60) });
    for (const time of [5, 7, 61]) expect(engine.add([], time)).toBe('counted');
    expect(engine.drain().upserts.map(({ key, start, values }) => [key, start, values])).toEqual([
      [[], 0, [2]],
      [[], 60, [1]],
    ]);
  });
});

describe('null key', () => {
  it('is left out of the table whose key it is, and of no other', () => {
    const byName = engineOf({});
    const byId = engineOf({});
    expect([byName.add1(null, 5), byId.add1(-1, 5)]).toEqual(['null-key', 'counted']);
    expect([byName.size, byName.late, byId.size]).toEqual([0, 0, 1]);
  });

  it('is a key with a null in any of its columns', () => {
    const engine = engineOf({ table: { ...COUNTS, key: ['username', 'ip', 'city'] } });
    expect(engine.add(['ann', '10.0.0.1', null], 5)).toBe('null-key');
    expect(engine.add(['ann', '10.0.0.1', 'London'], 5)).toBe('counted');
  });
});

describe('username', () => {
  it('merges the sessions of different ids that have one name', () => {
    expect(
      lines(engineOf({}), [
        ['Reva', 0],
        ['Reva', 9],
        ['', 0],
        ['null', 0],
      ]),
    ).toEqual(['null|1|0|0', 'Reva|2|0|9', '|1|0|0'].sort());
  });
});

describe('filter and sum', () => {
  it('folds only the events that belong to the table', () => {
    const table = { ...COUNTS, values: ['errors', 'bytes'] };
    const filter = ([status]: Float64Array) => status > 400;
    const engine = engineOf({
      table,
      fields: ['status', 'bytes'],
      filter,
      aggregates: [count(), sum('bytes')],
      window: tumbling(60),
    });
    const outcomes = [200, 400, 404].map((status) => engine.add1(1, 5, Float64Array.of(status, 1000 + status)));
    expect(outcomes).toEqual(['filtered', 'filtered', 'counted']);
    expect([...engine.rows()][0].values).toEqual([1, 1404]);
  });
});

describe('aggregating a table', () => {
  it('subtracts the old rows of a merged session and adds the new one', () => {
    const { engine, activity } = userActivity(10);
    const drain = () => {
      activity.apply(engine.drain());
      return activity.drain();
    };
    lines(engine, [
      [1, 0],
      [1, 20],
    ]);
    expect(drain().upserts).toEqual([{ key: [1], start: 0, end: 0, values: [2, 0, 2] }]);
    engine.add1(1, 10);
    expect(drain().upserts).toEqual([{ key: [1], start: 0, end: 0, values: [3, 0.02, 1] }]);
  });

  it('deletes a group whose last row is gone, and only if it was ever shown', () => {
    const { activity } = userActivity(10);
    const row = { key: [1], start: 5, end: 6, values: [2] };
    activity.apply({ deletes: [], upserts: [row] });
    activity.apply({ deletes: [row], upserts: [] });
    expect(activity.drain()).toMatchObject({ deletes: [], upserts: [] });
    activity.apply({ deletes: [], upserts: [row] });
    expect(activity.drain().upserts).toHaveLength(1);
    activity.apply({ deletes: [row], upserts: [] });
    expect(activity.drain()).toMatchObject({ deletes: [{ key: [1], start: 0 }], upserts: [] });
    expect(activity.size).toBe(0);
  });

  it('gives min, max and mean over the minutes of a table of counts, and forgets groups that cannot change', () => {
    const perMinute = engineOf({ window: tumbling(10) });
    const table = { ...COUNTS, values: ['min', 'max', 'avg'] };
    const events = (row: { values: readonly number[] }) => row.values[0];
    const over = new TableAggregate<KeyPart>({
      table,
      group: ({ key, start }) => ({ key, start: Math.floor(start / 60) * 60, end: Math.floor(start / 60) * 60 + 60 }),
      columns: [
        { kind: 'min', value: events },
        { kind: 'max', value: events },
        { kind: 'avg', value: events },
      ],
    });
    lines(perMinute, [
      [1, 0],
      [1, 5],
      [1, 9],
      [1, 15],
    ]);
    over.apply(perMinute.drain());
    expect(over.drain().upserts).toEqual([{ key: [1], start: 0, end: 60, values: [1, 3, 2] }]);
    over.forget(61);
    expect(over.size).toBe(0);
  });
});

function userActivity(gap: number) {
  const engine = engineOf({ table: SESSIONS, window: session(gap) });
  const activity = new TableAggregate<KeyPart>({
    table: {
      name: 'user_activity',
      key: ['user_id'],
      start: 'start',
      end: null,
      values: ['activities', 'duration_s', 'sessions'],
    },
    group: ({ key }) => ({ key, start: 0, end: 0 }),
    columns: [
      { kind: 'sum', value: ({ values }) => values[0] },
      { kind: 'avg', value: ({ start, end }) => (end - start) / 1000 },
      { kind: 'count' },
    ],
  });
  return { engine, activity };
}

describe('the worked example of the original', () => {
  const FIRST: [number, number][] = [0, 600, 3600, 7200, 10_800, 14_400, 18_000].map((s) => [1, 1_561_975_200_000 + s * 1000]);
  const THEN: [number, number][] = [
    [2, 1_561_975_200_000],
    [3, 1_561_975_200_000],
    [3, 1_561_975_300_000],
  ];

  it.each([
    ['as it was written', (id: number) => id],
    ['with users 0, −1 and −2', (id: number) => 1 - id],
  ])('gives 8 sessions, a mean of 87.5 s and 1.25 activities, %s', (_, rename) => {
    const { engine, activity } = userActivity(15 * MINUTE_MS);
    const store = new FakeStore();
    const totals = new FakeStore();
    for (const batch of [FIRST, THEN]) {
      for (const [user, time] of batch) engine.add1(rename(user), time);
      engine.add1(null, 1_561_975_200_000);
      const changes = engine.drain();
      store.apply(changes);
      activity.apply(changes);
      totals.apply(activity.drain());
    }
    const rows = store.rows();
    const mean = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0) / rows.length;
    expect(rows).toHaveLength(8);
    expect(mean(({ start, end }) => (end - start) / 1000)).toBe(87.5);
    expect(mean(({ values }) => values[0])).toBe(1.25);
    const byUser = new Map(totals.rows().map(({ key, values }) => [key[0], values]));
    expect([1, 2, 3].map((user) => byUser.get(rename(user)))).toEqual([
      [7, 100, 6],
      [1, 0, 1],
      [2, 100, 1],
    ]);
  });
});
