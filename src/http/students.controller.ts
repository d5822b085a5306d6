import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maySee } from '../access/viewer.js';
import { answerList, limitOf } from './answer.js';
import { Answers, AnswersList } from './describe.js';
import { SESSIONS_CSV } from './list-columns.js';
import { StatementReader, ViewsFor } from './parts.js';
import { notFound } from './problem.js';
import { SessionsQuery, StudentPath } from './requests.js';
import { viewerOf } from './viewer.js';

@ApiTags('students')
@Controller('api/v1/students/:userId')
export class StudentsController {
  constructor(
    private readonly views: ViewsFor,
    private readonly said: StatementReader,
  ) {}

  @Get()
  @Answers('Student', 'One student: enrolments with their scores, and alerts.', 'getStudent')
  async student(@Param() { userId }: StudentPath, @Req() request: FastifyRequest) {
    return found(await this.views.of(request).student(userId));
  }

  @Get('sessions')
  @AnswersList('SessionItem', 'Sessions of one student over all courses.', 'listStudentSessions')
  async sessions(
    @Param() { userId }: StudentPath,
    @Query() query: SessionsQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { order = 'oldest', cursor = null } = query;
    const page = found(await this.views.of(request).studentSessions(userId, order, cursor, limitOf(query)));
    return answerList(request, reply, page, SESSIONS_CSV);
  }

  @Get('statements')
  @Answers('Statements', 'What the student said of what is known about them, newest first.', 'getStudentStatements')
  async statements(@Param() { userId }: StudentPath, @Req() request: FastifyRequest) {
    if (!(await this.views.of(request).knows(userId))) throw notFound('such student');
    const viewer = viewerOf(request);
    return { items: (await this.said.statements(userId)).filter((one) => maySee(viewer, one)) };
  }

  @Get('timeline')
  @Answers('Timeline', 'Activity by day, past scores and alerts of one student.', 'getStudentTimeline')
  async timeline(@Param() { userId }: StudentPath, @Req() request: FastifyRequest) {
    return found(await this.views.of(request).timeline(userId));
  }
}

function found<T>(value: T | null): T {
  if (value === null) throw notFound('such student');
  return value;
}
