/** A student's own view, and what they say of it. There only where students can be launched, since nobody else is one. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { maySee } from '../access/viewer.js';
import {
  STATEMENT_KINDS,
  STATEMENT_LENGTH_MAX,
  type Statement,
  type StatementKind,
  type StudentVoice,
} from '../pipeline/student-voice.js';
import type { ViewLog } from '../pipeline/view-log.js';
import { type OwnViewSettings, ownView } from '../reading/own-view.js';
import type { Views } from '../reading/views.js';
import { invalid, notFound, Problem } from './problem.js';
import { viewerOf } from './viewer.js';

export interface MeDoor {
  voice: StudentVoice;
  seen: Pick<ViewLog, 'of'>;
  settings: OwnViewSettings;
}

export function serveMe(instance: FastifyInstance, views: Views, { voice, seen, settings }: MeDoor): void {
  instance.get('/api/v1/me', (request) => ownView(views, voice, seen, studentOf(request), settings));
  instance.post('/api/v1/me/statements', async (request): Promise<Statement> => {
    const { user_id, course_id } = studentOf(request);
    const { kind, text } = statementIn(request.body);
    const said = await voice.say(user_id, course_id, kind, text);
    if (said === null)
      throw new Problem(409, 'You have written as much as is kept here: talk to your tutor.', { type: 'too-many' });
    return said;
  });
  instance.post('/api/v1/me/opt-out', async (request) => {
    const { user_id } = studentOf(request);
    if (!settings.opt_out)
      throw new Problem(403, 'This site does not let students opt out here: ask its data protection officer.');
    const opted_out = (request.body as { opted_out?: unknown } | null)?.opted_out;
    if (typeof opted_out !== 'boolean')
      throw invalid([{ pointer: '/opted_out', rule: 'boolean', detail: 'true or false is expected.' }]);
    if (!(await voice.optOut(user_id, opted_out)))
      throw new Problem(409, 'Your institution has opted you out: only it can change that.', { type: 'opted-out-elsewhere' });
    return { opted_out };
  });
  instance.post('/api/v1/statements/:statementId/seen', async (request) => {
    const { statementId } = request.params as { statementId: string };
    const said = await voice.statement(numberIn(statementId));
    const viewer = viewerOf(request);
    if (said === null || !maySee(viewer, said)) throw notFound('such statement');
    return voice.seen(said, viewer);
  });
}

function studentOf(request: FastifyRequest): { user_id: number; course_id: number } {
  const { kind, user_id, course_ids } = viewerOf(request);
  const course_id = [...(course_ids ?? [])][0];
  if (kind !== 'student' || user_id === null || course_id === undefined)
    throw new Problem(403, 'This page is for students: open Holdfast as a student from a course in Moodle.', {
      type: 'no-student',
    });
  return { user_id, course_id };
}

function statementIn(body: unknown): { kind: StatementKind; text: string } {
  const { kind, text } = (body ?? {}) as { kind?: unknown; text?: unknown };
  const known = STATEMENT_KINDS.find((word) => word === kind);
  const written = typeof text === 'string' ? text.trim() : '';
  if (known === undefined)
    throw invalid([{ pointer: '/kind', rule: 'isIn', detail: `One of ${STATEMENT_KINDS.join(', ')} is expected.` }]);
  // To ask for help needs no words.
  if (typeof text !== 'string' || (written === '' && known !== 'help') || written.length > STATEMENT_LENGTH_MAX)
    throw invalid([
      { pointer: '/text', rule: 'length', detail: `A text of 1 to ${STATEMENT_LENGTH_MAX} characters is expected.` },
    ]);
  return { kind: known, text: written };
}

function numberIn(text: string): number {
  if (!/^-?\d{1,16}$/.test(text)) throw notFound('such number');
  return Number(text);
}
