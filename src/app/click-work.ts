/** What a process does for click analytics: takes clicks in, counts them, lets go what is old. One process at a time counts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UdpIntake } from '../adapters/udp/udp-intake.js';
import type { Config } from '../config.js';
import { takeDatagrams } from '../pipeline/click-datagrams.js';
import { ClickDoor, type ClickTaker } from '../pipeline/click-door.js';
import { ClickIntake } from '../pipeline/click-intake.js';
import { ClickPublications } from '../pipeline/click-publications.js';
import { ClickPublisher } from '../pipeline/click-publisher.js';
import { HeldLease } from '../pipeline/held-lease.js';
import { OUTBOX_ENTRIES_MAX } from '../pipeline/publisher.js';
import { forwardingTaker, readClickTopics } from './click-kafka.js';
import type { ClickMetrics } from './click-metrics.js';
import { clickSinkOf } from './click-sinks.js';
import type { Clicks } from './clicks.js';
import type { Log } from './log.js';

/** The lease under which one process counts. */
const LEASE = 'clicks';
/** While another process counts, whether it still does is looked at so often; and while this one does, the same. */
const LOOK_MS = 1_000;
/** What is too old is let go so often. */
const RETAIN_MS = 3_600_000;

export interface ClickWorkOptions {
  holder: string;
  log: Log;
  metrics: ClickMetrics;
}

export class ClickWork {
  /** Rejects with what the operator has to mend. */
  readonly failed: Promise<never>;
  /** Where HTTP and UDP bring clicks; closed while another process counts. */
  readonly door: ClickDoor;
  readonly #abort = new AbortController();
  readonly #running: Promise<unknown>[] = [];
  readonly #intake: ClickIntake;
  #counts = false;
  #forwarding: ClickTaker | null = null;
  /** A sink has too much to hear of: nothing more is taken in until it has caught up. */
  #behind = false;
  #fail: (error: unknown) => void = () => undefined;

