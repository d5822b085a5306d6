/**
 * Where clicks come in that nobody can be asked for again: by HTTP, by UDP. Those that wait are committed together, so that many
 * small senders cost one write; and no more than a bound may wait.
 */
import type { ClickRecord } from '../click-ports.js';
import type { Rejected } from '../domain.js';
import type { ClickPipeline, ClicksDone } from './click-pipeline.js';

/** Records in one commit: what the store writes at its best. */
const RECORDS_PER_COMMIT = 5_000;
/** Records that may wait: some seconds of the fastest intake, some 50 MB. */
export const WAITING_MAX = 50_000;

/** Too much waits already: send again later. */
export class IntakeFull extends Error {
  override readonly name = 'IntakeFull';
}

interface Waiting {
  records: ClickRecord[];
  rejected: Rejected[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class ClickIntake {
  #queue: Waiting[] = [];
  #waiting = 0;
  #working: Promise<void> | null = null;

  constructor(private readonly pipeline: Pick<ClickPipeline, 'process'>) {}

  /** How many records wait to be committed. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when all of it is committed. Throws `IntakeFull` at once, and then nothing of it was taken. */
  take(records: ClickRecord[], rejected: Rejected[]): Promise<void> {
    const size = records.length + rejected.length;
    if (this.#waiting > 0 && this.#waiting + size > WAITING_MAX)
      throw new IntakeFull(`${this.#waiting} records wait to be stored: send again in a moment.`);
    this.#waiting += size;
    const taken = new Promise<void>((resolve, reject) => this.#queue.push({ records, rejected, resolve, reject }));
    this.#working ??= this.#work();
    return taken;
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Those who come in the same moment go together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const together = this.#next();
      try {
        await this.#commit(together);
        for (const { resolve } of together) resolve();
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
      for (const { records, rejected } of together) this.#waiting -= records.length + rejected.length;
    }
    this.#working = null;
  }

  #next(): Waiting[] {
    let size = 0;
    let count = 0;
    for (const { records, rejected } of this.#queue) {
      size += records.length + rejected.length;
      if (count > 0 && size > RECORDS_PER_COMMIT) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  #commit(together: readonly Waiting[]): Promise<ClicksDone> {
    const records = together.flatMap((one) => one.records);
    const rejected = together.flatMap((one) => one.rejected);
    return this.pipeline.process({ records, rejected, live: true });
  }
}
