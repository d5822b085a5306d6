/** Clicks in the Elastic Common Schema, as log shippers send them and as this product's own documents are. */
import { type ColumnNames, clickOf } from './click-columns.js';
import { extraOf, firstOf, isObject, type JsonObject } from './columns.js';
import type { Decoded, RecordPlace } from './decoded.js';
import { timeOf } from './times.js';

const NAMES: ColumnNames = {
  id: 'event.id',
  time_ms: '@timestamp',
  user_id: 'user.id',
  ip: 'source.ip',
  request: 'url',
  status: 'http.response.status_code',
  bytes: 'http.response.body.bytes',
  referrer: 'http.request.referrer',
  agent: 'user_agent.original',
  session_id: 'session.id',
  city: 'source.geo.city_name',
  country: 'source.geo.country_iso_code',
};
const NOTHING: ReadonlySet<string> = new Set();

/** A field's name, and each way to cut it into the name of an object and of a field in it; made once, for every record asks. */
interface Field {
  name: string;
  cuts: readonly [head: string, rest: Field][];
}

function field(name: string): Field {
  const cuts: [string, Field][] = [];
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    cuts.push([name.slice(0, dot), field(name.slice(dot + 1))]);
  }
  return { name, cuts };
}

/** `a.b.c` as `{"a.b.c"}`, `{"a": {"b.c"}}`, `{"a.b": {"c"}}` or `{"a": {"b": {"c"}}}`. */
function read(record: JsonObject, { name, cuts }: Field): unknown {
  const value = record[name];
  if (value !== undefined) return value;
  for (const [head, rest] of cuts) {
    const inner = record[head];
    const found = isObject(inner) ? read(inner, rest) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const LABELS = field('labels');
const EVENT_ID = field('event.id');
const USER_ID = field('user.id');
const USER_NAME = field('user.name');
const SOURCE_IP = field('source.ip');
const CLIENT_IP = field('client.ip');
const STATUS = field('http.response.status_code');
const BODY_BYTES = field('http.response.body.bytes');
const BYTES = field('http.response.bytes');
const REFERRER = field('http.request.referrer');
const METHOD = field('http.request.method');
const VERSION = field('http.version');
const AGENT = field('user_agent.original');
const SESSION = field('session.id');
const SOURCE_CITY = field('source.geo.city_name');
const CLIENT_CITY = field('client.geo.city_name');
const SOURCE_COUNTRY = field('source.geo.country_iso_code');
const CLIENT_COUNTRY = field('client.geo.country_iso_code');
const PATH = field('url.path');
const QUERY = field('url.query');
const ORIGINAL = field('url.original');
const FULL = field('url.full');

/**
 * `{"@timestamp":"2020-03-20T02:05:52.042Z","url":{"path":"/index.html"},"http.response.status_code":200,…}`: fields nested, dotted,
 * or both. Without a `user.id` the user is the `user.name`, which shippers fill with the server's remote user. `extra` is `labels`,
 * the schema's place for what is the sender's own; the shipper's own fields (agent, host, log) are not the click's.
 */
export function decodeEcs(record: JsonObject, at: RecordPlace): Decoded {
  const labels = read(record, LABELS);
  return clickOf(
    {
      id: read(record, EVENT_ID) ?? record.id,
      time_ms: timeOf(record['@timestamp']),
      user_id: firstOf(read(record, USER_ID), read(record, USER_NAME)),
      ip: firstOf(read(record, SOURCE_IP), read(record, CLIENT_IP)),
      request: requestOf(record),
      status: read(record, STATUS),
      bytes: read(record, BODY_BYTES) ?? read(record, BYTES),
      referrer: read(record, REFERRER),
      agent: read(record, AGENT),
      session_id: read(record, SESSION),
      city: read(record, SOURCE_CITY) ?? read(record, CLIENT_CITY),
      country: read(record, SOURCE_COUNTRY) ?? read(record, CLIENT_COUNTRY),
      extra: extraOf(isObject(labels) ? labels : dottedLabels(record), NOTHING),
    },
    NAMES,
    at,
  );
}

/** `{"labels.page_type": "product"}` as `{"page_type": "product"}`. */
function dottedLabels(record: JsonObject): JsonObject {
  const labels: [string, unknown][] = [];
  for (const name of Object.keys(record)) {
    if (name.startsWith(LABELS_DOT)) labels.push([name.slice(LABELS_DOT.length), record[name]]);
  }
  return Object.fromEntries(labels);
}
const LABELS_DOT = 'labels.';

/** As web servers log it, as far as it is known: `GET /index.html HTTP/1.1`, `GET /index.html`, `/index.html`. */
function requestOf(record: JsonObject): unknown {
  const path = read(record, PATH);
  const query = read(record, QUERY);
  const address =
    typeof path === 'string' && path !== ''
      ? path + (typeof query === 'string' && query !== '' ? `?${query}` : '')
      : firstOf(path, read(record, ORIGINAL), read(record, FULL));
  const method = read(record, METHOD);
  if (typeof address !== 'string' || typeof method !== 'string' || method === '') return address;
  const version = read(record, VERSION);
  return `${method.toUpperCase()} ${address}${typeof version === 'string' && version !== '' ? ` HTTP/${version}` : ''}`;
}
