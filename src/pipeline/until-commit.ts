/** A value that is made of what the store holds, read once between two commits: for what nearly every request asks. */
import type { Store } from '../ports.js';

export class UntilCommit<Value> {
  #kept: { revision: number; value: Promise<Value> } | null = null;

  constructor(
    private readonly store: Pick<Store, 'revision'>,
    private readonly read: () => Promise<Value>,
  ) {}

  /** As of the latest commit; read each time where another process may have made one. Rejects as the reading does, and then tries again. */
  value(): Promise<Value> {
    // Asked before the reading, which may then have a newer commit in it, and never lacks one.
    const { revision } = this.store;
    if (revision === null) return this.read();
    if (this.#kept?.revision === revision) return this.#kept.value;
    const kept = { revision, value: this.read() };
    this.#kept = kept;
    kept.value.catch(() => {
      if (this.#kept === kept) this.#kept = null;
    });
    return kept.value;
  }
}
