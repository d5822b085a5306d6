/** Page views as a shop's scripts send them over UDP: flat JSON with the address of the page and the sender's own session. */
import { type ColumnNames, clickOf, senderIdOf } from './click-columns.js';
import { extraOf, firstOf, type JsonObject } from './columns.js';
import type { Decoded, RecordPlace } from './decoded.js';
import { timeOf } from './times.js';

const NAMES: ColumnNames = {
  id: 'id',
  time_ms: 'date',
  user_id: 'user_id',
  ip: 'ip',
  request: 'current_url',
  status: 'status',
  bytes: 'bytes',
  referrer: 'referrer',
  agent: 'user_agent',
  session_id: 'session_id',
  city: 'city',
  country: 'country',
};
const OURS = 'id date user_id userid ip current_url request status bytes referrer user_agent agent session_id city country';
const KNOWN = new Set(OURS.split(' '));

/**
 * `{"session_id":"s1","user_id":"u7","partner_name":"…","page_type":"product","init_session":true,"date":1571645022,
 * "user_agent":"Mozilla/5.0 …","city":"Singapore","current_url":"https://…","referrer":"https://…","language":"en"}`
 *
 * `date` is in seconds, in milliseconds (told by magnitude) or ISO 8601. `partner_name`, `page_type`, `init_session`, `language` and
 * any further columns go to `extra`.
 */
export function decodeUdpRecord(record: JsonObject, at: RecordPlace): Decoded {
  return clickOf(
    {
      id: senderIdOf(record),
      time_ms: timeOf(record.date),
      user_id: firstOf(record.user_id, record.userid),
      ip: record.ip,
      request: firstOf(record.current_url, record.request),
      status: record.status,
      bytes: record.bytes,
      referrer: record.referrer,
      agent: firstOf(record.user_agent, record.agent),
      session_id: record.session_id,
      city: record.city,
      country: record.country,
      extra: extraOf(record, KNOWN),
    },
    NAMES,
    at,
  );
}
