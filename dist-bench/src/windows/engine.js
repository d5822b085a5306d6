import { FixedWindows } from './fixed-windows.js';
import { Folding } from './folding.js';
import { HeldWindows } from './held-windows.js';
import { NONE } from './pool.js';
import { Sessions } from './sessions.js';
/** Windows are evicted this many times per grace: memory is at most a 32nd above what grace asks for. */
const EVICTIONS_PER_GRACE = 32;
const NO_INPUTS = new Float64Array(0);
export class WindowEngine {
    constructor(declaration) {
        this.declaration = declaration;
        /** How many events were too late for every window of theirs (`late: 'drop'`). */
        this.late = 0;
        this.watermark = Number.NEGATIVE_INFINITY;
        /** What ends before this is too late; never, where late events merge. */
        this.closeTime = Number.NEGATIVE_INFINITY;
        /** Windows that end before this have left memory, except those loaded or changed since. */
        this.evictedBefore = Number.NEGATIVE_INFINITY;
        const { window, grace, table } = declaration;
        const length = window.kind === 'session' ? window.gap : window.size;
        this.bucketWidth = Math.max(grace / EVICTIONS_PER_GRACE, Number.isFinite(length) ? length : 1);
        this.held = new HeldWindows(table.key.length, new Folding(declaration), this.bucketWidth);
        this.windows =
            window.kind === 'session' ? new Sessions(this.held, window.gap) : new FixedWindows(this.held, window.size, window.advance);
    }
    /** Counts an event of a table with one key column. `inputs`: its numbers, in the order of the declaration's fields. */
    add1(a, time, inputs = NO_INPUTS) {
        if (typeof a !== 'number')
            return this.add([a], time, inputs);
        if (Number.isNaN(a))
            return 'null-key';
        if (this.isFiltered(inputs))
            return 'filtered';
        return this.count(this.held.keys.intern(a, 0), time, inputs);
    }
    /** Counts an event of a table with two key columns. */
    add2(a, b, time, inputs = NO_INPUTS) {
        if (typeof a !== 'number' || typeof b !== 'number')
            return this.add([a, b], time, inputs);
        if (Number.isNaN(a) || Number.isNaN(b))
            return 'null-key';
        if (this.isFiltered(inputs))
            return 'filtered';
        return this.count(this.held.keys.intern(a, b), time, inputs);
    }
    /** Counts an event of any table. A key with a null in any column is a null key. */
    add(key, time, inputs = NO_INPUTS) {
        for (const part of key)
            if (part === null || Number.isNaN(part))
                return 'null-key';
        if (this.isFiltered(inputs))
            return 'filtered';
        return this.count(this.held.keys.internParts(key), time, inputs);
    }
    /** Time has come this far. An earlier time than the present watermark changes nothing: it never steps back. */
    advance(watermark) {
        if (!(watermark > this.watermark))
            return;
        this.watermark = watermark;
        if (this.declaration.late === 'drop')
            this.closeTime = watermark - this.declaration.grace;
    }
    /** Whether windows that an event at this time touches may have left memory, and must be loaded before it is added. */
    needsLoading(time) {
        return this.windows.earliestEnd(time) < this.evictedBefore;
    }
    /** What `load` needs from the store before an event of this key and time is added. */
    near(key, time) {
        return { key, ...this.windows.range(time) };
    }
    /** The least end (start, for a table without an end column) of the rows that `resume` needs from the store. */
    heldFrom(watermark) {
        const bound = this.evictionBound(watermark);
        if (!Number.isFinite(bound))
            return Number.MIN_SAFE_INTEGER;
        const { table, window } = this.declaration;
        return table.end === null && window.kind === 'fixed' ? bound - window.size : bound;
    }
    /** Begins where the store stands: its clock, and its rows from `heldFrom(watermark)`. */
    resume(watermark, rows) {
        this.advance(watermark);
        this.evictedBefore = Math.max(this.evictedBefore, this.evictionBound(watermark));
        this.load(rows);
    }
    /**
     * Takes rows of the store in. Those already held are skipped; those outside grace stay until the next `drain`. The rows
     * must be committed ones, read after the last `drain` was committed and before the events are added that they are for.
     */
    load(rows) {
        for (const row of rows)
            this.take(row, true);
    }
    /**
     * What changed since the last call, as rows for the store: first deletes of rows that it has and that are no more, then
     * upserts of those that are new or changed. A window that was born and merged away in between leaves no trace. Then
     * everything that no event inside grace can touch leaves memory.
     */
    drain() {
        const { held } = this;
        const deletes = held.deletedKeys.map((key, i) => ({
            key: held.keys.parts(key),
            start: held.deletedStarts[i],
        }));
        const upserts = [];
        for (const slot of held.changed) {
            if (slot === NONE)
                continue;
            const row = this.row(slot);
            if (this.declaration.having?.(row.values) ?? true) {
                upserts.push(row);
                held.setStored(slot, true);
            }
            else if (held.isStored(slot)) {
                deletes.push({ key: row.key, start: row.start });
                held.setStored(slot, false);
            }
        }
        this.settle();
        return { table: this.declaration.table, deletes, upserts };
    }
    /** As `drain`, for a run whose rows nobody stores: forgets what changed, and says how many windows that were. */
    discard() {
        const changed = this.held.changed.length;
        this.settle();
        return changed;
    }
    /** The table as it is held, HAVING applied. */
    *rows() {
        for (const slot of this.held.slots()) {
            const row = this.row(slot);
            if (this.declaration.having?.(row.values) ?? true)
                yield row;
        }
    }
    /** Everything, as plain data; `restore` on a new engine of the same declaration continues as if nothing had happened. */
    snapshot() {
        const { held } = this;
        const known = (time) => (Number.isFinite(time) ? time : null);
        return {
            watermark: known(this.watermark),
            evicted_before: known(this.evictedBefore),
            late: this.late,
            rows: [...held.slots()].map((slot) => ({ ...this.row(slot), stored: held.isStored(slot), changed: held.isChanged(slot) })),
            deletes: held.deletedKeys.map((key, i) => ({ key: held.keys.parts(key), start: held.deletedStarts[i] })),
        };
    }
    restore(snapshot) {
        if (this.size > 0)
            throw new Error(`window table ${this.declaration.table.name}: restore needs a new engine`);
        this.late = snapshot.late;
        this.evictedBefore = snapshot.evicted_before ?? Number.NEGATIVE_INFINITY;
        this.advance(snapshot.watermark ?? Number.NEGATIVE_INFINITY);
        for (const row of snapshot.rows) {
            const slot = this.take(row, row.stored);
            if (row.changed)
                this.held.touch(slot);
        }
        for (const { key, start } of snapshot.deletes) {
            this.held.deletedKeys.push(this.held.keys.internParts(key));
            this.held.deletedStarts.push(start);
        }
    }
    /** How many windows are held. */
    get size() {
        return this.held.size;
    }
    /** Memory of the typed arrays. Keys with strings take about a hundred bytes each beside it. */
    get memoryBytes() {
        return this.held.bytes + this.windows.bytes;
    }
    isFiltered(inputs) {
        const { filter } = this.declaration;
        return filter !== null && !filter(inputs);
    }
    count(key, time, inputs) {
        if (this.windows.add(key, time, inputs, this.closeTime))
            return 'counted';
        if (this.held.keys.addHeld(key, 0) === 0)
            this.held.keys.release(key);
        this.late++;
        return 'late';
    }
    take(row, stored) {
        const slot = this.windows.load(this.held.keys.internParts(row.key), row);
        if (slot === NONE)
            return slot;
        this.held.setValues(slot, row.values);
        this.held.setStored(slot, stored);
        return slot;
    }
    /** A table without an end column has its start there, whatever store a row comes from. */
    row(slot) {
        const { held } = this;
        const start = held.start(slot);
        const end = this.declaration.table.end === null ? start : held.end(slot);
        return { key: held.keys.parts(held.key(slot)), start, end, values: held.values(slot) };
    }
    /** The changes were handed out: nothing is changed any more, and what is out of reach goes. */
    settle() {
        const { held } = this;
        for (const slot of held.changed)
            if (slot !== NONE)
                held.settle(slot);
        held.changed.length = 0;
        held.deletedKeys.length = 0;
        held.deletedStarts.length = 0;
        this.evictedBefore = Math.max(this.evictedBefore, this.evictionBound(this.watermark));
        held.expire(this.evictedBefore, (slot) => this.windows.remove(slot));
    }
    /** Windows that end before this are out of reach, rounded down to what is evicted together. */
    evictionBound(watermark) {
        const end = this.windows.earliestEnd(watermark - this.declaration.grace);
        return Number.isFinite(end) ? Math.floor(end / this.bucketWidth) * this.bucketWidth : Number.NEGATIVE_INFINITY;
    }
}
