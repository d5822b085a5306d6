/** What a controller's method says of itself for the OpenAPI document, in one decorator. */
import { applyDecorators } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { BODY_BYTES_MAX, INFLATED_BYTES_MAX, JSON_TYPE, LINES_TYPE, TEXT_TYPE } from './click-bodies.js';
import { LINE_BYTES_MAX } from './click-lines.js';
import { RECORDS_MAX } from './click-reader.js';
import { ref, type Schema } from './schema-words.js';
import { listOf } from './schemas.js';

const TEXT: Schema = { type: 'string' };

/** `@Answers('Summary', 'How the site stands.')` */
export function Answers(schema: string, summary: string, operation_id: string) {
  return applyDecorators(
    ApiOperation({ summary, operationId: operation_id }),
    ApiOkResponse({ description: summary, content: { 'application/json': { schema: ref(schema) } } }),
  );
}

/** What was made. */
export function AnswersCreated(schema: string, summary: string, operation_id: string) {
  return applyDecorators(
    ApiOperation({ summary, operationId: operation_id }),
    ApiCreatedResponse({ description: summary, content: { 'application/json': { schema: ref(schema) } } }),
  );
}

const LINK = { Link: { description: 'RFC 8288: the next page, where there is one.', schema: TEXT } };

/** A list: JSON, CSV by Accept, and NDJSON where `ndjson` is true; with the number of all items where `total` is. */
export function AnswersList(
  schema: string,
  summary: string,
  operation_id: string,
  { ndjson = false, total = false }: { ndjson?: boolean; total?: boolean } = {},
) {
  const content = {
    'application/json': { schema: listOf(schema, total) },
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

const MEBIBYTE = 1_048_576;
const RECORD: Schema = { type: 'object', additionalProperties: true };
const RECORDS_NOTE =
  `An object, an array or lines, each a record; plain or gzip. At most ${RECORDS_MAX} records, ${LINE_BYTES_MAX} bytes a line and ` +
  `${BODY_BYTES_MAX / MEBIBYTE} MiB; gzip may inflate to ${INFLATED_BYTES_MAX / MEBIBYTE} MiB of lines. Answered when everything is ` +
  'stored. Records without an id of their own count as often as they are sent.';

/** Records that are taken in; `texts`: log lines too. */
export function TakesRecords(summary: string, operation_id: string, texts = false) {
  const content = {
    [JSON_TYPE]: { schema: { anyOf: [RECORD, { type: 'array', items: RECORD }] } },
    [LINES_TYPE]: { schema: TEXT },
    ...(texts ? { [TEXT_TYPE]: { schema: TEXT } } : {}),
  };
  return applyDecorators(
    ApiOperation({ summary, description: RECORDS_NOTE, operationId: operation_id, requestBody: { required: true, content } }),
    ApiHeader({ name: 'Content-Encoding', required: false, description: 'gzip, or none.' }),
    ApiAcceptedResponse({ description: 'Stored.', content: { [JSON_TYPE]: { schema: ref('Taken') } } }),
  );
}
