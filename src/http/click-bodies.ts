/**
 * Bodies that hold records: what may be sent where, and the bytes of one as they come, inflated and bounded. They are larger than all
 * other bodies and are read while they come, so that a body never stands in memory twice.
 */
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { DEPTH_MAX, isTooDeep } from './json-depth.js';
import { invalid, Problem } from './problem.js';

export const JSON_TYPE = 'application/json';
export const LINES_TYPE = 'application/x-ndjson';
export const TEXT_TYPE = 'text/plain';

/** As it is sent, compressed or not: some 30,000 clicks of a web server in plain text. */
export const BODY_BYTES_MAX = 10_485_760;
/** After inflating. Text of records shrinks to a sixth; what shrinks to less than a sixth of a sixth is a bomb. */
export const INFLATED_BYTES_MAX = 67_108_864;

/** Which types each route takes. Log lines of web servers are clicks and nothing else. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/clicks': [JSON_TYPE, LINES_TYPE, TEXT_TYPE],
  '/api/v1/events': [JSON_TYPE, LINES_TYPE],
  '/api/v1/users': [JSON_TYPE, LINES_TYPE],
  '/api/v1/codes': [JSON_TYPE, LINES_TYPE],
};

/** For a route that is being added: those of records take larger bodies, and say before reading what they do not take. */
export function allowClickBody(route: RouteOptions): void {
  const types = route.method === 'POST' ? TYPES[route.url] : undefined;
  if (!types) return;
  route.bodyLimit = BODY_BYTES_MAX;
  route.preParsing = (request, _reply, payload, done) => done(refusal(request, types), payload);
}

/** A record route finds the bytes in `request.body`, as the stream itself; other routes what JSON says. */
export function readClickBodies(instance: FastifyInstance): void {
  const json = instance.getDefaultJsonParser('error', 'error');
  instance.addContentTypeParser(JSON_TYPE, (request, payload, done) => {
    if (isRecordRoute(request)) done(null, payload);
    else
      wholeOf(payload, request.routeOptions.bodyLimit).then((body) => {
        if (isTooDeep(body)) done(tooDeep());
        // Not what a body left out is, and no object.
        else if (body.trim() === 'null') done(invalid([{ pointer: '', rule: 'object', detail: 'A JSON object is expected.' }]));
        else json(request, body, done);
      }, done);
  });
  instance.addContentTypeParser([LINES_TYPE, TEXT_TYPE], (request, payload, done) => {
    if (isRecordRoute(request) || request.is404) done(null, payload);
    else done(new Problem(415, `Send the body as ${JSON_TYPE}.`));
  });
}

/**
 * Fastify's own reading of a body breaks the connection where a body is too large, and then the sender may never see the answer. Here the
 * rest is read and thrown away, as in `inflated`.
 */
function wholeOf(payload: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    payload.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else reject(tooLarge(limit, 'as it is sent'));
    });
    payload.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    payload.once('error', (error) => reject(problemOf(error)));
    payload.once('close', () => reject(cutOff()));
  });
}

function isRecordRoute(request: FastifyRequest): boolean {
  return TYPES[request.routeOptions.url ?? ''] !== undefined;
}

/** What can be said before the body is read. */
function refusal({ headers }: FastifyRequest, types: readonly string[]): Problem | null {
  if (!types.includes(mediaOf(headers['content-type']))) {
    return new Problem(415, `Send the body as ${types.join(', ')}.`, { headers: { accept: types.join(', ') } });
  }
  if (encodingOf(headers['content-encoding']) === 'unknown') {
    return new Problem(415, 'Send the body plain or with Content-Encoding gzip.', { headers: { 'accept-encoding': 'gzip' } });
  }
  return Number(headers['content-length']) > BODY_BYTES_MAX ? tooLarge(BODY_BYTES_MAX, 'as it is sent') : null;
}

/** `text/plain; charset=utf-8` → `text/plain`. */
export function mediaOf(type: string | undefined): string {
  return (type ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function encodingOf(header: string | undefined): 'gzip' | 'plain' | 'unknown' {
  const name = (header?.trim() || 'identity').toLowerCase();
  return name === 'gzip' || name === 'x-gzip' ? 'gzip' : name === 'identity' ? 'plain' : 'unknown';
}

function tooDeep(): Problem {
  return new Problem(400, `The body is nested deeper than ${DEPTH_MAX} levels.`);
}

export function tooLarge(limit: number, what: string): Problem {
  return new Problem(413, `The body is larger than ${limit / 1_048_576} MiB ${what}.`);
}

/**
 * The body, inflated. What is wrong with it is thrown as a `Problem`; the rest is then read and thrown away, so that a sender who is
 * still sending gets to read the answer. How long they may take is the server's request timeout.
 */
export async function* inflated(request: FastifyRequest, limit = INFLATED_BYTES_MAX): AsyncGenerator<Buffer> {
  const body = request.body as Readable;
  const is_gzip = encodingOf(request.headers['content-encoding']) === 'gzip';
  const through = is_gzip ? createGunzip() : new PassThrough();
  let sent = 0;
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    sent += chunk.length;
    if (sent > BODY_BYTES_MAX) through.destroy(tooLarge(BODY_BYTES_MAX, 'as it is sent'));
  });
  body.once('error', (error) => through.destroy(error));
  body.pipe(through);
  try {
    for await (const chunk of through as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit, is_gzip ? 'when it is inflated' : 'as it is sent');
      yield chunk;
    }
  } catch (error) {
    throw problemOf(error);
  } finally {
    body.unpipe(through);
    through.destroy();
    body.resume();
  }
}

function problemOf(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('Z_')) return new Problem(400, 'The body is not valid gzip, or it ends early.');
  return code === 'ECONNRESET' ? cutOff() : error;
}

/** Nobody is there to read it; but it is no failure of ours either. */
function cutOff(): Problem {
  return new Problem(400, 'The connection ended before the body did.');
}
