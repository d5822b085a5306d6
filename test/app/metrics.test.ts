/** What Prometheus is told about the site: figures of a process that really reads and counts. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logger } from '../../src/app/log.js';
import { Metrics } from '../../src/app/metrics.js';
import { openService, type Service } from '../../src/app/service.js';
import { publish } from '../../src/app/sinks.js';
import { Exposition } from '../../src/app/top/exposition.js';
import { Work } from '../../src/app/work.js';
import type { Config } from '../../src/config.js';
import { configOf } from '../journey/site.js';

const LINES = 'test/fixtures/worked-example/without-schema.ndjson';
const log = logger('silent', { terminal: false, write: () => undefined });

let config: Config;
let service: Service;
let metrics: Metrics;

/** A sink whose password is wrong. */
const refusing = createServer((_, response) => response.writeHead(401).end());

beforeAll(async () => {
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  config = configOf({
    HOLDFAST_STORE: 'memory:',
    HOLDFAST_MOODLE: `file:${LINES}`,
    HOLDFAST_ROLES: 'ingest',
    HOLDFAST_ELASTICSEARCH: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`,
  });
  metrics = new Metrics();
  service = await openService(config, { clock: 'event', events: metrics });
  const work = new Work(config, service, { log, metrics, progress: () => undefined, copied: () => undefined, from_start: false });
  await Promise.race([work.read, work.failed]);
  await work.stop();
});
afterAll(async () => {
  await service.close();
  refusing.closeAllConnections();
  refusing.close();
});

const scrape = async () => new Exposition(await metrics.registry.metrics());
const figure = async (name: string) => (await scrape()).one(name);

describe('metrics of the site', () => {
  it('say how many windows are in memory', async () => {
    expect(service.pipeline.open_windows).toBeGreaterThan(0);
    expect(await figure('holdfast_open_windows')).toBe(service.pipeline.open_windows);
  });

  it('say when the last batch was committed, and how long commits take', async () => {
    const age_s = Date.now() / 1000 - (await figure('holdfast_last_commit_timestamp_seconds'))!;
    expect(age_s).toBeLessThan(60);
    expect(await figure('holdfast_store_commit_seconds_count')).toBeGreaterThan(0);
  });

  it('have no lag for a recorded source, which is of another time', async () => {
    expect((await scrape()).all('holdfast_lane_lag_seconds')).toEqual([]);
  });

  it('ask for the lag of a live source whenever they are asked for', async () => {
    let seconds = 5;
    metrics.watch({ open_windows: () => 0, lag: { source: 'mysql://db:3306/moodle', seconds: () => seconds } });
    const lag = async () => (await scrape()).all('holdfast_lane_lag_seconds')[0];
    expect(await lag()).toMatchObject({ labels: { lane: 'mysql://db:3306/moodle' }, value: 5 });
    seconds = 65;
    expect(await lag()).toMatchObject({ value: 65 });
  });

  it('say that a sink takes nothing, and what waits for it meanwhile', async () => {
    const abort = new AbortController();
    const publishing = publish(config, service, 'test', log, metrics, abort.signal);
    const waiting = async () => (await scrape()).all('holdfast_outbox_entries');
    const up = async () => (await scrape()).all('holdfast_sink_up')[0]?.value;
    while ((await waiting()).length === 0 || (await up()) !== 0) await new Promise(setImmediate);
    expect(await waiting()).toEqual([
      { name: 'holdfast_outbox_entries', labels: { sink: 'elasticsearch' }, value: await service.store.backlog('elasticsearch') },
    ]);
    expect((await waiting())[0]!.value).toBeGreaterThan(0);
    abort.abort();
    await publishing;
  });
});
