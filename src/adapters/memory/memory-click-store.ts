/** Clicks in memory: gone when the process ends. The plain reading of the port, against which the others are held. */
import {
  type ClickClock,
  type ClickCommit,
  type ClickFilter,
  type ClickKey,
  type ClickOutboxEntry,
  type ClickReference,
  type ClickReferenceTable,
  ClickStore,
  type ClickUser,
  clickCommitFault,
  type JoinedClick,
  keyText,
} from '../../click-ports.js';
import type { Rejected, WindowRow, WindowTable } from '../../domain.js';
import { REJECTED_KEPT, STORE_KEYS_MAX, StalePosition, StoreUnavailable } from '../../ports.js';
import { MemoryLanes } from './memory-lanes.js';
import { OrderedTable } from './ordered-table.js';

type Windows = OrderedTable<WindowRow<ClickKey>>;

export class MemoryClickStore extends ClickStore {
  readonly #positions = new Map<string, string>();
  #clock: ClickClock | null = null;
  readonly #windows = new Map<string, Windows>();
  readonly #clicks = new OrderedTable<JoinedClick>(({ time_ms, id }) => [time_ms, id]);
  readonly #seen = new Map<string, number>();
  readonly #references = new OrderedTable<ClickReference>(({ table, key, valid_from_ms }) => [
    table,
    keyText([key]),
    valid_from_ms,
  ]);
  readonly #rejected = new OrderedTable<Rejected>(({ source, position, reason }) => [source, position, reason]);
  readonly #kept = new Map<string, number>();
  readonly #counts = { rejected: new Map<string, number>(), counts: new Map<string, number>() };
  readonly #leases = new MemoryLanes();
  readonly #outbox = new Map<string, ClickOutboxEntry[]>();
  #latestEntry = 0;
  #mode: 'own' | 'read' = 'own';

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  async open(mode: 'own' | 'read' = 'own'): Promise<void> {
    this.#mode = mode;
  }

  async close(): Promise<void> {}

  async commit(commit: ClickCommit): Promise<void> {
    this.#checkOwned();
    const fault = clickCommitFault(commit);
    if (fault !== null) throw new TypeError(`this commit cannot be kept: ${fault}`);
    const { position, clock, windows = [], clicks = [], sinks = [] } = commit;
    if (position) {
      const kept = this.#positions.get(position.source) ?? null;
      if (kept !== position.from) throw new StalePosition(`${position.source} is at ${kept}, not at ${position.from}`);
      this.#positions.set(position.source, position.to);
    }
    if (clock) this.#clock = structuredClone(clock);
    for (const { table, deletes, upserts } of windows) {
      const rows = this.#table(table.name);
      for (const { key, start } of deletes) rows.delete(keyText(key), start);
      for (const row of upserts) rows.set(structuredClone(row));
    }
    for (const click of clicks) if (!this.#clicks.get(click.time_ms, click.id)) this.#clicks.set(structuredClone(click));
    for (const { id, time_ms } of commit.seen ?? []) if (!this.#seen.has(id)) this.#seen.set(id, time_ms);
    for (const reference of commit.references ?? []) this.#references.set(structuredClone(reference));
    for (const rejected of commit.rejected ?? []) this.#reject(rejected);
    for (const [name, count] of Object.entries(commit.counts ?? {})) add(this.#counts.counts, name, count);
    this.#tell({ windows: windows.filter(({ deletes, upserts }) => deletes.length + upserts.length > 0), clicks }, sinks);
  }

  #tell(telling: Omit<ClickOutboxEntry, 'id'>, sinks: string[]): void {
    if (telling.windows.length + telling.clicks.length === 0) return;
    for (const sink of new Set(sinks)) {
      const waiting = this.#outbox.get(sink) ?? [];
      waiting.push(structuredClone({ id: ++this.#latestEntry, ...telling }));
      this.#outbox.set(sink, waiting);
    }
  }

  async position(source: string): Promise<string | null> {
    return this.#positions.get(source) ?? null;
  }

  async clock(): Promise<ClickClock | null> {
    return structuredClone(this.#clock);
  }

  async seen(ids: string[]): Promise<string[]> {
    return few(ids).filter((id) => this.#seen.has(id));
  }

  async references(table: ClickReferenceTable, keys: ClickUser[]): Promise<ClickReference[]> {
    const asked = new Set<ClickUser | null>(few(keys));
    return this.#references.page(EVERYTHING, (row) => row.table === table && asked.has(row.key));
  }

  async heldWindows({ name }: WindowTable, end_from: number): Promise<WindowRow<ClickKey>[]> {
    return this.#table(name).page(EVERYTHING, ({ end }) => end >= end_from);
  }

  async windows(
    { name }: WindowTable,
    filter: ClickFilter,
    { after, limit }: { after?: { key: readonly ClickKey[]; start: number }; limit: number },
  ): Promise<WindowRow<ClickKey>[]> {
    const page = { after: after && ([keyText(after.key), after.start] as const), limit };
    return this.#table(name).page(page, ({ start }) => passes(filter, start));
  }

  async clicks(
    filter: ClickFilter,
    { after, limit }: { after?: { time_ms: number; id: string }; limit: number },
  ): Promise<JoinedClick[]> {
    const page = { after: after && ([after.time_ms, after.id] as const), limit };
    return this.#clicks.page(page, ({ time_ms }) => passes(filter, time_ms));
  }

  async rejected(page: { after?: [string, string, string]; limit: number }): Promise<Rejected[]> {
    return this.#rejected.page(page, () => true);
  }

  async counts(): Promise<{ rejected: Record<string, number>; counts: Record<string, number> }> {
    return { rejected: Object.fromEntries(this.#counts.rejected), counts: Object.fromEntries(this.#counts.counts) };
  }

  async retain(before_ms: number): Promise<number> {
    this.#checkOwned();
    let gone = 0;
    for (const { time_ms, id } of this.#clicks.all())
      if (time_ms < before_ms) {
        this.#clicks.delete(time_ms, id);
        gone++;
      }
    for (const [id, time_ms] of this.#seen) if (time_ms < before_ms && this.#seen.delete(id)) gone++;
    for (const rows of this.#windows.values())
      for (const { key, start, end } of rows.all())
        if (end < before_ms && !(start === 0 && end === 0)) {
          rows.delete(keyText(key), start);
          gone++;
        }
    return gone;
  }

  async lease(name: string, holder: string, ttl_ms: number): Promise<number | null> {
    this.#checkOwned();
    return this.#leases.lease(name, holder, ttl_ms, this.now());
  }

  async release(name: string, holder: string): Promise<void> {
    this.#checkOwned();
    this.#leases.release(name, holder);
  }

  async outbox(sink: string, limit: number): Promise<ClickOutboxEntry[]> {
    return structuredClone((this.#outbox.get(sink) ?? []).slice(0, limit));
  }

  async confirm(sink: string, ids: number[]): Promise<void> {
    this.#checkOwned();
    const done = new Set(ids);
    this.#outbox.set(
      sink,
      (this.#outbox.get(sink) ?? []).filter(({ id }) => !done.has(id)),
    );
  }

  async backlog(sink: string): Promise<number> {
    return this.#outbox.get(sink)?.length ?? 0;
  }

  #checkOwned(): void {
    if (this.#mode === 'read')
      throw new StoreUnavailable('The clicks in memory are open for reading only', 'Open them as their owner to write to them.');
  }

  #table(name: string): Windows {
    let rows = this.#windows.get(name);
    if (!rows) {
      rows = new OrderedTable(({ key, start }) => [keyText(key), start]);
      this.#windows.set(name, rows);
    }
    return rows;
  }

  #reject(rejected: Rejected): void {
    const { source, position, reason } = rejected;
    if (this.#rejected.get(source, position, reason)) return;
    add(this.#counts.rejected, reason, 1);
    if ((this.#kept.get(source) ?? 0) >= REJECTED_KEPT) return;
    add(this.#kept, source, 1);
    this.#rejected.set({ ...rejected });
  }
}

const EVERYTHING = { limit: Number.POSITIVE_INFINITY };

function passes({ from_ms = Number.NEGATIVE_INFINITY, to_ms = Number.POSITIVE_INFINITY }: ClickFilter, time_ms: number): boolean {
  return time_ms >= from_ms && time_ms < to_ms;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function few<T>(keys: T[]): T[] {
  if (keys.length > STORE_KEYS_MAX) throw new RangeError(`${keys.length} keys in one question; ${STORE_KEYS_MAX} are allowed`);
  return keys;
}
