/**
 * HAVING: which rows of a table are shown, by their values. The store keeps all of them, since a window that does not pass yet
 * may pass with the next event, also after a restart; whoever reads or is told sees those that pass.
 */
import type { WindowChanges } from '../domain.js';
import type { KeyPart } from './keys.js';

export type Having = (values: readonly number[]) => boolean;

/** Changes as those hear of them who see only rows that pass: a row that does not is taken back, whether they had it or not. */
export function shown<K extends KeyPart>({ table, deletes, upserts }: WindowChanges<K>, having: Having | null): WindowChanges<K> {
  if (having === null) return { table, deletes, upserts };
  const hidden = upserts.filter(({ values }) => !having(values)).map(({ key, start }) => ({ key, start }));
  return { table, deletes: [...deletes, ...hidden], upserts: upserts.filter(({ values }) => having(values)) };
}
