/** The OpenAPI document is what integrators hold on to: every route is in it, and every answer is as it says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Document, Documented, filled, type Operation } from './documented.js';
import { NOW_MS } from './fakes.js';
import { type Asked, Service } from './service.js';

/** What stands for a parameter of a path, known to the fakes. */
const PARAMETERS: Record<string, string> = {
  courseId: '2',
  userId: '11',
  alertId: '0000000000000011',
  version: '2025-11-01b',
  name: 'notes',
};
const UNKNOWN: Record<string, string> = {
  courseId: '999',
  userId: '999',
  alertId: 'ffffffffffffffff',
  version: 'none',
  name: 'none',
};
const BODIES: Record<string, Asked> = {
  'POST /api/v1/alerts': { body: { user_id: -1, course_id: 2 } },
  'PATCH /api/v1/alerts/{alertId}': { headers: { 'if-match': '*' }, body: { note: 'rang' } },
  'POST /api/v1/predictions/score': { body: { course_id: 2 } },
  'POST /api/v1/students/{userId}/erase': { body: { confirm: 11 } },
  'POST /api/v1/models/retrain': { body: { seed: 7 } },
  'POST /api/v1/thresholds/simulate': { body: { threshold: 0.5 } },
  'POST /api/v1/trial': { body: { weeks: 10 } },
  'POST /api/v1/clicks': { body: [{ userid: 7, _time: NOW_MS }, 'no record'] },
  'POST /api/v1/events': { body: { date: '2025-11-20T09:00:00Z', eventName: 'purchase' } },
  'POST /api/v1/users': { body: { user_id: 7, username: 'ann' } },
  'POST /api/v1/session': { body: { key: 'hf_none' } },
  'POST /api/v1/codes': { body: { code: 404, definition: 'Page not found' } },
};
/** The page and its files are no interface: people and browsers read them. */
const PAGE = /^\/(docs(\/.*)?|(vendor\/)?[a-z-]+(\.[a-z]{2})?\.(js|css|svg)|(?!healthz|readyz|metrics)[a-z-]+(\/:\w+)?)?$/;

/** 202 where something is taken in, 201 where something is made; else 200. */
const successOf = ({ responses }: Operation) => (responses[202] ? 202 : responses[201] ? 201 : 200);

let service: Service;
let document: Document;
let documented: Documented;

beforeAll(async () => {
  service = await Service.start();
  document = (await service.get('/openapi.json')).json;
  documented = new Documented(document);
});
afterAll(() => service.close());
beforeEach(() => {
  service.parts.views.failure = null;
  service.parts.views.reset();
});

describe('the OpenAPI document', () => {
  it('is a 3.1 document whose schemas are sound', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const name of Object.keys(document.components.schemas)) {
      expect(() => documented.ajv.compile({ $ref: `api#/components/schemas/${name}` })).not.toThrow();
    }
  });

  it('names every route that the service has, and no other', () => {
    const served = service.http.routes
      .all()
      .filter(({ method, url }) => method !== 'HEAD' && !PAGE.test(url))
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
    const named = documented.operations().map(({ key }) => key);
    expect([...new Set(served)].sort()).toEqual([...named].sort());
  });

  it('gives every operation a name of its own and a sentence', () => {
    const ids = documented.operations().map(({ operation }) => (operation as { operationId?: string }).operationId);
    expect(new Set(ids).size).toBe(documented.operations().length);
    for (const { operation } of documented.operations()) expect((operation as { summary?: string }).summary).toMatch(/\.$/);
  });

  it('tells the truth about every answer: JSON', async () => {
    for (const { key, method, path, operation } of documented.operations()) {
      const answer = await service.ask(method, filled(path, PARAMETERS), BODIES[key] ?? {});
      expect({ key, status: answer.status }).toEqual({ key, status: successOf(operation) });
      documented.expectDocumented(operation, answer, key);
    }
  });

  it('tells the truth about every text format it offers', async () => {
    for (const { key, path, operation } of documented.operations()) {
      for (const type of Object.keys(operation.responses[200]?.content ?? {})) {
        if (!/csv|ndjson/.test(type)) continue;
        const answer = await service.get(filled(path, PARAMETERS), { accept: type });
        expect({ key, status: answer.status, type: answer.headers['content-type']?.split(';')[0] }).toEqual({
          key,
          status: 200,
          type,
        });
        documented.expectDocumented(operation, answer, key);
      }
    }
  });

  it('tells the truth about what is not there', async () => {
    for (const { key, method, path, operation } of documented.operations().filter((one) => one.path.includes('{'))) {
      const answer = await service.ask(method, filled(path, UNKNOWN), BODIES[key] ?? {});
      expect({ key, status: answer.status }).toEqual({ key, status: 404 });
      documented.expectDocumented(operation, answer, key);
    }
  });

  it('tells the truth about parameters that are wrong or unknown', async () => {
    for (const { key, method, path, operation } of documented.operations()) {
      const is_list = operation.responses[200]?.content?.['text/csv'] !== undefined;
      if (!is_list) continue;
      const answer = await service.ask(method, `${filled(path, PARAMETERS)}?limit=0&surprise=1`);
      expect({ key, status: answer.status }).toEqual({ key, status: 400 });
      documented.expectDocumented(operation, answer, key);
      expect(answer.json.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual(['/limit', '/surprise']);
    }
  });

  it('accepts every query parameter that it names', async () => {
    const values: Record<string, string> = {
      days: '100',
      limit: '5',
      course: '2',
      user: '-1',
      above: '0.5',
      band: 'very high',
      scored: 'true',
      assigned: 'false',
      contacted: 'true',
      one_each: 'true',
      alert: 'none,open',
      text: 'chen',
      trend: 'true',
      panels: 'clicks',
      minutes: '60',
      weeks: '10',
      state: 'open,acknowledged',
      assignee: 'local',
      tutor: '5',
      group: 'Lab B',
      from: '2025-11-18T03:00:00+01:00',
      to: '2025-11-19T03:00:00Z',
    };
    for (const { key, path, operation } of documented.operations()) {
      const status = successOf(operation);
      const named = (operation.parameters ?? []).filter((p) => p.in === 'query' && p.name !== 'cursor');
      const given: Record<string, string> = { ...values, order: key.endsWith('/sessions') ? 'newest' : 'name' };
      const query = named.map((p) => `${p.name}=${encodeURIComponent(given[p.name] ?? 'no value in the test')}`).join('&');
      const answer = await service.ask(key.split(' ')[0] as string, `${filled(path, PARAMETERS)}?${query}`, BODIES[key] ?? {});
      expect({ key, query, status: answer.status }).toEqual({ key, query, status });
    }
    const asked = service.parts.tables.asked.at(-1);
    expect(asked).toEqual({ course_id: 2, user_id: -1, from_ms: Date.UTC(2025, 10, 18, 2), to_ms: Date.UTC(2025, 10, 19, 3) });
  });

  it('describes the bodies that may be sent', () => {
    const validate = documented.validator({ $ref: '#/components/schemas/AlertPatch' });
    expect(validate({ state: 'resolved', outcome: 'contacted', note: 'rang', assignee: null, muted_until_ms: NOW_MS })).toBe(
      true,
    );
    expect(validate({ state: 'expired' })).toBe(false);
  });
});
