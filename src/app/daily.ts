/** Once a day, in one of the processes that share a store: erases deleted accounts where the settings say so, and lets go of what is too old. */
import type { Config } from '../config.js';
import { eraseDeletedAccounts } from '../pipeline/deleted-accounts.js';
import { HeldLease } from '../pipeline/held-lease.js';
import { removeTooOld } from '../pipeline/retention.js';
import { type Commit, StalePosition, type Store } from '../ports.js';
import type { Log } from './log.js';
import type { Service } from './service.js';

const LOOK_MS = 10 * 60_000;
/** A start has other things to do first. */
const FIRST_LOOK_MS = 30_000;
/** The lease, and the position that keeps the day of the latest run. */
const NAME = 'daily';

export type DailyConfig = Pick<Config, 'retention' | 'erase_deleted'>;

/** The day of the latest run, `2026-11-24`, in whichever process it was. */
export function lastCleared(store: Pick<Store, 'position'>): Promise<string | null> {
  return store.position(NAME);
}

export class Daily {
  /** Of this process's own runs. */
  state: 'running' | 'failed' | 'waiting' = 'waiting';
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly config: DailyConfig,
    private readonly service: Service,
    /** Names this process among those that share the store. */
    private readonly holder: string,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly now_ms: () => number = service.pipeline.believed_ms,
  ) {}

  start(after_ms = FIRST_LOOK_MS): void {
    this.#timer = setTimeout(() => {
      this.#running = this.look()
        .catch((error: unknown) =>
          this.log.warn({}, `The daily clearing failed: ${error instanceof Error ? error.message : error}`),
        )
        .then(() => (this.#abort.signal.aborted ? undefined : this.start(LOOK_MS)));
    }, after_ms);
    this.#timer.unref();
  }

  /** Lets the step in hand end. */
  async stop(): Promise<void> {
    this.#abort.abort();
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** True where it was due and this process did it. */
  async look(): Promise<boolean> {
    const { store } = this.service;
    const today = new Date(this.now_ms()).toISOString().slice(0, 10);
    const from = await lastCleared(store);
    if (from === today) return false;
    const lease = await HeldLease.take(store, NAME, this.holder);
    if (!lease) return false;
    this.state = 'running';
    try {
      await this.#clear();
      await store.commit({ position: { source: NAME, from, to: today } });
      this.state = 'waiting';
      return true;
    } catch (error) {
      // Another process was quicker, and what both did is harmless when it is done twice.
      const was_quicker = error instanceof StalePosition;
      this.state = was_quicker ? 'waiting' : 'failed';
      if (was_quicker) return false;
      throw error;
    } finally {
      lease.stop();
      await store.release(NAME, this.holder);
    }
  }

  async #clear(): Promise<void> {
    const { store, pipeline, calendar, sinks } = this.service;
    const { roster, erased, clock } = pipeline;
    if (this.config.erase_deleted) await this.#eraseDeleted();
    const times = { store_ms: clock.now_ms === null ? null : pipeline.now_ms(), machine_ms: this.now_ms() };
    const commit = async (made: Commit) => void (await erased.commit(made));
    const parts = { store, commit, roster, calendar, retention: this.config.retention, sinks };
    const gone = await removeTooOld(parts, times, this.#abort.signal);
    if (Object.keys(gone).length === 0) return;
    erased.heard();
    this.log.info({ gone }, 'Rows went that were older than they are kept.');
  }

  async #eraseDeleted(): Promise<void> {
    const { store, pipeline, sinks } = this.service;
    const at_ms = this.now_ms();
    const { erased, doubted } = await eraseDeletedAccounts(store, pipeline.erased, at_ms, sinks);
    if (doubted > 0)
      this.log.warn(
        { accounts: doubted },
        'So many accounts are deleted in Moodle at once that none was erased. If it is no mistake: holdfast erase --user ID for each.',
      );
    if (erased === 0) return;
    const detail = `${erased} whose account Moodle deleted ${erased === 1 ? 'was' : 'were'} erased.`;
    await store.commit({ changes: [{ at_ms, by: 'settings', by_user_id: null, what: 'erase', detail }] });
    this.log.info({ people: erased }, 'Deleted accounts were erased.');
  }
}
