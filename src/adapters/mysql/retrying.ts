/** Trying again: at once and a few times after a conflict, with growing pauses while the server is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../ports.js';
import type { Address } from './address.js';
import { explained, verdictOf } from './faults.js';

export interface RetryLimits {
  /** A database that is restarted, upgraded or changed over is back within this; afterwards somebody has to look. */
  away_ms_max: number;
  /** At a start an operator waits for an answer, and a wrong host name looks like a server that is away. */
  open_ms_max: number;
}
export const RETRY_LIMITS: RetryLimits = { away_ms_max: 600_000, open_ms_max: 60_000 };

/** Two lanes that meet again and again after random pauses up to a second: something else holds the locks. */
const CONFLICTS_MAX = 20;
const CONFLICT_PAUSE_MS_FIRST = 5;
const CONFLICT_PAUSE_MS_MAX = 1_000;
const AWAY_PAUSE_MS_FIRST = 100;
/** Long enough not to burden a server that is coming up, short enough to be there soon after it. */
const AWAY_PAUSE_MS_MAX = 5_000;

export class Retrying {
  constructor(
    private readonly address: Address,
    /** Told when the server is away, and when it is back. */
    private readonly log: (message: string) => void,
    private readonly closed: AbortSignal,
  ) {}

  /** `work` must be harmless when it is done again after it failed. */
  async run<Result>(work: () => Promise<Result>, away_ms_max: number): Promise<Result> {
    let conflicts = 0;
    let failures = 0;
    let away_from: number | null = null;
    for (;;) {
      try {
        const result = await work();
        if (away_from !== null) this.log(`${this.address.name} is back`);
        return result;
      } catch (cause) {
        const verdict = verdictOf(cause);
        // Whatever breaks while it is being closed breaks because of that.
        if (this.closed.aborted) throw this.wasClosed(cause);
        if (verdict === 'final') throw explained(cause, this.address);
        if (verdict === 'conflict') {
          conflicts += 1;
          if (conflicts > CONFLICTS_MAX) throw this.blocked(cause);
          await this.pause(CONFLICT_PAUSE_MS_FIRST * 2 ** conflicts, CONFLICT_PAUSE_MS_MAX);
          continue;
        }
        if (away_from === null) this.log(`${this.address.name} is away (${messageOf(cause)}): waiting for it`);
        away_from ??= performance.now();
        if (performance.now() - away_from > away_ms_max) throw this.away(cause, away_ms_max);
        await this.pause(AWAY_PAUSE_MS_FIRST * 2 ** failures, AWAY_PAUSE_MS_MAX);
        failures += 1;
      }
    }
  }

  /** Between a half and the whole of it, so that those who were stopped together do not come back together. */
  private async pause(ms: number, ms_max: number): Promise<void> {
    try {
      await sleep(Math.min(ms, ms_max) * (0.5 + Math.random() / 2), undefined, { signal: this.closed });
    } catch (cause) {
      throw this.wasClosed(cause);
    }
  }

  private wasClosed(cause: unknown): StoreUnavailable {
    return new StoreUnavailable(`The store ${this.address.name} was closed`, 'It was waiting for its server.', { cause });
  }

  private away(cause: unknown, waited_ms: number): StoreUnavailable {
    return new StoreUnavailable(
      `${this.address.name} has not been reached for ${Math.round(waited_ms / 1000)} s: ${messageOf(cause)}`,
      'Check that the database server runs and can be reached from here, and host and port in HOLDFAST_STORE; what was committed is intact.',
      { cause },
    );
  }

  private blocked(cause: unknown): StoreUnavailable {
    return new StoreUnavailable(
      `Other transactions stood in the way on ${this.address.name} ${CONFLICTS_MAX} times in a row: ${messageOf(cause)}`,
      'Look for long transactions of other programs on these tables: SHOW ENGINE INNODB STATUS; SHOW PROCESSLIST;',
      { cause },
    );
  }
}

function messageOf(cause: unknown): string {
  const { message, code } = (cause ?? {}) as { message?: unknown; code?: unknown };
  return String(message || code || 'the connection broke');
}
