/** Many rows in few statements. Values go into the text as literals: numbers dominate, and text is what these servers read fastest. */
import { createHash } from 'node:crypto';
import { escape as textLiteral } from 'mysql2';
import type { Sql } from './database.js';

export type Value = number | string | boolean | null | undefined | Uint8Array;

/**
 * A statement leaves when its text is longer than this, in characters. A batch of a table fits into one; with four bytes a
 * character and a last row of its own length it stays inside the smallest max_allowed_packet that is accepted (4 MiB).
 */
const STATEMENT_CHARACTERS = 256 * 1024;
/** Rows named by their key in one statement: the server plans each `OR` branch. */
const KEYS_A_STATEMENT = 200;
/** Numbers in one `IN (…)`. */
const NUMBERS_A_STATEMENT = 2_000;

export function literal(value: Value): string {
  if (typeof value === 'number') return String(value);
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'string') return textLiteral(value);
  return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`;
}

/** A table's insert: what comes before the rows, and what follows them. */
export interface Insert {
  into: string;
  then: string;
}

export function insert(table: string, columns: readonly string[], then = ''): Insert {
  return { into: `INSERT INTO ${table} (${columns.map(quoted).join(', ')}) VALUES `, then };
}

/** An insert that replaces the other columns of a row whose key is there already. */
export function upsert(table: string, columns: readonly string[], key: readonly string[]): Insert {
  const others = columns.filter((name) => !key.includes(name)).map((name) => `${quoted(name)} = VALUES(${quoted(name)})`);
  return insert(table, columns, ` ON DUPLICATE KEY UPDATE ${others.join(', ')}`);
}

/** In the order given: of two rows with the same key the later is written later. */
export async function writeRows(sql: Sql, { into, then }: Insert, rows: readonly (readonly Value[])[]): Promise<void> {
  let text = '';
  for (const row of rows) {
    let one = text === '' ? '(' : ',(';
    for (let column = 0; column < row.length; column += 1) {
      const value = row[column];
      if (column > 0) one += ',';
      one += typeof value === 'number' ? value : literal(value);
    }
    text += `${one})`;
    if (text.length < STATEMENT_CHARACTERS) continue;
    await sql.run(into + text + then);
    text = '';
  }
  if (text !== '') await sql.run(into + text + then);
}

/** Conditions that name rows by their keys, some at a time: `(a = 1 AND b = 2) OR (a = 1 AND b = 3)`. */
export function keyConditions(columns: readonly string[], keys: readonly (readonly Value[])[]): string[] {
  const names = columns.map(quoted);
  const one = (key: readonly Value[]) => `(${names.map((name, index) => `${name} = ${literal(key[index])}`).join(' AND ')})`;
  return chunked(keys, KEYS_A_STATEMENT).map((part) => part.map(one).join(' OR '));
}

/** `1, 2, 3` and so on, ascending and each once, some at a time. */
export function numberLists(numbers: readonly number[]): string[] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  return chunked(sorted, NUMBERS_A_STATEMENT).map((part) => part.join(', '));
}

export function chunked<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}

/** Ascending, column by column; rows of the same key stay in their order. Who locks in one order does not deadlock. */
export function inKeyOrder<Item>(items: readonly Item[], keyOf: (item: Item) => readonly number[]): Item[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ item }) => item);
}

/** Compares as many columns as `a` has, or the first `columns`. */
export function compareKeys(a: readonly number[], b: readonly number[], columns = a.length): number {
  for (let column = 0; column < columns; column += 1) {
    if (a[column] !== b[column]) return a[column]! - b[column]!;
  }
  return 0;
}

/** A name as its column can hold it: a longer one is cut, and told from others by its hash. */
export function clipped(text: string, characters: number): string {
  const points = [...text];
  if (points.length <= characters) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${points.slice(0, characters - hash.length - 1).join('')}…${hash}`;
}

/** `a`b` → `` `a``b` ``. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
