import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DAYS_SHOWN } from '../reading/course-days.js';
import type { ContactFilter } from '../reading/filters.js';
import { answerList, limitOf, pageOfAll } from './answer.js';
import { Answers, AnswersList } from './describe.js';
import { CASES_CSV, CONTACTS_CSV, COURSES_CSV, EARLY_CSV } from './list-columns.js';
import { ViewsFor } from './parts.js';
import { notFound } from './problem.js';
import {
  BelongingQuery,
  ContactsOf,
  ContactsQuery,
  CoursePath,
  DaysQuery,
  EarlyQuery,
  PageQuery,
  SummaryQuery,
} from './requests.js';

@ApiTags('overview')
@Controller('api/v1')
export class OverviewController {
  constructor(private readonly views: ViewsFor) {}

  @Get('summary')
  @Answers('Summary', 'How the site stands: clock, model, counts.', 'getSummary')
  summary(@Query() { course: course_id, tutor, group, contacted }: SummaryQuery, @Req() request: FastifyRequest) {
    return this.views.of(request).summary({ course_id, tutor, group, contacted });
  }

  @Get('courses')
  @AnswersList('CourseSummary', 'The courses with their figures.', 'listCourses')
  async courses(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const page = pageOfAll(await this.views.of(request).courses(), (course) => String(course.course_id), query);
    return answerList(request, reply, page, COURSES_CSV);
  }

  @Get('courses/:courseId')
  @Answers('CourseDetail', 'One course with its two lists.', 'getCourse')
  async course(@Param() { courseId }: CoursePath, @Req() request: FastifyRequest) {
    const course = await this.views.of(request).course(courseId);
    if (!course) throw notFound('such course');
    return course;
  }

  @Get('courses/:courseId/weeks')
  @Answers('CourseWeeks', 'One course week by week, and how far its scores can be believed.', 'getCourseWeeks')
  async weeks(@Param() { courseId }: CoursePath, @Req() request: FastifyRequest) {
    const weeks = await this.views.of(request).courseWeeks(courseId);
    if (!weeks) throw notFound('such course');
    return weeks;
  }

  @Get('courses/:courseId/days')
  @Answers(
    'CourseDays',
    'The last days of one course, ten weeks or as many as asked for: how much its students did.',
    'getCourseDays',
  )
  async days(@Param() { courseId }: CoursePath, @Query() query: DaysQuery, @Req() request: FastifyRequest) {
    const days = await this.views.of(request).courseDays(courseId, query.days ?? DAYS_SHOWN);
    if (!days) throw notFound('such course');
    return days;
  }

  @Get('assignments')
  @Answers('Assignments', 'Groups, intakes, tutors and assignees that lists can be filtered by.', 'getAssignments')
  assignments(@Req() request: FastifyRequest) {
    return this.views.of(request).assignments();
  }

  @Get('drift')
  @Answers(
    'Drift',
    'How the data of the last scorings looked, beside earlier days and beside what the model learnt from.',
    'getDrift',
  )
  async drift(@Req() request: FastifyRequest) {
    return { checks: await this.views.of(request).drift() };
  }

  @Get('early')
  @AnswersList('EarlyItem', 'Students who are still active and may fall silent, by course and rank.', 'listEarly', {
    total: true,
  })
  async early(@Query() query: EarlyQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { course: course_id, tutor, group, contacted, one_each } = query;
    const filter = { course_id, tutor, group, contacted, one_each };
    const page = await this.views.of(request).early(filter, query.cursor ?? null, limitOf(query));
    return answerList(request, reply, page, EARLY_CSV);
  }

  @Get('statements')
  @Answers(
    'UnreadStatements',
    'What students wrote and nobody has read: calls for help first, then the oldest.',
    'listUnreadStatements',
  )
  async statements(@Req() request: FastifyRequest) {
    return { items: await this.views.of(request).unread() };
  }

  @Get('contacts')
  @AnswersList(
    'Contact',
    'Alerts that people resolved: when, with what outcome, and whether the student was active again.',
    'listContacts',
    {
      total: true,
    },
  )
  async contacts(@Query() query: ContactsQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const page = await this.views.of(request).contacts(contactsIn(query), query.cursor ?? null, limitOf(query));
    return answerList(request, reply, page, CONTACTS_CSV);
  }

  @Get('contacts/figures')
  @Answers(
    'ContactFigures',
    'Of all contacts that match: how many were reached, and how many of them active again.',
    'getContactFigures',
  )
  contactFigures(@Query() query: ContactsOf, @Req() request: FastifyRequest) {
    return this.views.of(request).contactFigures(contactsIn(query));
  }

  @Get('cases')
  @AnswersList('Case', 'One case per student with the alerts of all courses.', 'listCases')
  async cases(@Query() query: BelongingQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const page = await this.views
      .of(request)
      .cases({ tutor: query.tutor, group: query.group }, query.cursor ?? null, limitOf(query));
    return answerList(request, reply, page, CASES_CSV);
  }
}

function contactsIn({ course: course_id, tutor, group, from: from_ms, to: to_ms }: ContactsOf): ContactFilter {
  return { course_id, tutor, group, from_ms, to_ms };
}
