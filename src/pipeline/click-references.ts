/** What is known of users and status codes, as of the time of a click. */
import {
  CLICK_REFERENCES,
  type ClickReference,
  type ClickReferenceTable,
  type ClickStore,
  type ClickUser,
} from '../click-ports.js';
import { STORE_KEYS_MAX } from '../ports.js';

/** Keys of a table in memory, each with its versions: some 50 MB of users. The least recently used go first. */
const KEYS_MAX = 100_000;

type Known = Map<ClickUser, ClickReference[]>;

export class ClickReferences {
  readonly #known = Object.fromEntries(CLICK_REFERENCES.map((table) => [table, new Map()])) as Record<ClickReferenceTable, Known>;

  constructor(private readonly store: ClickStore) {}

  /** Reads what is not in memory. Afterwards `at` knows these keys, until the next call. */
  async load(table: ClickReferenceTable, keys: Iterable<ClickUser>): Promise<void> {
    const known = this.#known[table];
    const missing: ClickUser[] = [];
    for (const key of new Set(keys)) {
      const versions = known.get(key);
      if (versions === undefined) missing.push(key);
      else {
        known.delete(key);
        known.set(key, versions);
      }
    }
    for (const key of missing) known.set(key, []);
    for (let i = 0; i < missing.length; i += STORE_KEYS_MAX)
      for (const version of await this.store.references(table, missing.slice(i, i + STORE_KEYS_MAX)))
        known.get(version.key)?.push(version);
    this.#bound(known, missing.length);
  }

  /** A new version, of a key that was loaded. */
  learn(version: ClickReference): void {
    const known = this.#known[version.table];
    const others = (known.get(version.key) ?? []).filter(({ valid_from_ms }) => valid_from_ms !== version.valid_from_ms);
    known.set(
      version.key,
      [...others, version].sort((a, b) => a.valid_from_ms - b.valid_from_ms),
    );
  }

  /** The version that holds at a time; the earliest holds from the beginning of time. */
  at(table: ClickReferenceTable, key: ClickUser | null, time_ms: number): ClickReference['row'] | null {
    const versions = key === null ? undefined : this.#known[table].get(key);
    if (versions === undefined || versions.length === 0) return null;
    let held = versions[0]!;
    for (const version of versions) if (version.valid_from_ms <= time_ms) held = version;
    return held.row;
  }

  /** What was not committed is not known: after a failed commit everything is read again. */
  forget(): void {
    for (const table of CLICK_REFERENCES) this.#known[table].clear();
  }

  #bound(known: Known, just_read: number): void {
    for (const key of known.keys()) {
      if (known.size <= Math.max(KEYS_MAX, just_read)) return;
      known.delete(key);
    }
  }
}
