/** Looks every minute whether another model is to score, and gives it to the pipeline between two scorings. */
import type { Pipeline } from '../pipeline/pipeline.js';
import type { ServingModel } from './serving-model.js';

const LOOK_MS = 60_000;

export class ModelSchedule {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly serving: ServingModel,
    private readonly pipeline: Pick<Pipeline, 'scoreBy'>,
    private readonly say: (message: string) => void,
    private readonly every_ms = LOOK_MS,
  ) {}

  start(): void {
    this.#timer = setTimeout(() => void this.#turn(), this.every_ms);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #turn(): Promise<void> {
    try {
      const models = await this.serving.look();
      if (models) this.pipeline.scoreBy(models.champion, models.challenger);
    } catch (error) {
      this.say(`The models could not be looked up: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (this.#timer) this.start();
  }
}
