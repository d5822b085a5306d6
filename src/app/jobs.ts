/** What the page is told of long work: of the copy and of simulations as this process knows them, of the rest as the store does. */
import type { CopySoFar } from '../adapters/binlog/options.js';
import type { Job } from '../http/jobs-look.js';
import type { Simulations } from '../http/simulation-door.js';
import type { Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import { type Daily, lastCleared } from './daily.js';
import { TRUST_EVERY_MS, type TrustSchedule } from './trust-schedule.js';

export interface JobsParts {
  store: Pick<Store, 'position' | 'standings'>;
  calendar: Pick<Calendar, 'day' | 'format'>;
  simulations: Pick<Simulations, 'state'>;
  /** null where another process does it, or none. */
  trust: Pick<TrustSchedule, 'state' | 'looked_ms'> | null;
  daily: Pick<Daily, 'state'> | null;
  now_ms: () => number;
}

const NOTHING_KNOWN = {
  ...{ step: null, progress: null, rows: null, rows_known: null },
  ...{ since_ms: null, last_day: null, next_day: null },
};

export class ServiceJobs {
  #copy: Job | null = null;

  constructor(private readonly parts: JobsParts) {}

  /** After each piece of the first copy; null = it is through. */
  readonly copied = (so_far: CopySoFar | null): void => {
    const now_ms = this.parts.now_ms();
    const job = { ...NOTHING_KNOWN, name: 'first-copy' as const };
    if (so_far === null) {
      this.#copy = { ...job, state: 'done', last_day: this.#dayOf(now_ms) };
      return;
    }
    const { table: step, rows, rows_known } = so_far;
    const progress = rows_known > 0 ? rows / rows_known : null;
    const since_ms = this.#copy?.since_ms ?? now_ms;
    this.#copy = { ...job, state: 'running', step, progress, rows, rows_known, since_ms };
  };

  async look(): Promise<Job[]> {
    const { store, daily } = this.parts;
    const cleared = await lastCleared(store);
    return [
      ...(this.#copy ? [this.#copy] : []),
      ...this.#simulation(),
      await this.#trust(),
      { ...NOTHING_KNOWN, name: 'daily-clearing', state: daily?.state ?? 'waiting', last_day: cleared },
    ];
  }

  #simulation(): Job[] {
    const running = this.parts.simulations.state();
    if (running === null) return [];
    const { step, progress, started_ms: since_ms } = running;
    return [{ ...NOTHING_KNOWN, name: 'simulation', state: 'running', step, progress, since_ms }];
  }

  async #trust(): Promise<Job> {
    const { store, trust } = this.parts;
    const checked = (await store.standings()).map(({ checked_ms }) => checked_ms);
    const last_ms = checked.length > 0 ? Math.max(...checked) : null;
    // One that failed waits for its week too.
    const tried = [last_ms, trust?.looked_ms ?? null].filter((ms) => ms !== null);
    return {
      ...NOTHING_KNOWN,
      name: 'trust-check',
      state: trust?.state ?? 'waiting',
      last_day: last_ms === null ? null : this.#dayOf(last_ms),
      next_day: tried.length > 0 ? this.#dayOf(Math.max(...tried) + TRUST_EVERY_MS) : null,
    };
  }

  #dayOf(ms: number): string {
    const { calendar } = this.parts;
    return calendar.format(calendar.day(ms));
  }
}
