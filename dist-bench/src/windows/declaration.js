export function session(gap) {
    return { kind: 'session', gap };
}
/** Windows side by side: `tumbling(60_000)` puts 59,999 into [0, 60000) and 60,000 into the next. */
export function tumbling(size) {
    return { kind: 'fixed', size, advance: size };
}
/** Overlapping windows: `hopping(60_000, 5_000)` puts an event into twelve. */
export function hopping(size, advance) {
    return { kind: 'fixed', size, advance };
}
/** One window for all time, with start 0: a plain count per key. It is never evicted, so its keys must be few. */
export function always() {
    return { kind: 'fixed', size: Number.POSITIVE_INFINITY, advance: Number.POSITIVE_INFINITY };
}
/** How many events. */
export const count = () => ({ kind: 'count', field: null });
/** Their total; events without the number (NaN) add nothing. */
export const sum = (field) => ({ kind: 'sum', field });
/** The least; NaN while no event had one. */
export const min = (field) => ({ kind: 'min', field });
export const max = (field) => ({ kind: 'max', field });
/**
 * The value of the event with the latest time, and that time: **two columns**, since rows are the state and a later event
 * must be told from an earlier one after a restart too. Of two events at the same time the greater value counts, so that
 * the order of arrival does not.
 */
export const last = (field) => ({ kind: 'last', field });
/** Checks a declaration. A mistake in one is a programmer's, and throws. */
export function defineTable(options) {
    const { table, window, aggregates, grace } = options;
    const named = aggregates.flatMap((aggregate) => (aggregate.field === null ? [] : [aggregate.field]));
    const fields = options.fields ?? [...new Set(named)];
    const refuse = (fault) => {
        throw new RangeError(`window table ${table.name}: ${fault}`);
    };
    if (table.key.length === 0)
        refuse('it needs a key column');
    const lengths = window.kind === 'session' ? [window.gap] : [window.size, window.advance];
    if (!lengths.every((length) => length > 0))
        refuse('gap, size and advance must be above 0');
    if (window.kind === 'fixed' && window.advance > window.size)
        refuse('an advance above the size would leave events out');
    if (window.kind === 'session' && table.end === null)
        refuse('sessions need an end column');
    if (!(grace >= 0 && Number.isFinite(grace)))
        refuse('grace must be a finite number of at least 0');
    const columns = aggregates.reduce((total, { kind }) => total + (kind === 'last' ? 2 : 1), 0);
    if (columns !== table.values.length)
        refuse(`${columns} columns are folded, ${table.values.length} are named (last has two)`);
    for (const field of named)
        if (!fields.includes(field))
            refuse(`no field "${field}" comes with its events`);
    return { ...options, fields, filter: options.filter ?? null, having: options.having ?? null };
}
