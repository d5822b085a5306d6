/**
 * Documents that are appended and never change, kept until they are too old: in a data stream, or, where the server has none, in an
 * index a day.
 */
import type { Client } from '@elastic/elasticsearch';
import type { BulkItem } from './bulk.js';
import { bodyOf, isStatus } from './connect.js';
import { type Lifecycle, putLifecycle } from './lifecycle.js';
import type { Retrying } from './retrying.js';
import { type IndexNeeded, mappingsOf, putMapping, TEMPLATE_PRIORITY } from './templates.js';

export interface LogNeeded extends IndexNeeded {
  /** `days`: what the indices of single days begin with. */
  log: { days: string; retention_ms: number };
}

/** Where the documents go. */
export interface LogPlace {
  kind: 'stream' | 'days';
  name: string;
}

/** Asked for at once. */
const IDS_PER_PAGE = 1_000;
const DAY_MS = 86_400_000;
/** Elastic's own advice for logs. */
const SHARD_SIZE_MAX = '50gb';

export async function putLog(client: Client, needed: LogNeeded, retrying: Retrying): Promise<LogPlace> {
  const { index, log } = needed;
  try {
    await putTemplate(client, needed, index, 'stream', retrying);
  } catch (error) {
    // A server of before data streams does not know the word.
    if (!isStatus(error, 400) || !bodyOf(error).includes('data_stream')) throw error;
    await putTemplate(client, needed, `${log.days}-*`, 'days', retrying);
    return { kind: 'days', name: log.days };
  }
  await putStream(client, needed, retrying);
  return { kind: 'stream', name: index };
}

/** `clickstream-access-2026.11.20`: the click's own day in UTC, so that it is sent to the same index however often it is sent. */
export function logIndex({ kind, name }: LogPlace, time_ms: number): string {
  return kind === 'stream' ? name : `${name}-${new Date(time_ms).toISOString().slice(0, 10).replaceAll('-', '.')}`;
}

/**
 * Those that the stream does not have. A stream refuses a second document under an id in the index that it writes at the moment only:
 * what is sent again after it has rolled over would be there twice.
 */
export async function notThere<T extends BulkItem>(
  client: Client,
  place: LogPlace,
  items: readonly T[],
  retrying: () => Retrying,
): Promise<T[]> {
  if (place.kind === 'days' || items.length === 0) return [...items];
  const index = place.name;
  await retrying().ask(() => client.indices.refresh({ index, ignore_unavailable: true }));
  const there = new Set<string>();
  for (let i = 0; i < items.length; i += IDS_PER_PAGE) {
    const values = items.slice(i, i + IDS_PER_PAGE).map(({ id }) => id);
    const { hits } = await retrying().ask(() =>
      client.search({
        index,
        ignore_unavailable: true,
        query: { ids: { values } },
        size: values.length,
        _source: false,
        track_total_hits: false,
      }),
    );
    for (const { _id } of hits.hits) there.add(_id!);
  }
  return items.filter(({ id }) => !there.has(id));
}

async function putTemplate(
  client: Client,
  { meaning, properties, log }: LogNeeded,
  pattern: string,
  kind: LogPlace['kind'],
  retrying: Retrying,
): Promise<void> {
  const lifecycle = await putLifecycle(client, lifecycleOf(kind, log.retention_ms), retrying);
  await retrying.ask(() =>
    client.indices.putIndexTemplate({
      name: `holdfast-${pattern.replace(/-\*$/, '')}`,
      index_patterns: [pattern],
      priority: TEMPLATE_PRIORITY,
      ...(kind === 'stream' ? { data_stream: {} } : {}),
      template: {
        settings: { number_of_shards: 1, auto_expand_replicas: '0-1', ...lifecycle },
        mappings: mappingsOf(meaning, properties),
      },
      _meta: { description: `Holdfast: ${meaning}` },
    }),
  );
}

/** Age counts from when an index was rolled over, or made: a day's clicks are kept for a day more at the most. */
function lifecycleOf(kind: LogPlace['kind'], retention_ms: number): Lifecycle {
  const kept = `${Math.ceil(retention_ms / DAY_MS)}d`;
  const rollover = kind === 'stream' ? { rollover: { max_age: '1d', max_primary_shard_size: SHARD_SIZE_MAX } } : {};
  return {
    name: `holdfast-click-${kind}`,
    policy: {
      _meta: { description: `Holdfast: clicks, kept ${kept}` },
      phases: { hot: { min_age: '0ms', actions: rollover }, delete: { min_age: kept, actions: { delete: {} } } },
    },
  };
}

/** Empty too, as other indices. A distribution without the interface for it makes the stream with the first click. */
async function putStream(client: Client, { index: name, properties }: LogNeeded, retrying: Retrying): Promise<void> {
  if (await retrying.ask(() => client.indices.exists({ index: name }))) {
    await retrying.ask(() => putMapping(client, name, properties));
    return;
  }
  try {
    await retrying.ask(() => client.indices.createDataStream({ name }));
  } catch (error) {
    const made = /resource_already_exists/.test(bodyOf(error));
    const noInterface = isStatus(error, 405) || /no handler found/.test(bodyOf(error));
    if (!made && !noInterface) throw error;
  }
}
