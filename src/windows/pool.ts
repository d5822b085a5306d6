/**
 * Records of fixed width in typed arrays, known by a number (their slot). A released slot is used again.
 *
 * Memory grows in place: address space is reserved once and filled as needed, so that no growth copies what is there. A
 * doubling array of a million records would stop the stream for a tenth of a second.
 *
 * A record is some doubles followed by some 32-bit links, in one stretch of memory, since what is far from the cache costs
 * more than all the arithmetic. Double `f` and link `l` of slot `s`:
 *
 *     pool.numbers[s * stride + f]
 *     pool.links[s * linkStride + firstLink + l]
 */

/** No slot, no key, no next: 0 is a slot like any other. */
export const NONE = -1;

/** Address space, not memory: room for 20 million sessions held at once. More is a grace that was meant otherwise. */
const RESERVED_BYTES = 2 ** 30;

/** What a small table has. A large one grows by an eighth, in microseconds: nothing is copied. */
const RECORDS_MIN = 1024;

/** ES2024's resizable buffers, which Node 20 has and the ES2023 types have not. */
interface GrowableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}
type GrowableConstructor = new (bytes: number, options: { maxByteLength: number }) => GrowableBuffer;

/** Memory that grows and shrinks in place. Typed arrays over it follow its length. */
export function growable(bytes: number): GrowableBuffer {
  return new (ArrayBuffer as unknown as GrowableConstructor)(bytes, { maxByteLength: RESERVED_BYTES });
}

export class Pool {
  /** Length of a record in doubles, and in links. */
  readonly stride: number;
  readonly linkStride: number;
  readonly firstLink: number;
  readonly numbers: Float64Array;
  readonly links: Int32Array;
  private readonly buffer = growable(0);
  private used = 0;
  /** Slots from here on were never used. */
  private fresh = 0;
  private capacity = 0;
  /** The slot released last; each holds the one before it in its first link. */
  private free = NONE;

  constructor(doubles: number, links: number) {
    this.stride = doubles + Math.ceil(links / 2);
    this.linkStride = this.stride * 2;
    this.firstLink = doubles * 2;
    this.numbers = new Float64Array(this.buffer);
    this.links = new Int32Array(this.buffer);
  }

  /** A slot whose fields hold whatever was there before. */
  allocate(): number {
    this.used++;
    const slot = this.free;
    if (slot !== NONE) {
      this.free = this.links[slot * this.linkStride + this.firstLink];
      return slot;
    }
    if (this.fresh === this.capacity) this.resize(Math.max(RECORDS_MIN, Math.ceil(this.capacity * 1.125)));
    return this.fresh++;
  }

  release(slot: number): void {
    this.links[slot * this.linkStride + this.firstLink] = this.free;
    this.free = slot;
    if (--this.used === 0) this.clear();
  }

  get bytes(): number {
    return this.buffer.byteLength;
  }

  /** Nothing is left: the memory goes back, but for as much as a small table needs. */
  private clear(): void {
    this.free = NONE;
    this.fresh = 0;
    if (this.capacity > RECORDS_MIN) this.resize(RECORDS_MIN);
  }

  private resize(records: number): void {
    const bytes = records * this.stride * 8;
    if (bytes > RESERVED_BYTES) {
      throw new RangeError(`${this.used} windows or keys are held at once, more than fit: shorten the table's grace`);
    }
    this.buffer.resize(bytes);
    this.capacity = records;
  }
}
