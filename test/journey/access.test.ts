/** Every route of the interface over the sample site, asked by everybody who may ask: nobody finds anything of a student who is not theirs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { newKey } from '../../src/access/keys.js';
import { Lti } from '../../src/access/lti.js';
import type { Launch } from '../../src/access/lti-claims.js';
import { SCOPES } from '../../src/access/viewer.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { accessOf } from '../../src/app/access-parts.js';
import { changeLog } from '../../src/app/change-log.js';
import { writeKeys } from '../../src/app/key-file.js';
import { ServicePanels } from '../../src/app/panels.js';
import { clickTables } from '../../src/clickstream/tables.js';
import type { Enrolment, ReferenceRow } from '../../src/domain.js';
import { SESSION_COOKIE } from '../../src/http/cookies.js';
import { createHttp, type Http } from '../../src/http/create-http.js';
import { Sessions } from '../../src/http/sessions.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { Service as Asking } from '../http/service.js';
import { HISTORY, openSite, replay, type Site, TempFolder, WEEKLY } from './site.js';

const TUTOR = 900_001;
const temp = new TempFolder();
let site: Site;
let http: Http;
let asking: Asking;
let enrolments: Enrolment[];
/** A teacher by Moodle's own rows, and their courses. */
let teacher: number;
let taught: Set<number>;
/** Whom the import gave to the tutor: a student in every course, and one in one course. */
let given: number;
let one_course: { user_id: number; course_id: number };
const keys: Record<string, string> = {};
/** The cookie of somebody whom Moodle launched as staff of one course. */
let launch: string;
let launched_course: number;

const imported = (user_id: number, course_id: number | null): ReferenceRow => ({
  table: 'sis_tutors',
  id: user_id,
  user_id,
  parent_id: course_id,
  deleted: false,
  row: { tutor_id: TUTOR, role: 'tutor' },
  source_ms: null,
  coordinate: null,
});

/** Of Moodle's own groups: a row as its table has it. */
const moodle = (table: 'groups' | 'groups_members', id: number, of: Partial<ReferenceRow>): ReferenceRow => ({
  ...imported(id, null),
  table,
  user_id: null,
  row: {},
  ...of,
});

beforeAll(async () => {
  site = await openSite(WEEKLY);
  const { service, config } = site;
  await replay(service, config, [HISTORY]);
  const { roster } = service.pipeline;
  enrolments = await roster.all(service.pipeline.now_ms());
  const assignments = await service.store.references('role_assignments');
  teacher = Number(assignments.find(({ row }) => row.roleid === 3)!.user_id);
  taught = await roster.coursesTaught(teacher);
  const alerts = await service.store.alerts({}, { limit: 1000 });
  given = alerts.find(({ course_id }) => !taught.has(course_id))!.user_id;
  one_course = alerts.find(({ user_id, course_id }) => user_id !== given && !taught.has(course_id))!;
  await service.store.commit({
    references: [imported(given, null), imported(one_course.user_id, one_course.course_id)].map((reference) => ({
      op: 'upsert',
      reference,
    })),
  });
  const made = { site: null, teacher, tutor: TUTOR, stranger: 900_002 };
  const kept = Object.entries(made).map(([name, user_id]) => {
    const key = newKey({ name, scopes: [...SCOPES], user_id, created_ms: 0, expires_ms: null });
    keys[name] = key.text;
    return key.kept;
  });
  await writeKeys(temp.file('keys.json'), kept);
  launched_course = [...taught][0]!;
  const sessions = new Sessions();
  const id = sessions.open(
    {
      name: 'Launched',
      kind: 'staff',
      scopes: new Set(['risk:read', 'alerts:write']),
      user_id: 900_003,
      course_ids: new Set([launched_course]),
      user_ids: new Set(),
      pairs: new Set(),
    },
    Date.now(),
  );
  launch = `${SESSION_COOKIE}=${id}`;
  const lti = {
    lti: new Lti({ address: 'https://holdfast.example', platforms: [] }),
    sessions,
    renewal:
      async ({ viewer }: Launch) =>
      async () =>
        viewer,
    now_ms: Date.now,
  };
  const clicks = new MemoryClickStore();
  const tables = new AllTables(service.tables, new ClickTables(clicks, clickTables()));
  const log = { error: () => undefined, warn: (_: object, message: string) => expect(message).toBe('') };
  http = await createHttp({
    views: service.views,
    tables,
    panels: new ServicePanels(service, { store: clicks, tables: new ClickTables(clicks, clickTables()) }),
    pipeline: service.pipeline,
    models: service.models,
    changes: changeLog(service.store),
    seen: service.seen,
    trials: service.trials,
    ...accessOf({ ...config, api_keys: temp.file('keys.json') }, service, log),
    lti,
    clicks: null,
    metrics: new Registry(),
    log,
    settings: { version: '0', allowed_hosts: [] },
  });
  http.ready();
  asking = new Asking(http, undefined as never);
});
afterAll(async () => {
  await http.close();
  await site.service.close();
  await temp.remove();
});

