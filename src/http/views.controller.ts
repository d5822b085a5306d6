import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ViewLog } from '../pipeline/view-log.js';
import { Views } from '../reading/views.js';
import { Answers } from './describe.js';
import { QueryInstant, QueryInteger } from './fields.js';
import { notFound } from './problem.js';
import { LIMIT_DEFAULT, StudentPath } from './requests.js';

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
    private readonly views: Views,
    private readonly log: ViewLog,
  ) {}

  @Get()
  @Answers('PersonViews', 'Who was shown something about one student, the latest first.', 'listStudentViews')
  async list(@Param() { userId }: StudentPath, @Query() { from = 0, limit = LIMIT_DEFAULT }: ViewsQuery) {
    if ((await this.views.student(userId)) === null) throw notFound('such student');
    const views = await this.log.of(userId, { from_ms: from, limit });
    return { views: views.map(({ user_id: _, ...view }) => view) };
  }
}
