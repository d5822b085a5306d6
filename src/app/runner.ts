/** Runs one source into the pipeline: asks for a batch, has it committed, asks for the next. */
import type { Pipeline } from '../pipeline/pipeline.js';
import type { ChangeSource, Store } from '../ports.js';

export interface SourceState {
  name: string;
  state: 'starting' | 'running' | 'finished' | 'stopped' | 'failed';
  /** Since the start of this process. */
  changes: number;
  caught_up: boolean;
  error: string | null;
}

export class Runner {
  readonly state: SourceState;
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;

  constructor(
    private readonly source: ChangeSource,
    private readonly pipeline: Pipeline,
    private readonly store: Store,
    /** True: from the beginning, whatever was read before. Rows count once by their id. */
    private readonly from_start = false,
  ) {
    this.state = { name: source.name, state: 'starting', changes: 0, caught_up: false, error: null };
  }

  /** Resolves at the end of a recorded source, or after `stop`; rejects with what the operator has to mend. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Lets the batch in hand be committed, then ends. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      const from = this.from_start ? null : await this.store.position(await this.source.identity());
      this.state.state = 'running';
      for await (const batch of this.source.batches(from, this.#abort.signal)) {
        await this.pipeline.processBatch(batch, this.source);
        this.state.changes += batch.changes.length;
        this.state.caught_up = batch.caught_up;
        if (this.#abort.signal.aborted) break;
      }
      this.state.state = this.#abort.signal.aborted ? 'stopped' : 'finished';
    } catch (error) {
      this.state.state = 'failed';
      this.state.error = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}
