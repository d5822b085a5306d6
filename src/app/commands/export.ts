import { existsSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import type { Config } from '../../config.js';
import { AllTables } from '../../reading/all-tables.js';
import { CLICK_TABLES } from '../../reading/click-table-infos.js';
import { TABLES } from '../../reading/table-infos.js';
import { csvLines, ndjsonLines } from '../../reading/tables-format.js';
import { openClicks } from '../clicks.js';
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

const NAMES = [...TABLES, ...CLICK_TABLES].map(({ name }) => name);

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
  const config = configOf(options);
  const clicks = await openClicks(config, { mode: 'read' });
  const service = needsSite(name, config) ? await openService(config, { mode: 'read', clock: null }) : null;
  try {
    const tables = new AllTables(service?.tables ?? null, clicks.tables);
    const info = tables.info(name)!;
    const rows = tables.rows(name, {
      course_id: options.course,
      user_id: options.user,
      from_ms: options.from,
      to_ms: options.to,
    });
    if (options.format === 'parquet') await print(await parquetFile(info, rows));
    else for await (const line of (options.format === 'csv' ? csvLines : ndjsonLines)(info, rows)) await print(line);
  } finally {
    await clicks.close();
    await service?.close();
  }
}

/** Clicks need no Moodle: where nothing but clicks was ever counted, there is no store of a site. */
function needsSite(name: string, { store }: Config): boolean {
  if (CLICK_TABLES.some((table) => table.name === name)) return false;
  return name !== 'rejected' || store.kind !== 'sqlite' || existsSync(store.path);
}
