/** How long somebody who did not answer is left alone: twice as long each time. */
const MS_MIN = 15_000;
const MS_MAX = 600_000;

export class Wait {
  #ms = 0;
  #until_ms = 0;

  get begun(): boolean {
    return this.#ms > 0;
  }

  get until_ms(): number {
    return this.#until_ms;
  }

  /** A clock that was set back does not make it longer: an end that is further away than the longest wait is none. */
  lasts(now_ms: number): boolean {
    return now_ms < this.#until_ms && this.#until_ms - now_ms <= MS_MAX;
  }

  /** Not answered again. */
  longer(now_ms: number): void {
    this.#ms = Math.min(Math.max(2 * this.#ms, MS_MIN), MS_MAX);
    this.#until_ms = now_ms + this.#ms;
  }

  end(): void {
    this.#ms = 0;
    this.#until_ms = 0;
  }
}
