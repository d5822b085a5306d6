/** Clicks and product events in all their tables. */
import type { ClickClock, ClickKey, ClickStore, JoinedClick, ProductEvent } from '../click-ports.js';
import { type ClickTable, EVENT_COUNTS, FIELDS, VISITS, visitorOf } from '../clickstream/tables.js';
import type { WindowChanges } from '../domain.js';
import { WindowEngine } from '../windows/engine.js';

/** Counters of event names are never let go: a sender that makes names up must not fill the memory. */
export const EVENT_NAMES_MAX = 10_000;

interface Counted {
  table: ClickTable;
  engine: WindowEngine<ClickKey>;
}

export class ClickCounting {
  readonly #tables: Counted[];
  readonly #visits = new WindowEngine<ClickKey>(VISITS);
  readonly #events = new WindowEngine<ClickKey>(EVENT_COUNTS);
  readonly #eventNames = new Set<string>();
  /** One click's numbers, in the order of FIELDS. */
  readonly #inputs = new Float64Array(FIELDS.length);
  #late: Record<string, number> = {};

  constructor(tables: readonly ClickTable[]) {
    this.#tables = tables.map((table) => ({ table, engine: new WindowEngine<ClickKey>(table.declaration) }));
  }

  /** Takes in the windows that a click may still touch. */
  async open(store: ClickStore, { now_ms }: ClickClock): Promise<void> {
    this.#events.load(await store.heldWindows(EVENT_COUNTS.table, 0));
    for (const { key } of this.#events.rows()) this.#eventNames.add(key[0] as string);
    if (now_ms === null) return;
    for (const engine of this.#windowed())
      engine.resume(now_ms, await store.heldWindows(engine.declaration.table, engine.heldFrom(now_ms)));
  }

  /** Time has come this far, for what is too late. To be called before each click that moves it. */
  advance(now_ms: number): void {
    for (const engine of this.#windowed()) engine.advance(now_ms);
  }

  count(click: JoinedClick): void {
    const inputs = this.#inputs;
    // A click without a size draws nothing.
    inputs[0] = click.bytes ?? 0;
    const visits = this.#visits.size;
    this.#visits.add([visitorOf(click)], click.time_ms);
    inputs[1] = this.#visits.size - visits;
    for (const { table, engine } of this.#tables) {
      if (table.where !== null && !table.where(click)) continue;
      if (engine.add(table.key(click), click.time_ms, inputs) === 'late') this.#tell(`late ${table.name}`);
    }
  }

  countEvent({ name, time_ms }: ProductEvent): void {
    if (!this.#eventNames.has(name)) {
      if (this.#eventNames.size >= EVENT_NAMES_MAX) {
        this.#tell('event names beyond the bound');
        return;
      }
      this.#eventNames.add(name);
    }
    this.#events.add([name], time_ms);
  }

  /** What changed since the last call, for the commit; and how many were late, by table. */
  drain(): { windows: WindowChanges<ClickKey>[]; late: Record<string, number> } {
    const windows = [...this.#windowed(), this.#events].map((engine) => engine.drain());
    const late = this.#late;
    this.#late = {};
    return { windows: windows.filter(({ deletes, upserts }) => deletes.length + upserts.length > 0), late };
  }

  /** Windows in memory, of all tables. */
  get open_windows(): number {
    return [...this.#windowed()].reduce((sum, { size }) => sum + size, this.#events.size);
  }

  *#windowed(): Generator<WindowEngine<ClickKey>> {
    yield this.#visits;
    for (const { engine } of this.#tables) yield engine;
  }

  #tell(what: string): void {
    this.#late[what] = (this.#late[what] ?? 0) + 1;
  }
}
