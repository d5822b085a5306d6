/**
 * Looks up each course's standing by itself: a week of scorings after it was looked up last, and when another model scores. In a
 * process of its own, since it reads whole courses; of several processes one does. Waits while ticks follow one another: a source
 * that catches up would ask for the same again and again.
 */
import type { Clock } from '../domain.js';
import type { CourseStanding, Store } from '../ports.js';
import type { AskedChild } from './ask-child.js';
import type { ModelWord } from './serving-model.js';
import type { TrustWord } from './trust-child.js';

const LOOK_MS = 5_000;
export const TRUST_EVERY_MS = 7 * 86_400_000;
/** Others keep off this long after one has begun. */
const TURN_MS = 3_600_000;
const LEASE = 'trust';

export interface TrustScheduleParts {
  store: Pick<Store, 'lease' | 'release' | 'standings' | 'commit'>;
  clock: () => Pick<Clock, 'last_tick_ms'>;
  /** The one that scores now: a heuristic's scores claim nothing that could be checked. */
  model: () => Pick<ModelWord, 'version' | 'method'>;
  /** Names this process among those that share the store. */
  holder: string;
  ask: () => AskedChild<TrustWord>;
  say: (message: string) => void;
}

export class TrustSchedule {
  /** Of this process's own looks. */
  state: 'running' | 'failed' | 'waiting' = 'waiting';
  #timer: NodeJS.Timeout | null = null;
  #seen_tick_ms: number | null = null;
  /** What was looked up last, whatever came of it: what failed waits for the next week. */
  #looked: { tick_ms: number; version: string } | null = null;
  #asked: AskedChild<TrustWord> | null = null;

  constructor(private readonly parts: TrustScheduleParts) {}

  /** The scoring up to which this process looked last, whatever came of it. */
  get looked_ms(): number | null {
    return this.#looked?.tick_ms ?? null;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look().catch((error) => this.parts.say(String(error))), LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#asked?.stop();
  }

  /** Begins what is due; resolves when it is stored. */
  async look(): Promise<CourseStanding[] | null> {
    const { last_tick_ms } = this.parts.clock();
    const settled = last_tick_ms === this.#seen_tick_ms;
    this.#seen_tick_ms = last_tick_ms;
    if (!settled || last_tick_ms === null || this.#asked !== null || !(await this.#isDue(last_tick_ms))) return null;
    this.#looked = { tick_ms: last_tick_ms, version: this.parts.model().version };
    const holder = `${this.parts.holder} ${last_tick_ms}`;
    if ((await this.parts.store.lease(LEASE, holder, TURN_MS)) === null) return null;
    this.#asked = this.parts.ask();
    this.state = 'running';
    try {
      const word = await this.#asked.answer;
      if (word.kind === 'done') {
        await this.parts.store.commit({ standings: word.standings });
        this.state = 'waiting';
      } else this.parts.say(`The courses’ standings could not be looked up: ${word.message}`);
      return word.kind === 'done' ? word.standings : null;
    } finally {
      if (this.state === 'running') this.state = 'failed';
      this.#asked = null;
      await this.parts.store.release(LEASE, holder);
    }
  }

  async #isDue(tick_ms: number): Promise<boolean> {
    const { version, method } = this.parts.model();
    if (method === 'heuristic') return false;
    if (this.#looked?.version === version) return tick_ms - this.#looked.tick_ms >= TRUST_EVERY_MS;
    const known = (await this.parts.store.standings()).filter(({ model_version }) => model_version === version);
    return known.every(({ checked_ms }) => tick_ms - checked_ms >= TRUST_EVERY_MS);
  }
}
