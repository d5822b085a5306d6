/** What Prometheus may ask: rates and states in base units, never a person. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchDone } from '../pipeline/lane.js';
import type { PipelineEvents } from '../pipeline/pipeline.js';
import type { ScoreRun } from '../pipeline/scoring-run.js';
import type { DriftCheck } from '../ports.js';

/** What moves on without an event that would say so. */
export interface Watched {
  open_windows: () => number;
  /** Of a live source that this process reads alone; the lanes of a shared one say theirs with each batch. */
  lag?: { source: string; seconds: () => number };
}

export class Metrics implements PipelineEvents {
  readonly registry = new Registry();
  readonly #changes = this.#counter('changes_total', 'Changes read', ['source']);
  readonly #activities = this.#counter('activities_total', 'Log rows, by what became of them', ['outcome']);
  readonly #rejected = this.#counter('rejected_total', 'Input that could not be used', ['source']);
  readonly #runs = this.#counter('score_runs_total', 'Scoring runs', ['mode']);
  readonly #scores = this.#counter('scores_total', 'Scores made', ['mode']);
  readonly #opened = this.#counter('alerts_opened_total', 'Alerts opened');
  readonly #resolved = this.#counter('alerts_closed_total', 'Alerts that resolved by themselves or expired');
  readonly #atRisk = this.#gauge('at_risk', 'Enrolments above the threshold at the last tick');
  readonly #now = this.#gauge('event_time_seconds', 'Time that counted activity has reached');
  readonly #tick = this.#gauge('last_tick_seconds', 'Time of the last tick');

  readonly #held = this.#gauge('alerts_held', 'Whether new alerts wait, since the data of the last tick cannot be believed');
  readonly #psi = this.#gauge('drift_psi', 'Population stability of the last tick against a week before', ['sign']);

  readonly #lanes = this.#gauge('lanes', 'Partitions that this process reads');

  readonly #sinkUp = this.#gauge('sink_up', 'Whether a sink takes what it is told', ['sink']);
  readonly #outbox = this.#gauge('outbox_entries', 'Commits that a sink has not heard of yet', ['sink']);
  readonly #told = this.#counter('published_total', 'Rows that a sink has taken', ['sink']);
  readonly #refused = this.#counter('published_refused_total', 'Rows that a sink refused for good', ['sink']);

  #watched: Watched | null = null;
  readonly #windows = this.#gauge('open_windows', 'Windows in memory, which activity may still change', [], () => {
    if (this.#watched) this.#windows.set(this.#watched.open_windows());
  });
  readonly #lag = this.#gauge(
    'lane_lag_seconds',
    'How far a partition, or a live source that one process reads alone, is behind, in the time of its events',
    ['lane'],
    () => {
      if (this.#watched?.lag) this.lag(this.#watched.lag.source, this.#watched.lag.seconds());
    },
  );
  readonly #stale = this.#counter('stale_total', 'Batches done again, since another process took users over');
  readonly #commit = new Histogram({
    name: 'holdfast_store_commit_seconds',
    help: 'Time that commits of batches take',
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 60],
    registers: [this.registry],
  });

  readonly #lastCommit = this.#gauge('last_commit_timestamp_seconds', 'When a batch was last committed, by this machine');

  /** `checked`: told of every tick's data, for the log. */
  constructor(private readonly checked: (check: DriftCheck) => void = () => {}) {
    collectDefaultMetrics({ register: this.registry });
  }

  batch(done: BatchDone): void {
    this.#changes.inc({ source: done.source }, done.changes);
    this.#activities.inc({ outcome: 'counted' }, done.counted);
    this.#activities.inc({ outcome: 'repeated' }, done.repeated);
    for (const [why, n] of Object.entries(done.not_counted)) this.#activities.inc({ outcome: why }, n);
    this.#rejected.inc({ source: done.source }, done.rejected);
    if (done.now_ms !== null) this.#now.set(done.now_ms / 1000);
  }

  committed(seconds: number): void {
    this.#commit.observe(seconds);
    this.#lastCommit.setToCurrentTime();
  }

  stale(): void {
    this.#stale.inc();
  }

  lag(lane: string, seconds: number | null): void {
    if (seconds === null) this.#lag.remove({ lane });
    else this.#lag.set({ lane }, seconds);
  }

  /** From now on asked whenever somebody asks for the figures. */
  watch(watched: Watched): void {
    this.#watched = watched;
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

  lanes(count: number): void {
    this.#lanes.set(count);
  }

  scored(run: ScoreRun, mode: string): void {
    this.#runs.inc({ mode });
    this.#scores.inc({ mode }, run.scored);
    this.#opened.inc(run.opened);
    this.#resolved.inc(run.resolved);
    if (mode !== 'tick') return;
    this.#atRisk.set(run.at_risk);
    this.#tick.set(run.as_of_ms / 1000);
  }

  drift(check: DriftCheck): void {
    this.#held.set(check.held ? 1 : 0);
    for (const [sign, value] of Object.entries(check.psi ?? {})) this.#psi.set({ sign }, value);
    this.checked(check);
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: `holdfast_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[] = [], collect?: () => void): Gauge<L> {
    return new Gauge({ name: `holdfast_${name}`, help, labelNames, registers: [this.registry], collect });
  }
}
