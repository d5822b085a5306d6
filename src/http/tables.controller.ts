import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tablesFor } from '../reading/limited-tables.js';
import type { TableInfo } from '../reading/table-infos.js';
import type { TableFilter } from '../reading/tables.js';
import { csvLines, jsonRow, ndjsonLines } from '../reading/tables-format.js';
import { answerList, formatFor, limitOf, pageOfAll, startList, streamOf, textOf } from './answer.js';
import { AnswersList } from './describe.js';
import { TABLES_CSV } from './list-columns.js';
import { TableReader } from './parts.js';
import { notFound } from './problem.js';
import { PageQuery, TableQuery } from './requests.js';
import { showing, showingEach } from './showing.js';
import { viewerOf } from './viewer.js';

@ApiTags('tables')
@Controller('api/v1/tables')
export class TablesController {
  constructor(private readonly tables: TableReader) {}

  @Get()
  @AnswersList('Table', 'The tables and their columns.', 'listTables')
  async list(@Query() query: PageQuery, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { infos } = tablesFor(viewerOf(request), this.tables);
    const page = pageOfAll<TableInfo>(infos, (table) => table.name, query);
    return answerList(request, reply, page, TABLES_CSV);
  }

  @Get(':name')
  @AnswersList(
    'TableRow',
    'Rows of a table by key. As CSV or NDJSON without limit and cursor: the whole table as a stream.',
    'listTableRows',
    { ndjson: true },
  )
  async rows(
    @Param('name') name: string,
    @Query() query: TableQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const tables = tablesFor(viewerOf(request), this.tables);
    const info = tables.info(name);
    if (!info) throw notFound('such table');
    const filter: TableFilter = { user_id: query.user, course_id: query.course, from_ms: query.from, to_ms: query.to };
    const format = formatFor(request.headers.accept, ['json', 'csv', 'ndjson']);
    if (format !== 'json' && query.limit === undefined && query.cursor === undefined) {
      startList(request, reply, format, null);
      return streamOf(format, info, showingEach(request, format, tables.rows(name, filter)));
    }
    const page = await tables.page(name, filter, query.cursor ?? null, limitOf(query));
    startList(request, reply, format, page.next_cursor);
    if (format === 'json') return { ...page, items: page.items.map((row) => jsonRow(info, row)) };
    await showing(request, format, page.items);
    return textOf(format === 'csv' ? csvLines(info, page.items, { formula_guard: true }) : ndjsonLines(info, page.items));
  }
}
