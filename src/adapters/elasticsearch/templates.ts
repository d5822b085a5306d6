/** What has to be there before documents come: a template and an index for each table, and a lifecycle where the server has one. */
import type { Client } from '@elastic/elasticsearch';
import { isStatus } from './connect.js';
import { type Lifecycle, putLifecycle } from './lifecycle.js';
import type { Retrying } from './retrying.js';

/** An index as `indexing/` describes it. */
export interface IndexNeeded {
  index: string;
  meaning: string;
  properties: Record<string, unknown>;
}

/** Elastic's own templates have at most 100; a higher one wins. */
export const TEMPLATE_PRIORITY = 200;
/** A deletion's version is remembered for so long: what a process that stood still brings later than that would come back. */
const DELETIONS_KEPT = '15m';
/**
 * These indices are the present state, one document a row: nothing rolls over and nothing is removed by age. What a lifecycle is for
 * here is the order of recovery: after a crash of the cluster they come before logs.
 */
const STATE: Lifecycle = {
  name: 'holdfast-state',
  policy: {
    _meta: { description: 'Holdfast: state, kept; recovered before logs' },
    phases: { hot: { min_age: '0ms', actions: { set_priority: { priority: 150 } } } },
  },
};

export async function putTemplates(client: Client, indices: readonly IndexNeeded[], retrying: Retrying): Promise<void> {
  const lifecycle = await putLifecycle(client, STATE, retrying);
  for (const { index, meaning, properties } of indices) {
    await retrying.ask(() =>
      client.indices.putIndexTemplate({
        name: `holdfast-${index.replace(/^moodle-/, '')}`,
        index_patterns: [index],
        priority: TEMPLATE_PRIORITY,
        template: {
          settings: {
            number_of_shards: 1,
            auto_expand_replicas: '0-1',
            gc_deletes: DELETIONS_KEPT,
            ...lifecycle,
          },
          mappings: mappingsOf(meaning, properties),
        },
        _meta: { description: `Holdfast: ${meaning}` },
      }),
    );
    await putIndex(client, index, properties, retrying);
  }
}

/**
 * `dynamic: false`: a column that an older mapping does not know is kept in the document and found once the mapping knows it. Strict
 * mapping would refuse the whole row while two versions of Holdfast run side by side.
 */
export function mappingsOf(meaning: string, properties: Record<string, unknown>) {
  return { dynamic: false as const, _meta: { holdfast: meaning }, properties: properties as Record<string, object> };
}

/** Empty indices too: a dashboard over an index that is not there is an error, over an empty one an empty dashboard. */
async function putIndex(client: Client, index: string, properties: Record<string, unknown>, retrying: Retrying): Promise<void> {
  if (await retrying.ask(() => client.indices.exists({ index }))) {
    await retrying.ask(() => putMapping(client, index, properties));
    return;
  }
  try {
    await retrying.ask(() => client.indices.create({ index, wait_for_active_shards: 1 }));
  } catch (error) {
    // Another process made it at the same moment.
    if (!isStatus(error, 400) || !/resource_already_exists/.test(String(error))) throw error;
  }
}

/** Columns that came with a newer version. */
export async function putMapping(client: Client, index: string, properties: Record<string, unknown>): Promise<void> {
  try {
    await client.indices.putMapping({ index, properties: properties as Record<string, object> });
  } catch (error) {
    if (!isStatus(error, 400)) throw error;
    throw new Error(
      `The index ${index} has another mapping than Holdfast’s. Delete it (DELETE ${index}) and run: holdfast index rebuild`,
      { cause: error },
    );
  }
}
