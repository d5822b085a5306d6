/** A long list of the store, page by page. */
import type { Page } from '../ports.js';

/** Asked of the store at once. */
const ROWS_PER_PAGE = 5_000;

export async function* paged<T, K>(ask: (page: Page<K>) => Promise<T[]>, key: (row: T) => K): AsyncGenerator<T> {
  for (let after: K | undefined; ; ) {
    const rows = await ask({ after, limit: ROWS_PER_PAGE });
    yield* rows;
    if (rows.length < ROWS_PER_PAGE) return;
    after = key(rows.at(-1)!);
  }
}
