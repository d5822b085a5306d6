/**
 * Tells one sink what clicks became: reads its outbox, sends, and only then confirms. Nothing closes by time alone here, so unlike the
 * site's publisher it holds nothing in memory.
 */
import type { ClickOutboxEntry, ClickStore } from '../click-ports.js';
import type { Sink } from '../ports.js';
import type { ClickPublications } from './click-publications.js';
import type { HeldLease } from './held-lease.js';
import { RoundSize } from './round-size.js';
import { type LeaseNames, type PublisherOptions, type RoundDone, SinkRounds } from './sink-rounds.js';

export type ClickOutbox = Pick<ClickStore, 'outbox' | 'confirm' | 'backlog' | 'lease' | 'release'>;

export class ClickPublisher {
  readonly #rounds: SinkRounds;
  readonly #size = new RoundSize(rowsOf);
  #begun = false;

  constructor(
    private readonly store: ClickOutbox,
    private readonly sink: Sink,
    private readonly rows: ClickPublications,
    options: PublisherOptions,
  ) {
    this.#rounds = new SinkRounds(store, sink, clickLeaseNames(sink.name), options);
  }

  /**
   * Tells what waits, as much as fits in one round. null: another process does it, or took over meanwhile. Where no click ever comes the
   * sink is left alone: nothing is made there, and no right to make it is needed.
   */
  async round(): Promise<RoundDone | null> {
    this.#begun ||= (await this.store.backlog(this.sink.name)) > 0;
    if (!this.#begun) return { sent: 0, refused: 0, backlog: 0 };
    return this.#rounds.round((lease) => this.#round(lease));
  }

  /** Round after round, until `signal` aborts. A sink that is away is waited for; what no waiting mends is thrown. */
  run(signal: AbortSignal): Promise<void> {
    return this.#rounds.run(() => this.round(), signal);
  }

  async #round(lease: HeldLease): Promise<RoundDone | null> {
    const entries = this.#size.fitting(await this.store.outbox(this.sink.name, this.#size.entries));
    const publications = await this.rows.ofEntries(entries, this.sink.tables);
    const refused = await this.#rounds.send(publications, lease);
    if (refused === null) return null;
    return { sent: publications.length - refused, refused, backlog: await this.#rounds.confirm(entries) };
  }
}

/** The store of clicks may be in the same database as the site's: the names differ. */
export function clickLeaseNames(sink: string): LeaseNames {
  return { publish: `publish-clicks:${sink}`, rebuild: `rebuild-clicks:${sink}` };
}

function rowsOf({ windows, clicks }: ClickOutboxEntry): number {
  return windows.reduce((sum, { deletes, upserts }) => sum + deletes.length + upserts.length, clicks.length);
}
