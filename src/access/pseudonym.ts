/**
 * Keyed names for people, for what leaves this service. Without the key nobody can tell whose they are, nor try all ids until one
 * fits, as they could with a plain hash of a number this small.
 *
 *     const names = new Pseudonyms(key);
 *     names.of('user', 43)  → '5d0c…', 32 hex digits (128 bits), the same for as long as the key is
 *     names.of('erased', 43)  → other digits: what is known under one kind says nothing about the other
 *     names.number(43)  → 6120436412085173, for a field that holds whole numbers
 */
import { createHmac } from 'node:crypto';

/** What a key is: shorter ones could be tried. */
export const KEY_BYTES = 32;

/** Of 128 bits: two of ten million people share a name with odds of 1 in 10^24. */
const HEX_DIGITS = 32;
/**
 * Of 52 bits, between 2^52 and 2^53: exact in JSON and in a field of type long, always of 16 digits, and so never the id of a person in Moodle. Two of
 * 100,000 people share a number with odds of 1 in 900,000; of a million, 1 in 9,000.
 */
const NUMBER_BITS = 52n;
const ALERT_DIGITS = 16;
const FINGERPRINT_DIGITS = 16;

export class Pseudonyms {
  constructor(private readonly key: Buffer) {
    if (key.length !== KEY_BYTES) throw new TypeError(`A key has ${KEY_BYTES} bytes, and not ${key.length}`);
  }

  of(kind: 'user' | 'erased', user_id: number): string {
    return this.#mac(`${kind}:${user_id}`).toString('hex').slice(0, HEX_DIGITS);
  }

  /** Of `of('user', …)` the first bits, as a number. */
  number(user_id: number): number {
    const bits = this.#mac(`user:${user_id}`).readBigUInt64BE() >> (64n - NUMBER_BITS);
    return Number((1n << NUMBER_BITS) | bits);
  }

  /** An alert's own id is a plain hash of student, course and time: whoever has it could try all students. */
  alert(alert_id: string): string {
    return this.#mac(`alert:${alert_id}`).toString('hex').slice(0, ALERT_DIGITS);
  }

  /** Tells keys apart and says nothing about this one. */
  fingerprint(): string {
    return this.#mac('fingerprint').toString('hex').slice(0, FINGERPRINT_DIGITS);
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}
