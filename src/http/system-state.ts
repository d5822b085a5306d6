/** How the service is doing, for people: what the metrics of this process say of sources, and what all processes know of sinks. */
import type { Registry } from 'prom-client';

/** A sink, or a channel of notices. */
export interface SinkState {
  name: string;
  up: boolean;
  /** When it went or came; null = it was never away. */
  since_ms: number | null;
  /** Commits that it has not heard of yet; notices that are due. */
  waiting: number;
  /** Rows or notices that it refused for good, ever. */
  refused: number;
}

/** Knows them, whichever process tells them. */
export class SinkLook {
  constructor(readonly look: () => Promise<SinkState[]>) {}
}

export interface SystemState {
  /** `lag_s`: how far behind, in the time of its events. */
  sources: { name: string; lag_s: number | null }[];
  sinks: (SinkState & { of: 'site' | 'clicks' })[];
}

interface Sample {
  labels: Partial<Record<string, string | number>>;
  value: number;
}

export async function systemState(metrics: Registry, sinks: SinkLook): Promise<SystemState> {
  const samples = async (name: string): Promise<Sample[]> => (await metrics.getSingleMetric(name)?.get())?.values ?? [];
  const lags = await samples('holdfast_lane_lag_seconds');
  const read = await samples('holdfast_changes_total');
  const names = new Set([...read.map(({ labels }) => labels.source), ...lags.map(({ labels }) => labels.lane)]);
  const lag_of = new Map(lags.map(({ labels, value }) => [labels.lane, value]));
  return {
    sources: [...names].map((name) => ({ name: String(name), lag_s: lag_of.get(name) ?? null })),
    sinks: [...(await sinks.look()).map((sink) => ({ ...sink, of: 'site' as const })), ...(await clickSinks(samples))],
  };
}

/** As this process knows them: one counts clicks at a time. */
async function clickSinks(samples: (name: string) => Promise<Sample[]>): Promise<SystemState['sinks']> {
  const bySink = async (name: string) =>
    new Map((await samples(`holdfast_clicks_${name}`)).map(({ labels, value }) => [String(labels.sink), value]));
  const waiting = await bySink('outbox_entries');
  const refused = await bySink('published_refused_total');
  return [...(await bySink('sink_up'))].map(([name, up]) => {
    const counts = { waiting: waiting.get(name) ?? 0, refused: refused.get(name) ?? 0 };
    return { name, of: 'clicks', up: up === 1, since_ms: null, ...counts };
  });
}
