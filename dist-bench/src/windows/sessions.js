import { NONE } from './pool.js';
export class Sessions {
    constructor(held, gap) {
        this.held = held;
        this.gap = gap;
    }
    /** Counts an event, unless the session that it would make or join ends before `closeTime`: then false. */
    add(key, time, inputs, closeTime) {
        const { held, gap } = this;
        let newer = NONE;
        let slot = held.keys.recent(key);
        while (slot !== NONE && held.start(slot) > time + gap) {
            newer = slot;
            slot = held.older(slot);
        }
        if (slot === NONE || held.end(slot) < time - gap) {
            if (time < closeTime)
                return false;
            slot = this.insert(key, newer, slot, time, time);
        }
        else {
            const end = Math.max(time, held.end(slot));
            if (end < closeTime)
                return false;
            slot = this.joinOlder(key, newer, slot, time);
            if (time < held.start(slot))
                held.moveStart(slot, time);
            held.setEnd(slot, end);
        }
        held.fold(slot, inputs, time);
        return true;
    }
    /** Takes a row of the store in, unless a held session covers it already. Returns its slot, or NONE. */
    load(key, row) {
        const { held } = this;
        let newer = NONE;
        let slot = held.keys.recent(key);
        while (slot !== NONE && held.start(slot) > row.end) {
            newer = slot;
            slot = held.older(slot);
        }
        if (slot !== NONE && held.end(slot) >= row.start)
            return NONE;
        return this.insert(key, newer, slot, row.start, row.end);
    }
    earliestEnd(time) {
        return time - this.gap;
    }
    range(time) {
        return { from: time - this.gap, to: time + this.gap };
    }
    /** Memory beyond that of the held windows. */
    get bytes() {
        return 0;
    }
    remove(slot) {
        const key = this.held.key(slot);
        let newer = NONE;
        for (let other = this.held.keys.recent(key); other !== slot; other = this.held.older(other))
            newer = other;
        this.linkOlder(key, newer, this.held.older(slot));
        this.held.remove(slot);
    }
    /** The oldest session that the event reaches takes the others over, so that its row keeps its start where it can. */
    joinOlder(key, newer, newest, time) {
        const { held } = this;
        let slot = newest;
        for (;;) {
            const older = held.older(slot);
            if (older === NONE || held.end(older) < time - this.gap)
                return slot;
            held.mergeValues(older, slot);
            held.unstore(slot);
            this.linkOlder(key, newer, older);
            held.remove(slot);
            slot = older;
        }
    }
    insert(key, newer, older, start, end) {
        const slot = this.held.create(key, start, end);
        this.held.setOlder(slot, older);
        this.linkOlder(key, newer, slot);
        return slot;
    }
    linkOlder(key, newer, slot) {
        if (newer === NONE)
            this.held.keys.setRecent(key, slot);
        else
            this.held.setOlder(newer, slot);
    }
}
