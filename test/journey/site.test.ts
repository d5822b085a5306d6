/**
 * One Moodle site's whole life, 23,350 recorded changes, against oracles that were written from the contract alone: what is
 * counted, in what sessions and days, who is enrolled and in what state.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import type { TableRow } from '../../src/reading/table-infos.js';
import { csvLines } from '../../src/reading/tables-format.js';
import { countedOf, uncounted } from './oracle/activity.js';
import { changesOf, linesOf } from './oracle/recorded.js';
import { naiveTables } from './oracle/site.js';
import {
  differences,
  exported,
  exportedAll,
  HISTORY,
  NO_TICKS,
  ORDER_INDEPENDENT,
  openSite,
  replay,
  type Site,
  tablesAfter,
} from './site.js';

let site: Site;
let tables: Record<string, string>;
const notCounted: Record<string, number> = {};
const total = { changes: 0, counted: 0, repeated: 0 };
const lines = linesOf(HISTORY);
const changes = changesOf(lines);

beforeAll(async () => {
  site = await openSite(NO_TICKS, {
    batch(done) {
      for (const name of ['changes', 'counted', 'repeated'] as const) total[name] += done[name];
      for (const [why, n] of Object.entries(done.not_counted)) notCounted[why] = (notCounted[why] ?? 0) + n;
    },
  });
  await replay(site.service, site.config, [HISTORY]);
  tables = await exportedAll(site.service, [...ORDER_INDEPENDENT, 'rejected']);
});
afterAll(() => site.service.close());

/** Rows of a table whose cells begin so, for the people and times of the site: no quotes in these tables. */
const starting = (table: string, prefix: string) => tables[table]!.split('\n').filter((line) => line.startsWith(prefix));
const enrolment = (user_id: number, course_id: number) => starting('enrolments', `${user_id},${course_id},`);
const sumOf = (table: string, column: string) => {
  const [header, ...rows] = tables[table]!.trimEnd().split('\n');
  const index = header!.split(',').indexOf(column);
  return rows.reduce((sum, row) => sum + Number(row.split(',')[index]), 0);
};
const ms = (text: string) => Date.parse(text);

describe('the history of a site', () => {
  it('gives the tables of the oracles, to the byte', () => {
    expect(differences(tables, { ...naiveTables(lines) })).toEqual([]);
  });

  it.each(['Asia/Tokyo', 'Pacific/Auckland'])('gives those of the site’s own days in %s', async (zone) => {
    const found = await tablesAfter([HISTORY], { env: { ...NO_TICKS, HOLDFAST_TIME_ZONE: zone }, tables: ORDER_INDEPENDENT });
    expect(found.activity_days).not.toBe(tables.activity_days);
    expect(differences(found, { ...naiveTables(lines, zone) })).toEqual([]);
  });

  it('is read to its end: the clock is that of the last counted activity, and nothing was refused', () => {
    expect(site.service.pipeline.clock).toMatchObject({ kind: 'event', now_ms: ms('2026-11-21T21:02:13Z') });
    expect(total).toEqual({ changes: 22_818, counted: 11_571, repeated: 0 });
    expect(tables.rejected).toBe('source,position,reason,detail\n');
  });
});

describe('page by page', () => {
  it.each(ORDER_INDEPENDENT)('%s is what an export of it is', async (name) => {
    const all = new AllTables(site.service.tables, new ClickTables(new MemoryClickStore(), []));
    const info = all.info(name)!;
    const rows: TableRow[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: TableRow[]; next_cursor: string | null } = await all.page(name, {}, cursor, 190);
      rows.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    let text = '';
    for await (const part of csvLines(info, rows)) text += part;
    expect(differences({ [name]: text }, { [name]: tables[name]! })).toEqual([]);
  });
});

