/** Holds an answer of the service against its own OpenAPI document. */
import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Answer } from './service.js';

type Node = { [key: string]: unknown };
export interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  security?: Record<string, string[]>[];
  responses: Record<string, { content?: Record<string, { schema: Node }> }>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Node> };
}

export class Documented {
  readonly ajv = new Ajv2020({ strict: false, allErrors: true, formats: { date: /^\d{4}-\d\d-\d\d$/, 'date-time': true } });

  constructor(readonly document: Document) {
    this.ajv.addSchema(closed({ $id: 'api', components: document.components }));
  }

  operations(): { key: string; method: string; path: string; operation: Operation }[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => {
        return { key: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation };
      }),
    );
  }

  /** Status and content type are in the document for this operation, and the body is as its schema there says. */
  expectDocumented(operation: Operation, answer: Answer, what: string): void {
    const type = String(answer.headers['content-type']).split(';')[0] as string;
    const response = operation.responses[answer.status];
    expect({ what, status: answer.status, documented: response !== undefined }).toMatchObject({ documented: true });
    const media = response?.content?.[type];
    expect({ what, type, documented: media !== undefined }).toMatchObject({ documented: true });
    if (!/json$/.test(type) || type === 'application/x-ndjson' || !media) return;
    const validate = this.validator(media.schema);
    const is_valid = validate(answer.json);
    expect({ what, errors: is_valid ? [] : validate.errors }).toEqual({ what, errors: [] });
  }

  validator(schema: Node): ValidateFunction {
    const absolute = JSON.parse(JSON.stringify(closed(schema)).replaceAll('#/components', 'api#/components'));
    return this.ajv.compile(absolute);
  }
}

/** `/courses/{courseId}` with its parameters put in. */
export function filled(path: string, values: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `missing-${name}`);
}

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
