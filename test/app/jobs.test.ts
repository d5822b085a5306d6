/** What the page is told of long work: the first copy, simulations, the look at the courses, the daily clearing. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { soFar } from '../../src/adapters/binlog/copy-progress.js';
import type { CopySoFar } from '../../src/adapters/binlog/options.js';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { type JobsParts, ServiceJobs } from '../../src/app/jobs.js';
import type { SimulationState } from '../../src/http/simulation-door.js';
import { Calendar } from '../../src/windows/calendar.js';
import { standing } from '../contracts/store-samples.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 24, 10);

let store: MemoryStore;
let running: SimulationState | null;
let now_ms: number;
let trust: JobsParts['trust'];
let daily: JobsParts['daily'];

const jobs = () =>
  new ServiceJobs({
    ...{ store, calendar: new Calendar('Europe/Berlin'), simulations: { state: () => running } },
    ...{ trust, daily, now_ms: () => now_ms },
  });
const told = async (of: ServiceJobs, name: string) => (await of.look()).find((job) => job.name === name);

beforeEach(async () => {
  store = new MemoryStore();
  await store.open({ site: 's', time_zone: 'UTC', day: (ms) => Math.floor(ms / DAY_MS) });
  [running, now_ms, trust, daily] = [null, NOW_MS, null, null];
});

describe('the first copy', () => {
  const piece = (rows: number): CopySoFar => ({ table: 'log', rows, rows_known: 400 });

  it('is told from its first piece on, with its beginning, and then that it is done', async () => {
    const all = jobs();
    expect(await told(all, 'first-copy')).toBeUndefined();
    all.copied(piece(100));
    now_ms += 60_000;
    all.copied(piece(300));
    const under_way = { state: 'running', step: 'log', rows: 300, rows_known: 400, progress: 0.75, since_ms: NOW_MS };
    expect(await told(all, 'first-copy')).toMatchObject(under_way);
    all.copied(null);
    expect(await told(all, 'first-copy')).toMatchObject({ state: 'done', progress: null, last_day: '2026-11-24' });
  });

  it('has no share where the server knows no number of rows', async () => {
    const all = jobs();
    all.copied({ table: 'log', rows: 0, rows_known: 0 });
    expect(await told(all, 'first-copy')).toMatchObject({ state: 'running', progress: null });
  });

  it('counts tables that are through whole, and the one at hand by how far its ids have come', () => {
    const known = new Map([
      ['role', { rows: 10, ids: { first: 1, last: 10 } }],
      ['cohort', { rows: 0, ids: null }],
      ['log', { rows: 1_000, ids: { first: 500, last: 899 } }],
    ]);
    const at = (table: string, after_id: number, complete = false) => soFar(known, { table, after_id, complete }).rows;
    expect(soFar(known, { table: 'log', after_id: 599, complete: false })).toEqual({
      table: 'log',
      rows: 260,
      rows_known: 1_010,
    });
    expect([at('role', 5), at('role', 5, true), at('cohort', 0), at('cohort', 0, true)]).toEqual([5, 10, 10, 10]);
    // Rows that came meanwhile, or a table whose ids are not what they were.
    expect([at('log', 2_000), at('log', 1), at('log', 700, true)]).toEqual([1_010, 10, 1_010]);
  });
});

describe('other long work', () => {
  it('tells of a simulation only while it runs', async () => {
    const all = jobs();
    expect(await told(all, 'simulation')).toBeUndefined();
    running = { started_ms: NOW_MS, step: 'replaying', progress: 0.4 };
    expect(await told(all, 'simulation')).toMatchObject({ step: 'replaying', progress: 0.4, since_ms: NOW_MS });
  });

  it('tells when the courses were looked at, whichever process did, and when they will be', async () => {
    expect(await told(jobs(), 'trust-check')).toMatchObject({ state: 'waiting', last_day: null, next_day: null });
    await store.commit({
      standings: [1, 2].map((course_id) => standing({ course_id, checked_ms: NOW_MS - course_id * DAY_MS })),
    });
    expect(await told(jobs(), 'trust-check')).toMatchObject({ last_day: '2026-11-23', next_day: '2026-11-30' });
    trust = { state: 'failed', looked_ms: NOW_MS };
    expect(await told(jobs(), 'trust-check')).toMatchObject({
      state: 'failed',
      last_day: '2026-11-23',
      next_day: '2026-12-01',
    });
  });

  it('tells the day of the latest clearing, and that one failed here', async () => {
    expect(await told(jobs(), 'daily-clearing')).toMatchObject({ state: 'waiting', last_day: null });
    await store.commit({ position: { source: 'daily', from: null, to: '2026-11-24' } });
    daily = { state: 'failed' };
    expect(await told(jobs(), 'daily-clearing')).toMatchObject({ state: 'failed', last_day: '2026-11-24' });
  });
});
