/**
 * Tells one sink what was committed: reads its outbox, sends, and only then confirms, so that a crash anywhere sends again and
 * leaves nothing out. One process at a time does it for a sink; the lease's token is the round, by which the sink knows old from new.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type OutboxEntry, type Sink, SinkUnavailable, StalePosition, type Store } from '../ports.js';
import { HeldLease } from './held-lease.js';
import { OpenSessions } from './open-sessions.js';
import { type Publications, Telling } from './publications.js';
import { StudentDigests } from './student-digests.js';

/**
 * Entries that may wait for one sink; beyond it, counting pauses. An hour of a busy site, or the backlog of a first snapshot: at
 * 2,000 rows each some gigabytes at the worst, in practice a few hundred megabytes.
 */
export const OUTBOX_ENTRIES_MAX = 5_000;

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

/** Rows of entries in one round: some 10 MB of JSON, and a bound for what is derived from them. */
const ROWS_PER_ROUND = 10_000;
/** Entries in one round when they are small: live ones have a few rows each. */
const ENTRIES_PER_ROUND = 512;
/** `open_from_ms` is written when it is this much behind: what a restart reads again is sessions of that time. */
const OPEN_FROM_STEP_MS = 60_000;

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

/** What is kept of a sink under `publish:<name>`. */
interface Kept {
  open_from_ms: number;
  /** Which round wrote it: another than one's own means that somebody else told things meanwhile. */
  round: number;
}

