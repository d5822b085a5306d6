/** One student's sessions over all courses, page by page, from either end. The cursor is the start of the last one shown. */
import type { Session } from '../domain.js';
import { closed } from '../windows/closing.js';
import { place, placeCursor } from './cursors.js';
import type { SessionOrder } from './filters.js';
import type { SeenStore } from './limited.js';
import type { PageOf, ShownSession } from './views.js';

/** More than anybody has: stores read rows by key, the oldest first. */
const EVERYTHING = 1_000_000;

export interface SessionsAsked {
  user_id: number;
  order: SessionOrder;
  cursor: string | null;
  limit: number;
}

/** `gap_ms`: how long after its end a session may still grow. */
export async function sessionPage(
  store: Pick<SeenStore, 'sessions'>,
  { user_id, order, cursor, limit }: SessionsAsked,
  gap_ms: number,
  now_ms: number,
): Promise<PageOf<ShownSession>> {
  const last_ms = cursor === null ? null : place(cursor);
  const found = order === 'oldest' ? await after(store, user_id, last_ms, limit + 1) : await before(store, user_id, last_ms);
  const items = found.slice(0, limit).map((session) => ({
    ...session,
    duration_s: (session.end_ms - session.start_ms) / 1000,
    closed: closed(session.end_ms, gap_ms, now_ms),
  }));
  return { items, next_cursor: found.length > limit ? placeCursor(items.at(-1)!.start_ms) : null };
}

function after(store: Pick<SeenStore, 'sessions'>, user_id: number, start_ms: number | null, limit: number) {
  return store.sessions({ user_id }, { after: start_ms === null ? undefined : [user_id, start_ms], limit });
}

async function before(store: Pick<SeenStore, 'sessions'>, user_id: number, start_ms: number | null): Promise<Session[]> {
  const all = await store.sessions({ user_id }, { limit: EVERYTHING });
  return all.filter((session) => start_ms === null || session.start_ms < start_ms).reverse();
}
