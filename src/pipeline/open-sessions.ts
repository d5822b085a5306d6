/**
 * Sessions that were told as open: when the clock passes their end and gap, they have to be told again, as closed, although no row
 * changed. Held in memory; what the store keeps is one time, `open_from_ms`, before which none of them closes.
 */
import { COURSE_SESSIONS, SESSIONS, type WindowRow, type WindowTable } from '../domain.js';
import type { Store } from '../ports.js';
import { closed } from '../windows/closing.js';

/** A session that was told: its row, or that it is no more. */
export type ToldSession = { table: WindowTable; key: readonly number[]; start: number; row: WindowRow | null };

const TABLES: readonly WindowTable[] = [SESSIONS, COURSE_SESSIONS];

export class OpenSessions {
  readonly #open = new Map<string, ToldSession & { row: WindowRow }>();
  /** No session closes before it. */
  #next_ms = Number.POSITIVE_INFINITY;

  constructor(private readonly gap_ms: number) {}

  /** Takes in all that may have been told as open since `open_from_ms`; null = nothing was. */
  async load(store: Store, open_from_ms: number | null): Promise<void> {
    this.#open.clear();
    this.#next_ms = Number.POSITIVE_INFINITY;
    if (open_from_ms === null) return;
    for (const table of TABLES)
      for (const row of await store.heldWindows(table, open_from_ms - this.gap_ms)) this.#keep({ table, ...row, row });
  }

  /** Once they have been told, at `now_ms`. */
  told(sessions: Iterable<ToldSession>, now_ms: number): void {
    for (const session of sessions) {
      const { row } = session;
      if (row === null || closed(row.end, this.gap_ms, now_ms)) this.#open.delete(nameOf(session));
      else this.#keep({ ...session, row });
    }
  }

  /** Those that have closed by now. They stay until they are told. */
  closedBy(now_ms: number): ToldSession[] {
    if (!closed(this.#next_ms, this.gap_ms, now_ms)) return [];
    const found: ToldSession[] = [];
    this.#next_ms = Number.POSITIVE_INFINITY;
    for (const session of this.#open.values()) {
      if (closed(session.row.end, this.gap_ms, now_ms)) found.push(session);
      this.#next_ms = Math.min(this.#next_ms, session.row.end);
    }
    return found;
  }

  /** At `now_ms`: the time before which none of those that were told as open closes. */
  openFrom(now_ms: number): number {
    let from_ms = now_ms;
    for (const { row } of this.#open.values()) from_ms = Math.min(from_ms, row.end + this.gap_ms);
    return from_ms;
  }

  get size(): number {
    return this.#open.size;
  }

  #keep(session: ToldSession & { row: WindowRow }): void {
    this.#open.set(nameOf(session), session);
    this.#next_ms = Math.min(this.#next_ms, session.row.end);
  }
}

function nameOf({ table, key, start }: ToldSession): string {
  return `${table.name} ${key.join(' ')} ${start}`;
}
