/** Nobody is shown anything about a person without a record of it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Document, Documented, filled } from './documented.js';
import { Launcher } from './launcher.js';
import { ADDRESS, HOST } from './platform.js';
import { Service } from './service.js';

const PARAMETERS = { courseId: '2', userId: '11', alertId: '0000000000000011', version: '2025-11-01b', name: 'notes' };

let service: Service;
beforeEach(async () => {
  service = await Service.start();
});
afterEach(() => service.close());

const rows = () => service.parts.record.rows;

describe('who looks at a student', () => {
  it('is on record, by route and viewer, and can be read again', async () => {
    await service.get('/api/v1/students/11');
    await service.get('/api/v1/students/11/timeline');
    const answer = await service.get('/api/v1/students/11/views');
    expect(answer.status).toBe(200);
    const seen = answer.json.views.map((view: { what: string; viewer: string }) => `${view.viewer} ${view.what}`);
    expect(seen).toContain('local students/:userId');
    expect(seen).toContain('local students/:userId/timeline');
  });

  it('is on record once in a quarter of an hour, however often a page renews itself', async () => {
    for (let i = 0; i < 5; i += 1) await service.get('/api/v1/students/11');
    expect(rows().filter((row) => row.what === 'students/:userId' && row.course_id === 2)).toHaveLength(1);
  });

  it('is on record by number: two whom Moodle calls the same are two, in what they looked at and in what they changed', async () => {
    const launcher = await Launcher.start();
    const { record } = launcher.service.parts;
    const { actors } = launcher.service.parts.pipeline;
    for (const sub of ['501', '502']) {
      const cookie = await launcher.session({ sub, name: 'Tina Teacher' });
      await launcher.ask('GET', '/api/v1/students/11', cookie);
      const headers = { host: HOST, origin: ADDRESS, cookie, 'if-match': '*' };
      await launcher.service.ask('PATCH', '/api/v1/alerts/0000000000000011', { headers, body: { note: `by ${sub}` } });
    }
    await launcher.close();
    const looked = record.rows.filter((row) => row.what === 'students/:userId');
    const who = looked.map(({ viewer, by_user_id }) => `${viewer} ${by_user_id}`);
    expect([...new Set(who)]).toEqual(['Tina Teacher 501', 'Tina Teacher 502']);
    expect(actors).toEqual([501, 502].map((by_user_id) => ({ by: 'Tina Teacher', by_user_id })));
  });

  it('is on record for each person of a list, with how many it showed, and not with what was searched for', async () => {
    await service.get('/api/v1/predictions?text=okafor&order=name');
    expect(rows().length).toBeGreaterThan(0);
    expect(rows().map((row) => row.what)).toEqual(rows().map(() => 'predictions'));
    expect(JSON.stringify(rows())).not.toMatch(/okafor/i);
  });

  it('is on record for files too: a page as CSV, and a whole table as a stream', async () => {
    await service.get('/api/v1/alerts', { accept: 'text/csv' });
    expect(new Set(rows().map((row) => row.what))).toEqual(new Set(['alerts (csv)']));
    expect(new Set(rows().map((row) => row.user_id)).size).toBeGreaterThan(1);
  });

  it('sees nothing where the record cannot be written', async () => {
    service.parts.record.away = true;
    for (const [path, accept] of [
      ['students/11', 'application/json'],
      ['predictions', 'text/csv'],
      ['alerts/0000000000000011', 'application/json'],
    ] as const) {
      const answer = await service.get(`/api/v1/${path}`, { accept });
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
      expect(answer.text).not.toMatch(/Okafor|user_id/);
    }
    expect((await service.get('/api/v1/summary')).status).toBe(200);
  });

  it('and changes an alert that changed meanwhile is shown it on record, and not at all where nothing can be recorded', async () => {
    const late = () =>
      service.ask('PATCH', '/api/v1/alerts/0000000000000011', { headers: { 'if-match': '"99"' }, body: { note: 'rang' } });
    const answer = await late();
    expect([answer.status, answer.json.alert.person.user_id]).toEqual([412, 11]);
    expect(rows()).toMatchObject([{ user_id: 11, what: 'alerts/:alertId', viewer: 'local' }]);
    await service.close();
    service = await Service.start();
    service.parts.record.away = true;
    const unrecorded = await late();
    expect([unrecorded.status, /user_id|Okafor/.test(unrecorded.text)]).toEqual([503, false]);
  });

  it('every change whose answer names people leaves a record, also where it is refused', async () => {
    const document: Document = (await service.get('/openapi.json')).json;
    let named = 0;
    for (const { key, method, path } of new Documented(document).operations()) {
      if (method === 'GET' || !path.startsWith('/api/v1/')) continue;
      for (const if_match of ['*', '"99"']) {
        const body = path === '/api/v1/alerts/{alertId}' ? { note: 'rang' } : {};
        const ask = (of: Service) => of.ask(method, filled(path, PARAMETERS), { headers: { 'if-match': if_match }, body });
        if (!/"user_id":/.test((await ask(service)).text)) continue;
        // On a record that does not know them yet.
        const fresh = await Service.start();
        const { status } = await ask(fresh);
        expect([key, status, fresh.parts.record.rows.length > 0]).toEqual([key, status, true]);
        await fresh.close();
        named += 1;
      }
    }
    expect(named).toBeGreaterThan(1);
  });

  it('every route whose answer names people leaves a record', async () => {
    const document: Document = (await service.get('/openapi.json')).json;
    for (const { key, method, path } of new Documented(document).operations()) {
      if (method !== 'GET' || !path.startsWith('/api/v1/')) continue;
      service.parts.record.rows = [];
      const fresh = await Service.start();
      const answer = await fresh.get(filled(path, PARAMETERS));
      const named = /"user_id":/.test(answer.text) || path.includes('{userId}');
      expect([key, fresh.parts.record.rows.length > 0]).toEqual([key, named]);
      await fresh.close();
    }
  });
});
