/** Clicks as the public clickstream demos report them: a web server's log line as flat JSON, its numbers as texts. */
import { type ColumnNames, clickOf, senderIdOf } from './click-columns.js';
import { extraOf, firstOf, type JsonObject } from './columns.js';
import type { Decoded, RecordPlace } from './decoded.js';
import { millisecondsOf, timeOf } from './times.js';

const NAMES: ColumnNames = {
  id: 'id',
  time_ms: '_time or time',
  user_id: 'userid',
  ip: 'ip',
  request: 'request',
  status: 'status',
  bytes: 'bytes',
  referrer: 'referrer',
  agent: 'agent',
  session_id: 'session_id',
  city: 'city',
  country: 'country',
};
const OURS = 'id _time time userid user_id remote_user ip request status bytes referrer agent user_agent session_id city country';
const KNOWN = new Set(OURS.split(' '));

/**
 * `{"ip":"111.152.45.45","userid":7,"remote_user":"-","time":"20/Mar/2020:02:05:52 +0000","_time":1584669952042,
 * "request":"GET /index.html HTTP/1.1","status":"200","bytes":"14096","referrer":"-","agent":"Mozilla/5.0 …"}`
 *
 * The time is `_time`, milliseconds; without it `time`. Without a `userid` the user is the `remote_user`.
 */
export function decodeDemoClick(record: JsonObject, at: RecordPlace): Decoded {
  return clickOf(
    {
      id: senderIdOf(record),
      time_ms: millisecondsOf(record._time) ?? timeOf(record.time),
      user_id: firstOf(record.userid, record.user_id, record.remote_user),
      ip: record.ip,
      request: record.request,
      status: record.status,
      bytes: record.bytes,
      referrer: record.referrer,
      agent: firstOf(record.agent, record.user_agent),
      session_id: record.session_id,
      city: record.city,
      country: record.country,
      extra: extraOf(record, KNOWN),
    },
    NAMES,
    at,
  );
}
