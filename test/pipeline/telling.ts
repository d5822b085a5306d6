/** What tests of telling share: a sink in memory that keeps what a search index would, and what an export of the store has. */
import type { Service } from '../../src/app/service.js';
import { Publications } from '../../src/pipeline/publications.js';
import { Publisher } from '../../src/pipeline/publisher.js';
import type { PublisherEvents } from '../../src/pipeline/sink-rounds.js';
import { PUBLISHED_TABLES, type Publication, type PublishedTable, Sink, SinkUnavailable, type Store } from '../../src/ports.js';
import { jsonRow } from '../../src/reading/tables-format.js';

export const GAP_MS = 900_000;
export const THRESHOLD = 0.7;
/** Four ticks in the site's history: every table has rows, and scoring takes little of the time. */
export const MONTHLY = { HOLDFAST_SCORE_CRON: '0 3 1 * *' };

/** Rows by table and identity. */
export type Rows = Record<string, Record<string, unknown>>;

/** Keeps the newest round's row of each identity, as an index with external versions does. */
export class TableSink extends Sink {
  override readonly name = 'elasticsearch';
  readonly sent: { publications: Publication[]; round: number }[] = [];
  readonly kept = new Map<string, { publication: Publication; round: number }>();
  /** Not there, until it is false again. */
  away = false;
  /** Called once all is kept, before `send` resolves: a crash may happen here. */
  afterwards: () => Promise<void> = async () => {};

  constructor(override readonly tables: readonly string[] = PUBLISHED_TABLES) {
    super();
  }

  override async open(): Promise<void> {
    if (this.away) throw new SinkUnavailable('the sink is away: look at it');
  }

  override async send(publications: Publication[], round: number): Promise<{ refused: [] }> {
    if (this.away) throw new SinkUnavailable('the sink is away: look at it');
    this.sent.push({ publications, round });
    for (const publication of publications) {
      const name = `${publication.table} ${publication.key.join('|')}`;
      const before = this.kept.get(name);
      if (!before || before.round < round) this.kept.set(name, { publication, round });
    }
    await this.afterwards();
    return { refused: [] };
  }

  override async close(): Promise<void> {}

  rows(): Rows {
    const rows: Rows = Object.fromEntries(this.tables.map((table) => [table, {}]));
    for (const { publication } of this.kept.values())
      if (publication.row) rows[publication.table]![publication.key.join('|')] = publication.row;
    return rows;
  }
}

/** The published tables as an export has them. */
export async function storedRows({ tables }: Service, names: readonly PublishedTable[] = PUBLISHED_TABLES): Promise<Rows> {
  const rows: Rows = {};
  for (const name of names) {
    const info = tables.info(name)!;
    const found: Record<string, unknown> = {};
    for await (const row of tables.rows(name)) {
      const json = jsonRow(info, row);
      found[info.key.map((column) => json[column]).join('|')] = json;
    }
    rows[name] = found;
  }
  return rows;
}

export function publicationsOf({ store, pipeline, calendar }: Service): Publications {
  return new Publications(store, pipeline.roster, calendar, { gap_ms: GAP_MS, threshold: THRESHOLD });
}

export function publisherOf(
  service: Service,
  sink: Sink,
  {
    holder = 'a',
    store = service.store,
    clock = () => service.pipeline.now_ms(),
    events,
  }: { holder?: string; store?: Store; clock?: () => number; events?: PublisherEvents } = {},
): Publisher {
  const rows = new Publications(store, service.pipeline.roster, service.calendar, { gap_ms: GAP_MS, threshold: THRESHOLD });
  return new Publisher(store, sink, rows, clock, { holder, events });
}

/** Rounds until nothing waits. */
export async function drain(publisher: Pick<Publisher, 'round'>): Promise<number> {
  for (let sent = 0; ; ) {
    const done = await publisher.round();
    if (!done) throw new Error('another process has the lease');
    sent += done.sent;
    if (done.backlog === 0 && done.sent === 0) return sent;
  }
}
