/** How this process is doing, for people: what the metrics say of sources and sinks, by their names. */
import type { Registry } from 'prom-client';

export interface SystemState {
  /** `lag_s`: how far behind, in the time of its events. */
  sources: { name: string; lag_s: number | null }[];
  /** `waiting`: commits that it has not heard of yet, of a notice those that are not sent. `refused`: rows that it takes never. */
  sinks: { name: string; of: 'site' | 'clicks'; up: boolean; waiting: number; refused: number }[];
}

interface Sample {
  labels: Partial<Record<string, string | number>>;
  value: number;
}

export async function systemState(metrics: Registry): Promise<SystemState> {
  const samples = async (name: string): Promise<Sample[]> => (await metrics.getSingleMetric(name)?.get())?.values ?? [];
  const lags = await samples('holdfast_lane_lag_seconds');
  const read = await samples('holdfast_changes_total');
  const names = new Set([...read.map(({ labels }) => labels.source), ...lags.map(({ labels }) => labels.lane)]);
  const lag_of = new Map(lags.map(({ labels, value }) => [labels.lane, value]));
  return {
    sources: [...names].map((name) => ({ name: String(name), lag_s: lag_of.get(name) ?? null })),
    sinks: [...(await sinksOf('site', samples)), ...(await sinksOf('clicks', samples))],
  };
}

/** What each side publishes is counted under names of its own. */
const PREFIXES = { site: 'holdfast_', clicks: 'holdfast_clicks_' } as const;

async function sinksOf(of: 'site' | 'clicks', samples: (name: string) => Promise<Sample[]>): Promise<SystemState['sinks']> {
  const bySink = async (name: string) =>
    new Map((await samples(`${PREFIXES[of]}${name}`)).map(({ labels, value }) => [String(labels.sink), value]));
  const waiting = await bySink('outbox_entries');
  const refused = await bySink('published_refused_total');
  return [...(await bySink('sink_up'))].map(([name, up]) => {
    return { name, of, up: up === 1, waiting: waiting.get(name) ?? 0, refused: refused.get(name) ?? 0 };
  });
}
