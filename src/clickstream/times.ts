/**
 * Times as senders write them, to milliseconds. A reader gives the time, `null` for "nothing", or `BAD`. Nothing here guesses: a text
 * is read at fixed places or refused.
 */
import { BAD, type Bad } from './columns.js';

/** A second of the year 5138 is 1e11, so nothing from there on can be seconds. */
const MILLISECONDS_FROM = 1e11;
/** The end of year 9999: texts of times have four digits for the year. */
const TIME_MS_MAX = 253_402_300_799_999;
const MINUTE_MS = 60_000;

/**
 * | value | is |
 * | --- | --- |
 * | `1584669952`, `"1584669952"`, `1584669952.042` | seconds since 1970 |
 * | `1584669952042`, `"1584669952042"` | milliseconds: by magnitude, from 1e11 on |
 * | `"20/Mar/2020:02:05:52 +0000"` | as web servers log it |
 * | `"2020-03-20T02:05:52.042Z"`, `"2020-03-20 02:05:52+01:00"`, `"2020-03-20T02:05:52UTC"` | ISO 8601; without a zone it is UTC |
 */
export function timeOf(value: unknown): number | null | Bad {
  if (value === null || value === undefined || value === '' || value === '-') return null;
  if (typeof value === 'number') return epochOf(value);
  if (typeof value === 'bigint') return epochOf(Number(value));
  if (value instanceof Date) return boundedOf(value.getTime());
  if (typeof value !== 'string' || value.length > TIME_CHARS_MAX) return BAD;
  if (value.charCodeAt(2) === SLASH) return loggedTimeOf(value);
  if (value.charCodeAt(4) === DASH) return isoTimeOf(value);
  const number = decimalOf(value);
  return number === BAD ? BAD : epochOf(number);
}

/** A column that is milliseconds by its definition, however small; a text that is no number is read as in `timeOf`. */
export function millisecondsOf(value: unknown): number | null | Bad {
  if (typeof value === 'number') return boundedOf(Math.floor(value));
  if (typeof value !== 'string') return timeOf(value);
  const number = decimalOf(value);
  return number === BAD ? timeOf(value) : boundedOf(Math.floor(number));
}

/** Nine digits of a fraction and a zone are the longest that makes sense. */
const TIME_CHARS_MAX = 40;
const SLASH = 0x2f;
const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const SPACE = 0x20;

function epochOf(value: number): number | Bad {
  return boundedOf(value >= MILLISECONDS_FROM ? Math.floor(value) : Math.round(value * 1000));
}

function boundedOf(time_ms: number): number | Bad {
  return time_ms >= 0 && time_ms <= TIME_MS_MAX ? time_ms + 0 : BAD;
}

/** Digits, with at most one dot among them. */
function decimalOf(text: string): number | Bad {
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT && i > 0 && dots === 0) dots++;
    else if (code < 0x30 || code > 0x39) return BAD;
  }
  return text.length > 0 ? Number(text) : BAD;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** `20/Mar/2020:02:05:52 +0000`; the names of the months are English whatever the server speaks. */
function loggedTimeOf(text: string): number | Bad {
  if (text.charCodeAt(6) !== SLASH || text.charCodeAt(11) !== COLON || text.charCodeAt(20) !== SPACE) return BAD;
  const month = MONTHS.indexOf(text.slice(3, 6));
  if (month < 0 || month % 3 !== 0) return BAD;
  return madeOf(digits(text, 7, 4), month / 3, digits(text, 0, 2), clockOf(text, 12), zoneOf(text.slice(21)));
}

function isoTimeOf(text: string): number | Bad {
  const between = text[10];
  if (text.charCodeAt(7) !== DASH || (between !== 'T' && between !== 't' && between !== ' ')) return BAD;
  const clock = clockOf(text, 11);
  let end = 19;
  let fraction_ms = 0;
  if (text[19] === '.' || text[19] === ',') {
    let unit = 100;
    for (end = 20; end < text.length; end++) {
      const digit = text.charCodeAt(end) - 0x30;
      if (digit < 0 || digit > 9) break;
      fraction_ms += digit * Math.floor(unit);
      unit /= 10;
    }
    if (end === 20) return BAD;
  }
  const zone = text.slice(end);
  const offset = zone === '' ? 0 : zoneOf(zone.trimStart());
  return madeOf(digits(text, 0, 4), digits(text, 5, 2) - 1, digits(text, 8, 2), clock + fraction_ms, offset);
}

/** `02:05:52` as milliseconds; NaN for what is none. A leap second is the first of the next minute. */
function clockOf(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return Number.NaN;
  const hours = digits(text, at, 2);
  const minutes = digits(text, at + 3, 2);
  const seconds = digits(text, at + 6, 2);
  return hours < 24 && minutes < 60 && seconds <= 60 ? ((hours * 60 + minutes) * 60 + seconds) * 1000 : Number.NaN;
}

/** `+0100`, `+01:00`, `+01`, `Z`, `UTC` as milliseconds ahead of UTC; NaN for what is none. */
function zoneOf(zone: string): number {
  if (zone === '+0000' || zone === 'Z' || zone === 'z' || zone === 'UTC' || zone === 'GMT') return 0;
  const sign = zone[0] === '+' ? 1 : zone[0] === '-' ? -1 : Number.NaN;
  const minutes_at = zone[3] === ':' ? 4 : 3;
  if (zone.length !== 3 && zone.length !== minutes_at + 2) return Number.NaN;
  const hours = digits(zone, 1, 2);
  const minutes = zone.length === 3 ? 0 : digits(zone, minutes_at, 2);
  return hours < 24 && minutes < 60 ? sign * (hours * 60 + minutes) * MINUTE_MS : Number.NaN;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Any part that is NaN makes it `BAD`. `month` is counted from 0. */
function madeOf(year: number, month: number, day: number, clock_ms: number, offset_ms: number): number | Bad {
  const leap = month === 1 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (!(year >= 1969 && month >= 0 && month < 12 && day >= 1 && day <= DAYS[month]! + (leap ? 1 : 0))) return BAD;
  return boundedOf(Date.UTC(year, month, day) + clock_ms - offset_ms);
}

function digits(text: string, from: number, count: number): number {
  let number = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
