/**
 * Telling a sink, round after round, whatever is told. One process at a time does it, under a lease; the lease's token is the round,
 * by which the sink knows old from new. What was sent is confirmed only while the lease is held.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Publication, type Sink, SinkUnavailable, StalePosition, type Store } from '../ports.js';
import { HeldLease } from './held-lease.js';

export interface PublisherOptions {
  /** Tells this process from others, and from itself before a restart. */
  holder: string;
  events?: PublisherEvents;
}

/** Never awaited. */
export interface PublisherEvents {
  round?(done: RoundDone): void;
  /** Once when the sink is away, once when it is back. `message`: what to look at. */
  away?(message: string): void;
  back?(): void;
  /** The sink refuses a row for good. Without its content. */
  refused?(table: string, why: string): void;
}

export interface RoundDone {
  /** Publications that the sink has. */
  sent: number;
  refused: number;
  /** Entries that still wait. */
  backlog: number;
}

/** Of telling a sink, and of rebuilding it: held by a rebuild for as long as it works or waits. */
export interface LeaseNames {
  publish: string;
  rebuild: string;
}

/** A store as far as telling is concerned: that of the site, or of clicks. */
export type OutboxStore = Pick<Store, 'lease' | 'release' | 'confirm' | 'backlog'>;

/** Nothing to tell: how soon a new commit is seen. */
const IDLE_MS = 500;
/** All told: commits of the next moment are told together. */
const SETTLE_MS = 200;
/** Another process tells this sink; it is looked after at every such interval whether it still does. */
const ELSEWHERE_MS = 5_000;
const AWAY_MS_MIN = 1_000;
const AWAY_MS_MAX = 30_000;
/** Whether a rebuild waits is asked so often. */
const WAY_MS = 2_000;

export class SinkRounds {
  #opened = false;
  #asked_ms = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: OutboxStore,
    private readonly sink: Sink,
    private readonly names: LeaseNames,
    private readonly options: PublisherOptions,
  ) {}

  /** `tell` under the lease, with the sink open; null: another process tells this sink, or took over meanwhile. */
  async round(tell: (lease: HeldLease) => Promise<RoundDone | null>): Promise<RoundDone | null> {
    if (await this.#makesWay()) return null;
    const lease = await HeldLease.take(this.store, this.names.publish, this.options.holder);
    if (!lease) return null;
    try {
      if (!this.#opened) await this.sink.open();
      this.#opened = true;
      const done = await tell(lease);
      if (done) this.options.events?.round?.(done);
      return done;
    } catch (error) {
      if (error instanceof StalePosition) return null;
      if (error instanceof SinkUnavailable) this.#opened = false;
      throw error;
    } finally {
      lease.stop();
    }
  }

  /** How many were refused for good; null when the lease was lost: then nothing may be said to be done. */
  async send(publications: Publication[], lease: HeldLease): Promise<number | null> {
    if (!lease.held) return null;
    if (publications.length === 0) return 0;
    const { refused } = await this.sink.send(publications, lease.token);
    for (const { publication, why } of refused) this.options.events?.refused?.(publication.table, why);
    return lease.held ? refused.length : null;
  }

  /** These entries are told; resolves with how many still wait. */
  async confirm(entries: readonly { id: number }[]): Promise<number> {
    const ids = entries.map(({ id }) => id);
    if (ids.length > 0) await this.store.confirm(this.sink.name, ids);
    return this.store.backlog(this.sink.name);
  }

  /** Round after round, until `signal` aborts. A sink that is away is waited for; what no waiting mends is thrown. */
  async run(round: () => Promise<RoundDone | null>, signal: AbortSignal): Promise<void> {
    let away_ms = 0;
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      try {
        const done = await round();
        if (away_ms > 0) this.options.events?.back?.();
        away_ms = 0;
        if (!done) await pause(ELSEWHERE_MS);
        else if (done.backlog === 0) await pause(done.sent === 0 ? IDLE_MS : SETTLE_MS);
      } catch (error) {
        if (!(error instanceof SinkUnavailable)) throw error;
        if (away_ms === 0) this.options.events?.away?.(error.message);
        away_ms = Math.min(Math.max(2 * away_ms, AWAY_MS_MIN), AWAY_MS_MAX);
        await pause(away_ms);
      }
    }
    await this.store.release(this.names.publish, this.options.holder);
  }

  /** A rebuild has to be alone with the sink: while one waits or works, this process lets go. */
  async #makesWay(): Promise<boolean> {
    if (performance.now() - this.#asked_ms < WAY_MS) return false;
    const { publish, rebuild } = this.names;
    const { holder } = this.options;
    const free = (await this.store.lease(rebuild, holder, 1)) !== null;
    if (free) {
      this.#asked_ms = performance.now();
      await this.store.release(rebuild, holder);
    } else await this.store.release(publish, holder);
    return !free;
  }
}
