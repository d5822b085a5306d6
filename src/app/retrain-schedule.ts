/** Trains by itself when its time has come, where the operator asked for that. Of several processes one does. */
import { type JobState, RetrainBusy, type RetrainJobs } from '../http/retrain-door.js';
import { named, type Store } from '../ports.js';
import { nextTick } from '../scoring/ticks.js';

/** A timer sleeps at most this long, so that a machine that was suspended, or whose clock was set, notices. */
const SLEEP_MS_MAX = 60_000;
/** Others keep off this long after one has begun: a schedule fires at most once a day. */
const TURN_MS = 12 * 3_600_000;
const LEASE = 'retrain';

export interface RetrainScheduleSettings {
  cron: string;
  time_zone: string;
  /** Names this process among those that share the store. */
  holder: string;
  say: (message: string) => void;
  now_ms?: () => number;
}

export class RetrainSchedule {
  #timer: NodeJS.Timeout | null = null;
  #next_ms: number;
  readonly #now: () => number;

  constructor(
    private readonly jobs: Pick<RetrainJobs, 'start'>,
    private readonly store: Pick<Store, 'lease'>,
    private readonly settings: RetrainScheduleSettings,
  ) {
    this.#now = settings.now_ms ?? Date.now;
    this.#next_ms = this.#after(this.#now());
  }

  start(): void {
    this.#timer = setInterval(() => void this.look().catch((error) => this.settings.say(String(error))), SLEEP_MS_MAX);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Begins what is due. A time that passed while nobody was there is left out. */
  async look(): Promise<JobState | null> {
    const now_ms = this.#now();
    if (now_ms < this.#next_ms) return null;
    this.#next_ms = this.#after(now_ms);
    if ((await this.store.lease(LEASE, `${this.settings.holder} ${now_ms}`, TURN_MS)) === null) return null;
    try {
      return this.jobs.start({ seed: 1, target: 'effective-withdrawal', promote_if_better: true }, named('the schedule'));
    } catch (error) {
      if (!(error instanceof RetrainBusy)) throw error;
      this.settings.say('The scheduled training is left out: another one is under way.');
      return null;
    }
  }

  #after(ms: number): number {
    return nextTick(this.settings.cron, this.settings.time_zone, ms);
  }
}
