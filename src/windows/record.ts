/**
 * How a held window lies in memory: doubles, then links. A session that only counts is 64 bytes, one line of the cache, and
 * its key is in it: an event that finds its window there has touched two places in memory, the bucket and the window.
 */

/** The key: one or two numbers, or the number of a text key (`keys.ts`). */
export const A = 0;
export const B = 1;
export const START = 2;
/** Inclusive for a session, exclusive for a fixed window. */
export const END = 3;
/** The first of the value columns. */
export const VALUES = 4;

/** The next window in the same bucket of the index. */
export const CHAIN = 0;
/** The next older session of the same key. */
export const OLDER = 1;
/** Neighbours in the ring of windows that expire together. */
export const BEFORE = 2;
export const AFTER = 3;
/** Place in the list of changes, or NONE. */
export const CHANGED_AT = 4;
/** 1: the store has a row of it under its present start. */
export const STORED = 5;
export const LINKS = 6;
