/** Policies by which the server itself rolls indices over and removes them, where it has such. */
import type { Client, estypes } from '@elastic/elasticsearch';
import { isStatus } from './connect.js';
import type { Retrying } from './retrying.js';

export interface Lifecycle {
  name: string;
  policy: estypes.IlmPolicy;
}

/** The setting of indices that live by it; none where the server has no lifecycles, or this user may not make one: it goes without. */
export async function putLifecycle(
  client: Client,
  { name, policy }: Lifecycle,
  retrying: Retrying,
): Promise<{ 'index.lifecycle.name'?: string }> {
  try {
    await retrying.ask(async () => {
      try {
        await client.ilm.putLifecycle({ name, policy });
      } catch (error) {
        if (isStatus(error, 403)) throw new NoLifecycle();
        throw error;
      }
    });
    return { 'index.lifecycle.name': name };
  } catch (error) {
    if (error instanceof NoLifecycle || isStatus(error, 400) || isStatus(error, 404) || isStatus(error, 405)) return {};
    throw error;
  }
}

class NoLifecycle extends Error {
  override readonly name = 'NoLifecycle';
}
