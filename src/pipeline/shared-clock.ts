/** The site's clock where several processes count: what all their lanes have reached, as the store knows it. */
import type { Clock } from '../domain.js';
import type { Store } from '../ports.js';
import { siteClock } from '../windows/site-clock.js';

export class SharedClock {
  site: Clock;
  /** What all lanes have passed: ticks up to here are due. null = nothing was counted yet. */
  reached_ms: number | null = null;

  constructor(
    private readonly store: Store,
    /** null = as the store has it; a new one follows a live site. */
    private readonly kind: Clock['kind'] | null,
    private readonly wall: () => number,
  ) {
    this.site = { kind: kind ?? 'wall', now_ms: null, last_tick_ms: null, snapshot: false, ahead: [] };
  }

  async refresh(): Promise<void> {
    const lanes = await this.store.laneClocks();
    const kept = (await this.store.clock()) ?? { ...this.site, kind: lanes[0]?.clock.kind ?? 'wall' };
    const { site, reached_ms } = siteClock({ ...kept, kind: this.kind ?? kept.kind }, lanes, this.wall());
    this.site = site;
    this.reached_ms = reached_ms;
  }

  ticked(tick_ms: number): void {
    this.site = { ...this.site, last_tick_ms: tick_ms };
  }
}
