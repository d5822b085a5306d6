/**
 * The event clock: the greatest time of counted activity, except that one wild date must not carry everybody into the future.
 *
 * A time more than 30 days ahead is only remembered. Once ten such activities of at least three users are there, the clock
 * follows: to the tenth greatest of them (the greatest that ten activities of three users have reached), and from there on to
 * those within 30 days. Example: the clock stands at 1 June; a row dated 2099 changes nothing; ten rows of three users from
 * 2 September on move it to the earliest of those ten, then to the latest of those within 30 days of it; 2099 still waits.
 */
import type { Clock } from '../domain.js';

/** A jump longer than this needs confirming: longer than any pause inside a term, shorter than a summer. */
export const JUMP_MS_MAX = 30 * 86_400_000;
/** How many activities, and of how many users, confirm a jump. */
export const CONFIRMING_ACTIVITIES = 10;
export const CONFIRMING_USERS = 3;

export interface EventClock {
  now_ms: number | null;
  ahead: Clock['ahead'];
}

/** The clock after one more counted activity. Returns the same object when nothing changed. */
export function see<T extends EventClock>(clock: T, user_id: number, time_ms: number): T {
  if (clock.now_ms === null) return { ...clock, now_ms: time_ms };
  if (time_ms <= clock.now_ms) return clock;
  if (time_ms <= clock.now_ms + JUMP_MS_MAX) return follow({ ...clock, now_ms: time_ms });
  return confirm({ ...clock, ahead: [...clock.ahead, { user_id, time_ms }] });
}

/** Moves on over what is no longer a jump, and forgets what has been passed. */
function follow<T extends EventClock>(clock: T): T {
  let now_ms = clock.now_ms ?? 0;
  const ahead = [...clock.ahead].sort((a, b) => a.time_ms - b.time_ms);
  while (ahead.length > 0 && ahead[0]!.time_ms <= now_ms + JUMP_MS_MAX) now_ms = Math.max(now_ms, ahead.shift()!.time_ms);
  return { ...clock, now_ms, ahead };
}

/** Follows the jump when enough activities of enough users are ahead; otherwise keeps the greatest that may confirm it later. */
function confirm<T extends EventClock>(clock: T): T {
  const ahead = [...clock.ahead].sort((a, b) => b.time_ms - a.time_ms);
  const users = new Set<number>();
  for (const [i, one] of ahead.entries()) {
    users.add(one.user_id);
    if (i + 1 >= CONFIRMING_ACTIVITIES && users.size >= CONFIRMING_USERS) return follow({ ...clock, now_ms: one.time_ms, ahead });
  }
  return { ...clock, ahead: bounded(ahead) };
}

/** At most ten a user can ever confirm anything, and three users with ten in all would have: so this is at most 20 entries. */
function bounded(descending: Clock['ahead']): Clock['ahead'] {
  const perUser = new Map<number, number>();
  return descending.filter(({ user_id }) => {
    const n = (perUser.get(user_id) ?? 0) + 1;
    perUser.set(user_id, n);
    return n <= CONFIRMING_ACTIVITIES;
  });
}
