/**
 * How sinks and channels of notices stand, kept in the store: of several processes one tells, and all are asked. The word of whoever told last counts.
 */
import type { SinkState } from '../http/system-state.js';
import { StalePosition, type Store } from '../ports.js';

type Kept = Omit<SinkState, 'name'>;

const NEVER_AWAY: Kept = { up: true, since_ms: null, waiting: 0, refused: 0 };
/** A busy sink has several rounds a second: what another process has kept meanwhile is looked up this often. */
const LOOK_MS = 5_000;
/** How many wait changes with each round, and is no news. */
const COUNT_MS = 60_000;

const positionOf = (name: string): string => `state:${name}`;

/** What one round was like. `up`: null = it was not asked. */
export interface RoundWord {
  up: boolean | null;
  waiting: number;
  refused: number;
}

/** Of one sink, as one process tells it. */
export class StateKeeper {
  #refused = 0;
  #up: boolean | null = null;
  #looked_ms = Number.NEGATIVE_INFINITY;
  #kept_ms = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Pick<Store, 'position' | 'commit'>,
    private readonly name: string,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Written when it goes or comes, when something is refused, when the first waits or the last is told; how many wait, once a minute. */
  async note({ up, waiting, refused }: RoundWord): Promise<void> {
    this.#refused += refused;
    const now_ms = this.clock();
    if (up === this.#up && waiting === 0 && Math.abs(now_ms - this.#looked_ms) < LOOK_MS) return;
    this.#looked_ms = now_ms;
    this.#up = up;
    const from = await this.store.position(positionOf(this.name));
    const before = from === null ? NEVER_AWAY : (JSON.parse(from) as Kept);
    const after = { ...before, waiting, up: up ?? before.up, refused: before.refused + this.#refused };
    if (after.up !== before.up) after.since_ms = now_ms;
    const turned = after.up !== before.up || this.#refused > 0 || after.waiting > 0 !== before.waiting > 0;
    const counts = waiting !== before.waiting && Math.abs(now_ms - this.#kept_ms) >= COUNT_MS;
    if (!turned && !counts) return;
    try {
      await this.store.commit({ position: { source: positionOf(this.name), from, to: JSON.stringify(after) } });
    } catch (error) {
      // Another process tells now, and has the last word.
      if (error instanceof StalePosition) return;
      throw error;
    }
    this.#kept_ms = now_ms;
    this.#refused = 0;
  }
}

/** As it was last kept, by whichever process. */
export async function stateOf(store: Pick<Store, 'position'>, name: string): Promise<SinkState> {
  const text = await store.position(positionOf(name));
  return { name, ...(text === null ? NEVER_AWAY : (JSON.parse(text) as Kept)) };
}
