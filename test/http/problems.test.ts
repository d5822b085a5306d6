/** What somebody is told whose request cannot be answered. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service.close());

interface Described {
  responses: Record<string, { description: string }>;
}

const SCORE = '/api/v1/predictions/score';

function expectProblem(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String), type: expect.any(String) });
  expect(answer.json.instance).toMatch(/^\//);
  expect(answer.json.instance).not.toContain('?');
}

describe('a problem', () => {
  it.each([
    ['GET', '/nope', 404],
    ['GET', '/api/v1/nope', 404],
    ['GET', '/api/v1/courses/999', 404],
    ['GET', '/api/v1/students/999/timeline', 404],
    ['GET', '/api/v1/jobs/1', 404],
    ['GET', `/api/v1/alerts/${'x'.repeat(300)}`, 404],
    ['GET', '/api/v1/alerts/%zz', 400],
    ['GET', '/api/v1/students/1e3', 400],
    ['GET', '/api/v1/students/99999999999999999999', 400],
    ['GET', '/api/v1/students/%20', 400],
    ['DELETE', '/api/v1/alerts/1', 405],
    ['PUT', '/', 405],
    ['POST', '/api/v1/summary', 405],
    ['OPTIONS', '/api/v1/summary', 405],
  ])('%s %s is answered %i', async (method, url, status) => {
    const answer = await service.ask(method, url);
    expectProblem(answer, status);
    if (status === 405) expect(answer.headers.allow).toMatch(/GET/);
  });

  it.each([
    ['a body that is no JSON', '{x', 400],
    ['a body that would change prototypes', '{"__proto__":{"a":1}}', 400],
    ['an empty body that claims to be JSON', '', 400],
    ['a list', '[]', 400],
    ['a list of things', '[{"user_id":1}]', 400],
    ['a number', '5', 400],
    ['a number as text', '{"user_id":"1"}', 400],
    ['a null for a number', '{"user_id":null}', 400],
    ['a number that is not whole', '{"user_id":1.5}', 400],
    ['a field too many', '{"user":1}', 400],
    ['a body over a mebibyte', `{"a":"${'x'.repeat(1_100_000)}"}`, 413],
  ])('%s is refused', async (_, body, status) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await service.ask('POST', SCORE, { headers, body });
    expectProblem(answer, status);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'a body of the type %s is refused',
    async (type) => {
      expectProblem(await service.ask('POST', SCORE, { headers: { 'content-type': type }, body: 'a=1' }), 415);
    },
  );

  it('has a title of its own for each status that the interface describes', async () => {
    const { paths } = (await service.get('/openapi.json')).json as { paths: Record<string, Record<string, Described>> };
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    const titles = new Map<string, string>();
    for (const { responses } of operations)
      for (const [status, { description }] of Object.entries(responses)) if (status >= '400') titles.set(status, description);
    expect(titles.get('422')).toBe('Unprocessable content');
    expect(new Set(titles.values()).size).toBe(titles.size);
  });

  it('is said by the page to whoever types an address that there is not, and by JSON to everybody else', async () => {
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const page = await service.get('/nothing', browser);
    expect([page.status, page.headers['content-type'], page.text]).toEqual([
      404,
      'text/html; charset=utf-8',
      (await service.get('/')).text,
    ]);
    const safe = ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy'];
    const known = await service.get('/', browser);
    for (const name of safe) expect([name, page.headers[name]]).toEqual([name, known.headers[name] ?? 'missing']);
    for (const answer of [
      await service.get('/nothing', { accept: '*/*' }),
      await service.get('/api/v1/nothing', browser),
      await service.get('/api/v1/courses/999', browser),
      await service.ask('POST', '/nothing', { headers: browser }),
    ])
      expectProblem(answer, 404);
  });

  it('points at each fault once, and does not repeat what was sent', async () => {
    const answer = await service.get('/api/v1/predictions?limit=5000&above=2&scored=secret&band=secret&user=1&user=2&x=1');
    expectProblem(answer, 400);
    expect(answer.json.type).toBe('urn:holdfast:problem:invalid-request');
    const faults = answer.json.errors as { pointer: string; rule: string; detail: string }[];
    expect(faults.map((f) => f.pointer).sort()).toEqual(['/above', '/band', '/limit', '/scored', '/user', '/x']);
    expect(faults.find((f) => f.pointer === '/limit')?.detail).toBe('limit must be a whole number from 1 to 1000');
    expect(answer.text).not.toContain('secret');
  });

  it.each(['2025-11-18', '2025-11-18T03:00:00', 'yesterday', '1763431200000', '2025-13-01T00:00:00Z', ''])(
    'a time without a zone, or none at all, is refused: %p',
    async (from) => {
      const answer = await service.get(`/api/v1/tables/notes?from=${encodeURIComponent(from)}`);
      expectProblem(answer, 400);
      expect(answer.json.errors).toEqual([{ pointer: '/from', rule: 'instant', detail: expect.stringContaining('zone') }]);
    },
  );

  it('a cursor that is not one of the list is refused', async () => {
    for (const path of ['predictions', 'courses', 'models', 'tables/notes', 'students/11/sessions']) {
      const answer = await service.get(`/api/v1/${path}?cursor=made-up`);
      expectProblem(answer, 400);
      expect(answer.json.errors[0].pointer).toBe('/cursor');
    }
  });

  it('a failure inside is told by a reference that the log has too, and by nothing else', async () => {
    service.parts.views.failure = new Error('SQLITE_CORRUPT near "Amara Okafor"');
    const answer = await service.get('/api/v1/summary');
    service.parts.views.failure = null;
    expectProblem(answer, 500);
    expect(answer.text).not.toMatch(/SQLITE|Amara|stack|\.ts/);
    const entry = service.parts.log.entries.at(-1);
    expect(answer.json.reference).toMatch(/^[0-9a-f]{8}$/);
    expect(entry?.fields['event.reference']).toBe(answer.json.reference);
    expect(entry?.fields['http.route']).toBe('/api/v1/summary');
  });

  it('the log of a failure names the route, not the person in the address', async () => {
    service.parts.views.prediction = async () => {
      throw new Error('broken');
    };
    await service.get('/api/v1/predictions/4711/2');
    expect(JSON.stringify(service.parts.log.entries.at(-1)?.fields)).not.toContain('4711');
  });

  it('a format that is not offered is refused with those that are', async () => {
    const answer = await service.get('/api/v1/alerts', { accept: 'image/png' });
    expectProblem(answer, 406);
    expect(answer.json.detail).toContain('text/csv');
  });
});
