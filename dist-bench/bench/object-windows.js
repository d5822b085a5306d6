/** Second key columns are below this. */
const PACK = 1 << 20;
export class ObjectWindows {
    /** `gap` null: tumbling windows of size 1. */
    constructor(table, gap, grace) {
        this.table = table;
        this.gap = gap;
        this.grace = grace;
        this.held = new Set();
        this.byKey = new Map();
        this.changed = new Set();
        this.deletes = [];
        this.watermark = Number.NEGATIVE_INFINITY;
        this.sweptBefore = Number.NEGATIVE_INFINITY;
    }
    add(a, b, time, inputs) {
        const key = this.table.key.length === 1 ? a : a * PACK + b;
        let windows = this.byKey.get(key);
        if (windows === undefined) {
            windows = [];
            this.byKey.set(key, windows);
        }
        const window = this.gap === null ? this.dayOf(windows, key, time) : this.sessionOf(windows, key, time, this.gap);
        window.values[0]++;
        for (let i = 0; i < inputs.length; i++)
            window.values[i + 1] += inputs[i];
        this.changed.add(window);
    }
    advance(watermark) {
        this.watermark = Math.max(this.watermark, watermark);
    }
    discard() {
        const changed = this.changed.size;
        for (const window of this.changed)
            window.stored = true;
        this.changed.clear();
        this.deletes = [];
        this.sweep();
        return changed;
    }
    drain() {
        const upserts = [];
        for (const window of this.changed) {
            upserts.push({ key: this.parts(window.key), start: window.start, end: window.end, values: [...window.values] });
            window.stored = true;
        }
        const changes = { table: this.table, deletes: this.deletes, upserts };
        this.changed.clear();
        this.deletes = [];
        this.sweep();
        return changes;
    }
    sessionOf(windows, key, time, gap) {
        let at = windows.length - 1;
        while (at >= 0 && windows[at].start > time + gap)
            at--;
        if (at < 0 || windows[at].end < time - gap)
            return this.create(windows, at + 1, key, time);
        const window = windows[at];
        window.end = Math.max(window.end, time);
        if (at > 0 && windows[at - 1].end >= time - gap)
            return this.merge(windows, at);
        if (time < window.start) {
            if (window.stored)
                this.deletes.push({ key: this.parts(key), start: window.start });
            window.stored = false;
            window.start = time;
        }
        return window;
    }
    merge(windows, at) {
        const older = windows[at - 1];
        const newer = windows[at];
        older.end = newer.end;
        for (let i = 0; i < older.values.length; i++)
            older.values[i] += newer.values[i];
        if (newer.stored)
            this.deletes.push({ key: this.parts(newer.key), start: newer.start });
        windows.splice(at, 1);
        this.held.delete(newer);
        this.changed.delete(newer);
        return older;
    }
    dayOf(windows, key, time) {
        let at = windows.length - 1;
        while (at >= 0 && windows[at].start > time)
            at--;
        return at >= 0 && windows[at].start === time ? windows[at] : this.create(windows, at + 1, key, time);
    }
    create(windows, at, key, time) {
        const window = { key, start: time, end: time, values: this.table.values.map(() => 0), stored: false };
        if (at === windows.length)
            windows.push(window);
        else
            windows.splice(at, 0, window);
        this.held.add(window);
        return window;
    }
    sweep() {
        const before = this.watermark - this.grace - (this.gap ?? 0);
        if (before - this.sweptBefore < Math.max(this.grace / 32, this.gap ?? 1))
            return;
        this.sweptBefore = before;
        for (const window of this.held) {
            if (window.end >= before)
                continue;
            this.held.delete(window);
            const windows = this.byKey.get(window.key);
            windows.splice(windows.indexOf(window), 1);
            if (windows.length === 0)
                this.byKey.delete(window.key);
        }
    }
    parts(key) {
        return this.table.key.length === 1 ? [key] : [Math.floor(key / PACK), key % PACK];
    }
}
