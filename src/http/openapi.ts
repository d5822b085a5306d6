/** The OpenAPI 3.1 document: routes and parameters from the controllers, answers from `schemas`, problems from here. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { PROBLEM_TYPE, titleOf } from './problem.js';
import { needOf } from './route-scopes.js';
import { ref } from './schema-words.js';
import { SCHEMAS } from './schemas.js';

/** Made once the routes are known; `/openapi.json` and the tests read it. */
export class ApiDocument {
  #document: OpenAPIObject | null = null;

  set(document: OpenAPIObject): void {
    this.#document = document;
  }

  get(): OpenAPIObject {
    if (!this.#document) throw new Error('The OpenAPI document is asked for before the routes are known.');
    return this.#document;
  }
}

const DESCRIPTION =
  'Which students may stop taking part, why, and who looks after it. Times are epoch milliseconds UTC, days are those of ' +
  "the site's calendar. A score is advice to people, never a decision.";

/** What any route can answer: a key or token that does not hold is refused where none is needed too. */
const ALWAYS = [400, 401, 403, 429, 500, 503];
const WITH_PATH_PARAMETERS = [404];
const WITH_BODY = [413, 415];
const OF_LISTS = [406];
const OF_CHANGES = [409, 412, 428];
/** An alert about somebody who has one, or who is not shown or not scored; a second one while the first runs; a promotion of what does not fit; an erasure of one person confirmed as another. */
const OF_WORK: Readonly<Record<string, readonly number[]>> = {
  '/api/v1/alerts': [404, 409, 422],
  '/api/v1/models/{version}/promote': [409],
  '/api/v1/models/retrain': [409],
  '/api/v1/students/{userId}/erase': [409],
  '/api/v1/thresholds/simulate': [409, 422],
  '/api/v1/trial': [409],
};

/** `asks`: it takes keys or tokens, and without one it gives nothing. */
export function apiDocument(app: INestApplication, version: string, asks: boolean): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .build();
  const document = SwaggerModule.createDocument(app, config, { autoTagControllers: false });
  // A field that is not declared is refused.
  for (const body of Object.values(document.components?.schemas ?? {})) Object.assign(body, { additionalProperties: false });
  const schemas = { ...document.components?.schemas, ...SCHEMAS } as NonNullable<OpenAPIObject['components']>['schemas'];
  Object.assign(schemas?.AlertPatch ?? {}, { minProperties: 1 });
  document.components = { ...document.components, schemas };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'post', 'patch', 'delete'] as const) {
      const operation = item[method];
      if (operation) addProblems(path, method, operation as unknown as Operation);
      if (operation && asks) addNeed(path, method, operation);
    }
  }
  if (asks) document.components.securitySchemes = { key: KEY };
  return document;
}

const KEY = {
  type: 'http' as const,
  scheme: 'bearer',
  description: 'A key (hf_…) or a token of the identity provider. What stands beside it is the scope that it needs.',
};

function addNeed(path: string, method: string, operation: { security?: Record<string, string[]>[] }): void {
  const need = needOf(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1'));
  if (need?.scope) operation.security = [{ key: [need.scope] }];
}

interface Operation {
  responses: Record<string, { description: string; content?: Record<string, unknown>; headers?: Record<string, unknown> }>;
}

function addProblems(path: string, method: 'get' | 'post' | 'patch' | 'delete', operation: Operation): void {
  const is_list = operation.responses[200]?.content?.['text/csv'] !== undefined;
  const statuses = [
    ...ALWAYS,
    ...(path.includes('{') ? WITH_PATH_PARAMETERS : []),
    ...(method === 'post' || method === 'patch' ? WITH_BODY : []),
    ...(is_list ? OF_LISTS : []),
    ...(method === 'patch' ? OF_CHANGES : []),
    ...(method === 'get' ? [] : (OF_WORK[path] ?? [])),
  ];
  for (const status of statuses) {
    operation.responses[status] = { description: titleOf(status), content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } };
  }
  const alert = path.endsWith('/alerts/{alertId}') ? operation.responses[200] : undefined;
  const opened = path.endsWith('/alerts') ? operation.responses[201] : undefined;
  for (const answer of [alert, opened]) {
    if (answer) answer.headers = { ETag: { description: 'The revision, in quotes.', schema: { type: 'string' } } };
  }
}
