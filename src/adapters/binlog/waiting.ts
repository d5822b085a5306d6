/** What was read and not yet handed over: whole transactions gathered into batches. Bounded by whoever reads `changes`. */
import type { Change, Rejected } from '../../domain.js';
import type { LastRead } from './position.js';
import type { Part } from './transactions.js';

export interface Gathered {
  changes: Change[];
  rejected: Rejected[];
  ignored: Record<string, number>;
  /** null = no transaction was finished: the position stays. */
  gtid: string | null;
  /** The last of the finished transactions, where that is known. */
  last: LastRead | null;
  /** Time of the newest transaction in it; null when there is none. */
  time_ms: number | null;
}

export class Waiting {
  private full: Gathered[] = [];
  private open = empty();
  /** Since when the first change of the open batch waits; null while it has none. */
  private since_ms: number | null = null;
  /** Changes in all batches. */
  changes = 0;

  constructor(
    private readonly batch_changes: number,
    private readonly linger_ms: number,
  ) {}

  /** `now_ms` of any clock that does not go back. */
  add(part: Part, now_ms: number): void {
    const { open } = this;
    const length = part.changes.length + part.rejected.length;
    if (open.changes.length === 0) open.changes = part.changes;
    else for (const change of part.changes) open.changes.push(change);
    for (const rejected of part.rejected) open.rejected.push(rejected);
    for (const [what, count] of Object.entries(part.ignored)) open.ignored[what] = (open.ignored[what] ?? 0) + count;
    open.gtid = part.gtid ?? open.gtid;
    open.last = part.last ?? open.last;
    open.time_ms = part.time_ms;
    this.changes += length;
    if (length > 0) this.since_ms ??= now_ms;
    if (open.changes.length + open.rejected.length >= this.batch_changes) this.close();
  }

  /** When a batch with changes is due, on the clock of `add`: 0 = at once, null = nothing is waiting. */
  due_at_ms(): number | null {
    if (this.full.length > 0) return 0;
    return this.since_ms === null ? null : this.since_ms + this.linger_ms;
  }

  /** True when foreign transactions moved the position and nothing else is waiting. */
  get moved(): boolean {
    return this.open.gtid !== null;
  }

  /** The oldest batch, also an empty one. */
  take(): Gathered {
    if (this.full.length === 0) this.close();
    const batch = this.full.shift() ?? empty();
    this.changes -= batch.changes.length + batch.rejected.length;
    return batch;
  }

  private close(): void {
    this.full.push(this.open);
    this.open = empty();
    this.since_ms = null;
  }
}

function empty(): Gathered {
  return { changes: [], rejected: [], ignored: {}, gtid: null, last: null, time_ms: null };
}
