/** The right to do what one process at a time does, kept up while the work takes longer than it lasts. */
import type { Store } from '../ports.js';

/** A process that died is replaced after this; one that lives says so three times as often. */
export const LEASE_MS = 30_000;
const RENEWALS = 3;

export class HeldLease {
  #lost = false;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    /** Greater than any given before for this name. */
    readonly token: number,
    private until_ms: number,
    renew: () => Promise<number | null>,
    private readonly ttl_ms: number,
  ) {
    this.#timer = setInterval(() => void this.#renew(renew), ttl_ms / RENEWALS).unref();
  }

  /** null = another process has it. */
  static async take(store: Pick<Store, 'lease'>, name: string, holder: string, ttl_ms = LEASE_MS): Promise<HeldLease | null> {
    const renew = () => store.lease(name, holder, ttl_ms);
    // Measured from before the question: the store's own count began later, so this process gives up first.
    const asked_ms = performance.now();
    const token = await renew();
    return token === null ? null : new HeldLease(token, asked_ms + ttl_ms, renew, ttl_ms);
  }

  /** False as soon as another process may have had it, even for a moment. */
  get held(): boolean {
    return !this.#lost && performance.now() < this.until_ms;
  }

  /** Ends the renewals; the lease itself runs out, or is released by name. */
  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(renew: () => Promise<number | null>): Promise<void> {
    const asked_ms = performance.now();
    // A store that does not answer: the lease runs out, and `held` says so.
    const token = await renew().catch(() => undefined);
    if (token === undefined) return;
    if (token === null || !this.held) this.#lost = true;
    else this.until_ms = asked_ms + this.ttl_ms;
  }
}
