/** At most so many in any hour, a sixth of them at once: a mail server that is asked for more takes us for a sender of spam. */
const HOUR_MS = 3_600_000;
const BURST = 6;

export class Pace {
  readonly #most: number;
  readonly #per_ms: number;
  #left: number;
  #seen_ms: number | null = null;

  /** `per_hour` from 1. */
  constructor(per_hour: number) {
    this.#most = Math.max(1, per_hour / BURST);
    // In less than an hour comes less than one more than said, with all that may go at once before.
    this.#per_ms = (per_hour + 1 - this.#most) / HOUR_MS;
    this.#left = this.#most;
  }

  /** Whether one may go now; it counts as gone. A clock that steps back gives nothing. */
  take(now_ms: number): boolean {
    const passed_ms = Math.max(0, now_ms - (this.#seen_ms ?? now_ms));
    this.#seen_ms = now_ms;
    this.#left = Math.min(this.#most, this.#left + passed_ms * this.#per_ms);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
