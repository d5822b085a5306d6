import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { place, placeCursor } from '../reading/cursors.js';
import { Answers } from './describe.js';
import { QueryInstant } from './fields.js';
import { ChangeLog } from './parts.js';
import { LIMIT_DEFAULT, PageQuery } from './requests.js';

export class ChangesQuery extends PageQuery {
  @QueryInstant('Since when.')
  from?: number;
}

@ApiTags('system')
@Controller('api/v1/changes')
export class ChangesController {
  constructor(private readonly log: ChangeLog) {}

  @Get()
  @Answers(
    'RecordedChanges',
    'What people changed of the service: imports, erasures, opt-outs, trainings, ids outside. The latest first.',
    'listChanges',
  )
  async list(@Query() { from = 0, limit = LIMIT_DEFAULT, cursor }: ChangesQuery) {
    const start = cursor === undefined ? 0 : place(cursor);
    const found = await this.log.changes(from, start + limit + 1);
    const next_cursor = found.length > start + limit ? placeCursor(start + limit) : null;
    return { items: found.slice(start, start + limit), next_cursor };
  }
}
