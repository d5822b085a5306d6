/** Two people at one alert: nobody's work is lost without a word. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { revisionsIn } from '../../src/http/etag.js';
import { NOW_MS } from './fakes.js';
import { Service } from './service.js';

const OPEN = '/api/v1/alerts/0000000000000012';
let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service.close());
beforeEach(() => {
  service.parts.views.reset();
  service.parts.pipeline.asked = [];
});

function change(body: unknown, if_match?: string, url = OPEN) {
  return service.ask('PATCH', url, { headers: if_match === undefined ? {} : { 'if-match': if_match }, body });
}

describe('an alert', () => {
  it('is taken by who knows its revision, and has a new one then', async () => {
    const before = await service.get(OPEN);
    expect(before.headers.etag).toBe('"1"');
    const after = await change({ state: 'acknowledged', assignee: 'R. Mwangi' }, before.headers.etag);
    expect(after.status).toBe(200);
    expect(after.headers.etag).toBe('"2"');
    expect(after.json).toMatchObject({ state: 'acknowledged', assignee: 'R. Mwangi', revision: 2, person: { user_id: 12 } });
    expect(service.parts.pipeline.asked).toEqual([
      { alert_id: '0000000000000012', revision: 1, patch: { state: 'acknowledged', assignee: 'R. Mwangi' }, actor: 'local' },
    ]);
  });

  it('is not changed by who does not say what they saw', async () => {
    const answer = await change({ state: 'acknowledged' });
    expect(answer.status).toBe(428);
    expect(service.parts.pipeline.asked).toEqual([]);
  });

  it('that changed meanwhile is shown as it is now, to whom came second', async () => {
    await change({ state: 'acknowledged', assignee: 'Jonas Feld' }, '"1"');
    const second = await change({ assignee: 'R. Mwangi' }, '"1"');
    expect(second.status).toBe(412);
    expect(second.headers.etag).toBe('"2"');
    expect(second.json).toMatchObject({
      type: 'urn:holdfast:problem:stale-alert',
      alert: { assignee: 'Jonas Feld', state: 'acknowledged', revision: 2 },
    });
  });

  it.each([
    ['"1", "9"', 200],
    ['*', 200],
    ['W/"1"', 412],
    ['"x"', 412],
    ['1', 412],
    ['"8", "9"', 412],
  ])('with If-Match %s is answered %i', async (if_match, status) => {
    expect((await change({ note: 'rang' }, if_match)).status).toBe(status);
  });

  it('is not moved where its state does not lead', async () => {
    expect((await change({ state: 'resolved' }, '*')).status).toBe(409);
    expect((await change({ state: 'resolved', outcome: 'contacted' }, '*')).status).toBe(200);
    const again = await change({ state: 'acknowledged' }, '*');
    expect(again.status).toBe(409);
    expect(again.json.type).toBe('urn:holdfast:problem:illegal-transition');
    expect((await change({ state: 'open' }, '*')).status).toBe(409);
  });

  it.each([
    [{}, ''],
    [{ state: 'expired' }, '/state'],
    [{ state: null }, '/state'],
    [{ outcome: 'recovered' }, '/outcome'],
    [{ assignee: '' }, '/assignee'],
    [{ assignee: 'x'.repeat(201) }, '/assignee'],
    [{ assignee: 5 }, '/assignee'],
    [{ muted_until_ms: 1.5 }, '/muted_until_ms'],
    [{ muted_until_ms: '2026-01-01' }, '/muted_until_ms'],
    [{ note: 'x'.repeat(2001) }, '/note'],
    [{ score: 0.1 }, '/score'],
    [{ 'a/b~c': 1 }, '/a~1b~0c'],
  ])('is not changed by a faulty body: %j', async (body, pointer) => {
    const answer = await change(body, '*');
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((e: { pointer: string }) => e.pointer)).toEqual([pointer]);
    expect(service.parts.pipeline.asked).toEqual([]);
  });

  it('is not changed by a body that is null', async () => {
    expect((await change('null', '*')).status).toBe(400);
  });

  it('is given back and unmuted with null', async () => {
    expect((await change({ assignee: null, muted_until_ms: null, note: null }, '*')).status).toBe(200);
    expect((await change({ muted_until_ms: NOW_MS }, '*')).json.muted_until_ms).toBe(NOW_MS);
  });

  it('that is none is not found, whatever is asked of it', async () => {
    for (const if_match of ['*', '"1"', '"1", "2"', '"x"']) {
      expect((await change({ note: 'x' }, if_match, '/api/v1/alerts/none')).status).toBe(404);
    }
  });
});

describe('If-Match', () => {
  it('names revisions by strong tags only', () => {
    expect(revisionsIn('"3"')).toEqual([3]);
    expect(revisionsIn(' "3" , "4"')).toEqual([3, 4]);
    expect(revisionsIn('*')).toBe('any');
    expect(revisionsIn('W/"3", "x", 3, ""')).toEqual([]);
  });
});

describe('a model', () => {
  it('becomes the champion, unless the shelf refuses it with a reason', async () => {
    const promoted = await service.ask('POST', '/api/v1/models/2025-11-01b/promote');
    expect(promoted.json).toMatchObject({ version: '2025-11-01b', champion: true });
    const refused = await service.ask('POST', '/api/v1/models/misfit/promote');
    expect(refused.status).toBe(409);
    expect(refused.json.detail).toBe('The model knows other features: train it again.');
  });
});

describe('a case that a person opens', () => {
  const open = (body: object) => service.ask('POST', '/api/v1/alerts', { body });

  it('is answered with the alert and its ETag, in the name of who asks', async () => {
    const answer = await open({ user_id: -1, course_id: 2, note: 'asked in the lab' });
    expect([answer.status, answer.headers.etag]).toEqual([201, '"1"']);
    expect(answer.json).toMatchObject({ state: 'acknowledged', opened_by: 'local', assignee: 'local', person: { user_id: -1 } });
    expect(service.parts.pipeline.asked).toEqual([{ user_id: -1, course_id: 2, note: 'asked in the lab', actor: 'local' }]);
  });

  it('is refused where one waits already, which is named', async () => {
    const answer = await open({ user_id: 12, course_id: 3 });
    expect([answer.status, answer.json.type]).toEqual([409, 'urn:holdfast:problem:alert-waits']);
    expect(answer.json.detail).toContain('0000000000000012');
    expect(answer.json.alert).toMatchObject({ alert_id: '0000000000000012', state: 'open', person: { user_id: 12 } });
  });

  it.each([
    ['nobody who is shown', { user_id: 12, course_id: 2 }, 404],
    ['somebody without a score', { user_id: 14, course_id: 3 }, 422],
    ['no student', { course_id: 3 }, 400],
    ['what it is not for', { user_id: 12, course_id: 3, state: 'open' }, 400],
  ])('is refused about %s', async (_, body, status) => {
    expect((await open(body)).status).toBe(status);
    expect(service.parts.pipeline.asked).toEqual([]);
  });
});
