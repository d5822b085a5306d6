import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Answers } from './describe.js';
import { Numeric } from './fields.js';
import { Problem } from './problem.js';
import { Optional } from './requests.js';
import { HistoryTooSmall, SimulationBusy, SimulationFailed, Simulations } from './simulation-door.js';

/** Thresholds and shares lie inside 0 … 1. */
const LEAST = 0.001;
const MOST = 0.999;
const CALLS_MAX = 100_000;
const DAYS_MAX = 28;
const SUMMARY =
  'What a threshold or a capacity would have meant on the site’s own courses so far: work, precision, recall, lead time. Takes up to minutes.';

export class SimulationBody {
  @ApiPropertyOptional({ type: 'number', minimum: LEAST, maximum: MOST, description: 'Only this threshold.' })
  @Optional()
  @Numeric('number', LEAST, MOST)
  threshold?: number;

  @ApiPropertyOptional({
    type: 'number',
    minimum: LEAST,
    maximum: MOST,
    description: 'Only this share of a course’s students, each week.',
  })
  @Optional()
  @Numeric('number', LEAST, MOST)
  capacity?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: CALLS_MAX,
    description: 'Only so many students of a course, each week.',
  })
  @Optional()
  @Numeric('whole number', 1, CALLS_MAX)
  calls?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: DAYS_MAX, default: 7, description: 'Days between scorings.' })
  @Optional()
  @Numeric('whole number', 1, DAYS_MAX)
  every_days?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: DAYS_MAX,
    description: 'Staff talks with a student so many days after an alert; else nobody does.',
  })
  @Optional()
  @Numeric('whole number', 0, DAYS_MAX)
  contact_after_days?: number;
}

@ApiTags('models')
@Controller('api/v1/thresholds/simulate')
export class SimulationController {
  constructor(private readonly simulations: Simulations) {}

  @Post()
  @HttpCode(200)
  @Answers('Simulation', SUMMARY, 'simulateThresholds')
  @ApiBody({ type: SimulationBody, required: false })
  async simulate(@Body() body: SimulationBody) {
    try {
      return await this.simulations.simulate({ every_days: 7, contact_after_days: null, ...body });
    } catch (error) {
      if (error instanceof SimulationBusy) throw new Problem(409, error.message, { type: 'simulation-under-way' });
      if (error instanceof HistoryTooSmall) throw new Problem(422, error.message, { type: 'history-too-small' });
      if (error instanceof SimulationFailed) throw new Problem(422, error.message, { type: 'simulation-failed' });
      throw error;
    }
  }

  @Get()
  @Answers('SimulationStatus', 'How far the simulation is that is under way; null: none is.', 'getSimulation')
  status() {
    return { running: this.simulations.state() };
  }
}
