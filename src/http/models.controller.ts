import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerList, pageOfAll } from './answer.js';
import { Answers, AnswersList } from './describe.js';
import { MODELS_CSV } from './list-columns.js';
import { Models } from './parts.js';
import { notFound } from './problem.js';
import { PageQuery } from './requests.js';

@ApiTags('models')
@Controller('api/v1/models')
export class ModelsController {
  constructor(private readonly models: Models) {}

  @Get()
  @AnswersList('Model', 'The model versions at hand; one is the champion.', 'listModels')
  async list(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const page = pageOfAll(await this.models.list(), (model) => model.version, query);
    return answerList(request, reply, page, MODELS_CSV);
  }

  @Get(':version')
  @Answers('Model', "One version's manifest.", 'getModel')
  one(@Param('version') version: string) {
    return this.shown(version);
  }

  @Post(':version/promote')
  @HttpCode(200)
  @Answers('Model', 'Makes a version the champion.', 'promoteModel')
  async promote(@Param('version') version: string) {
    await this.shown(version);
    await this.models.promote(version);
    return this.shown(version);
  }

  private async shown(version: string) {
    const model = await this.models.show(version);
    if (!model) throw notFound('such model version');
    return model;
  }
}
