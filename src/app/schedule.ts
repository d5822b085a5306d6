/** The wall clock's door to scoring: for a live site whose students send nothing. */
import type { Pipeline } from '../pipeline/pipeline.js';

/** A timer sleeps at most this long, so that a machine that was suspended, or whose clock was set, notices. */
const SLEEP_MS_MAX = 60_000;

export class Schedule {
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly caughtUp: () => boolean,
    private readonly failed: (error: unknown) => void,
  ) {}

  start(): void {
    this.#timer = setTimeout(() => void this.#look(), SLEEP_MS_MAX);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** While the source catches up, ticks fire in event time as activity passes them; afterwards here. */
  async #look(): Promise<void> {
    try {
      if (this.caughtUp()) await this.pipeline.scoreDue(this.pipeline.believed_ms());
    } catch (error) {
      this.failed(error);
    }
    if (!this.#stopped) this.start();
  }
}
