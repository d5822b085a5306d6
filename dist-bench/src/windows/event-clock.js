/** A jump longer than this needs confirming: longer than any pause inside a term, shorter than a summer. */
export const JUMP_MS_MAX = 30 * 86_400_000;
/** How many activities, and of how many users, confirm a jump. */
export const CONFIRMING_ACTIVITIES = 10;
export const CONFIRMING_USERS = 3;
/** The clock after one more counted activity. Returns the same object when nothing changed. */
export function see(clock, user_id, time_ms) {
    if (clock.now_ms === null)
        return { ...clock, now_ms: time_ms };
    if (time_ms <= clock.now_ms)
        return clock;
    if (time_ms <= clock.now_ms + JUMP_MS_MAX)
        return follow({ ...clock, now_ms: time_ms });
    return confirm({ ...clock, ahead: [...clock.ahead, { user_id, time_ms }] });
}
/** Moves on over what is no longer a jump, and forgets what has been passed. */
function follow(clock) {
    let now_ms = clock.now_ms ?? 0;
    const ahead = [...clock.ahead].sort((a, b) => a.time_ms - b.time_ms);
    while (ahead.length > 0 && ahead[0].time_ms <= now_ms + JUMP_MS_MAX)
        now_ms = Math.max(now_ms, ahead.shift().time_ms);
    return { ...clock, now_ms, ahead };
}
/** Follows the jump when enough activities of enough users are ahead; otherwise keeps the greatest that may confirm it later. */
function confirm(clock) {
    const ahead = [...clock.ahead].sort((a, b) => b.time_ms - a.time_ms);
    const users = new Set();
    for (const [i, one] of ahead.entries()) {
        users.add(one.user_id);
        if (i + 1 >= CONFIRMING_ACTIVITIES && users.size >= CONFIRMING_USERS)
            return follow({ ...clock, now_ms: one.time_ms, ahead });
    }
    return { ...clock, ahead: bounded(ahead) };
}
/** At most ten a user can ever confirm anything, and three users with ten in all would have: so this is at most 20 entries. */
function bounded(descending) {
    const perUser = new Map();
    return descending.filter(({ user_id }) => {
        const n = (perUser.get(user_id) ?? 0) + 1;
        perUser.set(user_id, n);
        return n <= CONFIRMING_ACTIVITIES;
    });
}
