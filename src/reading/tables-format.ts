/** Rows of a table as text: CSV and NDJSON, the same bytes in an export, over HTTP and in a pipe. */
import type { ColumnType, TableInfo, TableRow, Value } from './table-infos.js';

/** Rows that one piece of text holds: few enough to flow while the rows come, enough not to pay for each line. */
const ROWS_A_PIECE = 200;

export interface CsvOptions {
  /**
   * For readers who may open the text in a spreadsheet: a text cell that begins like a formula gets a leading apostrophe.
   * Off for files, which are faithful.
   */
  formula_guard?: boolean;
}

/**
 * The table as CSV: a head line with the column names, then a line a row, each ended by `\n`. A piece is whole lines.
 *
 *   user_id,day,closed,reasons            columns in the order of `info`
 *   5,2025-11-18,true,"[{""a"":1}]"       day as a date, JSON in a cell, quotes as in RFC 4180
 *   -1,,false,                            null is empty; an empty text is "" so that the two stay apart
 */
export async function* csvLines(
  info: Pick<TableInfo, 'columns'>,
  rows: AsyncIterable<TableRow> | Iterable<TableRow>,
  options: CsvOptions = {},
): AsyncGenerator<string> {
  const guard = options.formula_guard === true;
  const columns = info.columns;
  const line = (row: TableRow) => `${columns.map((c) => csvCell(c.type, row[c.name] ?? null, guard)).join(',')}\n`;
  yield `${columns.map((c) => quoted(c.name)).join(',')}\n`;
  yield* pieces(rows, line);
}

/** The table as NDJSON: a JSON object a row, names in the order of `info`, a column without a value as null. */
export async function* ndjsonLines(
  info: Pick<TableInfo, 'columns'>,
  rows: AsyncIterable<TableRow> | Iterable<TableRow>,
): AsyncGenerator<string> {
  yield* pieces(rows, (row) => `${JSON.stringify(jsonRow(info, row))}\n`);
}

/** A row as JSON has it: the columns of `info` in its order, days as dates, a column without a value as null. */
export function jsonRow(info: Pick<TableInfo, 'columns'>, row: TableRow): TableRow {
  const written: TableRow = {};
  for (const { name, type } of info.columns) written[name] = plain(type, row[name] ?? null);
  return written;
}

async function* pieces(
  rows: AsyncIterable<TableRow> | Iterable<TableRow>,
  line: (row: TableRow) => string,
): AsyncGenerator<string> {
  let text = '';
  let held = 0;
  for await (const row of rows) {
    text += line(row);
    held += 1;
    if (held === ROWS_A_PIECE) {
      yield text;
      text = '';
      held = 0;
    }
  }
  if (held > 0) yield text;
}

function csvCell(type: ColumnType, value: Value, guard: boolean): string {
  const known = plain(type, value);
  if (known === null) return '';
  if (typeof known === 'number') return String(known);
  if (typeof known === 'boolean') return known ? 'true' : 'false';
  if (typeof known === 'object') return quoted(JSON.stringify(known));
  if (type === 'json') return quoted(JSON.stringify(known));
  return quoted(guard && looksLikeFormula(known) ? `'${known}` : known);
}

/** A value as JSON has it: a day number becomes its date, a number that is none becomes null. */
function plain(type: ColumnType, value: Value): Value {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return null;
  return type === 'day' ? dayText(value) : value;
}

const MS_A_DAY = 86_400_000;

/** 20779 → `2026-11-22`: day numbers count calendar days, whatever the zone of the calendar. */
function dayText(day: number): string {
  return new Date(day * MS_A_DAY).toISOString().slice(0, 10);
}

/** What a spreadsheet would run or read as another cell: `=1+1`, `+49…`, `-2+3`, `@SUM`, and what a tab or CR can hide. */
export function looksLikeFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text);
}

/** RFC 4180: quotes around a text with a comma, a quote or a line break, inner quotes doubled. */
function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
