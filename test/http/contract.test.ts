/** The OpenAPI document is what integrators hold on to: every route is in it, and every answer is as it says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { NOW_MS } from './fakes.js';
import { type Answer, type Asked, Service } from './service.js';

type Node = { [key: string]: unknown };
interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { content?: Record<string, { schema: Node }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Node> };
}

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
  'PATCH /api/v1/alerts/{alertId}': { headers: { 'if-match': '*' }, body: { note: 'rang' } },
  'POST /api/v1/predictions/score': { body: { course_id: 2 } },
};
/** The page and its files are no interface: people and browsers read them. */
const PAGE = /^\/(docs(\/.*)?|[a-z-]+(\.[a-z]{2})?\.(js|css|svg))?$/;

let service: Service;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  service = await Service.start();
  document = (await service.get('/openapi.json')).json;
  ajv = new Ajv2020({ strict: false, allErrors: true, formats: { date: /^\d{4}-\d\d-\d\d$/, 'date-time': true } });
  ajv.addSchema(closed({ $id: 'api', components: document.components }));
});
afterAll(() => service.close());
beforeEach(() => {
  service.parts.views.failure = null;
});

/** A copy in which an object may only have the properties it names: an answer with more would be undocumented. */
function closed(node: unknown): Node {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, copy(inner)]);
    const object = Object.fromEntries(entries) as Node;
    const is_closed = object.properties !== undefined && object.additionalProperties === undefined;
    return is_closed ? { ...object, additionalProperties: false } : object;
  };
  const result = copy(node) as Node;
  const components = result.components as { schemas: Record<string, Node> } | undefined;
  // RFC 9457 lets a problem say more; clients ignore what they do not know.
  if (components) components.schemas.Problem = { ...components.schemas.Problem, additionalProperties: true };
  return result;
}

function validator(schema: Node): ValidateFunction {
  const absolute = JSON.parse(JSON.stringify(closed(schema)).replaceAll('#/components', 'api#/components'));
  return ajv.compile(absolute);
}

function operations(): { key: string; method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      return { key: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation };
    }),
  );
}

function filled(path: string, values: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `missing-${name}`);
}

/** Status and content type are in the document for this operation, and the body is as its schema there says. */
function expectDocumented(operation: Operation, answer: Answer, what: string): void {
  const type = String(answer.headers['content-type']).split(';')[0] as string;
  const response = operation.responses[answer.status];
  expect({ what, status: answer.status, documented: response !== undefined }).toMatchObject({ documented: true });
  const media = response?.content?.[type];
  expect({ what, type, documented: media !== undefined }).toMatchObject({ documented: true });
  if (!/json$/.test(type) || type === 'application/x-ndjson' || !media) return;
  const validate = validator(media.schema);
  const is_valid = validate(answer.json);
  expect({ what, errors: is_valid ? [] : validate.errors }).toEqual({ what, errors: [] });
}

describe('the OpenAPI document', () => {
  it('is a 3.1 document whose schemas are sound', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const name of Object.keys(document.components.schemas)) {
      expect(() => ajv.compile({ $ref: `api#/components/schemas/${name}` })).not.toThrow();
    }
  });

  it('names every route that the service has, and no other', () => {
    const served = service.http.routes
      .all()
      .filter(({ method, url }) => method !== 'HEAD' && !PAGE.test(url))
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
    const named = operations().map(({ key }) => key);
    expect([...new Set(served)].sort()).toEqual([...named].sort());
  });

  it('gives every operation a name of its own and a sentence', () => {
    const ids = operations().map(({ operation }) => (operation as { operationId?: string }).operationId);
    expect(new Set(ids).size).toBe(operations().length);
    for (const { operation } of operations()) expect((operation as { summary?: string }).summary).toMatch(/\.$/);
  });

  it('tells the truth about every answer: JSON', async () => {
    for (const { key, method, path, operation } of operations()) {
      const answer = await service.ask(method, filled(path, PARAMETERS), BODIES[key] ?? {});
      expect({ key, status: answer.status }).toEqual({ key, status: 200 });
      expectDocumented(operation, answer, key);
    }
  });

  it('tells the truth about every text format it offers', async () => {
    for (const { key, path, operation } of operations()) {
      for (const type of Object.keys(operation.responses[200]?.content ?? {})) {
        if (!/csv|ndjson/.test(type)) continue;
        const answer = await service.get(filled(path, PARAMETERS), { accept: type });
        expect({ key, status: answer.status, type: answer.headers['content-type']?.split(';')[0] }).toEqual({
          key,
          status: 200,
          type,
        });
        expectDocumented(operation, answer, key);
      }
    }
  });

  it('tells the truth about what is not there', async () => {
    for (const { key, method, path, operation } of operations().filter((one) => one.path.includes('{'))) {
      const answer = await service.ask(method, filled(path, UNKNOWN), BODIES[key] ?? {});
      expect({ key, status: answer.status }).toEqual({ key, status: 404 });
      expectDocumented(operation, answer, key);
    }
  });

  it('tells the truth about parameters that are wrong or unknown', async () => {
    for (const { key, method, path, operation } of operations()) {
      const is_list = operation.responses[200]?.content?.['text/csv'] !== undefined;
      if (!is_list) continue;
      const answer = await service.ask(method, `${filled(path, PARAMETERS)}?limit=0&surprise=1`);
      expect({ key, status: answer.status }).toEqual({ key, status: 400 });
      expectDocumented(operation, answer, key);
      expect(answer.json.errors.map((e: { pointer: string }) => e.pointer).sort()).toEqual(['/limit', '/surprise']);
    }
  });

  it('accepts every query parameter that it names', async () => {
    const values: Record<string, string> = {
      limit: '5',
      course: '2',
      user: '-1',
      above: '0.5',
      band: 'very high',
      scored: 'true',
      state: 'open,acknowledged',
      assignee: 'local',
      from: '2025-11-18T03:00:00+01:00',
      to: '2025-11-19T03:00:00Z',
    };
    for (const { key, path, operation } of operations()) {
      const named = (operation.parameters ?? []).filter((p) => p.in === 'query' && p.name !== 'cursor');
      const query = named.map((p) => `${p.name}=${encodeURIComponent(values[p.name] ?? 'no value in the test')}`).join('&');
      const answer = await service.ask(key.split(' ')[0] as string, `${filled(path, PARAMETERS)}?${query}`, BODIES[key] ?? {});
      expect({ key, query, status: answer.status }).toEqual({ key, query, status: 200 });
    }
    const asked = service.parts.tables.asked.at(-1);
    expect(asked).toEqual({ course_id: 2, user_id: -1, from_ms: Date.UTC(2025, 10, 18, 2), to_ms: Date.UTC(2025, 10, 19, 3) });
  });

  it('describes the bodies that may be sent', () => {
    const validate = validator({ $ref: '#/components/schemas/AlertPatch' });
    expect(validate({ state: 'resolved', outcome: 'contacted', note: 'rang', assignee: null, muted_until_ms: NOW_MS })).toBe(
      true,
    );
    expect(validate({ state: 'expired' })).toBe(false);
  });
});
