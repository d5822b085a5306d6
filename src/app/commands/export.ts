import { Argument, Command, Option } from 'commander';
import { csvLines, ndjsonLines } from '../../reading/tables-format.js';
import { parquetFile } from '../parquet.js';
import { openService } from '../service.js';
import { type CommonOptions, configOf, parseInteger, parseTime, print, withCommonOptions } from './context.js';

interface ExportOptions extends CommonOptions {
  format: 'csv' | 'ndjson' | 'parquet';
  course?: number;
  user?: number;
  from?: number;
  to?: number;
}

const NAMES =
  'sessions course_sessions user_activity activity_days cohort_ratios enrolments scores in_risk alerts early rejected'.split(' ');

export function exportCommand(): Command {
  return withCommonOptions(new Command('export'))
    .description('write a table to standard output')
    .addArgument(new Argument('<table>', 'the table').choices(NAMES))
    .addOption(new Option('--format <format>', 'how').choices(['csv', 'ndjson', 'parquet']).default('csv'))
    .option('--course <id>', 'only this course', parseInteger)
    .option('--user <id>', 'only this user', parseInteger)
    .option('--from <time>', 'only from this time on (ISO 8601 with zone, inclusive)', parseTime)
    .option('--to <time>', 'only before this time (exclusive)', parseTime)
    .action(exportTable);
}

async function exportTable(name: string, options: ExportOptions): Promise<void> {
  const service = await openService(configOf(options), { mode: 'read', clock: null });
  try {
    const info = service.tables.info(name)!;
    const rows = service.tables.rows(name, {
      course_id: options.course,
      user_id: options.user,
      from_ms: options.from,
      to_ms: options.to,
    });
    if (options.format === 'parquet') await print(await parquetFile(info, rows));
    else for await (const line of (options.format === 'csv' ? csvLines : ndjsonLines)(info, rows)) await print(line);
  } finally {
    await service.close();
  }
}
