/** Once a day rows go that are older than they are kept, and deleted accounts are erased where the settings say so. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Daily, type DailyConfig, lastCleared } from '../../src/app/daily.js';
import { Runner } from '../../src/app/runner.js';
import type { Service } from '../../src/app/service.js';
import type { Config } from '../../src/config.js';
import type { ReferenceRow } from '../../src/domain.js';
import { RETENTION, type Retention } from '../../src/person-tables.js';
import { exportedAll, fileSource, HISTORY, NO_TICKS, openSite, replay } from '../journey/site.js';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-24T10:00:00Z');
const KEEP: Retention = { ...RETENTION };

let config: Config;
let service: Service;
let now_ms: number;
let said: string[];

beforeEach(async () => {
  ({ config, service } = await openSite(NO_TICKS));
  now_ms = START_MS;
  said = [];
});
afterEach(() => service.close());

function daily(part: Partial<DailyConfig> = {}, holder = 'one'): Daily {
  const word = (_: object, message: string) => said.push(message);
  const log = { info: word, warn: word } as never;
  return new Daily({ retention: KEEP, erase_deleted: false, ...part }, service, holder, log, () => now_ms);
}

function user(id: number, deleted: 0 | 1, part: Partial<ReferenceRow> = {}) {
  const row = { deleted, suspended: 0, firstname: deleted ? null : `F${id}`, lastname: null, timemodified: 1 };
  const reference: ReferenceRow = {
    table: 'user',
    id,
    user_id: id,
    parent_id: null,
    deleted: false,
    row,
    source_ms: null,
    coordinate: null,
    ...part,
  };
  return { op: 'upsert' as const, reference };
}

const people = async () => (await service.store.references('user')).map(({ id }) => id);

describe('the daily clearing', () => {
  it('happens once a day, in one process of several', async () => {
    expect([await daily().look(), await daily({}, 'two').look()]).toEqual([true, false]);
    now_ms += DAY_MS;
    await service.store.lease('daily', 'two', 60_000);
    expect(await daily().look()).toBe(false);
    await service.store.release('daily', 'two');
    expect(await daily().look()).toBe(true);
  });

  it('that failed is known to have failed until it is through', async () => {
    const clearing = daily();
    const { commit } = service.store;
    service.store.commit = async () => {
      expect(clearing.state).toBe('running');
      throw new Error('the disk is full');
    };
    await expect(clearing.look()).rejects.toThrow('the disk is full');
    expect([clearing.state, await lastCleared(service.store)]).toEqual(['failed', null]);
    service.store.commit = commit;
    await clearing.look();
    expect([clearing.state, await lastCleared(service.store)]).toEqual(['waiting', '2026-11-24']);
  });

  it('leaves the sample site as it is by the defaults', async () => {
    await replay(service, config, [HISTORY]);
    const before = await exportedAll(service, ['sessions', 'course_sessions', 'activity_days', 'enrolments']);
    await daily().look();
    expect(await exportedAll(service, ['sessions', 'course_sessions', 'activity_days', 'enrolments'])).toEqual(before);
    expect(said).toEqual([]);
  });

  it('keeps the history of running courses, and counts nothing again of what went', async () => {
    await replay(service, config, [HISTORY]);
    const retention = { ...KEEP, sessions: 30, course_sessions: 30, activity_days: 30 };
    const before = (await service.store.sessions({}, { limit: 100_000 })).length;
    const store_ms = service.pipeline.now_ms();
    const courses = await service.pipeline.roster.courses();
    const running = new Set(courses.filter(({ end_ms }) => end_ms === null || end_ms > store_ms).map((c) => c.course_id));
    const history = async () =>
      (await service.store.courseSessions({}, { limit: 100_000 })).filter(({ course_id }) => running.has(course_id!));
    const [kept, all] = [await history(), await service.store.courseSessions({}, { limit: 100_000 })];
    await daily({ retention }).look();
    const left = await service.store.sessions({}, { limit: 100_000 });
    const cut_ms = service.pipeline.now_ms() - 30 * DAY_MS;
    expect(left.length).toBeLessThan(before);
    expect(left.every(({ start_ms }) => start_ms >= cut_ms)).toBe(true);
    expect(kept.length).toBeGreaterThan(200);
    expect(await history()).toEqual(kept);
    expect((await service.store.courseSessions({}, { limit: 100_000 })).length).toBeLessThan(all.length);
    expect(said).toEqual(['Rows went that were older than they are kept.']);
    await new Runner(fileSource(HISTORY, config), service.pipeline, service.store, true).run();
    expect(await service.store.sessions({}, { limit: 100_000 })).toEqual(left);
  });

  it('lets go of courses that are over', async () => {
    await replay(service, config, [HISTORY]);
    const course_id = (await service.store.courseActivity())[0]!.course_id;
    const [course] = (await service.store.references('course')).filter(({ id }) => id === course_id);
    const over = { ...course!, row: { ...course!.row, enddate: 1_790_000_000 }, source_ms: null, coordinate: null };
    await service.store.commit({ references: [{ op: 'upsert', reference: over }] });
    service.pipeline.roster.forget();
    const retention = { ...KEEP, course_sessions: 30 };
    const of = async () => (await service.store.courseSessions({ course_id }, { limit: 100_000 })).map((s) => s.start_ms);
    const before = await of();
    await daily({ retention }).look();
    const cut_ms = service.pipeline.now_ms() - 30 * DAY_MS;
    expect(await of()).toEqual(before.filter((start_ms) => start_ms >= cut_ms));
    expect((await of()).length).toBeLessThan(before.length);
  });
});

describe('an account that Moodle deleted', () => {
  it('is erased within a day where the settings say so, and only then', async () => {
    await service.store.commit({ references: [user(5, 1), user(6, 0)] });
    await daily().look();
    expect(await people()).toEqual([5, 6]);
    now_ms += DAY_MS;
    await daily({ erase_deleted: true }).look();
    expect(await people()).toEqual([6]);
    expect([5, 6].map((id) => service.pipeline.erased.has(id))).toEqual([true, false]);
    expect((await service.store.changes(0, 10))[0]!.detail).toBe('1 whose account Moodle deleted was erased.');
  });

  it('is known by the event too; a row that went by itself is no deletion', async () => {
    const event = {
      table: 'enrolment_events' as const,
      row: { event: 'user_deleted', userid: 2, objectid: 7 },
      user_id: 7,
      id: 90,
    };
    await service.store.commit({ references: [user(90, 0, event), user(8, 0, { deleted: true })] });
    await service.store.commit({ references: [{ op: 'truncate', table: 'user', source_ms: null, coordinate: null }] });
    await daily({ erase_deleted: true }).look();
    expect(service.pipeline.erased.has(7)).toBe(true);
    expect(await people()).toEqual([8]);
  });

  it('is doubted where a great part of the site is deleted at once', async () => {
    const all = Array.from({ length: 200 }, (_, i) => user(i + 1, i < 100 ? 1 : 0));
    await service.store.commit({ references: all });
    await daily({ erase_deleted: true }).look();
    expect(await people()).toHaveLength(200);
    expect(said[0]).toMatch(/none was erased/);
  });
});
