/**
 * Rows as documents of a search index: one index a table, one document a row, known by its key; what never changes is appended to a
 * data stream.
 */
import type { Client } from '@elastic/elasticsearch';
import { type Publication, Sink } from '../../ports.js';
import { type BulkItem, latestOf, sendBulk } from './bulk.js';
import { connect, type ElasticsearchOptions, shownUrl } from './connect.js';
import { type LogNeeded, type LogPlace, logIndex, notThere, putLog } from './log-stream.js';
import { Retrying } from './retrying.js';
import { type IndexNeeded, putTemplates } from './templates.js';

/** An index, and what is in it. */
export interface TableIndex extends IndexNeeded {
  table: string;
  /** Issued once: what is there stays, whatever is told later. */
  first_stays: boolean;
  /** Its documents are appended, and removed when they are old. */
  log?: LogNeeded['log'];
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
  override readonly tables: readonly string[];
  readonly #client: Client;
  readonly #indices: Map<string, TableIndex>;
  /** Of the tables that are logs; known once it is open. */
  readonly #logs = new Map<string, LogPlace>();
  /** What was sent may be there although nobody heard so: a process or a call ended before its answer. */
  #unsure = true;
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
    const indices = [...this.#indices.values()];
    await putTemplates(
      this.#client,
      indices.filter((index) => !isLog(index)),
      this.#retrying(),
    );
    for (const index of indices.filter(isLog)) this.#logs.set(index.table, await putLog(this.#client, index, this.#retrying()));
    this.#unsure = true;
  }

  /** Issued scores are written only where there is none: the store never rewrites them, and neither does a late telling. */
  override send(publications: Publication[], round: number) {
    return this.#send(publications, round, (table) => (this.#indices.get(table)!.first_stays ? 'create' : 'keep'));
  }

  /** As `send`, but what is there gives way in every table: for a rebuild, where the store is right and the index is not. */
  replace(publications: Publication[], round: number) {
    this.#unsure = true;
    return this.#send(publications, round, (table) => (this.#logs.has(table) ? 'create' : 'keep'));
  }

  /**
   * Removes the documents that `round` and later ones did not bring. Resolves with how many those were. A log keeps its documents: they
   * go by age.
   */
  async removeOlder(table: string, round: number): Promise<number> {
    if (this.#logs.has(table)) return 0;
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

  async #send(publications: Publication[], round: number, kindOf: (table: string) => 'keep' | 'create') {
    const items = latestOf(publications).map((publication): Item => {
      const { table, time_ms } = publication;
      const { id, document } = this.documentOf(publication, round);
      const log = this.#logs.get(table);
      const index = log ? logIndex(log, time_ms) : this.#indices.get(table)!.index;
      if (document === null) return { kind: 'delete', index, id, document, publication };
      return { kind: kindOf(table), index, id, document: JSON.stringify(document), publication };
    });
    const unsure = this.#unsure;
    this.#unsure = true;
    const refused = await sendBulk(this.#client, unsure ? await this.#notThere(items) : items, round, () => this.#retrying());
    this.#unsure = false;
    return { refused: refused.map(({ item, why }) => ({ publication: item.publication, why })) };
  }

  /** Without those that a log has. */
  async #notThere(items: readonly Item[]): Promise<Item[]> {
    let sent = items.filter(({ publication }) => !this.#logs.has(publication.table));
    for (const [table, place] of this.#logs) {
      const logged = items.filter(({ publication }) => publication.table === table);
      sent = sent.concat(await notThere(this.#client, place, logged, () => this.#retrying()));
    }
    return sent;
  }

  #retrying(): Retrying {
    return new Retrying(this.#where, this.options.retry_ms_max);
  }
}

function isLog(index: TableIndex): index is TableIndex & LogNeeded {
  return index.log !== undefined;
}
