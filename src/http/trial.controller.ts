import { Body, Controller, Delete, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { TrialRefused, Trials, WEEKS_MAX } from '../pipeline/trials.js';
import { Answers } from './describe.js';
import { Numeric, QueryInteger } from './fields.js';
import { Problem } from './problem.js';
import { viewerOf } from './viewer.js';

const WEEKS = 10;

export class TrialQuery {
  @QueryInteger('For how many weeks the power is reckoned.', { min: 1, max: WEEKS_MAX, default: WEEKS })
  weeks?: number;
}

export class TrialStart {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: WEEKS_MAX, description: 'Weeks in which students are drawn.' })
  @Numeric('whole number', 1, WEEKS_MAX)
  weeks!: number;
}

@ApiTags('alerts')
@Controller('api/v1/trial')
export class TrialController {
  constructor(private readonly trials: Trials) {}

  @Get()
  @Answers('TrialState', 'The fair trial of whether calling helps: the latest one, and what one could find.', 'getTrial')
  async trial(@Query() { weeks }: TrialQuery) {
    return { ...(await this.trials.state()), power: await this.trials.power(weeks ?? WEEKS) };
  }

  @Post()
  @HttpCode(200)
  @Answers(
    'Trial',
    'Starts a trial: from the next weekly scoring on, half of each list is drawn to be called a week later.',
    'startTrial',
  )
  start(@Body() { weeks }: TrialStart, @Req() request: FastifyRequest) {
    return refusing(() => this.trials.start(weeks, viewerOf(request)));
  }

  @Delete()
  @HttpCode(200)
  @Answers('Trial', 'Stops the trial that is under way; it then has no result.', 'stopTrial')
  stop(@Req() request: FastifyRequest) {
    return refusing(() => this.trials.stop(viewerOf(request)));
  }
}

async function refusing<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TrialRefused) throw new Problem(409, error.message, { type: 'trial' });
    throw error;
  }
}
