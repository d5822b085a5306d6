/** The one place where an error becomes an answer. */
import { randomUUID } from 'node:crypto';
import { ArgumentsHost, Catch, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoreUnavailable } from '../ports.js';
import { BadCursor, BadFilter } from '../reading/views.js';
import { isAskedByAPerson, sendNowhere } from './page.js';
import { HttpLog } from './parts.js';
import { frameworkProblem, invalid, notFound, PROBLEM_TYPE, Problem, type ProblemBody } from './problem.js';
import { RouteList } from './route-list.js';

/** A disk is not emptied in a moment. */
const WAIT = { 'retry-after': '30' };

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: HttpLog,
    private readonly routes: RouteList,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { status, headers, body } = this.answer(error, request);
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (status === 404 && request.is404 && isAskedByAPerson(request)) {
      sendNowhere(reply);
      return;
    }
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    reply.status(status).header('content-type', PROBLEM_TYPE).header('cache-control', 'no-store').send(bytesOf(body));
  }

  answer(error: unknown, request: FastifyRequest): { status: number; headers: Record<string, string>; body: ProblemBody } {
    const path = request.url.split('?', 1)[0] as string;
    const problem = this.problemIn(error, request, path);
    if (problem) return { status: problem.status, headers: problem.parts.headers ?? {}, body: problem.body(path) };
    const reference = randomUUID().slice(0, 8);
    const is_store = error instanceof StoreUnavailable;
    this.log.error(
      // The route's pattern, not the address: an address holds the numbers of people.
      { 'event.reference': reference, 'http.request.method': request.method, 'http.route': request.routeOptions.url, err: error },
      'a request failed',
    );
    if (is_store) return { status: 503, headers: WAIT, body: storeProblem(reference).body(path) };
    const internal = new Problem(500, 'The service failed to answer. The log has the cause under this reference.', {
      extensions: { reference },
    });
    return { status: 500, headers: {}, body: internal.body(path) };
  }

  private problemIn(error: unknown, request: FastifyRequest, path: string): Problem | null {
    if (error instanceof Problem) return error;
    if (error instanceof BadCursor)
      return invalid([{ pointer: '/cursor', rule: 'cursor', detail: 'cursor must be a next_cursor of this list.' }]);
    if (error instanceof BadFilter) return new Problem(400, error.message);
    if (request.is404) {
      if (!isDecodable(path)) return new Problem(400, 'The address is not a valid path.');
      const allowed = this.routes.methodsOf(path);
      // The method is possible, so the router refused a part of the path for its length.
      if (allowed.length === 0 || allowed.includes(request.method)) return notFound('such page');
      const allow = allowed.join(', ');
      return new Problem(405, `${request.method} is not possible here; possible are ${allow}.`, { headers: { allow } });
    }
    return frameworkProblem(error);
  }
}

/** What is wrong with the store, and where it is, the log says: whoever asks can only come again. */
function storeProblem(reference: string): Problem {
  return new Problem(
    503,
    'The store cannot be used just now, and nothing of this request was kept. Send it again later. The log has the cause.',
    {
      type: 'store-unavailable',
      extensions: { reference },
    },
  );
}

/** As bytes: to a text Fastify would add a charset, which problem+json does not have. */
export function bytesOf(body: ProblemBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
