/**
 * Who was given a key and whose was taken: on record, whoever changed the file of keys, and also where nothing ran meanwhile. A running service looks
 * at the file anyway, and compares it with what it knew of it; of several processes one is the first.
 */
import type { AccessKey } from '../access/keys.js';
import type { RecordedChange, Store } from '../ports.js';
import { againIfStale } from './again-if-stale.js';

/** Ids of the keys that were there when somebody looked last. */
const KEPT = 'keys';

export async function recordKeys(
  store: Pick<Store, 'position' | 'commit'>,
  keys: readonly AccessKey[],
  at_ms: number,
): Promise<void> {
  await againIfStale(async () => {
    const from = await store.position(KEPT);
    const before = new Set(from === null ? [] : (JSON.parse(from) as string[]));
    const now = keys.map(({ id }) => id);
    const gone = [...before].filter((id) => !now.includes(id));
    const details = [
      ...keys.filter(({ id }) => !before.has(id)).map(given),
      ...gone.map((id) => `Key ${id} was revoked, or its time was over.`),
    ];
    if (details.length === 0) return;
    const changes = details.map(
      (detail): RecordedChange => ({ at_ms, by: 'file of keys', by_user_id: null, what: 'access', detail }),
    );
    await store.commit({ position: { source: KEPT, from, to: JSON.stringify(now) }, changes });
  });
}

function given({ id, name, scopes, user_id }: AccessKey): string {
  const sees = user_id === null ? 'the whole site' : `what Moodle’s user ${user_id} sees`;
  return `Key ${id} was given to ${name}: ${scopes.join(', ')}; ${sees}.`;
}
