/** Lists as JSON, CSV or NDJSON, with a Link to the next page. */
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TableInfo, TableRow } from '../reading/table-infos.js';
import { csvLines, ndjsonLines } from '../reading/tables-format.js';
import { BadCursor, type PageOf } from '../reading/views.js';
import { Problem } from './problem.js';
import { LIMIT_DEFAULT, type PageQuery } from './requests.js';
import { showing } from './showing.js';

export const MEDIA = { json: 'application/json', csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
export type Format = keyof typeof MEDIA;

const CONTENT_TYPES: Record<Format, string> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  ndjson: MEDIA.ndjson,
};

/** How the rows of a list are written as text. */
export interface TextForm<T> {
  info: Pick<TableInfo, 'columns'>;
  row: (item: T) => TableRow;
}

/**
 * The format that a request asks for, of those offered; JSON where it asks for nothing in particular.
 *
 *   Accept: text/csv                       → csv
 *   Accept: text/html,*\/*;q=0.8           → json, a browser
 *   Accept: text/csv;q=0.5, application/*  → json
 *   Accept: image/png                      → 406
 */
export function formatFor(accept: string | undefined, offered: readonly Format[]): Format {
  if (accept === undefined || accept === '' || accept === '*/*') return 'json';
  const ranges = accept.split(',').map(rangeOf);
  let best: { format: Format; q: number } | null = null;
  for (const format of offered) {
    const q = qualityOf(MEDIA[format], ranges);
    if (q > (best?.q ?? 0)) best = { format, q };
  }
  if (best) return best.format;
  throw new Problem(406, `Possible here: ${offered.map((format) => MEDIA[format]).join(', ')}.`);
}

interface Range {
  type: string;
  q: number;
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((p) => p.startsWith('q='));
  const value = q === undefined ? 1 : Number(q.slice(2));
  return { type, q: value >= 0 && value <= 1 ? value : 0 };
}

/** The most exact range counts: `text/csv` before `text/*` before `*\/*`. */
function qualityOf(type: string, ranges: Range[]): number {
  const forms = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const form of forms) {
    const range = ranges.find((r) => r.type === form);
    if (range) return range.q;
  }
  return 0;
}

/** A page of a list, in the format asked for. The reply gets content type and Link; the value returned is the body. */
export async function answerList<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  page: PageOf<T>,
  form: TextForm<T>,
): Promise<PageOf<T> | string> {
  const format = formatFor(request.headers.accept, ['json', 'csv']);
  startList(request, reply, format, page.next_cursor);
  if (format === 'json') return page;
  await showing(request, format, page.items);
  return textOf(csvLines(form.info, page.items.map(form.row), { formula_guard: true }));
}

/** Sets what every list answer carries. */
export function startList(request: FastifyRequest, reply: FastifyReply, format: Format, next_cursor: string | null): void {
  reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept');
  if (next_cursor !== null) reply.header('link', nextLink(request.url, next_cursor));
}

export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** All rows while they are read: the reader's pace holds the reading back. */
export function streamOf(format: 'csv' | 'ndjson', info: TableInfo, rows: AsyncIterable<TableRow>): StreamableFile {
  const lines = format === 'csv' ? csvLines(info, rows, { formula_guard: true }) : ndjsonLines(info, rows);
  return new StreamableFile(Readable.from(lines, { objectMode: false }), { type: CONTENT_TYPES[format] });
}

/** RFC 8288, relative to the list's own address: `</api/v1/alerts?limit=2&cursor=x>; rel="next"`. */
function nextLink(url: string, cursor: string): string {
  const [path, query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters}>; rel="next"`;
}

export function limitOf(query: PageQuery): number {
  return query.limit ?? LIMIT_DEFAULT;
}

/** A page of a short list that is known whole. The cursor is the last key shown, so that a new entry moves nothing. */
export function pageOfAll<T>(items: readonly T[], key: (item: T) => string, query: PageQuery): PageOf<T> {
  const limit = limitOf(query);
  let start = 0;
  if (query.cursor !== undefined) {
    const last = Buffer.from(query.cursor, 'base64url').toString();
    start = items.findIndex((item) => key(item) === last) + 1;
    if (start === 0) throw new BadCursor();
  }
  const page = items.slice(start, start + limit);
  const more = start + limit < items.length;
  const last = page.at(-1);
  return { items: page, next_cursor: more && last !== undefined ? Buffer.from(key(last)).toString('base64url') : null };
}
