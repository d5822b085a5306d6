/** Lanes in memory, as strict as a store: a position moves on only from where the lane was opened or last committed. */
import { type ChangeBatch, type Lanes, StalePosition } from '../../src/ports.js';

/** What a store would hold: shared by all the processes of a test. */
export class LaneBook {
  readonly positions = new Map<string, string>();
  readonly committed: ChangeBatch[] = [];

  /** Changes in the order of their commits. */
  get changes() {
    return this.committed.flatMap((batch) => batch.changes);
  }

  lanes(): string[] {
    return [...this.positions.keys()].sort();
  }
}

/** One process's side of it. */
export class LanesDouble implements Lanes {
  /** Lanes that are here now, with the position that this process knows. */
  readonly held = new Map<string, string | null>();
  readonly calls: string[] = [];
  committed = 0;

  /** `before` stands in for what a commit may have to wait for. */
  constructor(
    readonly book: LaneBook,
    private readonly before: (batch: ChangeBatch) => Promise<void> = async () => {},
  ) {}

  async open(lane: string): Promise<string | null> {
    this.calls.push(`open ${lane}`);
    const position = this.book.positions.get(lane) ?? null;
    this.held.set(lane, position);
    return position;
  }

  async batch(batch: ChangeBatch): Promise<void> {
    const { source, position } = batch;
    if (!this.held.has(source)) throw new Error(`${source} is not open`);
    const from = this.held.get(source) ?? null;
    await this.before(batch);
    if ((this.book.positions.get(source) ?? null) !== from) throw new StalePosition(`${source} has moved on`);
    this.book.positions.set(source, position);
    this.book.committed.push(batch);
    this.held.set(source, position);
    this.committed++;
  }

  async close(lane: string): Promise<void> {
    this.calls.push(`close ${lane}`);
    this.held.delete(lane);
  }
}
