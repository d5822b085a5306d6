/** When generated records happen: evenly at a rate, in event time, with pauses where sessions are wanted. */

export interface Generated {
  /** Event time of the record. Whoever sends in real time waits for it. */
  time_ms: number;
  /** One line, without its end. */
  text: string;
}

export interface Sessionize {
  /** Seconds of clicks, then seconds of silence, again and again. */
  on_s: number;
  off_s: number;
}

export interface PaceOptions {
  /** Time of the first record. */
  start_ms: number;
  /** Records a second; above 0. */
  rate_per_s: number;
  /** How many; without it there is no end. */
  count?: number;
  sessionize?: Sessionize;
}

/** As the public demo's script has it: the silence is longer than a session's gap of 30 s, so that distinct sessions appear. */
export const SESSIONIZE: Sessionize = { on_s: 90, off_s: 35 };

/**
 * Times of the records. With `{on_s: 90, off_s: 35}` what would happen in the 90th second happens in the 125th:
 *
 *     start + 0 … 89.999 s, start + 125 … 214.999 s, start + 250 …
 */
export function* paced({ start_ms, rate_per_s, count = Number.POSITIVE_INFINITY, sessionize }: PaceOptions): Generator<number> {
  if (!(rate_per_s > 0)) throw new RangeError('a rate must be above 0 records a second');
  if (sessionize !== undefined && !(sessionize.on_s > 0 && sessionize.off_s >= 0)) {
    throw new RangeError('clicks must go on for more than 0 seconds, and pause for 0 or more');
  }
  for (let i = 0; i < count; i++) {
    const active_ms = Math.floor((i * 1000) / rate_per_s);
    const pauses = sessionize === undefined ? 0 : Math.floor(active_ms / (sessionize.on_s * 1000));
    yield start_ms + active_ms + pauses * (sessionize?.off_s ?? 0) * 1000;
  }
}

/** What a generator is: the same seed and options give the same records. */
export type Generate = (seed: number, options: PaceOptions) => Generator<Generated>;
