/** A live site: what a batch does at once, what the schedule does for those who send nothing. Time is moved by hand. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Daily } from '../../src/app/daily.js';
import { openService, type Service } from '../../src/app/service.js';
import type { Change } from '../../src/domain.js';
import { RETENTION } from '../../src/person-tables.js';
import type { ChangeBatch } from '../../src/ports.js';
import { configOf, exportedAll, HISTORY, replay, WEEKLY } from '../journey/site.js';

const HOUR_MS = 3_600_000;
/** Sunday after the end of the recording. */
const SUNDAY_MS = Date.parse('2026-11-22T09:00:00Z');
const SILENT = { info: () => undefined, warn: () => undefined } as never;
const LIVE = { name: 'db.example', live: true };
/** Of the sample site: at risk in the course that still runs. */
const [STUDENT, COURSE] = [192, 7];

let now_ms = SUNDAY_MS;
/** How far the machine's clock is ahead of the time that passed. */
let leap_ms = 0;
let service: Service;
let next_id = 9_000_000;

beforeAll(async () => {
  const config = configOf(WEEKLY);
  service = await openService(config, { clock: 'wall', now_ms: () => now_ms + leap_ms, passed_ms: () => now_ms });
  await replay(service, config, [HISTORY]);
});
afterAll(() => service.close());

function viewed(time_ms: number, user_id = STUDENT): Change {
  const id = next_id++;
  const row = { id, eventname: '\\mod_page\\event\\course_module_viewed', component: 'mod_page', userid: user_id, courseid: COURSE, anonymous: 0, timecreated: time_ms / 1000, origin: 'web', realuserid: null }; // biome-ignore format: one row
  return { table: 'logstore_standard_log', op: 'create', id, row, source_ms: time_ms, coordinate: null, at: `row ${id}` };
}
const batch = (caught_up: boolean, ...changes: Change[]): ChangeBatch => ({
  source: 'binlog:test',
  changes,
  rejected: [],
  ignored: {},
  position: String(next_id),
  snapshot: false,
  caught_up,
});
const prediction = async () => (await service.store.predictions({ user_id: STUDENT, course_id: COURSE }, { limit: 1 }))[0]!;
const sessionsToday = async () =>
  (await service.store.sessions({ user_id: STUDENT, from: SUNDAY_MS - 2 * HOUR_MS }, { limit: 10 })).length;

