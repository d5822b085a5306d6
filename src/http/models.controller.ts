import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ModelShelf, type ShelfPlace } from '../ports.js';
import { answerList, pageOfAll } from './answer.js';
import { Answers, AnswersList } from './describe.js';
import { MODELS_CSV, type ShelvedModel } from './list-columns.js';
import { notFound, Problem } from './problem.js';
import { PageQuery } from './requests.js';
import { viewerOf } from './viewer.js';

@ApiTags('models')
@Controller('api/v1/models')
export class ModelsController {
  constructor(private readonly models: ModelShelf) {}

  @Get()
  @AnswersList('Model', 'The model versions at hand; one is the champion.', 'listModels')
  async list(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const page = pageOfAll((await this.models.list()).map(flat), (model) => model.version, query);
    return answerList(request, reply, page, MODELS_CSV);
  }

  @Get(':version')
  @Answers('ModelCard', "One version's manifest and card.", 'getModel')
  one(@Param('version') version: string) {
    return this.shown(version);
  }

  @Post(':version/promote')
  @HttpCode(200)
  @Answers('ModelCard', 'Makes a version the champion.', 'promoteModel')
  async promote(@Param('version') version: string, @Req() request: FastifyRequest) {
    await this.shown(version);
    try {
      await this.models.promote(version, { by: viewerOf(request).name, why: 'asked for' });
    } catch (error) {
      throw refusal(error);
    }
    return this.shown(version);
  }

  private async shown(version: string) {
    const model = await this.models.show(version);
    if (!model) throw notFound('such model version');
    return { ...flat(model), card: model.card };
  }
}

function flat({ manifest, champion, challenger }: ShelfPlace): ShelvedModel {
  return { ...manifest, champion, challenger };
}

/** A shelf refuses with a sentence for people; what has a code is a fault of the machine and stays in the log. */
function refusal(error: unknown): unknown {
  const by_machine = !(error instanceof Error) || 'code' in error;
  return by_machine ? error : new Problem(409, error.message, { type: 'model-refused' });
}
