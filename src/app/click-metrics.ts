/** What Prometheus may ask about clicks: rates and states in base units, never a visitor. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ClickEvents, ClicksDone } from '../pipeline/click-pipeline.js';

/** What moves on without an event that would say so. */
export interface WatchedClicks {
  open_windows: () => number;
  /** Records that are taken and not committed yet. */
  waiting: () => number;
}

/** How far a partition of a topic is from its end. */
export interface Behind {
  topic: string;
  partition: number;
  records: number;
}

/** Every datagram is received; then it is taken, refused (what it says is of no use) or dropped (no room for it). */
export type Datagrams = Partial<Record<'received' | 'taken' | 'refused' | 'dropped', number>>;

/** How a commit's counts name a table that came too late for. */
const LATE = 'late ';
/** SQLite on a good disk needs milliseconds; a database far away, that is busy, seconds. */
const COMMIT_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export class ClickMetrics implements ClickEvents {
  readonly #records = this.#counter('clicks_records_total', 'Records counted: clicks, product events, reference rows', ['kind']);
  readonly #repeated = this.#counter('clicks_repeated_total', "Records known already by their senders' ids");
  readonly #rejected = this.#counter('clicks_rejected_total', 'Records that could not be used', ['reason']);
  readonly #late = this.#counter('clicks_late_total', 'Clicks that came too late for a table', ['table']);
  readonly #leftOut = this.#counter('clicks_left_out_total', 'Records that a bound left out of a table', ['why']);
  readonly #lastCommit = this.#gauge('clicks_last_commit_timestamp_seconds', 'When clicks were last committed, by this machine');

  readonly #received = this.#counter('clicks_udp_received_total', 'Datagrams that came');
  readonly #datagrams = this.#counter('clicks_udp_datagrams_total', 'Datagrams, by what became of them', ['outcome']);
  readonly #kernel = this.#gauge(
    'clicks_udp_kernel_dropped_datagrams',
    'Datagrams that the kernel had no room for since the socket was opened: they are in no other figure',
  );
  #behind: (() => Behind[]) | null = null;
  readonly #lag = this.#gauge(
    'clicks_kafka_lag_records',
    'Messages of a topic that are not counted yet',
    ['topic', 'partition'],
    () => {
      if (this.#behind === null) return;
      this.#lag.reset();
      for (const { topic, partition, records } of this.#behind()) this.#lag.set({ topic, partition: String(partition) }, records);
    },
  );

  readonly #sinkUp = this.#gauge('clicks_sink_up', 'Whether a sink takes what it is told of clicks', ['sink']);
  readonly #outbox = this.#gauge('clicks_outbox_entries', 'Commits of clicks that a sink has not heard of yet', ['sink']);
  readonly #told = this.#counter('clicks_published_total', 'Rows of clicks that a sink has taken', ['sink']);
  readonly #refused = this.#counter('clicks_published_refused_total', 'Rows of clicks that a sink refused for good', ['sink']);

  #watched: WatchedClicks | null = null;
  readonly #windows = this.#gauge('clicks_open_windows', 'Windows of clicks in memory', [], () => {
    if (this.#watched) this.#windows.set(this.#watched.open_windows());
  });
  readonly #waiting = this.#gauge(
    'clicks_waiting_records',
    'Records taken by HTTP and UDP that are not committed yet',
    [],
    () => {
      if (this.#watched) this.#waiting.set(this.#watched.waiting());
    },
  );
  readonly #commit: Histogram;

  constructor(private readonly registry: Registry) {
    this.#commit = new Histogram({
      name: 'holdfast_clicks_commit_seconds',
      help: 'Time that commits of clicks take',
      buckets: COMMIT_BUCKETS_S,
      registers: [registry],
    });
  }

  /** A batch is committed. */
  counted({ clicks, events, references, repeated, rejected_by, late, commit_ms }: ClicksDone): void {
    this.#records.inc({ kind: 'click' }, clicks);
    this.#records.inc({ kind: 'event' }, events);
    this.#records.inc({ kind: 'reference' }, references);
    this.#repeated.inc(repeated);
    for (const [reason, n] of Object.entries(rejected_by)) this.#rejected.inc({ reason }, n);
    for (const [what, n] of Object.entries(late)) {
      if (what.startsWith(LATE)) this.#late.inc({ table: what.slice(LATE.length) }, n);
      else this.#leftOut.inc({ why: what }, n);
    }
    this.#commit.observe(commit_ms / 1000);
    this.#lastCommit.setToCurrentTime();
  }

  /** From now on asked whenever somebody asks for the figures. */
  watch(watched: WatchedClicks): void {
    this.#watched = watched;
  }

  /** More datagrams, since the last call. */
  datagrams({ received = 0, ...outcomes }: Datagrams): void {
    this.#received.inc(received);
    for (const [outcome, n] of Object.entries(outcomes)) this.#datagrams.inc({ outcome }, n);
  }

  /** Datagrams lost before this process saw them, since the socket was opened; null = the kernel does not say (any more). */
  kernelDrops(datagrams: number | null): void {
    if (datagrams !== null) this.#kernel.set(datagrams);
  }

  /** From now on asked how far the partitions that are read here are behind; null: none is read here any longer. */
  watchLag(behind: (() => Behind[]) | null): void {
    this.#behind = behind;
    this.#lag.reset();
  }

  /** Whether a sink takes what it is told. */
  sink(name: string, up: boolean): void {
    this.#sinkUp.set({ sink: name }, up ? 1 : 0);
  }

  round(sink: string, sent: number, refused: number, backlog: number): void {
    this.#told.inc({ sink }, sent);
    this.#refused.inc({ sink }, refused);
    this.backlog(sink, backlog);
  }

  backlog(sink: string, entries: number): void {
    this.#outbox.set({ sink }, entries);
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: `holdfast_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[] = [], collect?: () => void): Gauge<L> {
    return new Gauge({ name: `holdfast_${name}`, help, labelNames, registers: [this.registry], collect });
  }
}
