/**
 * Reading single columns of a reported click. Senders write numbers as texts and "nothing" as `-`, so each kind of column has one
 * reader here: it gives the value, `null` for "nothing" (absent, null, empty, `-`), or `BAD` for what cannot be that kind of value.
 *
 * What tells one thing from another (user, sender's id, name of an event) is refused when it is too long or unclean, for cut or
 * mended it could be taken for another one; what only describes is cut and mended.
 */
import { isIPv6 } from 'node:net';
import type { ClickUser } from '../click-ports.js';

/** Not a value of the expected kind. A symbol, so that it can never be mistaken for data. */
export const BAD = Symbol('bad value');
export type Bad = typeof BAD;

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first that is not "nothing". */
export function firstOf(...values: unknown[]): unknown {
  for (const value of values) if (value !== undefined && value !== null && value !== '' && value !== '-') return value;
  return null;
}

/** A session id of a web analytics library has some 70 characters, a mail address at most 254; the store keeps it in an index. */
export const IDENTITY_CHARS_MAX = 255;
/** Browsers and proxies agree on about 2,000 characters of address; more is cut, the path stands at the beginning. */
export const ADDRESS_CHARS_MAX = 2_048;
/** Agents of real browsers have up to some 500 characters; more is cut. */
export const AGENT_CHARS_MAX = 1_024;
/** Names of places, people and levels; more is cut. */
export const NAME_CHARS_MAX = 255;

const CONTROLS = '\\u0000-\\u001f\\u007f';
/** Controls (NUL among them, which databases refuse) and surrogates, which may stand alone and then are no UTF-8. */
const SUSPECT = new RegExp(`[${CONTROLS}\\ud800-\\udfff]`);
const CONTROL = new RegExp(`[${CONTROLS}]`, 'g');
const LONE_SURROGATE = /\p{Surrogate}/gu;
const MENDED = '\ufffd';

/** Descriptive text, cut to `max` characters, with `\ufffd` for controls and halves of characters. A number is taken as its digits. */
export function textOf(value: unknown, max: number): string | null | Bad {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return BAD;
  if (value === '' || value === '-') return null;
  return mended(value.length > max ? cut(value, max) : value);
}

/** Text that tells one thing from another: kept exactly, or `BAD`. */
export function identityOf(value: unknown): string | null | Bad {
  if (value === null || value === undefined || value === '' || value === '-') return null;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value + 0) : BAD;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'string' || value.length > IDENTITY_CHARS_MAX) return BAD;
  return SUSPECT.test(value) && mended(value) !== value ? BAD : value;
}

/**
 * `7` and `"7"` are the same user, 7; `"007"` is a name, and so is a number too large to be exact. `1.5` and a number that JSON has
 * already rounded are `BAD`: send them as text.
 */
export function userOf(value: unknown): ClickUser | null | Bad {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : BAD;
  const text = identityOf(value);
  if (typeof text !== 'string' || text.length > MOST_DIGITS) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) && String(number) === text ? number : text;
}
/** -9007199254740991 is the longest safe integer. */
const MOST_DIGITS = 17;

/** `200` and `"200"` are 200. Texts of other than digits, fractions and what is outside the bounds (both inclusive) are `BAD`. */
export function integerOf(value: unknown, least: number, most: number): number | null | Bad {
  if (value === null || value === undefined || value === '' || value === '-') return null;
  let number: number;
  if (typeof value === 'number') number = value + 0;
  else if (typeof value === 'bigint' || (typeof value === 'string' && isDigits(value))) number = Number(value);
  else return BAD;
  return Number.isSafeInteger(number) && number >= least && number <= most ? number : BAD;
}

export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.length > 0;
}

/** The longest IPv6 has 45 characters, and a zone (`%eth0`) may follow. */
const IP_CHARS_MAX = 64;

/**
 * An address, as it was sent; IPv6 in lower case, for the same address is the same visitor. What is no address is `BAD`, and the
 * click is refused: dropped silently, it would be missing from the tables by address only, and nobody would know why.
 *
 * Four numbers of up to three digits are taken for an address even where one is above 255 (`233.168.257.122`): the public demos
 * generate such clicks and count them, so a recording of theirs has to give the same tables. They are in no country.
 */
export function ipOf(value: unknown): string | null | Bad {
  if (value === null || value === undefined || value === '' || value === '-') return null;
  if (typeof value !== 'string' || value.length > IP_CHARS_MAX) return BAD;
  if (isFourNumbers(value)) return value;
  return isIPv6(value) ? value.toLowerCase() : BAD;
}

function isFourNumbers(text: string): boolean {
  let numbers = 1;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (digits === 0) return false;
      numbers++;
      digits = 0;
    } else if (code < 0x30 || code > 0x39 || ++digits > 3) return false;
  }
  return numbers === 4 && digits > 0;
}

/** Columns beyond the known ones that are kept: the public samples have four. More, or longer ones, are left out or cut. */
const EXTRA_COLUMNS_MAX = 32;
const EXTRA_NAME_CHARS_MAX = 64;
const EXTRA_CHARS_MAX = 512;

/**
 * The record's other columns, as it has them. Texts are cut and mended like any descriptive text; lists and objects are left out, and
 * so are names that are too long or unclean.
 */
export function extraOf(record: JsonObject, known: ReadonlySet<string>): Record<string, string | number | boolean | null> {
  const extra: Record<string, string | number | boolean | null> = {};
  let columns = 0;
  for (const name of Object.keys(record)) {
    if (known.has(name) || name === '__proto__' || name.length > EXTRA_NAME_CHARS_MAX || SUSPECT.test(name)) continue;
    const value = scalarOf(record[name]);
    if (value === undefined) continue;
    if (columns++ === EXTRA_COLUMNS_MAX) break;
    extra[name] = value;
  }
  return extra;
}

function scalarOf(value: unknown): string | number | boolean | null | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? mended(cut(value, EXTRA_CHARS_MAX)) : undefined;
}

/** The first `max` characters; one less where that would be half a character. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

function mended(text: string): string {
  return SUSPECT.test(text) ? text.replace(CONTROL, MENDED).replace(LONE_SURROGATE, MENDED) : text;
}