export class Publisher {
  readonly #name: string;
  readonly #open: OpenSessions;
  readonly #students: StudentDigests;
  /** As this process last wrote or read it; undefined = what is in memory counts for nothing. */
  #kept: string | null | undefined;
  /** The kept text is of this process: nobody else has told anything since. */
  #mine = false;
  #sinkOpened = false;
  #entries = ENTRIES_PER_ROUND;
  #asked_ms = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Store,
    private readonly sink: Sink,
    private readonly rows: Publications,
    /** The store's clock. */
    private readonly clock: () => number | Promise<number>,
    private readonly options: PublisherOptions,
  ) {
    this.#name = `publish:${sink.name}`;
    this.#open = new OpenSessions(rows.settings.gap_ms);
    this.#students = new StudentDigests(store, rows, `${this.#name}:students`);
  }

  /**
   * Tells what waits, as much as fits in one round. null: another process does it, or took over meanwhile: then nothing is
   * confirmed, and whoever has the lease tells it again.
   */
  async round(): Promise<RoundDone | null> {
    if (await this.#makesWay()) return this.#elsewhere();
    const lease = await HeldLease.take(this.store, this.#name, this.options.holder);
    if (!lease) return this.#elsewhere();
    try {
      return (await this.#round(lease)) ?? this.#elsewhere();
    } catch (error) {
      if (error instanceof StalePosition) return this.#elsewhere();
      if (error instanceof SinkUnavailable) this.#sinkOpened = false;
      throw error;
    } finally {
      lease.stop();
    }
  }

  /** Round after round, until `signal` aborts. A sink that is away is waited for; what no waiting mends is thrown. */
  async run(signal: AbortSignal): Promise<void> {
    let away_ms = 0;
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      try {
        const done = await this.round();
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
    await this.store.release(this.#name, this.options.holder);
  }

  async #round(lease: HeldLease): Promise<RoundDone | null> {
    const fresh = await this.#resume();
    if (!this.#sinkOpened) await this.sink.open();
    this.#sinkOpened = true;
    const open_from_ms = this.#keptValue()?.open_from_ms ?? Number.NEGATIVE_INFINITY;
    // The clock of several lanes may step back; what was told as closed stays closed.
    const now_ms = Math.max(await this.clock(), open_from_ms);
    const telling = new Telling();
    for (const session of this.#open.closedBy(now_ms)) {
      telling.sessions.push(session);
      telling.put(this.rows.ofSession(session, now_ms));
    }
    const entries = this.#fitting(await this.store.outbox(this.sink.name, this.#entries));
    await this.rows.ofEntries(entries, now_ms, telling);
    const publications = telling.of(this.sink.tables);
    const refused = await this.#send(publications, lease);
    if (refused === null) return null;
    this.#open.told(telling.sessions, now_ms);
    const from_ms = this.#open.openFrom(now_ms);
    // Before anything is told there is nothing to keep, and the clock may not have begun.
    const due = fresh ? publications.length > 0 || this.#kept !== null : from_ms - open_from_ms >= OPEN_FROM_STEP_MS;
    if (due) await this.#keep({ open_from_ms: from_ms, round: lease.token });
    if (entries.length > 0)
      await this.store.confirm(
        this.sink.name,
        entries.map(({ id }) => id),
      );
    const done = { sent: publications.length - refused, refused, backlog: await this.store.backlog(this.sink.name) };
    if (done.backlog === 0 && this.sink.tables.includes('cohort_ratios')) {
      const again = await this.#students.retell(now_ms, (page) => this.#send(page, lease));
      if (again === null) return null;
      done.sent += again;
    }
    this.options.events?.round?.(done);
    return done;
  }

  /** How many were refused for good; null when the lease was lost: then nothing may be said to be done. */
  async #send(publications: Parameters<Sink['send']>[0], lease: HeldLease): Promise<number | null> {
    if (!lease.held) return null;
    if (publications.length === 0) return 0;
    const { refused } = await this.sink.send(publications, lease.token);
    for (const { publication, why } of refused) this.options.events?.refused?.(publication.table, why);
    return lease.held ? refused.length : null;
  }

  /** The oldest entries that fit in one round, at least one; how many are read the next time follows from their size. */
  #fitting(entries: OutboxEntry[]): OutboxEntry[] {
    let rows = 0;
    let fit = 0;
    for (const entry of entries) {
      rows += rowsOf(entry);
      if (fit > 0 && rows > ROWS_PER_ROUND) break;
      fit++;
    }
    const average = Math.max(rows / Math.max(entries.length, 1), 1);
    this.#entries = Math.min(Math.max(Math.floor(ROWS_PER_ROUND / average), 1), ENTRIES_PER_ROUND);
    return entries.slice(0, fit);
  }

  /** True where this process has not told anything since another did: what is in memory is then read again. */
  async #resume(): Promise<boolean> {
    const kept = await this.store.position(this.#name);
    if (this.#mine && kept === this.#kept) return false;
    this.#mine = false;
    if (kept === this.#kept) return true;
    this.#kept = kept;
    this.rows.roster.forget();
    // Nothing was ever told: whatever there is to tell stands in the outbox.
    await this.#open.load(this.store, this.#keptValue()?.open_from_ms ?? null);
    return true;
  }

  async #keep(value: Kept): Promise<void> {
    const to = JSON.stringify(value);
    await this.store.commit({ position: { source: this.#name, from: this.#kept ?? null, to } });
    this.#kept = to;
    this.#mine = true;
  }

  #keptValue(): Kept | null {
    return this.#kept ? (JSON.parse(this.#kept) as Kept) : null;
  }

  #elsewhere(): null {
    this.#kept = undefined;
    this.#mine = false;
    this.#students.forget();
    return null;
  }

  /** A rebuild has to be alone with the sink: while one waits or works, this process lets go. */
  async #makesWay(): Promise<boolean> {
    if (performance.now() - this.#asked_ms < WAY_MS) return false;
    const rebuild = rebuildLease(this.sink.name);
    const free = (await this.store.lease(rebuild, this.options.holder, 1)) !== null;
    if (free) {
      this.#asked_ms = performance.now();
      await this.store.release(rebuild, this.options.holder);
    } else await this.store.release(this.#name, this.options.holder);
    return !free;
  }
}

/** Held by a rebuild for as long as it works or waits. */
export function rebuildLease(sink: string): string {
  return `rebuild:${sink}`;
}

function rowsOf({ windows, scores, alerts }: OutboxEntry): number {
  return windows.reduce((sum, { deletes, upserts }) => sum + deletes.length + upserts.length, scores.length + alerts.length);
}
