/** What Prometheus is told about clicks, as its own text says it. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { ClickMetrics } from '../../src/app/click-metrics.js';
import { Metrics } from '../../src/app/metrics.js';
import { Exposition } from '../../src/app/top/exposition.js';
import type { ClicksDone } from '../../src/pipeline/click-pipeline.js';

const BATCH: ClicksDone = {
  clicks: 0,
  events: 0,
  references: 0,
  repeated: 0,
  rejected: 0,
  rejected_by: {},
  late: {},
  commit_ms: 4,
};

let registry: Registry;
let metrics: ClickMetrics;
beforeEach(() => {
  registry = new Registry();
  metrics = new ClickMetrics(registry);
});

const scrape = async () => new Exposition(await registry.metrics());
/** `{ 'reason=bad-value': 3 }` */
async function figures(name: string): Promise<Record<string, number>> {
  const label = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels)
      .map((pair) => pair.join('='))
      .join(',');
  return Object.fromEntries((await scrape()).all(`holdfast_clicks_${name}`).map(({ labels, value }) => [label(labels), value]));
}
const figure = async (name: string) => (await figures(name))[''];

describe('metrics of clicks', () => {
  it('count records by kind, and those that were known already', async () => {
    metrics.counted({ ...BATCH, clicks: 5, events: 2, references: 1, repeated: 3 });
    metrics.counted({ ...BATCH, clicks: 1 });
    expect(await figures('records_total')).toEqual({ 'kind=click': 6, 'kind=event': 2, 'kind=reference': 1 });
    expect(await figure('repeated_total')).toBe(3);
  });

  it('say why records were rejected', async () => {
    metrics.counted({ ...BATCH, rejected: 5, rejected_by: { 'bad-value': 3, future: 2 } });
    expect(await figures('rejected_total')).toEqual({ 'reason=bad-value': 3, 'reason=future': 2 });
  });

  it('tell late clicks by table apart from what a bound left out', async () => {
    metrics.counted({
      ...BATCH,
      late: { 'late visitors_per_min': 2, 'late pages_per_min': 1, 'event names beyond the bound': 4 },
    });
    expect(await figures('late_total')).toEqual({ 'table=visitors_per_min': 2, 'table=pages_per_min': 1 });
    expect(await figures('left_out_total')).toEqual({ 'why=event names beyond the bound': 4 });
  });

  it('measure commits in seconds and say when the last one was', async () => {
    const before_s = Date.now() / 1000;
    metrics.counted({ ...BATCH, commit_ms: 30 });
    expect(await figure('commit_seconds_sum')).toBeCloseTo(0.03, 9);
    expect(await figures('commit_seconds_bucket')).toMatchObject({ 'le=0.025': 0, 'le=0.05': 1, 'le=+Inf': 1 });
    const last_s = (await figure('last_commit_timestamp_seconds'))!;
    expect(last_s).toBeGreaterThanOrEqual(before_s - 0.001);
    expect(last_s).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('look up open windows and waiting records when they are asked for, not when a batch is done', async () => {
    let windows = 3;
    metrics.watch({ open_windows: () => windows, waiting: () => 2 * windows });
    expect([await figure('open_windows'), await figure('waiting_records')]).toEqual([3, 6]);
    windows = 4;
    expect([await figure('open_windows'), await figure('waiting_records')]).toEqual([4, 8]);
  });

  it('count every datagram once as received, and once by what became of it', async () => {
    metrics.datagrams({ received: 10, taken: 7, refused: 2 });
    metrics.datagrams({ received: 1, dropped: 2 });
    expect(await figure('udp_received_total')).toBe(11);
    metrics.kernelDrops(3);
    metrics.kernelDrops(null);
    expect(await figure('udp_kernel_dropped_datagrams')).toBe(3);
    expect(await figures('udp_datagrams_total')).toEqual({ 'outcome=taken': 7, 'outcome=refused': 2, 'outcome=dropped': 2 });
  });

  it('tell how far each partition is behind, until it is read elsewhere', async () => {
    const read = [
      { topic: 'clickstream', partition: 0, records: 120 },
      { topic: 'clickstream', partition: 1, records: 0 },
    ];
    metrics.watchLag(() => read);
    expect(await figures('kafka_lag_records')).toEqual({
      'topic=clickstream,partition=0': 120,
      'topic=clickstream,partition=1': 0,
    });
    read.shift();
    expect(await figures('kafka_lag_records')).toEqual({ 'topic=clickstream,partition=1': 0 });
    metrics.watchLag(null);
    expect(await figures('kafka_lag_records')).toEqual({});
  });

  it('tell of each sink whether it is there, what it took and refused, and what waits for it', async () => {
    metrics.sink('kafka', true);
    metrics.round('kafka', 40, 1, 3);
    metrics.sink('kafka', false);
    metrics.backlog('kafka', 9);
    for (const [name, value] of Object.entries({
      sink_up: 0,
      published_total: 40,
      published_refused_total: 1,
      outbox_entries: 9,
    }))
      expect(await figures(name)).toEqual({ 'sink=kafka': value });
  });

  it('share a scrape with those of the site, each under a name of its own', async () => {
    const site = new Metrics();
    const both = new ClickMetrics(site.registry);
    both.counted({ ...BATCH, clicks: 1 });
    site.committed(0.1);
    const { names } = new Exposition(await site.registry.metrics());
    expect(names).toEqual(expect.arrayContaining(['holdfast_clicks_records_total', 'holdfast_store_commit_seconds_count']));
    expect(names.filter((name) => /_(ms|kb|mb|minutes)(_|$)/.test(name))).toEqual([]);
  });
});
