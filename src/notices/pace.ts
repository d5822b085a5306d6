/** At most so many an hour, with a burst of a sixth of it: a mail server that is asked for more takes us for a sender of spam. */
const HOUR_MS = 3_600_000;
const BURST = 6;

export class Pace {
  readonly #most: number;
  #left: number;
  #seen_ms: number | null = null;

  constructor(private readonly per_hour: number) {
    this.#most = Math.max(1, per_hour / BURST);
    this.#left = this.#most;
  }

  /** Whether one may go now; it counts as gone. A clock that steps back gives nothing. */
  take(now_ms: number): boolean {
    const passed_ms = Math.max(0, now_ms - (this.#seen_ms ?? now_ms));
    this.#seen_ms = now_ms;
    this.#left = Math.min(this.#most, this.#left + (passed_ms * this.per_hour) / HOUR_MS);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
