import { Body, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsIn } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TARGETS, type Target } from '../domain.js';
import { Answers } from './describe.js';
import { Numeric } from './fields.js';
import { ChangeLog } from './parts.js';
import { Problem } from './problem.js';
import { Optional } from './requests.js';
import { RetrainBusy, RetrainJobs } from './retrain-door.js';
import { ref } from './schema-words.js';
import { viewerOf } from './viewer.js';

const SEED_MAX = 2 ** 31 - 1;
const STATUS = '/api/v1/models/retrain';
const STARTS = 'Trains a model in the background, on the data that HOLDFAST_RETRAIN_FROM names. One training at a time.';
const DEFAULTS = { seed: 1, target: 'effective-withdrawal', promote_if_better: false } as const;

/** What to learn from is the operator's to say: a request names no folder of this machine. */
export class RetrainBody {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: SEED_MAX, default: DEFAULTS.seed })
  @Optional()
  @Numeric('whole number', 0, SEED_MAX)
  seed?: number;

  @ApiPropertyOptional({ enum: TARGETS, default: DEFAULTS.target, description: 'What the alert is to mean.' })
  @Optional()
  @IsIn(TARGETS)
  target?: Target;

  @ApiPropertyOptional({
    type: 'boolean',
    default: DEFAULTS.promote_if_better,
    description: 'It replaces the champion where it is better by the rule.',
  })
  @Optional()
  @IsBoolean({ message: '$property must be true or false' })
  promote_if_better?: boolean;
}

@ApiTags('models')
@Controller('api/v1/models/retrain')
export class RetrainController {
  constructor(
    private readonly jobs: RetrainJobs,
    private readonly changes: ChangeLog,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: STARTS, operationId: 'retrain' })
  @ApiAcceptedResponse({ description: 'Begun.', content: { 'application/json': { schema: ref('RetrainJob') } } })
  @ApiBody({ type: RetrainBody, required: false })
  async start(@Body() body: RetrainBody, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const viewer = viewerOf(request);
    try {
      const job = this.jobs.start({ ...DEFAULTS, ...body }, viewer);
      await this.changes.record(viewer, 'training', 'A training was started.');
      reply.header('location', STATUS);
      return job;
    } catch (error) {
      if (!(error instanceof RetrainBusy)) throw error;
      throw new Problem(409, error.message, { type: 'training-under-way', extensions: { job: error.job } });
    }
  }

  @Get()
  @Answers('RetrainStatus', 'The training that runs, or the one that ran last since the start; null: none did.', 'getRetrain')
  status() {
    return { job: this.jobs.latest() };
  }
}