const bearer = (who: string): Record<string, string> =>
  who === 'launched' ? { cookie: launch } : { authorization: `Bearer ${keys[who]}` };
const pair = ({ user_id, course_id }: { user_id: number; course_id: number }) => `${user_id}/${course_id}`;

/** Every GET that tells of students, for every student, course and alert there is. */
async function everyAddress(): Promise<string[]> {
  const alerts = await site.service.store.alerts({}, { limit: 1000 });
  const users = [...new Set(enrolments.map(({ user_id }) => user_id))];
  const courses = [...new Set(enrolments.map(({ course_id }) => course_id))];
  const values: Record<string, (string | number)[]> = {
    alertId: alerts.map(({ alert_id }) => alert_id),
    userId: users,
    courseId: courses,
    name: site.service.tables.infos.map(({ name }) => name),
    version: [],
  };
  const patterns = http.routes
    .all()
    .filter(
      ({ method, url }) => method === 'GET' && url.startsWith('/api/v1/') && url !== '/api/v1/predictions/:userId/:courseId',
    )
    .map(({ url }) => url);
  const filled = [...new Set(patterns)].flatMap((url) => {
    const parameter = /:(\w+)/.exec(url)?.[1];
    return parameter ? values[parameter]!.map((value) => url.replace(`:${parameter}`, String(value))) : [url];
  });
  return [...filled, ...enrolments.map((one) => `/api/v1/predictions/${one.user_id}/${one.course_id}`)];
}

/** Users and user/course pairs that an answer names, however deep. */
function namedIn(
  value: unknown,
  found = { users: new Set<number>(), pairs: new Set<string>() },
  above: Record<string, unknown> = {},
) {
  if (Array.isArray(value)) for (const one of value) namedIn(one, found, above);
  else if (typeof value === 'object' && value !== null) {
    const row = value as Record<string, unknown>;
    const person = row.person as { user_id?: number } | undefined;
    const user_id = row.user_id ?? person?.user_id ?? above.user_id;
    const course_id = row.course_id ?? (row.course as { course_id?: number } | undefined)?.course_id ?? above.course_id;
    if (typeof user_id === 'number') found.users.add(user_id);
    if (typeof user_id === 'number' && typeof course_id === 'number') found.pairs.add(`${user_id}/${course_id}`);
    for (const below of Object.values(row)) namedIn(below, found, { user_id, course_id });
  }
  return found;
}

const seenBy: Record<string, (one: { user_id: number; course_id: number }) => boolean> = {
  teacher: ({ course_id }) => taught.has(course_id),
  tutor: (one) => one.user_id === given || pair(one) === pair(one_course),
  launched: ({ course_id }) => course_id === launched_course,
  stranger: () => false,
};

