/** How this process is doing, for people: what the metrics say of sources and sinks, by their names. */
import type { Registry } from 'prom-client';

export interface SystemState {
  /** `lag_s`: how far behind, in the time of its events. */
  sources: { name: string; lag_s: number | null }[];
  /** `waiting`: commits that it has not heard of yet. */
  sinks: { name: string; up: boolean; waiting: number }[];
}

interface Sample {
  labels: Partial<Record<string, string | number>>;
  value: number;
}

export async function systemState(metrics: Registry): Promise<SystemState> {
  const samples = async (name: string): Promise<Sample[]> => (await metrics.getSingleMetric(name)?.get())?.values ?? [];
  const lags = await samples('holdfast_lane_lag_seconds');
  const waiting = new Map((await samples('holdfast_outbox_entries')).map(({ labels, value }) => [labels.sink, value]));
  const read = await samples('holdfast_changes_total');
  const names = new Set([...read.map(({ labels }) => labels.source), ...lags.map(({ labels }) => labels.lane)]);
  const lag_of = new Map(lags.map(({ labels, value }) => [labels.lane, value]));
  return {
    sources: [...names].map((name) => ({ name: String(name), lag_s: lag_of.get(name) ?? null })),
    sinks: (await samples('holdfast_sink_up')).map(({ labels, value }) => {
      return { name: String(labels.sink), up: value === 1, waiting: waiting.get(labels.sink) ?? 0 };
    }),
  };
}
