/** What `top` shows, by meaning: also its JSON. Times end in their unit; null = the service does not say, or not yet. */
import type { Between, Count } from './between.js';

export interface Snapshot {
  /** ISO 8601, by this machine. */
  at: string;
  /** Rates are of so many seconds; null = there are none yet. */
  rates_of_s: number | null;
  up_s: number | null;
  memory: { resident_bytes: number | null; heap_bytes: number | null };
  /** Of one processor: 1 = it is all busy. */
  processor: number | null;
  /** How far counted activity has come, and the last tick: epoch seconds. */
  event_time_s: number | null;
  last_tick_s: number | null;
  lanes: number | null;
  /** Moodle's changes: a source, or a partition; how far it is behind. */
  sources: { source: string; read: Count; rejected: Count; behind_s: number | null }[];
  /** What became of log rows: counted, repeated, and why others are not. */
  log_rows: { outcome: string; rows: Count }[];
  commits: Commits[];
  sinks: SinkState[];
  clicks: Clicks;
}

/** Site and clicks commit into stores of their own. */
export type Side = 'site' | 'clicks';

export interface Commits {
  side: Side;
  commits: Count;
  p50_s: number | null;
  p99_s: number | null;
  /** Seconds since the last one. */
  last_s: number | null;
  open_windows: number | null;
}

export interface SinkState {
  side: Side;
  sink: string;
  up: boolean | null;
  /** Commits that it has not heard of. */
  waiting: number | null;
  sent: Count;
  refused: Count;
}

export interface Clicks {
  records: { kind: string; records: Count }[];
  repeated: Count | null;
  rejected: { reason: string; records: Count }[];
  late: { table: string; clicks: Count }[];
  left_out: { why: string; records: Count }[];
  udp: { received: Count | null; outcomes: { outcome: string; datagrams: Count }[] };
  /** Taken by HTTP and UDP, not committed yet. */
  waiting: number | null;
  kafka: { topic: string; partition: string; behind: number }[];
}

const NONE: Count = { total: 0, per_s: 0 };

export function snapshotOf(between: Between): Snapshot {
  const started_s = between.gauge('process_start_time_seconds');
  return {
    at: new Date(between.now.wall_ms).toISOString(),
    rates_of_s: between.seconds,
    up_s: started_s === null ? null : Math.max(between.now.wall_ms / 1000 - started_s, 0),
    memory: {
      resident_bytes: between.gauge('process_resident_memory_bytes'),
      heap_bytes: between.gauge('nodejs_heap_size_used_bytes'),
    },
    processor: between.count('process_cpu_seconds_total')?.per_s ?? null,
    event_time_s: timeOf(between, 'holdfast_event_time_seconds'),
    last_tick_s: timeOf(between, 'holdfast_last_tick_seconds'),
    lanes: between.gauge('holdfast_lanes'),
    sources: sourcesOf(between),
    log_rows: listOf(between.counts('holdfast_activities_total', 'outcome'), (outcome, rows) => ({ outcome, rows })),
    commits: [
      commitsOf(between, 'site', 'holdfast_store_commit_seconds', 'holdfast_'),
      commitsOf(between, 'clicks', 'holdfast_clicks_commit_seconds', 'holdfast_clicks_'),
    ].filter(({ commits, open_windows }) => commits.total > 0 || (open_windows ?? 0) > 0),
    sinks: [...sinksOf(between, 'site', 'holdfast_'), ...sinksOf(between, 'clicks', 'holdfast_clicks_')],
    clicks: clicksOf(between),
  };
}

function sourcesOf(between: Between): Snapshot['sources'] {
  const read = between.counts('holdfast_changes_total', 'source');
  const rejected = between.counts('holdfast_rejected_total', 'source');
  const behind = between.gauges('holdfast_lane_lag_seconds', 'lane');
  return [...new Set([...read.keys(), ...rejected.keys(), ...behind.keys()])].sort().map((source) => ({
    source,
    read: read.get(source) ?? NONE,
    rejected: rejected.get(source) ?? NONE,
    behind_s: behind.get(source) ?? null,
  }));
}

function commitsOf(between: Between, side: Side, histogram: string, prefix: string): Commits {
  const last_s = timeOf(between, `${prefix}last_commit_timestamp_seconds`);
  return {
    side,
    commits: between.count(`${histogram}_count`) ?? NONE,
    p50_s: between.quantile(histogram, 0.5),
    p99_s: between.quantile(histogram, 0.99),
    last_s: last_s === null ? null : Math.max(between.now.wall_ms / 1000 - last_s, 0),
    open_windows: between.gauge(`${prefix}open_windows`),
  };
}

function sinksOf(between: Between, side: Side, prefix: string): SinkState[] {
  const up = between.gauges(`${prefix}sink_up`, 'sink');
  const waiting = between.gauges(`${prefix}outbox_entries`, 'sink');
  const sent = between.counts(`${prefix}published_total`, 'sink');
  const refused = between.counts(`${prefix}published_refused_total`, 'sink');
  return [...new Set([...up.keys(), ...waiting.keys(), ...sent.keys()])].sort().map((sink) => ({
    side,
    sink,
    up: up.has(sink) ? up.get(sink) === 1 : null,
    waiting: waiting.get(sink) ?? null,
    sent: sent.get(sink) ?? NONE,
    refused: refused.get(sink) ?? NONE,
  }));
}

function clicksOf(between: Between): Clicks {
  const lags = between.now.figures.all('holdfast_clicks_kafka_lag_records');
  return {
    records: listOf(between.counts('holdfast_clicks_records_total', 'kind'), (kind, records) => ({ kind, records })),
    repeated: between.count('holdfast_clicks_repeated_total'),
    rejected: listOf(between.counts('holdfast_clicks_rejected_total', 'reason'), (reason, records) => ({ reason, records })),
    late: listOf(between.counts('holdfast_clicks_late_total', 'table'), (table, clicks) => ({ table, clicks })),
    left_out: listOf(between.counts('holdfast_clicks_left_out_total', 'why'), (why, records) => ({ why, records })),
    udp: {
      received: between.count('holdfast_clicks_udp_received_total'),
      outcomes: listOf(between.counts('holdfast_clicks_udp_datagrams_total', 'outcome'), (outcome, datagrams) => ({
        outcome,
        datagrams,
      })),
    },
    waiting: between.gauge('holdfast_clicks_waiting_records'),
    kafka: lags
      .map(({ labels, value }) => ({ topic: labels.topic ?? '', partition: labels.partition ?? '', behind: value }))
      .sort((a, b) => b.behind - a.behind || `${a.topic}/${a.partition}`.localeCompare(`${b.topic}/${b.partition}`, 'en')),
  };
}

function listOf<T>(counts: Map<string, Count>, make: (name: string, count: Count) => T): T[] {
  return [...counts].map(([name, count]) => make(name, count));
}

/** A time that was never set stands at 0. */
function timeOf(between: Between, name: string): number | null {
  return between.gauge(name) || null;
}
