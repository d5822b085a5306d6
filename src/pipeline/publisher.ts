/**
 * Tells one sink what was committed: reads its outbox, sends, and only then confirms, so that a crash anywhere sends again and
 * leaves nothing out.
 */
import type { OutboxEntry, Sink, Store } from '../ports.js';
import type { HeldLease } from './held-lease.js';
import { OpenSessions } from './open-sessions.js';
import { OptOutsTold } from './opt-outs-told.js';
import { type Publications, Telling } from './publications.js';
import { RoundSize } from './round-size.js';
import { type LeaseNames, type PublisherOptions, type RoundDone, SinkRounds } from './sink-rounds.js';
import { StudentDigests } from './student-digests.js';

/**
 * Entries that may wait for one sink; beyond it, counting pauses. An hour of a busy site, or the backlog of a first snapshot: at
 * 2,000 rows each some gigabytes at the worst, in practice a few hundred megabytes.
 */
export const OUTBOX_ENTRIES_MAX = 5_000;

/** `open_from_ms` is written when it is this much behind: what a restart reads again is sessions of that time. */
const OPEN_FROM_STEP_MS = 60_000;

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
  readonly #opt_outs: OptOutsTold;
  /** As this process last wrote or read it; undefined = what is in memory counts for nothing. */
  #kept: string | null | undefined;
  /** The kept text is of this process: nobody else has told anything since. */
  #mine = false;
  readonly #rounds: SinkRounds;
  readonly #size = new RoundSize(rowsOf);

  constructor(
    private readonly store: Store,
    private readonly sink: Sink,
    private readonly rows: Publications,
    /** The store's clock. */
    private readonly clock: () => number | Promise<number>,
    options: PublisherOptions,
  ) {
    const names = leaseNames(sink.name);
    this.#name = names.publish;
    this.#rounds = new SinkRounds(store, sink, names, options);
    this.#open = new OpenSessions(rows.settings.gap_ms);
    this.#students = new StudentDigests(store, rows, `${this.#name}:students`);
    this.#opt_outs = new OptOutsTold(store, rows, sink.tables, `${this.#name}:opted-out`);
  }

  /**
   * Tells what waits, as much as fits in one round. null: another process does it, or took over meanwhile: then nothing is
   * confirmed, and whoever has the lease tells it again.
   */
  async round(): Promise<RoundDone | null> {
    return (await this.#rounds.round((lease) => this.#round(lease))) ?? this.#elsewhere();
  }

  /** Round after round, until `signal` aborts. A sink that is away is waited for; what no waiting mends is thrown. */
  run(signal: AbortSignal): Promise<void> {
    return this.#rounds.run(() => this.round(), signal);
  }

  async #round(lease: HeldLease): Promise<RoundDone | null> {
    const fresh = await this.#resume();
    const open_from_ms = this.#keptValue()?.open_from_ms ?? Number.NEGATIVE_INFINITY;
    // The clock of several lanes may step back; what was told as closed stays closed.
    const now_ms = Math.max(await this.clock(), open_from_ms);
    const telling = new Telling();
    for (const session of this.#open.closedBy(now_ms)) {
      telling.sessions.push(session);
      telling.put(this.rows.ofSession(session, now_ms));
    }
    const entries = this.#size.fitting(await this.store.outbox(this.sink.name, this.#size.entries));
    await this.rows.ofEntries(entries, now_ms, telling, this.sink.keeps_rows);
    const publications = telling.of(this.sink.tables);
    const refused = await this.#rounds.send(publications, lease);
    if (refused === null) return null;
    this.#open.told(telling.sessions, now_ms);
    const from_ms = this.#open.openFrom(now_ms);
    // Before anything is told there is nothing to keep, and the clock may not have begun.
    const due = fresh ? publications.length > 0 || this.#kept !== null : from_ms - open_from_ms >= OPEN_FROM_STEP_MS;
    if (due) await this.#keep({ open_from_ms: from_ms, round: lease.token });
    const done = { sent: publications.length - refused, refused, backlog: await this.#rounds.confirm(entries) };
    if (done.backlog === 0 && this.sink.keeps_rows) {
      const gone = await this.#opt_outs.retell((page) => this.#rounds.send(page, lease));
      if (gone === null) return null;
      done.sent += gone;
    }
    if (done.backlog === 0 && this.sink.tables.includes('cohort_ratios')) {
      const again = await this.#students.retell(now_ms, (page) => this.#rounds.send(page, lease));
      if (again === null) return null;
      done.sent += again;
    }
    return done;
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
}

export function leaseNames(sink: string): LeaseNames {
  return { publish: `publish:${sink}`, rebuild: `rebuild:${sink}` };
}

function rowsOf({ windows, scores, alerts }: OutboxEntry): number {
  return windows.reduce((sum, { deletes, upserts }) => sum + deletes.length + upserts.length, scores.length + alerts.length);
}
