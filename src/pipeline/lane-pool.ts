/** The lanes of a shared source that are here just now: opens, works and drops them as the source says. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../domain.js';
import type { ChangeBatch, Lanes, Store } from '../ports.js';
import { Lane } from './lane.js';
import type { Pipeline } from './pipeline.js';

/** What lanes hear of outside the pipeline. */
export interface LanePoolEvents {
  /** Which lanes are here, after each change. */
  lanes?(names: string[]): void;
  /** How far a lane is behind the machine's clock, in the time of its events; 0 = it has read all there is, null = it has left. */
  lag?(lane: string, seconds: number | null): void;
  /** A sink is so far behind that counting waits for it; null = no longer. */
  waiting?(sink: string | null, entries: number): void;
}

export interface LanePoolSettings {
  /** Those whose outbox is watched. */
  sinks: readonly string[];
  clock: Clock['kind'];
  /** Entries of one outbox beyond which counting waits. */
  outbox_entries_max: number;
}

/** While a sink is behind, it is asked this often whether it has caught up. */
const BACKLOG_LOOK_MS = 1_000;
/** Beside a backlog that is far from its bound, asking at every batch would cost more than it tells. */
const BATCHES_PER_LOOK = 16;

export class LanePool implements Lanes {
  readonly #lanes = new Map<string, Lane>();
  #batches = 0;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly store: Store,
    private readonly settings: LanePoolSettings,
    private readonly signal: AbortSignal,
    private readonly events: LanePoolEvents = {},
  ) {}

  /** Names of the lanes that are here. */
  get names(): string[] {
    return [...this.#lanes.keys()].sort();
  }

  /** Windows in memory, of all lanes that are here. */
  get open_windows(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.open_windows, 0);
  }

  async open(name: string): Promise<string | null> {
    const kept = (await this.store.laneClocks()).find(({ lane }) => lane === name)?.clock;
    const clock: Clock = { now_ms: null, last_tick_ms: null, snapshot: false, ahead: [], ...kept, kind: this.settings.clock };
    const lane = new Lane(this.pipeline.world, name, clock, null);
    const position = await this.store.position(name);
    await lane.open(position);
    this.#lanes.set(name, lane);
    this.events.lanes?.(this.names);
    return position;
  }

  async batch(batch: ChangeBatch): Promise<void> {
    const lane = this.#lanes.get(batch.source);
    if (!lane) throw new Error(`a batch came for ${batch.source}, which is not open here`);
    await this.#waitForSinks();
    const { done, touched } = await lane.process(batch, { name: laneLabel(batch.source), live: true });
    this.pipeline.events.batch?.(done);
    const behind_ms = batch.caught_up || lane.clock.now_ms === null ? 0 : this.pipeline.wall() - lane.clock.now_ms;
    this.events.lag?.(laneLabel(batch.source), Math.max(behind_ms, 0) / 1000);
    if (batch.caught_up && !batch.snapshot) await this.pipeline.scoreTouched(touched);
  }

  async close(name: string): Promise<void> {
    this.#lanes.delete(name);
    this.events.lag?.(laneLabel(name), null);
    this.events.lanes?.(this.names);
  }

  /** What is committed waits in the outbox for its sinks. That must not grow without bound, so the source waits too. */
  async #waitForSinks(): Promise<void> {
    if (this.#batches++ % BATCHES_PER_LOOK !== 0) return;
    for (const sink of this.settings.sinks) {
      let waited = false;
      for (;;) {
        const entries = await this.store.backlog(sink);
        if (entries <= this.settings.outbox_entries_max || this.signal.aborted) break;
        if (!waited) this.events.waiting?.(sink, entries);
        waited = true;
        await sleep(BACKLOG_LOOK_MS, undefined, { signal: this.signal }).catch(() => undefined);
      }
      if (waited) this.events.waiting?.(null, 0);
    }
  }
}

/** `kafka:moodle.moodle.mdl_user/0` → `moodle.moodle.mdl_user/0`: how rejections name their source. */
function laneLabel(lane: string): string {
  return lane.replace(/^kafka:/, '');
}
