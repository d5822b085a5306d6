/** What a process does beside answering, as its roles say: reads, scores by schedule, tells sinks. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { CopySoFar } from '../adapters/binlog/options.js';
import type { Config } from '../config.js';
import { LanePool } from '../pipeline/lane-pool.js';
import { OUTBOX_ENTRIES_MAX } from '../pipeline/publisher.js';
import type { ChangeSource } from '../ports.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { tellStaff } from './notices.js';
import { Runner } from './runner.js';
import { Schedule } from './schedule.js';
import type { Service } from './service.js';
import { SharedSchedule } from './shared-schedule.js';
import { publish } from './sinks.js';
import { clockFor, lanedSourceOf, sourceOf } from './sources.js';

export interface WorkOptions {
  /** Of a recorded source. */
  progress: (done: number, total: number) => void;
  /** Of the first copy of a database. */
  copied: (so_far: CopySoFar | null) => void;
  /** From the beginning, whatever was read before. */
  from_start: boolean;
  log: Log;
  metrics: Metrics;
}

/** A process's clock is refreshed this often from what others count, for whom it answers. */
const REFRESH_MS = 2_000;

export class Work {
  /** Resolves when a recorded source is at its end; never, for a live one. */
  readonly read: Promise<'finished' | 'stopped'>;
  /** Rejects with what the operator has to mend. */
  readonly failed: Promise<never>;
  readonly #abort = new AbortController();
  readonly #running: Promise<unknown>[] = [];
  readonly #stops: (() => void | Promise<void>)[] = [];
  #fail: (error: unknown) => void = () => undefined;

  constructor(
    private readonly config: Config,
    private readonly service: Service,
    private readonly options: WorkOptions,
  ) {
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
    const { moodle, roles } = config;
    const shared = service.pipeline.isShared;
    this.read = new Promise((resolve) => {
      if (!roles.includes('ingest') || moodle === null) return;
      if (moodle.kind === 'kafka') this.#follow(this.#readShared(moodle.prefix));
      else this.#follow(this.#readAlone(sourceOf(moodle, config, this.#sourceOptions())).then(resolve));
    });
    if (roles.includes('score') && shared) this.#scheduleShared();
    if (roles.includes('publish')) this.#follow(this.#publish());
    if (roles.includes('publish')) this.#follow(this.#tellStaff());
    if (shared) this.#keepRefreshed();
  }

  /** Ends everything: batches, ticks and rounds in hand are finished first. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const stop of this.#stops) await stop();
    await Promise.allSettled(this.#running);
  }

  #follow(work: Promise<unknown>): void {
    this.#running.push(work.catch(this.#fail));
  }

  #sourceOptions() {
    const { log, progress, copied } = this.options;
    return { progress, copied, log: (message: string) => log.info({}, message) };
  }

  async #readAlone(source: ChangeSource): Promise<'finished' | 'stopped'> {
    const { pipeline, store } = this.service;
    const runner = new Runner(source, pipeline, store, this.options.from_start);
    this.#stops.push(() => runner.stop());
    const lag_s = () => {
      const { now_ms } = pipeline.clock;
      return runner.state.caught_up || now_ms === null ? 0 : Math.max(Date.now() - now_ms, 0) / 1000;
    };
    this.options.metrics.watch({
      open_windows: () => pipeline.open_windows,
      lag: source.live ? { source: source.name, seconds: lag_s } : undefined,
    });
    if (source.live && pipeline.clock.kind === 'wall' && this.config.roles.includes('score')) {
      const schedule = new Schedule(pipeline, () => runner.state.caught_up, this.#fail);
      schedule.start();
      this.#stops.push(() => schedule.stop());
    }
    await runner.run();
    return runner.state.state === 'finished' ? 'finished' : 'stopped';
  }

  async #readShared(prefix: string): Promise<void> {
    const { pipeline, store } = this.service;
    const { log, metrics } = this.options;
    const source = await lanedSourceOf(prefix, this.config, (message) => log.info({}, message));
    const clock = clockFor(this.config.moodle, this.config.clock);
    const settings = { sinks: this.service.sinks, clock, outbox_entries_max: OUTBOX_ENTRIES_MAX };
    const lanes = new LanePool(pipeline, store, settings, this.#abort.signal, {
      lanes: (names) => metrics.lanes(names.length),
      lag: (lane, seconds) => metrics.lag(lane, seconds),
      waiting: (sink, entries) =>
        sink === null
          ? log.info({}, 'The sinks have caught up: reading goes on.')
          : log.warn({ sink, entries }, `${sink} is behind by ${entries} commits: reading waits for it.`),
    });
    metrics.watch({ open_windows: () => lanes.open_windows });
    await source.run(lanes, this.#abort.signal);
  }

  #scheduleShared(): void {
    const schedule = new SharedSchedule(this.service.pipeline, this.service.store, processName(), this.#fail);
    schedule.start();
    this.#stops.push(() => schedule.stop());
  }

  async #publish(): Promise<void> {
    const { log, metrics } = this.options;
    await publish(this.config, this.service, processName(), log, metrics, this.#abort.signal);
  }

  async #tellStaff(): Promise<void> {
    await tellStaff(this.config, this.service, processName(), this.options, this.#abort.signal);
  }

  #keepRefreshed(): void {
    const timer = setInterval(() => {
      this.service.pipeline.refresh().catch(this.#fail);
    }, REFRESH_MS);
    this.#stops.push(() => clearInterval(timer));
  }
}

/** Tells this process apart from all others that share the store. */
export function processName(): string {
  return `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
}
