import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Alert } from '../domain.js';
import { answerList, limitOf } from './answer.js';
import { Answers, AnswersCreated, AnswersList } from './describe.js';
import { etagOf, revisionsIn } from './etag.js';
import { ALERTS_CSV } from './list-columns.js';
import { Actions, ViewsFor } from './parts.js';
import { invalid, notFound, Problem } from './problem.js';
import { AlertOpening, AlertPatch, AlertsQuery } from './requests.js';
import { showing } from './showing.js';
import { viewerOf } from './viewer.js';

@ApiTags('alerts')
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    private readonly views: ViewsFor,
    private readonly pipeline: Actions,
  ) {}

  @Get()
  @AnswersList('AlertItem', 'Alerts, by number of the alert.', 'listAlerts')
  async list(@Query() query: AlertsQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { state, course, user, assignee, contacted, tutor, group, from, to } = query;
    const filter = { state, course_id: course, user_id: user, assignee, contacted, tutor, group, from_ms: from, to_ms: to };
    const page = await this.views.of(request).alerts(filter, query.cursor ?? null, limitOf(query));
    return answerList(request, reply, page, ALERTS_CSV);
  }

  @Post()
  @AnswersCreated('AlertItem', 'Opens an alert about a student who has none, acknowledged from the start.', 'openAlert')
  async open(@Body() opening: AlertOpening, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { user_id, course_id } = opening;
    const shown = await this.views.of(request).prediction(user_id, course_id);
    if (!shown) throw notFound('such enrolment');
    // Also where there is a score that is kept back: what was opened about it could not be shown.
    if (shown.score === null) throw new Problem(422, 'The student has no score in this course.', { type: 'not-scored' });
    const result = await this.pipeline.openAlert(opening, viewerOf(request));
    if (result.kind === 'refused') throw new Problem(422, result.why, { type: 'not-scored' });
    const alert = await this.current(result.alert.alert_id, request);
    if (result.kind === 'waits') throw await this.waits(alert, request);
    return tagged(reply, alert);
  }

  @Get(':alertId')
  @Answers('AlertItem', 'One alert; its ETag is what a change must name.', 'getAlert')
  async one(@Param('alertId') alertId: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, await this.current(alertId, request));
  }

  @Get(':alertId/changes')
  @Answers('AlertChanges', 'What people changed of one alert: who, when, from what to what.', 'getAlertChanges')
  async changes(@Param('alertId') alertId: string, @Req() request: FastifyRequest) {
    const changes = await this.views.of(request).alertEdits(alertId);
    if (!changes) throw notFound('such alert');
    return { changes };
  }

  @Patch(':alertId')
  @Answers('AlertItem', 'Acknowledges, assigns, mutes or resolves an alert, or changes its note.', 'changeAlert')
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag of the alert as you know it, or *.' })
  async change(
    @Param('alertId') alertId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() patch: AlertPatch,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (ifMatch === undefined) throw new Problem(428, 'Name the alert as you know it: its ETag in the header If-Match.');
    if (Object.keys(patch ?? {}).length === 0)
      throw invalid([{ pointer: '', rule: 'minProperties', detail: 'The body changes nothing.' }]);
    const { state, ...rest } = patch;
    if (state === 'open') throw await this.reopening(alertId, request);
    const revision = await this.expected(alertId, revisionsIn(ifMatch), request);
    const change = state === undefined ? rest : { ...rest, state };
    const result = await this.pipeline.changeAlert(alertId, revision, change, viewerOf(request));
    if (result.kind === 'not-found') throw notFound('such alert');
    if (result.kind === 'refused') throw illegal(result.why);
    const alert = await this.current(alertId, request);
    if (result.kind === 'conflict') throw await this.stale(alert, request);
    return tagged(reply, alert);
  }

  private async current(alertId: string, request: FastifyRequest) {
    const alert = await this.views.of(request).alert(alertId);
    if (!alert) throw notFound('such alert');
    return alert;
  }

  /** No alert goes back: a new one opens by itself when the score asks for it. */
  private async reopening(alertId: string, request: FastifyRequest): Promise<Problem> {
    const { state } = await this.current(alertId, request);
    return illegal(`The alert is ${state}; no alert goes back to open.`);
  }

  /** One revision goes to the core as it is; of several, the one that holds now. */
  private async expected(alertId: string, revisions: number[] | 'any', request: FastifyRequest): Promise<number | null> {
    const alert = await this.current(alertId, request);
    if (revisions === 'any') return null;
    const [first] = revisions;
    if (revisions.length === 1 && first !== undefined) return first;
    if (revisions.includes(alert.revision)) return alert.revision;
    throw await this.stale(alert, request);
  }

  private waits(alert: CurrentAlert, request: FastifyRequest): Promise<Problem> {
    const parts = { type: 'alert-waits', headers: { etag: etagOf(alert.revision) } };
    const detail = `There is one already that is ${alert.state}: alert ${alert.alert_id}`;
    return withAlert(409, `${detail}; the problem has it.`, `${detail}.`, parts, alert, request);
  }

  private stale(alert: CurrentAlert, request: FastifyRequest): Promise<Problem> {
    const parts = { type: 'stale-alert', headers: { etag: etagOf(alert.revision) } };
    const detail = 'The alert changed meanwhile';
    return withAlert(412, `${detail}; the problem has it as it is now.`, `${detail}.`, parts, alert, request);
  }
}

type CurrentAlert = Pick<Alert, 'alert_id' | 'state' | 'revision'>;

/** With the alert as it is now, for who may look at alerts: on record like every other look, which no problem is by itself. */
async function withAlert(
  status: number,
  shown: string,
  hidden: string,
  parts: { type: string; headers: Record<string, string> },
  alert: CurrentAlert,
  request: FastifyRequest,
): Promise<Problem> {
  if (!viewerOf(request).scopes.has('risk:read')) return new Problem(status, hidden, parts);
  await showing(request, null, alert);
  return new Problem(status, shown, { ...parts, extensions: { alert } });
}

function tagged<T extends { revision: number }>(reply: FastifyReply, alert: T): T {
  reply.header('etag', etagOf(alert.revision));
  return alert;
}

function illegal(why: string): Problem {
  return new Problem(409, why, { type: 'illegal-transition' });
}
