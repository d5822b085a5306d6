/** A CSV file as people export it from a spreadsheet or a database: any usual delimiter, UTF-8, plain or .gz, or standard input. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import Papa from 'papaparse';

/** Read whole, since nothing is imported of a file with a fault: a million short lines. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024;
export const LINES_MAX = 500_000;
/** A longer line is a quote that was never closed. */
export const LINE_LENGTH_MAX = 10_000;
/** More than any system exports; ours have at most four. */
export const FIELDS_MAX = 200;

const DELIMITERS = [',', ';', '\t'] as const;

export interface CsvFile {
  header: string[];
  /** Those with something in them; `line` as an editor counts, from 1. */
  lines: { line: number; fields: string[] }[];
}

/** The file itself cannot be read as CSV; the message says where, why and what to do, and nothing of its content. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
}

/** `-` is `stdin`. */
export async function readCsv(path: string, stdin: Readable): Promise<CsvFile> {
  const name = path === '-' ? 'standard input' : path;
  return parseCsv(name, await bytesOf(path === '-' ? stdin : createReadStream(path), name));
}

export function parseCsv(name: string, bytes: Uint8Array): CsvFile {
  const text = textOf(name, unzipped(name, bytes));
  checkLines(name, text);
  const lines = numbered(recordsOf(name, text));
  const [head, ...rest] = lines;
  if (head === undefined) throw new CsvFault(`${name} is empty. Its first line must name the columns.`);
  const names = head.fields.map((field) => field.trim().toLowerCase());
  const twice = names.findIndex((column, i) => column !== '' && names.indexOf(column) !== i);
  if (twice >= 0)
    throw new CsvFault(`${name}, line 1: columns ${names.indexOf(names[twice]!) + 1} and ${twice + 1} have one name.`);
  return { header: head.fields, lines: rest };
}

/** Before anything is made of them: little of .gz may hold millions of empty lines, and a list of those fills the memory. */
function checkLines(name: string, text: string): void {
  let lines = 0;
  for (let start = 0; start < text.length; lines++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end - start > LINE_LENGTH_MAX)
      throw new CsvFault(
        `${name}, line ${lines + 1} is longer than ${LINE_LENGTH_MAX} characters. Is it CSV, one record a line?`,
      );
    start = end + 1;
  }
  if (lines > LINES_MAX + 1)
    throw new CsvFault(`${name} has ${lines - 1} lines; at most ${LINES_MAX}. Split it, and import the parts one after another.`);
}

function recordsOf(name: string, text: string): string[][] {
  const records: string[][] = [];
  let fault: CsvFault | null = null;
  Papa.parse<string[]>(text, {
    delimiter: delimiterOf(text),
    header: false,
    step({ data, errors }, parser) {
      const record = records.push(data);
      if (errors.some(({ type }) => type === 'Quotes'))
        fault = new CsvFault(
          `${name}, record ${record}: a double quote is not closed, or stands inside a field. Double it ("") there.`,
        );
      else if (data.length > FIELDS_MAX)
        fault = new CsvFault(
          record === 1
            ? `${name}, line 1 has ${data.length} columns; at most ${FIELDS_MAX}.`
            : `${name}, record ${record} has ${data.length} fields; at most ${FIELDS_MAX}.`,
        );
      if (fault !== null) parser.abort();
    },
  });
  if (fault !== null) throw fault;
  return records;
}

async function bytesOf(stream: Readable, name: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > FILE_BYTES_MAX) throw tooLarge(name);
      chunks.push(Buffer.from(chunk));
    }
  } catch (error) {
    if (error instanceof CsvFault) throw error;
    throw new CsvFault(
      `${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Check its path and rights.`,
    );
  }
  return Buffer.concat(chunks);
}

/** By its first bytes, whatever its name. */
function unzipped(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: FILE_BYTES_MAX });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name);
    throw new CsvFault(`${name} is a broken .gz file. Compress it again.`);
  }
}

const tooLarge = (name: string) =>
  new CsvFault(`${name} is larger than ${FILE_BYTES_MAX / 1024 / 1024} MiB. Split it, and import the parts one after another.`);

function textOf(name: string, bytes: Uint8Array): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  try {
    if (!utf16) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Said below.
  }
  const is = utf16 ? 'is UTF-16' : 'is not UTF-8';
  throw new CsvFault(
    `${name} ${is}. Save it as "CSV UTF-8", or convert it: iconv -f ${utf16 ? 'UTF-16' : 'WINDOWS-1252'} -t UTF-8`,
  );
}

/** The one that the first line has most of; a comma where it has none. */
function delimiterOf(text: string): string {
  const end = text.indexOf('\n');
  const header = end < 0 ? text : text.slice(0, end);
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** A field in quotes may hold line ends. Lines with nothing in them are left out. */
function numbered(records: string[][]): CsvFile['lines'] {
  const lines: CsvFile['lines'] = [];
  let line = 1;
  for (const fields of records) {
    if (fields.some((field) => field.trim() !== '')) lines.push({ line, fields });
    line += 1 + fields.reduce((ends, field) => ends + field.split('\n').length - 1, 0);
  }
  return lines;
}