  constructor(
    private readonly config: Config,
    private readonly clicks: Clicks,
    private readonly options: ClickWorkOptions,
  ) {
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
    this.#intake = new ClickIntake(clicks.pipeline);
    this.door = new ClickDoor(() => this.#taker(), Date.now);
    options.metrics.watch({ open_windows: () => clicks.pipeline.open_windows, waiting: () => this.#intake.waiting });
    if (config.click_topics) this.#follow(this.#forward());
    if (config.roles.includes('clicks')) this.#follow(this.#countWhileAllowed());
    if (config.roles.includes('publish')) for (const name of clicks.sinks) this.#follow(this.#publish(name));
  }

  /** Ends everything: what is in hand is committed first. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#running);
  }

  /** With topics every process takes clicks in; else the one that counts, while its sinks keep up. */
  #taker(): ClickTaker | null {
    if (this.config.click_topics) return this.#forwarding;
    return this.#counts && !this.#behind ? this.#intake : null;
  }

  /** What comes by HTTP and UDP goes to the topics, until the end. */
  async #forward(): Promise<void> {
    const { taker, close } = await forwardingTaker(this.config, this.options.log, () => (this.#counts ? this.#intake : null));
    this.#forwarding = taker;
    await aborted(this.#abort.signal);
    this.#forwarding = null;
    await close();
  }

  async #countWhileAllowed(): Promise<void> {
    const { store, pipeline } = this.clicks;
    const { holder, log } = this.options;
    while (!this.#abort.signal.aborted) {
      const lease = await HeldLease.take(store, LEASE, holder);
      if (lease === null) {
        await this.#pause(LOOK_MS);
        continue;
      }
      try {
        // Another process may have counted since.
        await pipeline.open();
        await this.#count(lease);
      } finally {
        this.#counts = false;
        lease.stop();
      }
      if (!this.#abort.signal.aborted) log.warn({}, 'Another process counts clicks now; this one stands by.');
    }
    await store.release(LEASE, holder);
  }

  /** Until the lease is lost, or the end. */
  async #count(lease: HeldLease): Promise<void> {
    const udp = await this.#openUdp();
    this.#counts = true;
    const here = new AbortController();
    const reading = this.config.click_topics ? readClickTopics(this.config, this.clicks, this.options, here.signal) : null;
    reading?.catch(this.#fail);
    let retain_at = performance.now();
    try {
      while (lease.held && !this.#abort.signal.aborted) {
        if (performance.now() >= retain_at) {
          await this.#retain();
          retain_at = performance.now() + RETAIN_MS;
        }
        await this.#lookAtSinks();
        await this.#tell(udp);
        await this.#pause(LOOK_MS);
      }
    } finally {
      here.abort();
      await reading?.catch(() => undefined);
      this.#counts = false;
      await udp?.close();
      await this.#intake.settled();
      await this.#tell(udp);
    }
  }

  async #openUdp(): Promise<UdpIntake | null> {
    const { udp } = this.config;
    if (udp === null) return null;
    const { log } = this.options;
    const intake = await UdpIntake.open({
      ...udp,
      take: (datagrams) => takeDatagrams(this.door, datagrams),
      failed: (error) => log.error({}, `Clicks that came by UDP were not stored: ${(error as Error).message}`),
    });
    log.info(
      {},
      `Takes clicks by UDP at ${udp.host}:${intake.port}; the kernel holds up to ${intake.receive_buffer_bytes} bytes of them.`,
    );
    if (intake.receive_buffer_hint !== null) log.warn({}, intake.receive_buffer_hint);
    return intake;
  }

  /** By the clicks' own clock: a recording of last year is kept as long as one of today. */
  async #retain(): Promise<void> {
    const { pipeline, store } = this.clicks;
    if (pipeline.now_ms === null) return;
    const gone = await store.retain(pipeline.now_ms - this.config.click_retention);
    if (gone > 0)
      this.options.log.info({ rows: gone }, 'Let go of clicks and windows that are older than HOLDFAST_CLICK_RETENTION.');
  }

  async #lookAtSinks(): Promise<void> {
    const { store, sinks } = this.clicks;
    const { log, metrics } = this.options;
    let behind = false;
    for (const name of sinks) {
      const entries = await store.backlog(name);
      metrics.backlog(name, entries);
      behind ||= entries > OUTBOX_ENTRIES_MAX;
    }
    if (behind !== this.#behind)
      log.warn(
        {},
        behind
          ? 'A sink is far behind: no more clicks are taken in until it has caught up.'
          : 'The sinks have caught up: clicks are taken in again.',
      );
    this.#behind = behind;
  }

  async #publish(name: string): Promise<void> {
    const { store, pipeline, declared } = this.clicks;
    const { holder, log, metrics } = this.options;
    const sink = await clickSinkOf(name, this.config, (message) => log.info({}, message));
    metrics.sink(name, true);
    const rows = new ClickPublications(store, declared, () => pipeline.now_ms ?? Date.now());
    const publisher = new ClickPublisher(store, sink, rows, {
      holder,
      events: {
        round: ({ sent, refused, backlog }) => metrics.round(name, sent, refused, backlog),
        away: (message) => {
          metrics.sink(name, false);
          log.warn({ sink: name }, message);
        },
        back: () => {
          metrics.sink(name, true);
          log.info({ sink: name }, `${name} is back: what waited is told now.`);
        },
        refused: (table, why) => log.error({ sink: name, table }, `${name} refused a row of ${table} for good: ${why}`),
      },
    });
    try {
      await publisher.run(this.#abort.signal);
    } finally {
      await sink.close();
    }
  }

  async #tell(udp: UdpIntake | null): Promise<void> {
    if (udp === null) return;
    const { metrics } = this.options;
    metrics.datagrams(udp.takeCounts());
    metrics.kernelDrops(await udp.kernelDrops());
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }

  #follow(work: Promise<unknown>): void {
    this.#running.push(work.catch(this.#fail));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
