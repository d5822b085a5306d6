/** Where the next page of a list begins, in a form that nobody else has to read. */
import type { TableRow, Value } from './table-infos.js';
import { BadCursor, type PageOf } from './views.js';

const NONE_OF_OURS = 'this cursor is none of ours: begin again without one';

/** A place in a list as it stands. */
export function placeCursor(at: number): string {
  return Buffer.from(String(at)).toString('base64url');
}

export function place(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw new BadCursor(NONE_OF_OURS);
  return Number(text);
}

/** A page of a list that is at hand. */
export function slice<T>(list: T[], cursor: string | null, limit: number): PageOf<T> {
  const from = cursor === null ? 0 : place(cursor);
  return { items: list.slice(from, from + limit), next_cursor: from + limit < list.length ? placeCursor(from + limit) : null };
}

/** The key of a table's row. */
export function keyCursor(key: Value[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The first rows of an ordered table; the cursor is the key of the last one, so it names no row that is not in the page. */
export async function firstRows(rows: AsyncIterable<TableRow>, key: readonly string[], limit: number): Promise<PageOf<TableRow>> {
  const items: TableRow[] = [];
  for await (const row of rows) {
    if (items.length === limit) return { items, next_cursor: keyCursor(key.map((column) => items.at(-1)![column]!)) };
    items.push(row);
  }
  return { items, next_cursor: null };
}

/** Where the rows of the next page begin; the first page begins where the table does. */
export function afterOf(cursor: string | null, length: number): Value[] | undefined {
  return cursor === null ? undefined : keyOf(cursor, length);
}

export function keyOf(cursor: string, length: number): Value[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === length && key.every((v) => typeof v === 'number' || typeof v === 'string'))
      return key;
  } catch {
    // Falls through to the one answer that a wrong cursor gets.
  }
  throw new BadCursor(NONE_OF_OURS);
}
