/**
 * Every answer that shows a person is recorded before it leaves: who asked, by what route, whom it showed. An answer that cannot be
 * recorded is not given (503). People are found in the answer itself, so no route can forget to say so: whatever has a `user_id` is
 * somebody, and so is the student in the address.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Shown, type ViewLog, ViewsUnrecorded } from '../pipeline/view-log.js';
import { Problem } from './problem.js';
import { viewerOf } from './viewer.js';

/** An answer's lists hold rows with a few objects in them; deeper there is nobody. */
const DEPTH_MAX = 8;
/** Rows of a stream that wait until those whom they show are recorded. */
const ROWS_RECORDED_AT_ONCE = 1_000;
const API = '/api/v1/';

type Recorder = (format: string, shown: readonly Shown[]) => Promise<void>;
const recorders = new WeakMap<FastifyRequest, Recorder>();

export function recordViews(instance: FastifyInstance, views: ViewLog): void {
  instance.addHook('onRequest', (request, _reply, done) => {
    recorders.set(request, (format, shown) => recorded(views, request, format, shown));
    done();
  });
  instance.addHook('preSerialization', async (request, reply, payload) => {
    // By the route: an address can be written in many ways.
    if (request.routeOptions.url?.startsWith(API) && reply.statusCode < 300)
      await recorders.get(request)?.('', peopleIn(payload));
    return payload;
  });
}

/** Before these become text. `format` null = the route's own. */
export async function showing(request: FastifyRequest, format: string | null, items: unknown): Promise<void> {
  await recorders.get(request)?.(format === null ? '' : ` (${format})`, peopleIn(items));
}

/** The same rows, each only after those whom it shows are recorded. */
export async function* showingEach<Row>(request: FastifyRequest, format: string, rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  let waiting: Row[] = [];
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length < ROWS_RECORDED_AT_ONCE) continue;
    await showing(request, format, waiting);
    yield* waiting;
    waiting = [];
  }
  await showing(request, format, waiting);
  yield* waiting;
}

async function recorded(views: ViewLog, request: FastifyRequest, format: string, shown: readonly Shown[]): Promise<void> {
  const people = [...shown, ...inAddress(request, shown)];
  if (people.length === 0) return;
  const route = (request.routeOptions.url ?? '').replace(API, '');
  try {
    await views.record(viewerOf(request), `${route}${format}`, people);
  } catch (error) {
    if (!(error instanceof ViewsUnrecorded)) throw error;
    const detail = 'Who sees whom is recorded first, and the record cannot be written just now. Ask again in a moment.';
    throw new Problem(503, detail, { type: 'not-ready', headers: { 'retry-after': '5' } });
  }
}

/** The student of `/students/11/sessions`, whose rows do not name them again. */
function inAddress(request: FastifyRequest, shown: readonly Shown[]): Shown[] {
  const user_id = Number((request.params as Record<string, unknown> | undefined)?.userId ?? Number.NaN);
  return Number.isSafeInteger(user_id) && !shown.some((one) => one.user_id === user_id) ? [{ user_id, course_id: null }] : [];
}

/** Everybody in an answer; in no course in particular only who is in it without one. */
export function peopleIn(value: unknown): Shown[] {
  const courses = new Map<number, Set<number>>();
  const look = (part: unknown, depth: number): void => {
    if (typeof part !== 'object' || part === null || depth > DEPTH_MAX) return;
    if (Array.isArray(part)) {
      for (const each of part) look(each, depth + 1);
      return;
    }
    const { user_id, course_id } = part as Record<string, unknown>;
    if (typeof user_id === 'number') {
      const known = courses.get(user_id) ?? new Set<number>();
      if (typeof course_id === 'number') known.add(course_id);
      courses.set(user_id, known);
    }
    for (const each of Object.values(part)) look(each, depth + 1);
  };
  look(value, 0);
  return [...courses].flatMap(([user_id, known]): Shown[] =>
    known.size === 0 ? [{ user_id, course_id: null }] : [...known].map((course_id) => ({ user_id, course_id })),
  );
}
