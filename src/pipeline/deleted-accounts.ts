/** Erases those whose account Moodle has deleted. Only Moodle's own mark and event count: rows that went by themselves may come again. */
import type { Store } from '../ports.js';
import type { Erased } from './erased.js';

/** In one run: an institution deletes a year's leavers at once, and each erasure takes some milliseconds. */
const ERASED_A_RUN = 500;
/** More than these at once, and more than this share of all: rather a mistake over there than so many deletions. */
const SUDDEN_PEOPLE = 50;
const SUDDEN_SHARE = 0.2;

export interface ErasedAccounts {
  erased: number;
  /** How many were left alone, since they are too many at once to be believed. */
  doubted: number;
}

export async function eraseDeletedAccounts(
  store: Pick<Store, 'references'>,
  erased: Erased,
  at_ms: number,
  sinks: readonly string[],
): Promise<ErasedAccounts> {
  const users = await store.references('user');
  const marked = users.filter(({ row }) => row.deleted === 1).map(({ id }) => id);
  const gone = [...new Set([...marked, ...(await deletedByEvent(store))])].filter((id) => !erased.has(id));
  if (gone.length > SUDDEN_PEOPLE && gone.length > SUDDEN_SHARE * users.length) return { erased: 0, doubted: gone.length };
  const now = gone.slice(0, ERASED_A_RUN);
  for (const user_id of now) await erased.erase(user_id, at_ms, sinks);
  return { erased: now.length, doubted: 0 };
}

async function deletedByEvent(store: Pick<Store, 'references'>): Promise<number[]> {
  const events = await store.references('enrolment_events');
  return events.flatMap(({ row, user_id }) => (row.event === 'user_deleted' && user_id !== null ? [user_id] : []));
}
