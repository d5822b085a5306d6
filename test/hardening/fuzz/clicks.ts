/** The decoders of clicks, in every format and on every way in that has lines of its own. */
import { CLICK_FORMATS, type ClickFormat, decodeLine, decodeObject } from '../../../src/clickstream/decode-record.js';
import { RecordLines } from '../../../src/http/click-lines.js';
import { isTooDeep } from '../../../src/http/json-depth.js';
import { ACCEPTED, type Target } from './target.js';

const AT = { source: 'fuzz', position: 'line 1', received_ms: 1_700_000_000_000 };
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0';

const SAMPLES: Readonly<Record<ClickFormat, readonly string[]>> = {
  combined: [
    `203.0.113.7 - u7 [20/Mar/2020:02:05:52 +0000] "GET /index.html?a=1 HTTP/1.1" 200 14096 "https://a.example/" "${AGENT}"`,
    '2001:db8::1 - - [29/Feb/2024:23:59:59 -1130] "POST / HTTP/2" 404 -',
  ],
  clicks: [
    `{"ip":"111.152.45.45","userid":7,"remote_user":"-","time":"20/Mar/2020:02:05:52 +0000","_time":1584669952042,"request":"GET /index.html HTTP/1.1","status":"200","bytes":"14096","referrer":"-","agent":"${AGENT}"}`,
    '{"schema":{"type":"struct"},"payload":{"userid":7,"_time":1584669952042}}',
  ],
  udp: [
    `{"session_id":"s-1","user_id":"u7","partner_name":"north-bank","partner_id":3,"page_type":"product","init_session":true,"date":1571645022,"user_agent":"${AGENT}","city":"Singapore","country":"SG","current_url":"https://shop.example/cards/4","referrer":null,"language":"en","ip":"203.0.113.9","event":"pageview"}`,
  ],
  ecs: [
    `{"@timestamp":"2020-03-20T02:05:52.042Z","event":{"id":"e-1"},"url":{"path":"/index.html","query":"a=1"},"http":{"version":"1.1","request":{"method":"get","referrer":"https://a.example/"},"response":{"status_code":404,"body":{"bytes":12}}},"source":{"ip":"203.0.113.9","geo":{"city_name":"Bonn","country_iso_code":"DE"}},"user":{"id":"7"},"user_agent":{"original":"${AGENT}"},"labels":{"page_type":"listing"}}`,
    '{"@timestamp":1584669952042,"user.id":"7","url.path":"/"}',
  ],
  events: ['{"date":"2020-03-20T02:05:52Z","eventName":"purchase","userId":7,"productId":"p-1","price":9.5}'],
  users: ['{"user_id":7,"first_name":"Zoë","registered_at":1584669952,"level":"gold","city":"Bonn"}'],
  codes: ['{"code":404,"definition":"Not Found"}'],
};
const samplesOf = (format: ClickFormat) => SAMPLES[format].map((text) => Buffer.from(text));

function line(format: ClickFormat): Target {
  return {
    name: `clicks as ${format}`,
    weight: 6,
    samples: samplesOf(format),
    take(bytes) {
      const decoded = decodeLine(format, bytes.toString(), AT);
      return 'reject' in decoded ? decoded.reject : ACCEPTED;
    },
  };
}

/** As a body of lines comes in: in pieces, wherever the network cut it. */
function body(): Target {
  const outcomes: string[] = [];
  const reader = {
    line(text: string) {
      const decoded = decodeLine('clicks', text, AT);
      outcomes.push('reject' in decoded ? decoded.reject : ACCEPTED);
    },
    unusable: (_: number, reason: string) => outcomes.push(reason),
  };
  return {
    name: 'a body of lines of clicks',
    weight: 4,
    samples: [Buffer.from(Object.values(SAMPLES).flat().join('\n')), Buffer.from(SAMPLES.clicks.join('\r\n'))],
    take(bytes) {
      outcomes.length = 0;
      const lines = new RecordLines(reader);
      for (let at = 0; at < bytes.length; at += 700) lines.push(bytes.subarray(at, at + 700));
      lines.end();
      if (outcomes.length > lines.lines) throw new Error('more outcomes than lines');
      return outcomes.at(-1) ?? 'nothing in it';
    },
  };
}

function json(): Target {
  return {
    name: 'a body of JSON of clicks',
    weight: 4,
    samples: [Buffer.from(`[${[...SAMPLES.clicks, ...SAMPLES.udp, ...SAMPLES.ecs].join(',')}]`)],
    take(bytes) {
      const text = bytes.toString();
      if (isTooDeep(text)) return 'too-deep';
      let records: unknown;
      try {
        records = JSON.parse(text);
      } catch {
        return 'not-json';
      }
      const decoded = (Array.isArray(records) ? records : [records]).map((record) => decodeObject('clicks', record, AT));
      const last = decoded.at(-1);
      return last === undefined ? 'nothing in it' : 'reject' in last ? last.reject : ACCEPTED;
    },
  };
}

export const CLICK_TARGETS: readonly (() => Target)[] = [...CLICK_FORMATS.map((format) => () => line(format)), body, json];
