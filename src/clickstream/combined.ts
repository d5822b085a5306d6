/** Lines of a web server's access log: Apache's and nginx's `combined` format, and `common`, which ends before the referrer. */
import { type ColumnNames, clickOf } from './click-columns.js';
import { BAD, ipOf, NAME_CHARS_MAX, textOf } from './columns.js';
import { type Decoded, type RecordPlace, refused } from './decoded.js';
import { timeOf } from './times.js';

const NAMES: ColumnNames = {
  id: 'id',
  time_ms: 'the time in brackets',
  user_id: 'the remote user',
  ip: 'the remote host',
  request: 'the request',
  status: 'the status',
  bytes: 'the size',
  referrer: 'the referrer',
  agent: 'the agent',
  session_id: 'session',
  city: 'city',
  country: 'country',
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * `203.0.113.7 - zoe [20/Mar/2020:02:05:52 +0000] "GET /index.html HTTP/1.1" 200 14096 "https://…" "Mozilla/5.0 …"`
 *
 * The remote user is the user. A server that looks up names logs a host instead of an address: then the address is null and the name
 * stands in `extra.host`. What follows the agent (nginx's `$http_x_forwarded_for`) is left out.
 */
export function decodeCombined(line: string, at: RecordPlace): Decoded {
  const host_end = line.indexOf(' ');
  const ident_end = line.indexOf(' ', host_end + 1);
  const time_at = line.indexOf(' [', ident_end);
  const time_end = line.indexOf('] "', time_at + 2);
  if (host_end <= 0 || ident_end < 0 || time_at < 0 || time_end < 0) return noLogLine();
  const request_at = time_end + 3;
  const request_end = quoteAfter(line, request_at);
  const status_end = line.indexOf(' ', request_end + 2);
  if (request_end < 0 || line[request_end + 1] !== ' ' || status_end < 0) return noLogLine();
  const bytes_end = endOf(line, status_end + 1);
  const [referrer, referrer_end] = quoted(line, bytes_end);
  const [agent] = quoted(line, referrer_end);
  const host = line.slice(0, host_end);
  const ip = ipOf(host);
  const user = time_at > ident_end ? line.slice(ident_end + 1, time_at) : '';
  return clickOf(
    {
      id: null,
      time_ms: timeOf(line.slice(time_at + 2, time_end)),
      user_id: user === '""' ? null : unescaped(user),
      ip: ip === BAD ? null : ip,
      request: unescaped(line.slice(request_at, request_end)),
      status: line.slice(request_end + 2, status_end),
      bytes: line.slice(status_end + 1, bytes_end),
      referrer,
      agent,
      session_id: null,
      city: null,
      country: null,
      extra: ip === BAD ? { host: textOf(host, NAME_CHARS_MAX) as string } : {},
    },
    NAMES,
    at,
  );
}

function noLogLine(): Decoded {
  return refused('unknown-shape', 'the line is not in the combined or common log format of web servers');
}

/** The quoted text that follows a space at `from`, and where it ends; null where there is none. */
function quoted(line: string, from: number): [text: string | null, end: number] {
  if (from < 0 || line.charCodeAt(from + 1) !== QUOTE) return [null, -1];
  const end = quoteAfter(line, from + 2);
  return end < 0 ? [null, -1] : [unescaped(line.slice(from + 2, end)), end + 1];
}

/** The next quote that no backslash stands before; -1 where there is none. */
function quoteAfter(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return -1;
}

function endOf(line: string, from: number): number {
  const end = line.indexOf(' ', from);
  return end < 0 ? line.length : end;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', v: '\v', f: '\f' };

/** `\"` and `\\` as Apache writes them, and `\x22` as both do: bytes of UTF-8, several of which may make one character. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  let out = '';
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) out += Buffer.from(bytes).toString('utf8');
    bytes = [];
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const byte = code === BACKSLASH && text[i + 1] === 'x' ? hexOf(text, i + 2) : -1;
    if (byte >= 0) {
      bytes.push(byte);
      i += 3;
      continue;
    }
    flush();
    if (code !== BACKSLASH || i + 1 === text.length) out += text[i];
    else {
      const next = text[++i]!;
      out += ESCAPES[next] ?? next;
    }
  }
  flush();
  return out;
}

/** Two hexadecimal digits; -1 for anything else. */
function hexOf(text: string, at: number): number {
  const high = HEX.indexOf(text[at]?.toLowerCase() ?? ' ');
  const low = HEX.indexOf(text[at + 1]?.toLowerCase() ?? ' ');
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}
const HEX = '0123456789abcdef';
