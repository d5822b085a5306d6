import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { maySee } from '../access/viewer.js';
import { ViewLog } from '../pipeline/view-log.js';
import { Answers } from './describe.js';
import { QueryInstant, QueryInteger } from './fields.js';
import { ViewsFor } from './parts.js';
import { notFound } from './problem.js';
import { LIMIT_DEFAULT, StudentPath } from './requests.js';
import { viewerOf } from './viewer.js';

const LIMIT_MAX = 1_000;

export class ViewsQuery {
  @QueryInstant('Since when.')
  from?: number;

  @QueryInteger('How many at most.', { min: 1, max: LIMIT_MAX, default: LIMIT_DEFAULT })
  limit?: number;
}

@ApiTags('students')
@Controller('api/v1/students/:userId/views')
export class ViewsController {
  constructor(
    private readonly views: ViewsFor,
    private readonly log: ViewLog,
  ) {}

  @Get()
  @Answers('PersonViews', 'Who was shown something about one student, the latest first.', 'listStudentViews')
  async list(
    @Param() { userId }: StudentPath,
    @Query() { from = 0, limit = LIMIT_DEFAULT }: ViewsQuery,
    @Req() request: FastifyRequest,
  ) {
    if (!(await this.views.of(request).knows(userId))) throw notFound('such student');
    const views = await this.log.of(userId, { from_ms: from, limit });
    const viewer = viewerOf(request);
    const seen = views.filter(({ course_id }) => course_id === null || maySee(viewer, { user_id: userId, course_id }));
    return { views: seen.map(({ user_id: _, ...view }) => view) };
  }
}
