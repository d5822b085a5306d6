/** A student of a whole site, launched from Moodle: what they see of themselves, what they say, and what comes of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Daily } from '../../src/app/daily.js';
import { RETENTION } from '../../src/person-tables.js';
import { StudentVoice } from '../../src/pipeline/student-voice.js';
import { named } from '../../src/ports.js';
import type { OwnViewSettings } from '../../src/reading/own-view.js';
import { Launcher } from '../http/launcher.js';
import { claim, HOST, MEMBERSHIP } from '../http/platform.js';
import { HISTORY, openSite, replay, type Site, WEEKLY } from './site.js';

const DAY_MS = 86_400_000;
const settings: OwnViewSettings = { scores: false, opt_out: false };
let wall_ms = Date.UTC(2026, 0, 5);
let site: Site;
let launcher: Launcher;
let voice: StudentVoice;
let student: { user_id: number; course_id: number };
let mine: string;
let tutors: string;

const role = (word: string) => ({
  [claim('roles')]: [`${MEMBERSHIP}#${word}`],
  [claim('context')]: { id: String(student.course_id) },
});
const me = async () => (await launcher.ask('GET', '/api/v1/me', mine)).json;
const say = (kind: unknown, text: unknown) => launcher.ask('POST', '/api/v1/me/statements', mine, { kind, text });
const statements = async () => (await launcher.ask('GET', `/api/v1/students/${student.user_id}/statements`, tutors)).json.items;

beforeAll(async () => {
  site = await openSite(WEEKLY);
  await replay(site.service, site.config, [HISTORY]);
  const { views, store, pipeline } = site.service;
  student = (await views.predictions({ scored: true, alert: ['open'] }, null, 1)).items[0]!;
  voice = new StudentVoice(store, pipeline, () => wall_ms);
  launcher = await Launcher.start({
    views,
    limited: site.service.limited,
    seen: site.service.seen,
    me: { voice, seen: site.service.seen, settings },
  });
  mine = await launcher.session({ sub: String(student.user_id), name: 'S', ...role('Learner') });
  tutors = await launcher.session({ sub: '9001', name: 'Tina', ...role('Instructor') });
});
afterAll(async () => {
  await launcher.close();
  await site.service.close();
});

describe('the own view', () => {
  it('tells the facts that staff see, in that course alone, without the score', async () => {
    const { views } = site.service;
    const row = (await views.prediction(student.user_id, student.course_id))!;
    const own = await me();
    expect(own).toMatchObject({
      person: row.person,
      course: { course_id: student.course_id },
      state: 'active',
      last_active_ms: row.last_active_ms,
      scored: true,
      score: null,
      reasons: row.score!.reasons.map(({ feature, value, beside, text }) => ({ feature, value, beside, text })),
      alert: { state: 'open', opened_ms: row.alert!.opened_ms },
      opted_out: false,
      may_change_opt_out: false,
    });
    expect(own.days.length).toBeGreaterThan(0);
    for (const day of own.days) expect(day.course_id).toBe(student.course_id);
    expect(JSON.stringify(own)).not.toContain(String(row.score!.score));
  });

  it('tells the score where the site shows it', async () => {
    settings.scores = true;
    const { score } = (await site.service.views.prediction(student.user_id, student.course_id))!;
    expect((await me()).score).toEqual({ score: score!.score, band: score!.band });
    settings.scores = false;
  });

  it('tells who did something with an alert of theirs', async () => {
    const { alert } = (await site.service.views.prediction(student.user_id, student.course_id))!;
    await site.service.pipeline.changeAlert(
      alert!.alert_id,
      null,
      { state: 'acknowledged', note: 'private words' },
      named('Ana'),
    );
    const own = await me();
    expect(own.looked).toMatchObject([{ by: 'Ana', what: 'alert' }]);
    expect(JSON.stringify(own)).not.toContain('private words');
  });

  it('tells who was shown what is known of them, however often the student looks themselves or staff of other courses do', async () => {
    await launcher.ask('GET', `/api/v1/students/${student.user_id}/timeline`, tutors);
    const { seen } = site.service;
    const others = Array.from({ length: 120 }, (_, i) => ({ name: `Other ${i}`, kind: 'staff' as const, user_id: i }));
    for (const other of others) await seen.record(other, 'predictions', [{ user_id: student.user_id, course_id: 99 }]);
    for (let i = 0; i < 120; i++)
      await seen.record({ name: 'S', kind: 'student', user_id: student.user_id }, `me ${i}`, [
        { user_id: student.user_id, course_id: student.course_id },
      ]);
    const { looked } = await me();
    expect(looked).toContainEqual({ by: 'Tina', by_user_id: 9001, at_ms: expect.any(Number), what: 'view' });
    expect(looked.filter(({ by }: { by: string }) => by !== 'Tina' && by !== 'Ana')).toEqual([]);
  });

  it('is of students only', async () => {
    for (const cookie of [tutors, null]) expect([401, 403]).toContain((await launcher.ask('GET', '/api/v1/me', cookie)).status);
    expect((await launcher.service.get('/api/v1/me')).status).toBe(403);
  });

  it('is all that a student reaches, on every route', async () => {
    const own = [
      'GET /me',
      'GET /api/v1/me',
      'POST /api/v1/me/statements',
      'POST /api/v1/me/opt-out',
      'GET /healthz',
      'GET /api/v1/session',
      'DELETE /api/v1/session',
    ];
    const free = (key: string) =>
      own.includes(key) || / \/lti\//.test(key) || /^GET \/(vendor\/)?[a-z-]+(\.[a-z]{2})?\.(js|css|svg)$/.test(key);
    let walked = 0;
    for (const { method, url } of launcher.service.http.routes.all()) {
      if (free(`${method.replace('HEAD', 'GET')} ${url}`)) continue;
      const path = url.replace(':courseId', String(student.course_id)).replace(/:\w+/g, String(student.user_id));
      const answer = await launcher.ask(method, path, mine, method === 'GET' || method === 'HEAD' ? undefined : {});
      expect({ method, url, status: answer.status }).toEqual({ method, url, status: 403 });
      walked++;
    }
    expect(walked).toBeGreaterThan(50);
  });
});

describe('what a student says', () => {
  it('reaches the tutor as it was written, and the student sees who read it', async () => {
    const text = 'I was in hospital <b>until</b> Monday.\n=1+1';
    expect((await say('circumstances', ` ${text} `)).status).toBe(200);
    const [said] = await statements();
    expect(said).toMatchObject({ kind: 'circumstances', text, seen: null, course_id: student.course_id });
    wall_ms += 1000;
    expect((await launcher.ask('POST', `/api/v1/statements/${said.statement_id}/seen`, tutors)).json.seen).toEqual({
      by: 'Tina',
      by_user_id: 9001,
      at_ms: wall_ms,
    });
    const own = await me();
    expect(own.statements).toMatchObject([{ text, seen: { by: 'Tina' } }]);
    expect(own.looked).toContainEqual({ by: 'Tina', by_user_id: 9001, at_ms: wall_ms, what: 'statement' });
  });

  it('is not seen by the staff of another course', async () => {
    const [said] = await statements();
    const other = await launcher.session({ sub: '9002', ...role('Instructor'), [claim('context')]: { id: '99' } });
    expect((await launcher.ask('GET', `/api/v1/students/${student.user_id}/statements`, other)).status).toBe(404);
    expect((await launcher.ask('POST', `/api/v1/statements/${said.statement_id}/seen`, other)).status).toBe(404);
  });

  it.each([
    ['joke', 'x'],
    ['wrong', ''],
    ['wrong', 'x'.repeat(2001)],
    ['wrong', { a: 1 }],
    [null, 'x'],
  ])('of the kind %p is refused where it is no sentence', async (kind, text) => {
    expect((await say(kind, text)).status).toBe(400);
  });

  it('needs no words to ask for help, and has an end', async () => {
    expect((await say('help', '')).status).toBe(200);
    // It is seen where tutors look first, before what others wrote, and by nobody of another course.
    const rows = async (cookie: string) =>
      (await launcher.ask('GET', `/api/v1/predictions?user=${student.user_id}`, cookie)).json.items;
    expect(await rows(tutors)).toMatchObject([{ unread: 'help' }]);
    const waiting = async (cookie: string) => (await launcher.ask('GET', '/api/v1/statements', cookie)).json.items;
    expect(await waiting(tutors)).toMatchObject([{ kind: 'help', person: { user_id: student.user_id } }]);
    const other = await launcher.session({ sub: '9002', ...role('Instructor'), [claim('context')]: { id: '99' } });
    expect(await waiting(other)).toEqual([]);
    expect((await launcher.ask('GET', '/api/v1/statements', mine)).status).toBe(403);
    let status = 200;
    for (let i = 0; i < 60 && status === 200; i++) status = (await say('wrong', `sentence ${i}`)).status;
    expect(status).toBe(409);
  });

  it('is gone after 400 days, its words also from the store', async () => {
    wall_ms += 401 * DAY_MS;
    expect(await statements()).toEqual([]);
    const log = { info: () => undefined, warn: () => undefined } as never;
    const settings = { retention: RETENTION, erase_deleted: false };
    await new Daily(settings, site.service, 'one', log, () => wall_ms).look();
    expect(JSON.stringify(await site.service.store.references('sis_student_statements'))).not.toContain('hospital');
    await say('help', 'new');
    expect(await statements()).toHaveLength(1);
  });

  it('cannot be sent by another site in the student’s name', async () => {
    const headers = { host: HOST, cookie: mine, origin: 'https://moodle.example.org', 'content-type': 'application/json' };
    expect(
      (await launcher.service.ask('POST', '/api/v1/me/statements', { headers, body: { kind: 'help', text: '' } })).status,
    ).toBe(403);
  });
});

describe('opting out', () => {
  it('is refused where the site does not allow it', async () => {
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: true })).status).toBe(403);
    expect((await me()).opted_out).toBe(false);
  });

  it('takes the student out of scores, lists and alerts at once, and can be taken back', async () => {
    settings.opt_out = true;
    const { views } = site.service;
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: 'yes' })).status).toBe(400);
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: true })).status).toBe(200);
    expect((await views.predictions({ user_id: student.user_id }, null, 10)).items).toEqual([]);
    expect((await views.alerts({ user_id: student.user_id }, null, 10)).items).toEqual([]);
    expect(await me()).toMatchObject({ opted_out: true, may_change_opt_out: true, scored: false, reasons: [], alert: null });
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: false })).status).toBe(200);
    expect(await me()).toMatchObject({ opted_out: false, scored: true });
  });

  it('silences nobody: staff of the course read a call for help although they are shown nothing else', async () => {
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: true })).status).toBe(200);
    wall_ms += 1_000;
    expect((await say('help', 'please call')).status).toBe(200);
    expect((await launcher.ask('GET', `/api/v1/students/${student.user_id}`, tutors)).status).toBe(404);
    const [said] = await statements();
    expect(said).toMatchObject({ kind: 'help', text: 'please call', seen: null });
    const waiting = async () => (await launcher.ask('GET', '/api/v1/statements', tutors)).json.items;
    const ids = async () => (await waiting()).map(({ statement_id }: { statement_id: number }) => statement_id);
    expect(await ids()).toContain(said.statement_id);
    const other = await launcher.session({ sub: '9002', ...role('Instructor'), [claim('context')]: { id: '99' } });
    expect((await launcher.ask('GET', `/api/v1/students/${student.user_id}/statements`, other)).status).toBe(404);
    expect((await launcher.ask('POST', `/api/v1/statements/${said.statement_id}/seen`, tutors)).json.seen.by).toBe('Tina');
    expect(await ids()).not.toContain(said.statement_id);
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: false })).status).toBe(200);
  });

  it('that the institution told cannot be taken back by the student', async () => {
    const reference = {
      table: 'sis_opt_outs',
      id: 7,
      user_id: student.user_id,
      parent_id: null,
      deleted: false,
      row: {},
      source_ms: null,
      coordinate: null,
    } as const;
    await site.service.store.commit({ references: [{ op: 'upsert', reference }] });
    expect((await launcher.ask('POST', '/api/v1/me/opt-out', mine, { opted_out: false })).status).toBe(409);
    expect(await me()).toMatchObject({ opted_out: true, may_change_opt_out: false });
  });
});
