/** What a round has to tell: of each row the latest, whatever came before it. */
import type { Publication } from '../ports.js';

export class LatestRows {
  readonly #rows = new Map<string, Publication>();

  put(publication: Publication): void {
    this.#rows.set(JSON.stringify([publication.table, publication.key]), publication);
  }

  of(tables: readonly string[]): Publication[] {
    return [...this.#rows.values()].filter(({ table }) => tables.includes(table));
  }
}
