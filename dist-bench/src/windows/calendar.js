/**
 * Days of the site's calendar.
 *
 * A day is the number of days since 1970-01-01 on the wall calendar of the zone, so that days can be subtracted whatever the
 * clocks did: 2026-11-22 is 20779 everywhere on earth, it only begins at another instant.
 *
 * Worked example, Europe/Berlin, where the clocks go forward at 01:00 UTC on 2026-03-29:
 *
 *     startOfDay(parse('2026-03-29')) = 2026-03-28T23:00Z      (midnight at +1)
 *     startOfDay(parse('2026-03-30')) = 2026-03-29T22:00Z      (midnight at +2: that day had 23 hours)
 */
const DAY_MS = 86_400_000;
/** No zone is further from UTC than 16 hours, and none has moved by more than 24 at once: look that far for a midnight. */
const SEARCH_DAYS = 2;
/** A hundred years of days. A calendar that meets more (garbage times) forgets and starts again. */
const CACHED_DAYS_MAX = 40_000;
export class Calendar {
    /** `zone` is an IANA name (`Europe/Berlin`) or `UTC`. Throws a RangeError for one that this machine does not know. */
    constructor(zone) {
        this.zone = zone;
        this.offsets = new Map();
        this.starts = new Map();
        this.lastUtcDay = Number.NaN;
        this.last = { at: 0, before: 0, after: 0 };
        let formatter;
        try {
            formatter = new Intl.DateTimeFormat('en-US', {
                timeZone: zone,
                calendar: 'gregory',
                numberingSystem: 'latn',
                hourCycle: 'h23',
                era: 'short',
                year: 'numeric',
                month: 'numeric',
                day: 'numeric',
                hour: 'numeric',
                minute: 'numeric',
                second: 'numeric',
            });
        }
        catch {
            throw new RangeError(`unknown time zone "${zone}": give an IANA name such as Europe/Berlin or UTC`);
        }
        const isUtc = /^(UTC|GMT|Etc\/(UTC|GMT|UCT|Zulu|Universal|Greenwich))$/i.test(zone);
        this.formatter = isUtc ? null : formatter;
    }
    /** The day on which an instant falls, by the clock on the wall there. `time_ms` must be a valid time (±8.64e15). */
    day(time_ms) {
        if (this.formatter === null)
            return Math.floor(time_ms / DAY_MS);
        const utcDay = Math.floor(time_ms / DAY_MS);
        const offsets = utcDay === this.lastUtcDay ? this.last : this.offsetsOn(utcDay);
        return Math.floor((time_ms + (time_ms < offsets.at ? offsets.before : offsets.after)) / DAY_MS);
    }
    /**
     * The first instant of a day. Where midnight does not exist (clocks that go forward at 00:00) it is 01:00; for a day that
     * was left out altogether (Samoa, 2011-12-30) it is the start of the next.
     */
    startOfDay(day) {
        if (this.formatter === null)
            return day * DAY_MS;
        const cached = this.starts.get(day);
        if (cached !== undefined)
            return cached;
        const start = this.findStart(day);
        if (this.starts.size >= CACHED_DAYS_MAX)
            this.starts.clear();
        this.starts.set(day, start);
        return start;
    }
    /** `format(20779)` = `'2026-11-22'`. */
    format(day) {
        return new Date(day * DAY_MS).toISOString().slice(0, -14);
    }
    /** `parse('2026-11-22')` = 20779. Throws a RangeError for what is no day of the calendar. */
    parse(text) {
        const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / DAY_MS : Number.NaN;
        if (Number.isNaN(day) || this.format(day) !== text)
            throw new RangeError(`"${text}" is no day: write it as 2026-11-22`);
        return day;
    }
    /** Walks the stretches of constant offset around the day; the first that reaches its midnight has the start. */
    findStart(day) {
        const midnight = day * DAY_MS;
        for (let utcDay = day - SEARCH_DAYS; utcDay <= day + SEARCH_DAYS; utcDay++) {
            const { at, before, after } = this.offsetsOn(utcDay);
            const from = utcDay * DAY_MS;
            const early = Math.max(from, midnight - before);
            if (early < Math.min(at, from + DAY_MS))
                return early;
            const late = Math.max(at, from, midnight - after);
            if (late < from + DAY_MS)
                return late;
        }
        throw new Error(`no midnight found for day ${day} in ${this.zone}`);
    }
    offsetsOn(utcDay) {
        let offsets = this.offsets.get(utcDay);
        if (offsets === undefined) {
            offsets = this.findOffsets(utcDay);
            if (this.offsets.size >= CACHED_DAYS_MAX)
                this.offsets.clear();
            this.offsets.set(utcDay, offsets);
        }
        this.lastUtcDay = utcDay;
        this.last = offsets;
        return offsets;
    }
    /** At most one change of clocks falls on a UTC day; it is found to the second by halving. */
    findOffsets(utcDay) {
        const from = utcDay * DAY_MS;
        const before = this.offsetAt(from);
        const after = this.offsetAt(from + DAY_MS - 1000);
        if (before === after)
            return { at: from, before, after };
        let low = 0;
        let high = DAY_MS / 1000 - 1;
        while (high - low > 1) {
            const middle = (low + high) >> 1;
            if (this.offsetAt(from + middle * 1000) === before)
                low = middle;
            else
                high = middle;
        }
        return { at: from + high * 1000, before, after };
    }
    /** What the clock on the wall shows, read as if it were UTC, less UTC. `time_ms` is a whole second. */
    offsetAt(time_ms) {
        const part = {};
        for (const { type, value } of this.formatter.formatToParts(time_ms))
            part[type] = value;
        const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year);
        const shown = new Date(0);
        shown.setUTCFullYear(year, Number(part.month) - 1, Number(part.day));
        shown.setUTCHours(Number(part.hour), Number(part.minute), Number(part.second));
        return shown.getTime() - time_ms;
    }
}
