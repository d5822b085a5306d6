/** What Prometheus may ask: rates and states in base units, never a person. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { BatchDone, PipelineEvents } from '../pipeline/pipeline.js';
import type { ScoreRun } from '../pipeline/scoring-run.js';

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

  constructor() {
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

  scored(run: ScoreRun, mode: string): void {
    this.#runs.inc({ mode });
    this.#scores.inc({ mode }, run.scored);
    this.#opened.inc(run.opened);
    this.#resolved.inc(run.resolved);
    if (mode !== 'tick') return;
    this.#atRisk.set(run.at_risk);
    this.#tick.set(run.as_of_ms / 1000);
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: `holdfast_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `holdfast_${name}`, help, registers: [this.registry] });
  }
}
