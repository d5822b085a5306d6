import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ClickDoor, type ClickFormat, ClicksElsewhere, type ParcelAnswer } from '../pipeline/click-door.js';
import { IntakeFull } from '../pipeline/click-intake.js';
import { StalePosition } from '../ports.js';
import { mediaOf, TEXT_TYPE } from './click-bodies.js';
import { full, InHand, readRecords } from './click-reader.js';
import { TakesRecords } from './describe.js';
import { type Fault, Problem } from './problem.js';

/** Which process counts is settled anew within the time of a lease. */
const ELSEWHERE_S = 30;

@ApiTags('clicks')
@Controller('api/v1')
export class ClicksController {
  readonly #inHand = new InHand();

  constructor(private readonly door: ClickDoor) {}

  @Post('clicks')
  @HttpCode(202)
  @TakesRecords('Takes clicks of web sites in, in any shape; log lines of web servers as text.', 'postClicks', true)
  clicks(@Req() request: FastifyRequest) {
    return this.take(request, mediaOf(request.headers['content-type']) === TEXT_TYPE ? 'combined' : 'clicks');
  }

  @Post('events')
  @HttpCode(202)
  @TakesRecords('Takes product events in.', 'postEvents')
  events(@Req() request: FastifyRequest) {
    return this.take(request, 'events');
  }

  @Post('users')
  @HttpCode(202)
  @TakesRecords('Takes in what is known of users, to which clicks are joined from then on.', 'postUsers')
  users(@Req() request: FastifyRequest) {
    return this.take(request, 'users');
  }

  @Post('codes')
  @HttpCode(202)
  @TakesRecords('Takes in what status codes mean, to which clicks are joined from then on.', 'postCodes')
  codes(@Req() request: FastifyRequest) {
    return this.take(request, 'codes');
  }

  /** Answers when everything is stored: what was answered with 202 is never lost. */
  private async take(request: FastifyRequest, format: ClickFormat): Promise<ParcelAnswer> {
    const { weigh, release } = this.#inHand.open();
    try {
      const parcel = this.door.parcel('http', format);
      await readRecords(request, parcel, weigh);
      const answer = await parcel.commit();
      if (answer.accepted === 0) throw unusable(answer);
      return answer;
    } catch (error) {
      throw problemOf(error);
    } finally {
      release();
    }
  }
}

function problemOf(error: unknown): unknown {
  if (error instanceof IntakeFull) return full(error.message);
  // The latter: another process has taken over meanwhile.
  if (!(error instanceof ClicksElsewhere || error instanceof StalePosition)) return error;
  return new Problem(503, 'Clicks are not counted by this process just now. The one that does takes them.', {
    type: 'clicks-elsewhere',
    headers: { 'retry-after': String(ELSEWHERE_S) },
  });
}

/** The pointers are into the body as an array of records, which it is or might have been. */
function unusable({ refused, errors }: ParcelAnswer): Problem {
  if (refused === 0) return new Problem(400, 'The body holds no record.', { type: 'no-usable-record' });
  const faults: Fault[] = errors.map(({ line, reason, detail }) => ({ pointer: `/${line - 1}`, rule: reason, detail }));
  return new Problem(400, 'No record of the body can be used: see errors.', {
    type: 'no-usable-record',
    errors: faults,
    extensions: { refused },
  });
}