describe('what counts as activity', () => {
  it('is 11,571 of 13,495 log rows, and each of the others has a reason', () => {
    const reasons = new Map<string, number>();
    for (const { table, after } of changes) {
      const why = table === 'logstore_standard_log' && after ? uncounted(after) : null;
      if (why !== null) reasons.set(why, (reasons.get(why) ?? 0) + 1);
    }
    expect(Object.fromEntries(reasons)).toEqual({
      'cli or restore': 1352,
      'nobody or guest': 527,
      'failed login': 23,
      'web service': 12,
      anonymous: 8,
      'login as': 2,
    });
    expect(sumOf('sessions', 'activities')).toBe(11_571);
    expect(sumOf('user_activity', 'activities')).toBe(11_571);
  });

  it('is that of staff too, who have sessions and days but are nobody’s student', () => {
    const activities = (user: number) => Number(starting('user_activity', `${user},`)[0]!.split(',')[1]);
    expect([3, 64, 125, 166].map(activities)).toEqual([39, 95, 49, 16]);
    for (const teacher of [2, 3, 64, 125, 166]) {
      expect(starting('enrolments', `${teacher},`)).toEqual([]);
      expect(tables.cohort_ratios!.split('\n').filter((line) => line.split(',')[2] === `${teacher}`)).toEqual([]);
    }
    expect(starting('activity_days', '3,4,').length).toBeGreaterThan(0);
  });

  it('is not what an administrator does under a student’s name', () => {
    // Log row 13435: user 2 as user 168, in course 7.
    expect(starting('sessions', `168,${ms('2026-11-21T21:02:10Z')}`)).toEqual([]);
    expect(starting('activity_days', '168,7,2026-11-21')).toEqual([]);
    // Logging in as somebody is itself written with the real user set.
    expect(notCounted['logged in as somebody else']).toBe(2);
  });

  it('is not what the command line did in anybody’s name', () => {
    // 1,351 of these rows carry the id of the administrator or of a student who was being enrolled.
    expect(notCounted['origin cli']).toBe(1352);
    expect(Number(starting('user_activity', '2,')[0]!.split(',')[1])).toBe(2);
  });

  it('is not what was answered anonymously, unless the site wants it', async () => {
    expect(notCounted.anonymous).toBe(8);
    expect(starting('activity_days', '173,7,2026-11-21')).toEqual([]);
    const counting = await openSite({ ...NO_TICKS, HOLDFAST_COUNT_ANONYMOUS: 'true' });
    try {
      await replay(counting.service, counting.config, [HISTORY]);
      const days = await exported(counting.service, 'activity_days');
      expect(days).toMatch(/^173,7,2026-11-21,2,0,0,0,2,0,1,0$/m);
      const sessions = await exported(counting.service, 'user_activity');
      const activities = sessions
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => Number(row.split(',')[1]));
      expect(activities.reduce((a, b) => a + b, 0)).toBe(11_579);
    } finally {
      await counting.service.close();
    }
  });

  it('is that of the mobile app, without the web service calls around it', () => {
    expect(notCounted['web service call']).toBe(12);
    expect(starting('activity_days', '169,7,2026-11-21')).toEqual(['169,7,2026-11-21,2,1,0,1,0,0,1,0']);
  });

  it('is put where it happened when the server’s clock had been set back by 2.6 days', () => {
    const times = countedOf(changes).map((c) => c.time_s);
    const steps = times.slice(1).map((time, i) => time - times[i]!);
    expect(Math.min(...steps)).toBe(-226_806);
    // Log row 3698 came after rows of 2026-08-28: its session is on the 25th all the same.
    const late = countedOf(changes).find((c) => c.id === 3698)!;
    const own = starting('sessions', `${late.user_id},`).map((row) => row.split(',').map(Number));
    expect(own.filter(([, start, end]) => start! <= late.time_s * 1000 && late.time_s * 1000 <= end!)).toHaveLength(1);
  });

  it('leaves out courses that were deleted: nobody is enrolled there, nothing is counted there', () => {
    for (const course of [2, 3]) {
      expect(tables.enrolments!.split('\n').filter((line) => line.split(',')[1] === `${course}`)).toEqual([]);
      expect(tables.activity_days!.split('\n').filter((line) => line.split(',')[1] === `${course}`)).toEqual([]);
    }
    expect(tables.enrolments!.trimEnd().split('\n')).toHaveLength(1 + 200);
  });
});

describe('who withdrew, and when', () => {
  it('by themselves, on the day that Moodle’s own log says', () => {
    // The change's own clock stood on 2026-11-22 for all of these.
    expect(enrolment(4, 4)).toEqual([
      `4,4,withdrawn,unenrolled-self,${ms('2026-09-16T14:00:01Z')},${ms('2026-08-10T00:00:00Z')}`,
    ]);
    expect(enrolment(191, 7)).toEqual([
      `191,7,withdrawn,unenrolled-self,${ms('2026-11-18T14:00:01Z')},${ms('2026-09-28T00:00:00Z')}`,
    ]);
  });

  it('by a teacher’s hand', () => {
    expect(enrolment(118, 5)).toEqual([
      `118,5,withdrawn,unenrolled-by-other,${ms('2026-08-19T14:00:08Z')},${ms('2026-08-10T00:00:00Z')}`,
    ]);
  });

  it('with their account, at its first deletion where there were two', () => {
    expect(enrolment(19, 4)).toEqual([
      `19,4,withdrawn,account-deleted,${ms('2026-08-19T14:00:08Z')},${ms('2026-08-10T00:00:00Z')}`,
    ]);
    expect(enrolment(134, 6)).toEqual([
      `134,6,withdrawn,account-deleted,${ms('2026-08-26T14:00:08Z')},${ms('2026-08-10T00:00:00Z')}`,
    ]);
  });

  it('by losing the role: unenrolled, enrolled again, and then only the role was taken', () => {
    expect(enrolment(28, 4)).toEqual([`28,4,withdrawn,role-removed,${ms('2026-11-22T10:34:28Z')},${ms('2026-11-22T10:34:27Z')}`]);
  });

  it('not those who were suspended, whose end date passed, who completed, or who came back', () => {
    expect(enrolment(63, 4)[0]).toMatch(/,suspended,enrolment-suspended,/);
    expect(enrolment(97, 5)[0]).toMatch(/,suspended,account-suspended,/);
    expect(enrolment(29, 4)[0]).toMatch(`29,4,ended,end-date,${ms('2026-09-09T14:00:00Z')},`);
    expect(enrolment(129, 6)[0]).toMatch(`129,6,completed,completed,${ms('2026-10-26T09:00:07Z')},`);
    // Suspended in August, let in again in November.
    expect(enrolment(43, 4)[0]).toMatch(`43,4,active,,${ms('2026-11-22T10:34:27Z')},`);
  });

  it('28 of 200 in all', () => {
    const states: Record<string, number> = {};
    for (const row of tables.enrolments!.trimEnd().split('\n').slice(1)) {
      const state = row.split(',')[2]!;
      states[state] = (states[state] ?? 0) + 1;
    }
    expect(states).toEqual({ active: 147, withdrawn: 28, suspended: 16, ended: 7, completed: 2 });
  });
});
