/** Panels of the last minutes against plain readings of the same rows. */
import { describe, expect, it } from '@jest/globals';
import { clickPanels } from '../../src/reading/click-panels.js';
import { Buckets, spanOf } from '../../src/reading/panels.js';
import { sitePanels } from '../../src/reading/site-panels.js';
import type { TableRow } from '../../src/reading/table-infos.js';

const MIN = 60_000;
const NOW = 1_700_000_000_000;

describe('buckets', () => {
  it('take what lies in the span, half-open, and fold it', () => {
    const span = spanOf(300 * 1000, 5);
    expect(span).toEqual({ from_ms: 0, until_ms: 300_000, bucket_ms: 10_000 });
    const folded = (fold: 'sum' | 'max' | 'min' | 'mean') => {
      const buckets = new Buckets(span, fold, null);
      for (const [at, value] of [
        [-1, 9],
        [0, 1],
        [9_999, 4],
        [10_000, 7],
        [299_999, 2],
        [300_000, 9],
      ] as const)
        buckets.add('a', at, value);
      const { times_ms, series } = buckets.chart('x', 'lines', 4);
      expect([times_ms.length, times_ms[0], times_ms[29]]).toEqual([30, 0, 290_000]);
      return [0, 1, 2, 29].map((i) => series[0]!.values[i]);
    };
    expect(folded('sum')).toEqual([5, 7, null, 2]);
    expect(folded('max')).toEqual([4, 7, null, 2]);
    expect(folded('min')).toEqual([1, 7, null, 2]);
    expect(folded('mean')).toEqual([2.5, 7, null, 2]);
  });

  it('keep the greatest series, by name', () => {
    const buckets = new Buckets(spanOf(60_000, 1), 'sum', 0);
    for (const [series, value] of [
      ['c', 5],
      ['a', 7],
      ['b', 1],
    ] as const)
      buckets.add(series, 1, value);
    expect(buckets.chart('x', 'bars', 2).series.map(({ name, values }) => [name, values[0], values[1]])).toEqual([
      ['a', 7, 0],
      ['c', 5, 0],
    ]);
  });
});

describe('the panels of the site', () => {
  const session = (user_id: number, start: number, end: number, activities: number) =>
    ({ key: [user_id], start, end, values: [activities] }); // biome-ignore format: one line
  const asked: unknown[] = [];
  const parts = {
    store: {
      heldWindows: async (_: unknown, end_from: number) => {
        asked.push(end_from);
        const all = [
          session(1, NOW - 20 * MIN, NOW - 2 * MIN, 9),
          session(2, NOW - 10 * MIN, NOW - 9 * MIN, 3),
          session(3, NOW, NOW, 1),
        ];
        return all.filter(({ end }) => end >= end_from);
      },
      driftChecks: async () => [],
    },
    shown: { latest: async () => [{ user_id: 7 }, { user_id: 7 }, { user_id: 8 }] as never },
    threshold: 0.7,
    now_ms: () => NOW,
  };

  it('count the sessions that began in the span, and each student at risk once', async () => {
    const answer = await sitePanels(parts, 15);
    const figures = Object.fromEntries(answer.figures.map(({ name, value }) => [name, value]));
    expect(figures).toEqual({ students_in_risk: 2, sessions: 2, session_duration_s: 30, activities_per_session: 2 });
    expect(asked).toEqual([NOW + 1 - 15 * MIN]);
    const [sessions, in_risk] = answer.charts;
    expect(sessions!.series[0]!.values.reduce((sum, n) => sum! + n!, 0)).toBe(2);
    expect(in_risk!.series).toEqual([]);
  });

  it('say where there is nothing yet', async () => {
    const answer = await sitePanels({ ...parts, store: { ...parts.store, heldWindows: async () => [] }, now_ms: () => null }, 15);
    expect(answer.until_ms).toBeNull();
    expect(answer.figures.find(({ name }) => name === 'session_duration_s')).toEqual({ name: 'session_duration_s', value: null });
  });
});

describe('the panels of clicks', () => {
  it('fold the tables as the dashboard does: overlapping windows by their greatest, minutes by their sum', async () => {
    const rows: Record<string, TableRow[]> = {
      events_per_min: [
        { userid: 1, window_start_ms: NOW - 2 * MIN, events: 4 },
        { userid: 2, window_start_ms: NOW - 2 * MIN, events: 10 },
        { userid: 1, window_start_ms: NOW - MIN, events: 6 },
      ],
      pages_per_min: [
        { userid: 1, window_start_ms: NOW - MIN, pages: 2 },
        { userid: 2, window_start_ms: NOW - MIN, pages: 3 },
        { userid: 2, window_start_ms: NOW - MIN + 5_000, pages: 4 },
      ],
      errors_per_min: [
        { status: 404, window_start_ms: NOW - MIN, errors: 5 },
        { status: 404, window_start_ms: NOW - MIN + 5_000, errors: 8 },
      ],
      user_ip_activity: [
        { ip: '1.2.3.4', username: 'ann', city: null, count: 3 },
        { ip: '1.2.3.4', username: 'ann', city: null, count: 2 },
        { ip: '5.6.7.8', username: '<b>', city: 'Ulm', count: 9 },
      ],
    };
    const tables = {
      async *rows(name: string) {
        yield* rows[name] ?? [];
      },
    };
    const answer = await clickPanels({ store: { clock: async () => ({ now_ms: NOW, ahead: [] }) }, tables }, 15);
    const figures = Object.fromEntries(answer.figures.map(({ name, value }) => [name, value]));
    expect(figures).toEqual({ hits: 20, users: 2, click_sessions: 0 });
    const most = (name: string) =>
      Object.fromEntries(
        answer.charts
          .find((chart) => chart.name === name)!
          .series.map((each) => [each.name, Math.max(...each.values.map((v) => v ?? 0))]),
      );
    expect(most('errors_per_min')).toEqual({ 404: 8 });
    expect(most('pages_per_min')).toEqual({ pages: 5 });
    expect(most('events_per_min_max_avg')).toEqual({ min: 6, mean: 7, max: 10 });
    // Half a minute a bucket: two minutes are a line of four, not two points that no line joins.
    const mean = answer.charts.find((chart) => chart.name === 'events_per_min_max_avg')!.series[1]!;
    expect([mean.name, mean.values.filter((value) => value !== null)]).toEqual(['mean', [7, 7, 6, 6]]);
    expect(most('events_per_min')).toEqual({ 1: 6, 2: 10 });
    expect(answer.tables.find(({ name }) => name === 'user_ip_activity')!.rows).toEqual([
      ['5.6.7.8', '<b>', 'Ulm', 9],
      ['1.2.3.4', 'ann', null, 5],
    ]);
    expect(answer.cut).toBe(false);
  });
});
