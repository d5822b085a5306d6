/** Pages of log ids that have been counted. */
import type { SeenPage } from '../../domain.js';
import { StaleState } from '../../ports.js';
import type { Row, Sql } from './database.js';
import { chunked, insert, upsert, writeRows } from './rows.js';

/** Pages in one statement: 2 KB of text each. */
const PAGES_A_STATEMENT = 100;
const WRITE = upsert('seen_pages', ['page', 'bits'], ['page']);
/** Takes the page's lock where another commit makes the same page just now. */
const MAKE = insert('seen_pages', ['page', 'bits'], ' ON DUPLICATE KEY UPDATE page = VALUES(page)');

export async function readSeen(sql: Sql, pages: number[]): Promise<SeenPage[]> {
  return (await select(sql, pages, '')).map(pageOf);
}

/**
 * Adds newly counted ids to what is known of their pages, which stay locked until the transaction ends. Every lane writes the
 * newest page, so this comes last in a commit.
 */
export async function writeSeen(sql: Sql, pages: SeenPage[]): Promise<void> {
  const numbers = pages.map(({ page }) => page);
  let rows = await select(sql, numbers, 'FOR UPDATE');
  const there = new Set(rows.map((row) => row.page));
  const missing = [...new Set(numbers)].filter((page) => !there.has(page)).sort((a, b) => a - b);
  if (missing.length > 0) {
    const empty = pages[0]!.bits.map(() => 0);
    await writeRows(
      sql,
      MAKE,
      missing.map((page) => [page, empty]),
    );
    rows = [...rows, ...(await select(sql, missing, 'FOR UPDATE'))];
  }
  const known = new Map(rows.map(pageOf).map(({ page, bits }) => [page, bits]));
  for (const { page, bits } of pages) add(known.get(page)!, bits, page);
  const merged = [...known].sort(([a], [b]) => a - b);
  await writeRows(sql, WRITE, merged);
}

function add(known: Uint8Array, bits: Uint8Array, page: number): void {
  for (let index = 0; index < bits.length; index += 1) {
    if ((known[index]! & bits[index]!) !== 0) throw new StaleState(`log rows of page ${page} are counted already`);
    known[index]! |= bits[index]!;
  }
}

/** Ascending, so that two commits lock in the same order. */
async function select(sql: Sql, pages: number[], lock: '' | 'FOR UPDATE'): Promise<Row[]> {
  const rows: Row[] = [];
  const sorted = [...new Set(pages)].sort((a, b) => a - b);
  for (const part of chunked(sorted, PAGES_A_STATEMENT)) {
    const index = 'FORCE INDEX (PRIMARY)';
    rows.push(
      ...(await sql.rows(`SELECT page, bits FROM seen_pages ${index} WHERE page IN (${part.join()}) ORDER BY page ${lock}`)),
    );
  }
  return rows;
}

/** A copy of its own: what the connection hands out may be a part of something larger. */
function pageOf(row: Row): SeenPage {
  return { page: row.page as number, bits: Uint8Array.from(row.bits as Uint8Array) };
}
