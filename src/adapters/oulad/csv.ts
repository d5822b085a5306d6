/** Reads OULAD's CSV files, plain or .gz, row by row: the full data set's clicks do not fit into one string. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A longer line is no CSV of this data set (its longest has 150 characters). */
const LINE_LENGTH_MAX = 10_000;

/** The file's path, plain before compressed. Throws with a hint where it is not there. */
function locate(dir: string, name: string): string {
  for (const file of [join(dir, name), join(dir, `${name}.gz`)]) {
    if (existsSync(file)) return file;
  }
  throw new Error(`${dir} holds neither ${name} nor ${name}.gz. Give the folder of the Open University data set's CSV files.`);
}

/** Calls `take` with each line, its number from 1, a chunk of the file at a time. */
async function eachLine(file: string, take: (line: string, number: number) => void): Promise<void> {
  const raw = createReadStream(file);
  let text: Readable = raw;
  if (file.endsWith('.gz')) {
    text = raw.pipe(createGunzip());
    raw.on('error', (error) => text.destroy(error));
  }
  text.setEncoding('utf8');
  let rest = '';
  let number = 0;
  for await (const chunk of text) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop()!;
    if (rest.length > LINE_LENGTH_MAX) throw new Error(`${file}: a line is longer than 10,000 characters.`);
    for (const part of parts) take(part, ++number);
  }
  if (rest !== '') take(rest, ++number);
}

/** Fields of one line; a field may stand in double quotes (as in the original files), a doubled quote is one. */
export function fieldsOf(line: string): string[] {
  const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (!bare.includes('"')) return bare.split(',');
  return [...bare.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '');
}

/**
 * Calls `take` with each row's fields of the named columns, in the given order; other columns are left out. Throws, naming file
 * and line, for a missing file or column, for a row with too few fields, and for what `take` throws.
 */
export async function eachRow(
  dir: string,
  name: string,
  columns: readonly string[],
  take: (fields: string[]) => void,
): Promise<void> {
  const file = locate(dir, name);
  let places: number[] | null = null;
  await eachLine(file, (line, number) => {
    if (line === '' || line === '\r') return;
    try {
      const fields = fieldsOf(line);
      if (places === null) places = placesOf(fields, columns);
      else take(places.map((place) => fieldAt(fields, place)));
    } catch (error) {
      throw new Error(`${file}, line ${number}: ${(error as Error).message}.`);
    }
  });
  if (places === null) throw new Error(`${file} is empty.`);
}

function fieldAt(fields: string[], place: number): string {
  const field = fields[place];
  if (field === undefined) throw new Error(`there are ${fields.length} fields where the header has more`);
  return field;
}

function placesOf(header: string[], columns: readonly string[]): number[] {
  const names = header.map((name) => name.replace(/^\uFEFF/, '').trim());
  return columns.map((column) => {
    const place = names.indexOf(column);
    if (place < 0) throw new Error(`the header has no column '${column}' (it has ${names.join(', ')})`);
    return place;
  });
}

/** null for an empty field or OULAD's `?`. Throws for what is no number. */
export function numberOrNull(text: string): number | null {
  if (text === '' || text === '?') return null;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`'${text}' is not a number`);
  return value;
}

export function numberIn(text: string): number {
  const value = numberOrNull(text);
  if (value === null) throw new Error('a number is missing');
  return value;
}
