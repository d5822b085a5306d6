/**
 * Records of fixed width in typed arrays, known by a number (their slot). Memory grows and shrinks by a page at a time, so
 * that no growth copies what is there: a doubling array of a million records would stop the stream for tens of milliseconds.
 * A released slot is used again, and a page with nothing left in it is given back.
 *
 * A record is some doubles followed by some 32-bit links, in one stretch of memory, since what is far from the cache costs
 * more than all the arithmetic. Double `f` and link `l` of slot `s`:
 *
 *     pool.numbers[s >>> PAGE_BITS][(s & PAGE_MASK) * stride + f]
 *     pool.links[s >>> PAGE_BITS][(s & PAGE_MASK) * stride * 2 + firstLink + l]
 */
/** 1,024 records a page: a new page is no pause, an almost empty table is small, a million records are only a thousand pages. */
export const PAGE_BITS = 10;
export const PAGE_SIZE = 1 << PAGE_BITS;
export const PAGE_MASK = PAGE_SIZE - 1;
/** No slot, no key, no next: 0 is a slot like any other. */
export const NONE = -1;
const NO_NUMBERS = new Float64Array(0);
const NO_LINKS = new Int32Array(0);
export class Pool {
    constructor(doubles, links) {
        this.numbers = [];
        this.links = [];
        this.pages = [];
        /** Pages with room, the one to fill last. */
        this.open = [];
        /** Page numbers whose memory was given back. */
        this.dropped = [];
        this.stride = doubles + Math.ceil(links / 2);
        this.firstLink = doubles * 2;
    }
    /** A slot whose fields hold whatever was there before. */
    allocate() {
        const number = this.open.length > 0 ? this.open[this.open.length - 1] : this.addPage();
        const page = this.pages[number];
        let index = page.free;
        if (index === NONE)
            index = page.fresh++;
        else
            page.free = this.links[number][index * this.stride * 2 + this.firstLink];
        if (++page.used === PAGE_SIZE)
            this.open.pop();
        return (number << PAGE_BITS) | index;
    }
    release(slot) {
        const number = slot >>> PAGE_BITS;
        const page = this.pages[number];
        const index = slot & PAGE_MASK;
        this.links[number][index * this.stride * 2 + this.firstLink] = page.free;
        page.free = index;
        if (page.used-- === PAGE_SIZE)
            this.open.push(number);
        // The last open page stays, or a table that swings around zero would allocate without end.
        if (page.used === 0 && this.open.length > 1)
            this.dropPage(number);
    }
    get bytes() {
        return (this.pages.length - this.dropped.length) * PAGE_SIZE * this.stride * 8;
    }
    addPage() {
        const number = this.dropped.pop() ?? this.pages.length;
        this.pages[number] = { used: 0, fresh: 0, free: NONE };
        this.numbers[number] = new Float64Array(PAGE_SIZE * this.stride);
        this.links[number] = new Int32Array(this.numbers[number].buffer);
        this.open.push(number);
        return number;
    }
    dropPage(number) {
        this.numbers[number] = NO_NUMBERS;
        this.links[number] = NO_LINKS;
        this.open.splice(this.open.indexOf(number), 1);
        this.dropped.push(number);
    }
}
