import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { doneBy, type ModelDecision, ModelShelf, type ShelfPlace } from '../ports.js';
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
    const page = pageOfAll(await this.listed(), (model) => model.version, query);
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
      await this.models.promote(version, { ...doneBy(viewerOf(request)), why: 'asked for' });
    } catch (error) {
      throw refusal(error);
    }
    return this.shown(version);
  }

  private async listed(): Promise<ShelvedModel[]> {
    const [models, history] = [await this.models.list(), await this.models.history()];
    const champion = models.find((model) => model.champion)?.manifest.version;
    return models.map((model) => flat(model, champion, history));
  }

  private async shown(version: string) {
    const model = await this.models.show(version);
    if (!model) throw notFound('such model version');
    const listed = (await this.listed()).find((each) => each.version === version);
    return { ...listed!, card: model.card };
  }
}

/** With what the last comparison with the champion came to. */
function flat(
  { manifest, champion, challenger }: ShelfPlace,
  champion_version: string | undefined,
  history: readonly ModelDecision[],
): ShelvedModel {
  const last = history.findLast(
    ({ what, from, to, figures }) =>
      what === 'compare' && from === champion_version && to === manifest.version && figures !== undefined,
  );
  return { ...manifest, champion, challenger, compared: last ? comparedOf(last) : null };
}

/** The registry is a file that people may edit: only what is a figure goes on. */
function comparedOf({ at, figures = {} }: ModelDecision): ShelvedModel['compared'] {
  const { verdict, rows, students, difference } = figures;
  const { auc, low, high } = (difference ?? {}) as Record<string, unknown>;
  const known = [auc, low, high].every((value) => typeof value === 'number');
  return {
    at,
    verdict: String(verdict),
    rows: Number(rows ?? 0),
    students: Number(students ?? 0),
    difference: known ? { auc: auc as number, low: low as number, high: high as number } : null,
  };
}

/** A shelf refuses with a sentence for people; what has a code is a fault of the machine and stays in the log. */
function refusal(error: unknown): unknown {
  const by_machine = !(error instanceof Error) || 'code' in error;
  return by_machine ? error : new Problem(409, error.message, { type: 'model-refused' });
}
