/**
 * Reading single cells of a captured row. Every capture tool has its own idea of a number, so each kind of column has one
 * reader here. A reader gives the value, `null` for "nothing", or `BAD` for what cannot be that kind of value.
 */

/** Not a value of the expected kind. A symbol, so that it can never be mistaken for data. */
export const BAD = Symbol('bad value');
export type Bad = typeof BAD;

/**
 * `127`, `"127"` and `127n` are 127; `null` and a missing column are null; `"12a"`, `1.5` and 2^53 are BAD: a number that
 * JSON has already rounded is not the number that the database held.
 */
export function integerOf(value: unknown): number | null | Bad {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : BAD;
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return safe(Number(value));
  if (typeof value === 'string' && /^-?\d{1,16}$/.test(value)) return safe(Number(value));
  return BAD;
}

/** A TINYINT(1) or boolean column: `1`, `"1"`, `true` and `"true"` are 1. A 2 stays 2. */
export function flagOf(value: unknown): number | null | Bad {
  if (value === true || value === 'true' || value === 't') return 1;
  if (value === false || value === 'false' || value === 'f') return 0;
  return integerOf(value);
}

/** Text of at most `TEXT_MAX` characters; a number is taken as its digits (a short name `2026` in some captures). */
export function textOf(value: unknown): string | null | Bad {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value.length > TEXT_MAX ? value.slice(0, TEXT_MAX) : value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return BAD;
}

/** Moodle's longest name column that is kept holds 1,333 characters; more is not a name. */
export const TEXT_MAX = 1333;

/** Moodle's grades are DECIMAL(10,5), and without a schema nothing else tells the scale. */
const GRADE_SCALE = 5;
/** Two's complement of 18 digits fits in 8 bytes; a longer one is no grade. */
const DECIMAL_BYTES_MAX = 8;

/**
 * A DECIMAL column in any of a connector's settings:
 * `"AJiWgA=="` (precise: base64 of the unscaled 10000000, scale 5), `"100.00000"` (string) and `100` (double) are all 100.
 * Digits alone are decimal text: as base64 they could only be a negative number, which a grade is not.
 */
export function decimalOf(value: unknown): number | null | Bad {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : BAD;
  if (typeof value === 'string') {
    if (/^-?\d{1,20}(\.\d{1,20})?$/.test(value)) return Number(value);
    if (!/^[A-Za-z0-9+/]{2,12}={0,2}$/.test(value)) return BAD;
    return unscaled(Buffer.from(value, 'base64'), GRADE_SCALE);
  }
  if (value instanceof Uint8Array) return unscaled(value, GRADE_SCALE);
  return typeof value === 'object' ? variableScale(value as Record<string, unknown>) : BAD;
}

/** `{scale, value}`: how a connector sends a NUMERIC without a fixed scale. */
function variableScale(value: Record<string, unknown>): number | Bad {
  const scale = integerOf(value.scale);
  if (typeof scale !== 'number' || scale < 0 || scale > 20) return BAD;
  if (typeof value.value === 'string') return unscaled(Buffer.from(value.value, 'base64'), scale);
  return value.value instanceof Uint8Array ? unscaled(value.value, scale) : BAD;
}

function unscaled(bytes: Uint8Array, scale: number): number | Bad {
  if (bytes.length === 0 || bytes.length > DECIMAL_BYTES_MAX) return BAD;
  let whole = 0n;
  for (const byte of bytes) whole = (whole << 8n) | BigInt(byte);
  return Number(BigInt.asIntN(bytes.length * 8, whole)) / 10 ** scale;
}

/** A second of the year 5138 is 1e11, so nothing from there on can be seconds. */
const MILLISECONDS_FROM = 1e11;
/** The end of year 9999: days are written with four digits. */
const TIME_MS_MAX = 253_402_300_799_999;

/** Seconds, as Moodle writes them, or milliseconds: 1795350000 and 1795350000000 are the same moment. */
export function timeMs(value: number): number | Bad {
  const time_ms = value >= MILLISECONDS_FROM ? value : value * 1000;
  return time_ms >= 0 && time_ms <= TIME_MS_MAX ? time_ms : BAD;
}

/** The same for a kept column, where 0, null and nonsense all mean "not set". */
export function setTimeMs(value: number | string | null | undefined): number | null {
  if (typeof value !== 'number' || value <= 0) return null;
  const time_ms = timeMs(value);
  return time_ms === BAD ? null : time_ms;
}

function safe(value: number): number | Bad {
  return Number.isSafeInteger(value) ? value + 0 : BAD;
}
