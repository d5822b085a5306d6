/**
 * A record of clicks, in any shape that it comes in, to a click, a product event or a reference row; or to the reason why not. Never
 * throws, and a reason never holds anything of the record.
 */

import { isObject, type JsonObject } from './columns.js';
import { decodeCombined } from './combined.js';
import { type Decoded, type RecordPlace, refused } from './decoded.js';
import { decodeDemoClick } from './demo-click.js';
import { decodeEcs } from './ecs.js';
import { decodeProductEvent } from './product-event.js';
import { decodeCode, decodeUser } from './reference-row.js';
import { decodeUdpRecord } from './udp-record.js';

export type { Decoded, RecordPlace, Refused } from './decoded.js';

export const CLICK_FORMATS = ['clicks', 'udp', 'ecs', 'combined', 'events', 'users', 'codes'] as const;
/** The first four are ways in which clicks come; any click may come on any of them. */
export type ClickFormat = (typeof CLICK_FORMATS)[number];

/** A UDP datagram cannot be longer, and web servers bound a line's parts to less. */
export const RECORD_CHARS_MAX = 65_536;

/**
 * | format | text | result |
 * | --- | --- | --- |
 * | `clicks` | `{"ip":"…","userid":7,"_time":1584669952042,…}` | click |
 * | `udp` | `{"user_id":"u7","date":1571645022,"current_url":"…",…}` | click |
 * | `ecs` | `{"@timestamp":"…","url":{"path":"/"},…}` | click |
 * | `combined` | `203.0.113.7 - - [20/Mar/2020:02:05:52 +0000] "GET / HTTP/1.1" 200 5` | click |
 * | any of these | any of these | the same click: told by its column of time |
 * | `events` | `{"date":"…","eventName":"purchase",…}` | event |
 * | `users`, `codes` | `{"user_id":7,…}`, `{"code":404,…}` | reference row |
 */
export function decodeLine(format: ClickFormat, text: string, at: RecordPlace): Decoded {
  if (text.length > RECORD_CHARS_MAX) return refused('too-long', `the record is longer than ${RECORD_CHARS_MAX} characters`);
  if (format === 'combined' && !startsObject(text)) return decodeCombined(text, at);
  const value = parsed(text);
  if (value !== undefined) return decodeObject(format, value, at);
  const line = isClickFormat(format) ? decodeCombined(text, at) : null;
  if (line !== null && (!('reject' in line) || line.reject !== 'unknown-shape')) return line;
  return refused('not-json', `the record of ${text.length} characters is not JSON`);
}

/** The same for a record that its transport has parsed already: HTTP's body, a value in Avro. */
export function decodeObject(format: ClickFormat, value: unknown, at: RecordPlace): Decoded {
  const record = unwrapped(value);
  if (!isObject(record)) return refused('unknown-shape', 'a record must be a JSON object');
  if (format === 'events') return decodeProductEvent(record, at);
  if (format === 'users') return decodeUser(record, at);
  if (format === 'codes') return decodeCode(record, at);
  return SHAPES[shapeOf(format, record)].decode(record, at);
}

interface Shape {
  times: readonly string[];
  decode: (record: JsonObject, at: RecordPlace) => Decoded;
}
type ShapeName = 'clicks' | 'udp' | 'ecs';
const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  clicks: { times: ['_time', 'time'], decode: decodeDemoClick },
  udp: { times: ['date'], decode: decodeUdpRecord },
  ecs: { times: ['@timestamp'], decode: decodeEcs },
};
const SHAPE_NAMES: readonly ShapeName[] = ['ecs', 'clicks', 'udp'];

/** The shape whose column of time is there; the format's own comes first, and stays where there is none. */
function shapeOf(format: 'clicks' | 'udp' | 'ecs' | 'combined', record: JsonObject): ShapeName {
  const own = format === 'combined' ? 'clicks' : format;
  if (hasTime(own, record)) return own;
  return SHAPE_NAMES.find((name) => hasTime(name, record)) ?? own;
}

function hasTime(name: ShapeName, record: JsonObject): boolean {
  return SHAPES[name].times.some((column) => record[column] !== undefined && record[column] !== null);
}

function isClickFormat(format: ClickFormat): boolean {
  return format === 'clicks' || format === 'udp' || format === 'ecs';
}

/** Takes off a converter's `{"schema":…,"payload":…}`. */
function unwrapped(value: unknown): unknown {
  return isObject(value) && 'schema' in value && isObject(value.payload) ? value.payload : value;
}

/** `undefined` = not JSON. The parser's own message is thrown away: it quotes the text, and the text may be personal. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function startsObject(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x20 && code !== 0x09) return code === 0x7b;
  }
  return false;
}