describe('a live site', () => {
  it('catching up counts, but scores nobody between ticks', async () => {
    const before = await prediction();
    await service.pipeline.processBatch(batch(false, viewed(SUNDAY_MS - HOUR_MS)), LIVE);
    expect(await prediction()).toEqual(before);
    expect(await sessionsToday()).toBe(1);
  });

  it('caught up scores the students whom a batch touched, now, and leaves the history of scores alone', async () => {
    const before = await prediction();
    const history = (await service.store.scores({}, { limit: 100_000 })).length;
    await service.pipeline.processBatch(batch(true, viewed(SUNDAY_MS - 60_000)), LIVE);
    const after = await prediction();
    expect(after.as_of_ms).toBe(SUNDAY_MS);
    expect(after.score!.score).toBeLessThan(before.score!.score);
    expect(after.last_active_ms).toBe(SUNDAY_MS - 60_000);
    expect(await service.store.scores({}, { limit: 100_000 })).toHaveLength(history);
  });

  it('one good moment between ticks does not resolve an alert', async () => {
    const [alert] = await service.store.alerts({ user_id: STUDENT, states: ['open'] }, { limit: 1 });
    expect(alert).toBeDefined();
  });

  it('a row more than 24 hours ahead of the machine is refused as future, one of 23 hours is not', async () => {
    await service.pipeline.processBatch(
      batch(false, viewed(SUNDAY_MS + 25 * HOUR_MS, 1_001), viewed(SUNDAY_MS + 23 * HOUR_MS, 1_002)),
      LIVE,
    );
    expect((await service.store.sessions({ user_id: 1_001 }, { limit: 1 })).length).toBe(0);
    expect((await service.store.sessions({ user_id: 1_002 }, { limit: 1 })).length).toBe(1);
    const [rejected] = (await service.store.rejected({ limit: 10 })).filter((r) => r.reason === 'future');
    expect(rejected).toMatchObject({ source: 'db.example', position: expect.stringMatching(/^row \d+$/) });
    expect(rejected!.detail).not.toContain('1001');
  });

  it('the schedule scores those who send nothing, once for each tick', async () => {
    const monday_ms = Date.parse('2026-11-30T03:00:00Z');
    now_ms = monday_ms + HOUR_MS;
    const run = await service.pipeline.scoreDue(now_ms);
    expect(run).toMatchObject({ as_of_ms: monday_ms });
    expect(run!.scored).toBeGreaterThan(0);
    expect(await service.pipeline.scoreDue(now_ms + HOUR_MS)).toBeNull();
    expect((await service.store.scores({ from: monday_ms, to: monday_ms + 1 }, { limit: 1_000 })).length).toBe(run!.scored);
  });

  it('a clock that is set back, and forward again, fires no tick twice and counts no row twice', async () => {
    const before = [await service.store.scores({}, { limit: 100_000 }), await service.store.sessions({}, { limit: 100_000 })];
    const right_ms = now_ms;
    for (const step_ms of [-3_600_000, -8 * 86_400_000, -400 * 86_400_000, 1_000, -1]) {
      now_ms = right_ms + step_ms;
      expect(await service.pipeline.scoreDue(now_ms)).toBeNull();
    }
    now_ms = right_ms;
    expect(await service.pipeline.scoreDue(now_ms)).toBeNull();
    expect([await service.store.scores({}, { limit: 100_000 }), await service.store.sessions({}, { limit: 100_000 })]).toEqual(
      before,
    );
  });

  it('a clock that leaps six years ahead scores and removes nothing, and what is due next is scored when it is right again', async () => {
    const kept = async () => exportedAll(service);
    const before = await kept();
    leap_ms = 2_200 * 86_400_000;
    now_ms += 60_000;
    const daily = new Daily({ retention: RETENTION, erase_deleted: false }, service, 'one', SILENT);
    expect(await service.pipeline.scoreDue(service.pipeline.believed_ms())).toBeNull();
    expect(await daily.look()).toBe(true);
    const after = await kept();
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([]);
    leap_ms = 0;
    now_ms += 60_000;
    expect(await daily.look()).toBe(false);
    const next_ms = Date.parse('2026-12-07T03:00:00Z');
    now_ms = next_ms + HOUR_MS;
    expect(await service.pipeline.scoreDue(service.pipeline.believed_ms())).toMatchObject({ as_of_ms: next_ms });
  });

  it('a course that is renamed while the service runs is shown by its new name', async () => {
    const before = await service.views.courses();
    const id = COURSE;
    const row = { id, category: 1, fullname: 'Renamed', shortname: 'NEW', startdate: 0, enddate: 0, visible: 1 };
    const change: Change = { table: 'course', op: 'update', id, row, source_ms: now_ms, coordinate: null, at: 'row of course' };
    await service.pipeline.processBatch(batch(false, change), LIVE);
    expect(before.find((c) => c.course_id === COURSE)!.fullname).not.toBe('Renamed');
    expect((await service.views.courses()).find((c) => c.course_id === COURSE)!.fullname).toBe('Renamed');
  });

  it('a batch that is delivered again changes nothing', async () => {
    const again = batch(false, viewed(now_ms - HOUR_MS, 1_003));
    await service.pipeline.processBatch(again, LIVE);
    const before = await service.store.sessions({}, { limit: 100_000 });
    await service.pipeline.processBatch(again, LIVE);
    expect(await service.store.sessions({}, { limit: 100_000 })).toEqual(before);
  });
});
