/** Draws a trial's week by itself once its scoring is done. Of several processes one does; who comes second finds it drawn. */
import type { Trials } from '../pipeline/trials.js';
import { StalePosition } from '../ports.js';

const LOOK_MS = 30_000;

export class TrialSchedule {
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(
    private readonly trials: Pick<Trials, 'look'>,
    private readonly say: (message: string) => void,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.look();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const what = await this.trials.look();
      if (what === 'drawn') this.say('The trial: this week is drawn.');
      if (what === 'done')
        this.say('The trial came to its end: see its result on the page What if, or by `holdfast trial status`.');
    } catch (error) {
      // Another process drew at the same moment; anything else is tried again.
      if (!(error instanceof StalePosition)) this.say(`The trial could not be looked at: ${String(error)}`);
    } finally {
      this.#looking = false;
    }
  }
}
