/** What a controller's method says of itself for the OpenAPI document, in one decorator. */
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { listOf, ref, type Schema } from './schemas.js';

const TEXT: Schema = { type: 'string' };

/** `@Answers('Summary', 'How the site stands.')` */
export function Answers(schema: string, summary: string, operation_id: string) {
  return applyDecorators(
    ApiOperation({ summary, operationId: operation_id }),
    ApiOkResponse({ description: summary, content: { 'application/json': { schema: ref(schema) } } }),
  );
}

const LINK = { Link: { description: 'RFC 8288: the next page, where there is one.', schema: TEXT } };

/** A list: JSON, CSV by Accept, and NDJSON where `ndjson` is true. */
export function AnswersList(schema: string, summary: string, operation_id: string, ndjson = false) {
  const content = {
    'application/json': { schema: listOf(schema) },
    'text/csv': { schema: TEXT },
    ...(ndjson ? { 'application/x-ndjson': { schema: TEXT } } : {}),
  };
  return applyDecorators(
    ApiOperation({ summary, operationId: operation_id }),
    ApiOkResponse({ description: summary, content, headers: LINK }),
  );
}

export function AnswersText(media: string, summary: string, operation_id: string) {
  return applyDecorators(
    ApiOperation({ summary, operationId: operation_id }),
    ApiOkResponse({ description: summary, content: { [media]: { schema: TEXT } } }),
  );
}

export function AnswersObject(summary: string, operation_id: string) {
  return applyDecorators(
    ApiOperation({ summary, operationId: operation_id }),
    ApiOkResponse({ description: summary, content: { 'application/json': { schema: { type: 'object' } } } }),
  );
}
