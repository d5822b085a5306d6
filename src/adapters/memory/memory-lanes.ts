/** What a memory store keeps for those who share it: who counts whom, lane clocks, leases, and what sinks have yet to hear. */
import type { Clock, Score } from '../../domain.js';
import { type Commit, type OutboxEntry, StaleState } from '../../ports.js';

interface Lease {
  holder: string;
  token: number;
  until_ms: number;
}

export class MemoryLanes {
  readonly clocks = new Map<string, { clock: Clock; heard_ms: number }>();
  private readonly claims = new Map<number, string>();
  private readonly leases = new Map<string, Lease>();
  private readonly waiting = new Map<string, OutboxEntry[]>();
  private latestEntry = 0;

  claim(lane: string, user_ids: number[]): void {
    for (const user_id of user_ids) this.claims.set(user_id, lane);
  }

  /** Throws where one of the users counts for another lane by now. */
  checkClaims({ lane }: Commit): void {
    const lost = lane?.user_ids.find((user_id) => this.claims.get(user_id) !== lane.name);
    if (lane && lost !== undefined) throw new StaleState(`a user of ${lane.name} was claimed for another lane, or never for it`);
  }

  heard(lane: string, clock: Clock | undefined, now_ms: number): void {
    const kept = clock ?? this.clocks.get(lane)?.clock;
    if (kept) this.clocks.set(lane, { clock: kept, heard_ms: now_ms });
  }

  lease(name: string, holder: string, ttl_ms: number, now_ms: number): number | null {
    const kept = this.leases.get(name);
    if (kept && kept.holder !== holder && kept.until_ms > now_ms) return null;
    const token = (kept?.token ?? 0) + 1;
    this.leases.set(name, { holder, token, until_ms: now_ms + ttl_ms });
    return token;
  }

  /** The token stays, so that the next one is greater. */
  release(name: string, holder: string): void {
    const kept = this.leases.get(name);
    if (kept?.holder === holder) this.leases.set(name, { ...kept, until_ms: Number.NEGATIVE_INFINITY });
  }

  /** One entry for each sink, where there is anything to tell. `scores`: those of the commit that are now stored. */
  tell({ sinks = [], windows = [], alerts = [] }: Commit, scores: Score[]): void {
    const changed = windows.filter(({ deletes, upserts }) => deletes.length + upserts.length > 0);
    if (changed.length + scores.length + alerts.length === 0) return;
    for (const sink of new Set(sinks)) {
      this.latestEntry += 1;
      const entry = structuredClone({ id: this.latestEntry, windows: changed, scores, alerts });
      this.waiting.set(sink, [...(this.waiting.get(sink) ?? []), entry]);
    }
  }

  /** An entry for each sink. */
  put(sinks: readonly string[], rows: Pick<OutboxEntry, 'windows' | 'gone'>): void {
    for (const sink of new Set(sinks)) {
      this.latestEntry += 1;
      const entry: OutboxEntry = structuredClone({ id: this.latestEntry, scores: [], alerts: [], ...rows });
      this.waiting.set(sink, [...(this.waiting.get(sink) ?? []), entry]);
    }
  }

  /** Everything that names people, anew. */
  rewrite(clockOf: (clock: Clock) => Clock, entryOf: (entry: OutboxEntry) => OutboxEntry): void {
    for (const [lane, heard] of this.clocks) this.clocks.set(lane, { ...heard, clock: clockOf(heard.clock) });
    for (const [sink, entries] of this.waiting) this.waiting.set(sink, entries.map(entryOf));
  }

  claimed(): [number, string][] {
    return [...this.claims];
  }

  unclaim(user_id: number): void {
    this.claims.delete(user_id);
  }

  outbox(sink: string): OutboxEntry[] {
    return this.waiting.get(sink) ?? [];
  }

  confirm(sink: string, ids: number[]): void {
    const done = new Set(ids);
    this.waiting.set(
      sink,
      this.outbox(sink).filter((entry) => !done.has(entry.id)),
    );
  }
}