describe('over every route of the interface', () => {
  it.each(Object.keys(seenBy))('a %s is told of their own students and of nobody else', async (who) => {
    const mine = enrolments.filter(seenBy[who]!);
    const pairs = new Set(mine.map(pair));
    const users = new Set(mine.map(({ user_id }) => user_id));
    const students = new Set(enrolments.map(({ user_id }) => user_id));
    const every_pair = new Set(enrolments.map(pair));
    const shown = new Set<string>();
    let refused = 0;
    for (const url of await everyAddress()) {
      const { status, json, text } = await asking.get(`${url}${url.includes('/tables/') ? '?limit=1000' : ''}`, bearer(who));
      expect([url, status < 500]).toEqual([url, true]);
      if (status !== 200) {
        refused += 1;
        continue;
      }
      const found = namedIn(json);
      // A colleague who teaches there too is no student.
      expect([url, [...found.users].filter((user_id) => students.has(user_id) && !users.has(user_id))]).toEqual([url, []]);
      expect([url, [...found.pairs].filter((one) => every_pair.has(one) && !pairs.has(one))]).toEqual([url, []]);
      for (const one of found.pairs) shown.add(one);
      expect(text.length).toBeGreaterThan(0);
    }
    expect(refused).toBeGreaterThan(50);
    // And all of theirs is shown somewhere.
    expect([...pairs].filter((one) => !shown.has(one))).toEqual([]);
  });

  it.each(Object.keys(seenBy))('a %s who turns the pages of a table one row at a time is led past nobody else', async (who) => {
    const users = new Set(enrolments.filter(seenBy[who]!).map(({ user_id }) => user_id));
    const alerts = new Map((await site.service.store.alerts({}, { limit: 1000 })).map((alert) => [alert.alert_id, alert]));
    let turned = 0;
    for (const { name, key } of (await asking.get('/api/v1/tables', bearer(who))).json.items) {
      let url = `/api/v1/tables/${name}?limit=1`;
      for (let page = 0; page < 30 && url !== ''; page++) {
        const { json, headers } = await asking.get(url, bearer(who));
        const next = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1] ?? '';
        const cursor = new URLSearchParams(next.split('?')[1]).get('cursor');
        expect(json.next_cursor).toBe(cursor);
        if (cursor !== null) {
          expect(json.items).toHaveLength(1);
          const values = JSON.parse(Buffer.from(cursor, 'base64url').toString());
          const told = Object.fromEntries(key.map((column: string, i: number) => [column, values[i]]));
          const of = told.alert_id ? alerts.get(told.alert_id)! : told.rank ? json.items[0] : told;
          expect([name, of.course_id === undefined ? users.has(of.user_id) : seenBy[who]!(of)]).toEqual([name, true]);
          turned++;
        }
        url = next;
      }
    }
    expect(turned > 30).toBe(who !== 'stranger');
    const count = async (accept: string, query: string) => {
      const { text } = await asking.get(`/api/v1/tables/activity_days${query}`, { ...bearer(who), accept });
      return text === '' ? 0 : text.trim().split('\n').length;
    };
    expect(await count('application/x-ndjson', '?limit=1000')).toBe(Math.min(1000, await count('application/x-ndjson', '')));
  });

  it('the whole site is shown to a key without a person, streams and search included', async () => {
    const all = (await asking.get('/api/v1/predictions?limit=1000', bearer('site'))).json;
    expect(all.items.length).toBeGreaterThan(150);
    const name = all.items.find(({ person }: { person: { name: string | null } }) => person.name !== null).person.name;
    for (const [who, found] of [
      ['site', true],
      ['stranger', false],
    ] as const) {
      const search = await asking.get(`/api/v1/predictions?limit=1000&text=${encodeURIComponent(name)}`, bearer(who));
      expect(search.json.total > 0).toBe(found);
      const stream = await asking.get('/api/v1/tables/scores', { ...bearer(who), accept: 'application/x-ndjson' });
      expect(stream.text.length > 0).toBe(found);
      const csv = await asking.get('/api/v1/alerts', { ...bearer(who), accept: 'text/csv' });
      expect(csv.text.trim().split('\n').length > 1).toBe(found);
    }
  });

  it('an alert of somebody else’s student cannot be changed, nor a student scored: as if there were none', async () => {
    const alert = (await site.service.store.alerts({ states: ['open'] }, { limit: 1 }))[0]!;
    const change = { headers: { ...bearer('stranger'), 'if-match': '*' }, body: { note: 'x' } };
    expect((await asking.ask('PATCH', `/api/v1/alerts/${alert.alert_id}`, change)).status).toBe(404);
    expect((await site.service.store.alert(alert.alert_id))!.revision).toBe(alert.revision);
    for (const body of [{}, { user_id: alert.user_id }, { course_id: alert.course_id }])
      expect((await asking.ask('POST', '/api/v1/predictions/score', { headers: bearer('stranger'), body })).status).toBe(404);
    expect((await asking.get('/api/v1/live', bearer('teacher'))).status).toBe(403);
  });

  it('a case is opened about one’s own student, and about nobody else’s: as if there were none', async () => {
    const { store } = site.service;
    const taken = new Set((await store.alerts({ states: ['open', 'acknowledged'] }, { limit: 1000 })).map(pair));
    const mine = enrolments.filter(({ course_id, state }) => taught.has(course_id) && state === 'active');
    const one = mine.find((each) => !taken.has(pair(each)) && each.user_id !== given)!;
    const of = { user_id: one.user_id, course_id: one.course_id };
    const score = { ...(await store.scores({}, { limit: 1 }))[0]!, ...of };
    const prediction = { ...of, as_of_ms: score.as_of_ms, score, not_scored: null, last_active_ms: null };
    // The course that this teacher has is over: as if it went on.
    const course = (await store.references('course')).find(({ id }) => id === of.course_id)!;
    const goesOn = { ...course, row: { ...course.row, enddate: 0 } };
    await store.commit({ predictions: [prediction], references: [{ op: 'upsert', reference: goesOn }] });
    site.service.pipeline.roster.forget();
    const body = { user_id: one.user_id, course_id: one.course_id };
    const opened = (who: string) => asking.ask('POST', '/api/v1/alerts', { headers: bearer(who), body });
    expect([(await opened('tutor')).status, (await opened('stranger')).status]).toEqual([404, 404]);
    const made = await opened('teacher');
    expect([made.status, made.json.opened_by, made.json.assignee]).toEqual([201, 'teacher', 'teacher']);
    const again = await opened('site');
    expect([again.status, again.json.alert.alert_id]).toEqual([409, made.json.alert_id]);
    // Not even that there is one.
    expect((await opened('stranger')).status).toBe(404);
    const changes = (await asking.get(`/api/v1/alerts/${made.json.alert_id}/changes`, bearer('teacher'))).json.changes;
    expect(changes).toMatchObject([{ revision: 1, by: 'teacher', from: {}, to: { state: 'acknowledged', assignee: 'teacher' } }]);
  });

  it.each(Object.keys(seenBy))(
    'a %s changes nothing of students who are not theirs, nor of the whole site, by any method',
    async (who) => {
      const alerts = await site.service.store.alerts({}, { limit: 1000 });
      const foreign = alerts.find((one) => !seenBy[who]!(one))!;
      const values: Record<string, string | number> = {
        alertId: foreign.alert_id,
        userId: foreign.user_id,
        version: site.service.model.word.version ?? 'none',
      };
      const bodies: Record<string, object> = {
        'PATCH /api/v1/alerts/:alertId': { note: 'x' },
        'POST /api/v1/alerts': { user_id: foreign.user_id, course_id: foreign.course_id },
        'POST /api/v1/predictions/score': { user_id: foreign.user_id, course_id: foreign.course_id },
      };
      // Of the session itself, and of clicks, which are about no student.
      const other = /session$|\/(clicks|events|users|codes)$/;
      const changes = http.routes
        .all()
        .filter(({ method, url }) => !['GET', 'HEAD'].includes(method) && /^\/api/.test(url) && !other.test(url));
      expect(changes.length).toBeGreaterThan(6);
      for (const { method, url } of changes) {
        const path = url.replace(/:(\w+)/g, (_, name: string) => String(values[name]));
        const headers = { ...bearer(who), 'if-match': '*', 'sec-fetch-site': 'same-origin' };
        const { status } = await asking.ask(method, path, { headers, body: bodies[`${method} ${url}`] ?? {} });
        expect([method, url, [403, 404].includes(status)]).toEqual([method, url, true]);
      }
      expect(await site.service.store.alert(foreign.alert_id)).toEqual(foreign);
    },
  );

  it('groups of Moodle are offered and asked for in the courses that are seen, each in its own course alone', async () => {
    const [mine] = taught;
    const two = enrolments.filter(({ course_id, state }) => course_id === mine && state === 'active').slice(0, 2);
    const elsewhere = enrolments.find(({ course_id }) => !taught.has(course_id))!.course_id;
    const rows = [
      moodle('groups', 1, { parent_id: mine, row: { name: 'Lab' } }),
      moodle('groups', 2, { parent_id: elsewhere, row: { name: 'Choir' } }),
      moodle('groups_members', 1, { user_id: two[0]!.user_id, parent_id: 1 }),
      moodle('groups_members', 2, { user_id: two[1]!.user_id, parent_id: 1, deleted: true }),
      moodle('groups_members', 3, { user_id: two[1]!.user_id, parent_id: 2 }),
    ];
    await site.service.store.commit({
      references: rows.map((reference) => ({ op: reference.deleted ? 'delete' : 'upsert', reference })),
    });
    expect((await asking.get('/api/v1/assignments', bearer('site'))).json.groups).toEqual(['Choir', 'Lab']);
    expect((await asking.get('/api/v1/assignments', bearer('teacher'))).json.groups).toEqual(['Lab']);
    const found = async (who: string, group: string) =>
      (await asking.get(`/api/v1/predictions?group=${group}`, bearer(who))).json.items.map(
        ({ person, course }: { person: { user_id: number }; course: { course_id: number } }) =>
          `${person.user_id}/${course.course_id}`,
      );
    expect(await found('teacher', 'Lab')).toEqual([pair(two[0]!)]);
    expect(await found('teacher', 'Choir')).toEqual([]);
    expect(await found('stranger', 'Lab')).toEqual([]);
  });

  it('a count of the whole is told as a count of the part', async () => {
    const whole = (await asking.get('/api/v1/summary', bearer('site'))).json;
    const part = (await asking.get('/api/v1/summary', bearer('teacher'))).json;
    const mine = enrolments.filter(seenBy.teacher!);
    expect(part.enrolments.active).toBe(mine.filter(({ state }) => state === 'active').length);
    expect(part.enrolments.active).toBeLessThan(whole.enrolments.active);
    expect([part.sessions, part.activities]).toEqual([null, null]);
  });

  it('a tutor of one student in a course learns nothing of how the others in it did', async () => {
    const { store } = site.service;
    const { course_id } = one_course;
    const counted = { as_of_ms: 0, computed_ms: 0, model_version: 'none', standing: 'not-yet', why: 'Seven of ten stopped.' };
    const figures = { students: 10, stopped: 7, auc: 0.5, calibration_error: 0.1 };
    const sis = { id: 1, user_id: null, parent_id: null, deleted: false, source_ms: null, coordinate: null };
    const intakes = [3, 4].map((id) => ({
      ...sis,
      table: 'sis_intakes' as const,
      id,
      row: { intake: id, name: `Intake ${id}` },
    }));
    const taken = { ...sis, ...one_course, table: 'sis_student_courses' as const, parent_id: course_id, row: { intake: 3 } };
    await store.commit({
      standings: [{ course_id, ...counted, ...figures } as never],
      references: [...intakes, taken].map((reference) => ({ op: 'upsert', reference: reference as ReferenceRow })),
    });
    const theirs = await store.courseSessions(one_course, { limit: 10_000 });
    const asked = async (what: string, who: string) =>
      (await asking.get(`/api/v1/courses/${course_id}${what}`, bearer(who))).json;
    const both = theirs.concat(await store.courseSessions({ user_id: given, course_id }, { limit: 10_000 }));
    expect(await asked('', 'tutor')).toMatchObject({
      activities: both.reduce((sum, { activities }) => sum + activities, 0),
      last_activity_ms: Math.max(...both.map(({ end_ms }) => end_ms)),
    });
    const [weeks, all_weeks] = [await asked('/weeks', 'tutor'), await asked('/weeks', 'site')];
    expect([weeks.standing, all_weeks.standing.stopped]).toEqual([null, 7]);
    expect((await asking.get('/api/v1/assignments', bearer('site'))).json.groups).toContain('Intake 4');
    const { groups } = (await asking.get('/api/v1/assignments', bearer('tutor'))).json;
    expect(groups.filter((name: string) => name.startsWith('Intake'))).toEqual(['Intake 3']);
  });
});
