/** What people change of the service by its interface, kept in the store. */
import type { ChangeLog } from '../http/parts.js';
import { doneBy, type Store } from '../ports.js';

export function changeLog(store: Pick<Store, 'changes' | 'commit'>, now_ms: () => number = Date.now): ChangeLog {
  return {
    changes: (from_ms, limit) => store.changes(from_ms, limit),
    record: (by, what, detail) => store.commit({ changes: [{ at_ms: now_ms(), ...doneBy(by), what, detail }] }),
  };
}
