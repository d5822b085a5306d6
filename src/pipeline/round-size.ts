/** How much of an outbox one round takes: few large entries, or many small ones. */

/** Rows of entries in one round: some 10 MB of JSON, and a bound for what is derived from them. */
const ROWS_PER_ROUND = 10_000;
/** Entries in one round when they are small: live ones have a few rows each. */
const ENTRIES_PER_ROUND = 512;

export class RoundSize<Entry> {
  #entries = ENTRIES_PER_ROUND;

  constructor(private readonly rowsOf: (entry: Entry) => number) {}

  /** How many to ask for. */
  get entries(): number {
    return this.#entries;
  }

  /** The oldest entries that fit in one round, at least one; how many are asked for the next time follows from their size. */
  fitting(entries: Entry[]): Entry[] {
    let rows = 0;
    let fit = 0;
    for (const entry of entries) {
      rows += this.rowsOf(entry);
      if (fit > 0 && rows > ROWS_PER_ROUND) break;
      fit++;
    }
    const average = Math.max(rows / Math.max(entries.length, 1), 1);
    this.#entries = Math.min(Math.max(Math.floor(ROWS_PER_ROUND / average), 1), ENTRIES_PER_ROUND);
    return entries.slice(0, fit);
  }
}
