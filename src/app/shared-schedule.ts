/** The schedule where several processes share a site: whoever holds the lease looks what is due. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HeldLease } from '../pipeline/held-lease.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { StalePosition, type Store } from '../ports.js';

const LEASE = 'schedule';
const LOOK_MS = 5_000;

export class SharedSchedule {
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly store: Store,
    /** Names this process among those that want the lease. */
    private readonly holder: string,
    private readonly failed: (error: unknown) => void,
    private readonly look_ms = LOOK_MS,
  ) {}

  start(): void {
    this.#running ??= this.#run().catch(this.failed);
  }

  /** Lets a tick in hand be committed, and gives the lease back. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const lease = await HeldLease.take(this.store, LEASE, this.holder);
      try {
        if (lease) await this.#scoreDue();
      } finally {
        lease?.stop();
      }
      await sleep(this.look_ms, undefined, { signal }).catch(() => undefined);
    }
    await this.store.release(LEASE, this.holder);
  }

  async #scoreDue(): Promise<void> {
    try {
      await this.pipeline.scoreDue(this.pipeline.believed_ms());
    } catch (error) {
      // The lease ran out in a long tick, and another process was quicker: its tick stands.
      if (!(error instanceof StalePosition)) throw error;
    }
  }
}
