import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Answers } from './describe.js';
import { Eraser } from './erase-door.js';
import { ANY_WHOLE_NUMBER, Numeric } from './fields.js';
import { notFound, Problem } from './problem.js';
import { StudentPath } from './requests.js';
import { viewerOf } from './viewer.js';

const ERASES = 'Erases a student for good: store, lists, index, topics. No file, copy or import brings them back.';

/** Said twice, since nothing brings them back. */
export class EraseBody {
  @ApiProperty({
    type: 'integer',
    ...ANY_WHOLE_NUMBER,
    description: 'The number of the student again; any other is refused with 409.',
  })
  @Numeric('whole number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  confirm!: number;
}

@ApiTags('students')
@Controller('api/v1/students/:userId/erase')
export class EraseController {
  constructor(private readonly eraser: Eraser) {}

  @Post()
  @HttpCode(200)
  @Answers('ErasedRows', ERASES, 'eraseStudent')
  @ApiBody({ type: EraseBody })
  async erase(@Param() { userId }: StudentPath, @Body() { confirm }: EraseBody, @Req() request: FastifyRequest) {
    if (!(await this.eraser.holds(userId))) throw notFound('such student');
    if (confirm !== userId)
      throw new Problem(409, 'confirm must be the number of the student again. Nothing was erased.', { type: 'not-confirmed' });
    return this.eraser.erase(userId, viewerOf(request));
  }
}
