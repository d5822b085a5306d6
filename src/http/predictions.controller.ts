import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maySee, seesEverything } from '../access/viewer.js';
import { answerList, limitOf } from './answer.js';
import { Answers, AnswersList } from './describe.js';
import { PREDICTIONS_CSV } from './list-columns.js';
import { Actions, ChangeLog, ViewsFor } from './parts.js';
import { invalid, notFound } from './problem.js';
import { EnrolmentPath, PredictionsQuery, ScoreRequest } from './requests.js';
import { viewerOf } from './viewer.js';

/** Each takes a question to the store. */
const TREND_ITEMS_MAX = 100;

@ApiTags('predictions')
@Controller('api/v1/predictions')
export class PredictionsController {
  constructor(
    private readonly views: ViewsFor,
    private readonly pipeline: Actions,
    private readonly changes: ChangeLog,
  ) {}

  @Get()
  @AnswersList(
    'AtRisk',
    'The latest word on each enrolment: highest score first, those without a score last.',
    'listPredictions',
    { total: true },
  )
  async list(@Query() query: PredictionsQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { course: course_id, user: user_id, limit: _, cursor, ...rest } = query;
    if (rest.trend && limitOf(query) > TREND_ITEMS_MAX)
      throw invalid([{ pointer: '/limit', rule: 'max', detail: `With trend at most ${TREND_ITEMS_MAX}.` }]);
    const page = await this.views.of(request).predictions({ course_id, user_id, ...rest }, cursor ?? null, limitOf(query));
    return answerList(request, reply, page, PREDICTIONS_CSV);
  }

  @Get(':userId/:courseId')
  @Answers('AtRisk', 'The latest word on one enrolment.', 'getPrediction')
  async one(@Param() { userId, courseId }: EnrolmentPath, @Req() request: FastifyRequest) {
    const prediction = await this.views.of(request).prediction(userId, courseId);
    if (!prediction) throw notFound('such enrolment');
    return prediction;
  }

  @Post('score')
  @HttpCode(200)
  @Answers('ScoreRun', "Scores now, by the store's clock: everybody, or one course or student.", 'scoreNow')
  @ApiBody({ type: ScoreRequest, required: false })
  async score(@Body() body: ScoreRequest, @Req() request: FastifyRequest) {
    await this.mustSee(body ?? {}, request);
    await this.changes.record(viewerOf(request), 'score', `Scores were made anew of ${ofWhat(body ?? {})}.`);
    return this.pipeline.scoreNow({ user_id: body?.user_id, course_id: body?.course_id });
  }

  /** Who sees a part of the site scores a course or a student of theirs. */
  private async mustSee({ user_id, course_id }: ScoreRequest, request: FastifyRequest): Promise<void> {
    const viewer = viewerOf(request);
    if (seesEverything(viewer)) return;
    if (course_id !== undefined && viewer.course_ids?.has(course_id)) return;
    if (user_id !== undefined && course_id === undefined && viewer.user_ids.has(user_id)) return;
    if (user_id !== undefined && course_id !== undefined && maySee(viewer, { user_id, course_id })) return;
    throw notFound('such course or student');
  }
}

/** Without which student. */
function ofWhat({ user_id, course_id }: ScoreRequest): string {
  if (user_id !== undefined) return 'one student';
  return course_id === undefined ? 'everybody' : `course ${course_id}`;
}
