/**
 * The machine's clock, believed only as fast as time can pass. A tick that fired in a year that has not come, or rows removed by its age, cannot be
 * taken back; so where the clock leaps ahead of what has passed since it was last read, the time goes on from there until the leap
 * has stood for an hour: a wrong clock is set right within minutes, a machine that slept stays where it woke.
 *
 *     read      | 12:00 | 12:01 | a year later | a year later, 59 min | 13:02 (set right) | or still a year later, 61 min
 *     believed  | 12:00 | 12:01 | 12:02        | 13:01                | 13:02             | a year later
 *
 * A clock that is set back is believed at once: nothing fires twice, and nothing is removed early.
 */

/** Below that a leap does no harm: a tick comes a day early at the most. */
export const LEAP_MS = 24 * 3_600_000;
export const STANDS_MS = 3_600_000;
/** Between the last thing that a store knows and the next start: a quiet week or two is no leap. */
export const REST_MS = 30 * 24 * 3_600_000;

export class SteadyClock {
  #known: { wall_ms: number; passed_ms: number } | null = null;
  /** What had passed when the leap was first seen. */
  #leapt_ms: number | null = null;

  constructor(
    private readonly wall_ms: () => number,
    /** Passes evenly, whatever is done to the clock. */
    private readonly passed_ms: () => number,
    /** Told once for each leap. */
    private readonly told: (leap_ms: number) => void = () => undefined,
  ) {}

  /** Where a store stands: how far the clock had come at the least when something was last written. */
  startAfter(kept_ms: number): void {
    if (this.wall_ms() - kept_ms > REST_MS) this.#known = { wall_ms: kept_ms, passed_ms: this.passed_ms() };
  }

  now_ms(): number {
    const [wall_ms, passed_ms] = [this.wall_ms(), this.passed_ms()];
    const expected_ms = this.#known === null ? wall_ms : this.#known.wall_ms + passed_ms - this.#known.passed_ms;
    if (wall_ms - expected_ms > LEAP_MS && !this.#hasStood(wall_ms - expected_ms, passed_ms)) return Math.floor(expected_ms);
    this.#known = { wall_ms, passed_ms };
    this.#leapt_ms = null;
    return wall_ms;
  }

  #hasStood(leap_ms: number, passed_ms: number): boolean {
    if (this.#leapt_ms === null) {
      this.#leapt_ms = passed_ms;
      this.told(leap_ms);
    }
    return passed_ms - this.#leapt_ms >= STANDS_MS;
  }
}
