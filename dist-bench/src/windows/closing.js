/**
 * Whether a session is over at `now`: nothing that arrives later than `now` can still join it. The gap is inclusive, so one
 * that ended at 1000 with a gap of 900 is still open at 1900 and closed at 1901. `now` is the store's clock, so a session
 * that no later event follows closes too.
 */
export function closed(end, gap, now) {
    return now > end + gap;
}
