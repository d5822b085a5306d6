/** Rows as documents of a search index: one index a table, one document a row, known by its key. */
import type { Client } from '@elastic/elasticsearch';
import { type Publication, type PublishedTable, Sink } from '../../ports.js';
import { type BulkItem, latestOf, sendBulk } from './bulk.js';
import { connect, type ElasticsearchOptions, shownUrl } from './connect.js';
import { Retrying } from './retrying.js';
import { type IndexNeeded, putTemplates } from './templates.js';

/** An index, and what is in it. */
export interface TableIndex extends IndexNeeded {
  table: PublishedTable;
  /** Issued once: what is there stays, whatever is told later. */
  first_stays: boolean;
}

/** A publication as a document; null = the row is no more. `round` stands in it as `holdfast.round`. */
export type DocumentOf = (publication: Publication, round: number) => { id: string; document: Record<string, unknown> | null };

/** Found and removed at once. */
const STRAYS_PER_PAGE = 1_000;
/** Between two pages: the view is dropped later than that. */
const VIEW_KEPT = '2m';

interface Item extends BulkItem {
  publication: Publication;
}

export class ElasticsearchSink extends Sink {
  override readonly name = 'elasticsearch';
  override readonly tables: readonly PublishedTable[];
  readonly #client: Client;
  readonly #indices: Map<PublishedTable, TableIndex>;
  readonly #where: string;

  constructor(
    private readonly options: ElasticsearchOptions,
    indices: readonly TableIndex[],
    private readonly documentOf: DocumentOf,
  ) {
    super();
    this.tables = indices.map(({ table }) => table);
    this.#indices = new Map(indices.map((index) => [index.table, index]));
    this.#client = connect(options);
    this.#where = shownUrl(options.url);
  }

  override async open(): Promise<void> {
    await putTemplates(this.#client, [...this.#indices.values()], this.#retrying());
  }

  /** Issued scores are written only where there is none: the store never rewrites them, and neither does a late telling. */
  override send(publications: Publication[], round: number) {
    return this.#send(publications, round, (table) => (this.#indices.get(table)!.first_stays ? 'create' : 'keep'));
  }

  /** As `send`, but what is there gives way in every table: for a rebuild, where the store is right and the index is not. */
  replace(publications: Publication[], round: number) {
    return this.#send(publications, round, () => 'keep');
  }

  /** Removes the documents that `round` and later ones did not bring. Resolves with how many those were. */
  async removeOlder(table: PublishedTable, round: number): Promise<number> {
    const { index } = this.#indices.get(table)!;
    await this.#retrying().ask(() => this.#client.indices.refresh({ index }));
    let { id: view } = await this.#retrying().ask(() => this.#client.openPointInTime({ index, keep_alive: VIEW_KEPT }));
    let removed = 0;
    try {
      for (let after: (string | number | boolean | null)[] | undefined; ; ) {
        const page = await this.#retrying().ask(() =>
          this.#client.search({
            pit: { id: view, keep_alive: VIEW_KEPT },
            size: STRAYS_PER_PAGE,
            query: { bool: { must_not: { range: { 'holdfast.round': { gte: round } } } } },
            sort: [{ _shard_doc: 'asc' }],
            search_after: after,
            track_total_hits: false,
            _source: false,
          }),
        );
        view = page.pit_id ?? view;
        const { hits } = page.hits;
        if (hits.length === 0) return removed;
        const items = hits.map(({ _id: id }): BulkItem => ({ kind: 'delete', index, id: id!, document: null }));
        await sendBulk(this.#client, items, round, () => this.#retrying());
        removed += hits.length;
        after = hits.at(-1)!.sort as typeof after;
      }
    } finally {
      // A view that is not closed is dropped by itself.
      await this.#client.closePointInTime({ id: view }).catch(() => undefined);
    }
  }

  override async close(): Promise<void> {
    await this.#client.close();
  }

  async #send(publications: Publication[], round: number, kindOf: (table: PublishedTable) => 'keep' | 'create') {
    const items = latestOf(publications).map((publication): Item => {
      const { id, document } = this.documentOf(publication, round);
      const { index } = this.#indices.get(publication.table)!;
      if (document === null) return { kind: 'delete', index, id, document, publication };
      return { kind: kindOf(publication.table), index, id, document: JSON.stringify(document), publication };
    });
    const refused = await sendBulk(this.#client, items, round, () => this.#retrying());
    return { refused: refused.map(({ item, why }) => ({ publication: item.publication, why })) };
  }

  #retrying(): Retrying {
    return new Retrying(this.#where, this.options.retry_ms_max);
  }
}
