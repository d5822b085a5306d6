/** The columns of a click, whatever shape they came in, to a click. A shape only says which column is which. */
import type { Click } from '../click-ports.js';
import {
  ADDRESS_CHARS_MAX,
  AGENT_CHARS_MAX,
  BAD,
  type Bad,
  firstOf,
  IDENTITY_CHARS_MAX,
  identityOf,
  integerOf,
  ipOf,
  isObject,
  type JsonObject,
  NAME_CHARS_MAX,
  textOf,
  userOf,
} from './columns.js';
import { type Decoded, placeId, type RecordPlace, refused } from './decoded.js';

/** What a shape has found, unread but for the time. */
export interface RawClick {
  id: unknown;
  time_ms: number | null | Bad;
  user_id: unknown;
  ip: unknown;
  request: unknown;
  status: unknown;
  bytes: unknown;
  referrer: unknown;
  agent: unknown;
  session_id: unknown;
  city: unknown;
  country: unknown;
  extra: Click['extra'];
}

/** What the sender calls these columns, for the detail of a rejection. */
export type ColumnNames = Record<Exclude<keyof RawClick, 'extra'>, string>;

/** HTTP has status codes of three digits in five classes. */
const STATUS_LEAST = 100;
const STATUS_MOST = 599;

/** Request, referrer, agent, city, country and the sender's session are cut where they are too long; the rest is refused. */
export function clickOf(raw: RawClick, names: ColumnNames, at: RecordPlace): Decoded {
  const { time_ms, extra } = raw;
  if (time_ms === null) return refused('missing-column', `${names.time_ms}: a click needs a time`);
  if (time_ms === BAD) return bad(names.time_ms, 'a time, such as 2020-03-20T02:05:52Z or seconds or milliseconds since 1970');
  const id = identityOf(raw.id);
  if (id === BAD) return bad(names.id, WHAT_IDENTITY);
  const user_id = userOf(raw.user_id);
  if (user_id === BAD) return bad(names.user_id, `a whole number, or ${WHAT_IDENTITY}`);
  const ip = ipOf(raw.ip);
  if (ip === BAD) return bad(names.ip, 'an IP address');
  const status = integerOf(raw.status, STATUS_LEAST, STATUS_MOST);
  if (status === BAD) return bad(names.status, `a whole number from ${STATUS_LEAST} to ${STATUS_MOST}`);
  const bytes = integerOf(raw.bytes, 0, Number.MAX_SAFE_INTEGER);
  if (bytes === BAD) return bad(names.bytes, 'a whole number, 0 or more');
  const request = textOf(raw.request, ADDRESS_CHARS_MAX);
  if (request === BAD) return bad(names.request, 'text');
  const referrer = textOf(raw.referrer, ADDRESS_CHARS_MAX);
  if (referrer === BAD) return bad(names.referrer, 'text');
  const agent = textOf(raw.agent, AGENT_CHARS_MAX);
  if (agent === BAD) return bad(names.agent, 'text');
  const session_id = textOf(raw.session_id, IDENTITY_CHARS_MAX);
  if (session_id === BAD) return bad(names.session_id, 'text');
  const city = textOf(raw.city, NAME_CHARS_MAX);
  if (city === BAD) return bad(names.city, 'text');
  const country = textOf(raw.country, NAME_CHARS_MAX);
  if (country === BAD) return bad(names.country, 'text');
  const click = { id, time_ms, user_id, ip, request, status, bytes, referrer, agent, session_id, city, country, extra };
  return { kind: 'click', click, id: id ?? placeId(at) };
}

/** The sender's own id: `id`, else `event.id`, dotted or nested. */
export function senderIdOf(record: JsonObject): unknown {
  return firstOf(record.id, record['event.id'], isObject(record.event) ? record.event.id : undefined);
}

export const WHAT_IDENTITY = `text of at most ${IDENTITY_CHARS_MAX} characters without control characters`;

export function bad(column: string, what: string): Decoded {
  return refused('bad-value', `${column} must be ${what}`);
}
