import { Interner } from './interner.js';
import { NONE } from './pool.js';
export class FixedWindows {
    constructor(held, size, advance) {
        this.held = held;
        this.size = size;
        this.advance = advance;
        /** (key, start) → id; the id's number is the slot. */
        this.index = new Interner(2);
    }
    /** Counts an event in each of its windows that ends after `closeTime`; false when that is none. */
    add(key, time, inputs, closeTime) {
        const { held, size, advance } = this;
        let counted = false;
        const lastStart = this.lastStart(time);
        for (let start = this.firstStart(time); start <= lastStart; start += advance) {
            if (start + size <= closeTime)
                continue;
            let slot = held.keys.recent(key);
            if (slot === NONE || held.start(slot) !== start)
                slot = this.findOrCreate(key, start);
            held.fold(slot, inputs, time);
            counted = true;
        }
        return counted;
    }
    /** The least start of a window that has this time in it. */
    firstStart(time) {
        if (this.advance === Number.POSITIVE_INFINITY)
            return 0;
        return (Math.floor((time - this.size) / this.advance) + 1) * this.advance;
    }
    /** The greatest such start. */
    lastStart(time) {
        if (this.advance === Number.POSITIVE_INFINITY)
            return 0;
        return Math.floor(time / this.advance) * this.advance;
    }
    /** Takes a row of the store in, unless it is held already. Returns its slot, or NONE. */
    load(key, row) {
        if (this.index.find(key, row.start) !== NONE)
            return NONE;
        return this.findOrCreate(key, row.start);
    }
    remove(slot) {
        const { held, index } = this;
        const key = held.key(slot);
        index.release(index.find(key, held.start(slot)));
        if (held.keys.recent(key) === slot)
            held.keys.setRecent(key, NONE);
        held.remove(slot);
    }
    earliestEnd(time) {
        return this.firstStart(time) + this.size;
    }
    range(time) {
        return { from: this.firstStart(time), to: this.lastStart(time) };
    }
    get bytes() {
        return this.index.bytes;
    }
    findOrCreate(key, start) {
        const { held, index } = this;
        const id = index.intern(key, start);
        let slot = index.recent(id);
        if (slot === NONE) {
            slot = held.create(key, start, start + this.size);
            index.setRecent(id, slot);
        }
        held.keys.setRecent(key, slot);
        return slot;
    }
}
