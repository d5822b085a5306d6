/** A click as a document of the Elastic Common Schema: what `ecs.ts` reads, and what Elastic's own dashboards show. */
import type { JoinedClick } from '../click-ports.js';
import { requestParts } from './request-line.js';

/** Of the Common Schema; of the 8th series, so that servers and dashboards of 8 and 9 know every field. */
const ECS_VERSION = '8.17.0';
/** From here on a status says that the request failed. Not the demo's rule for its tables (above 400). */
const FAILURE_STATUS_MIN = 400;

type Document = { [name: string]: unknown };

/**
 * `{"@timestamp":"2020-03-20T02:05:52.042Z","http":{"request":{"method":"GET"},"response":{"status_code":404,…}},…}`; what is not known is left
 * out. `labels` has the sender's own columns, and what the click was joined to and the schema has no place for.
 */
export function ecsDocument(click: JoinedClick): Document {
  const { time_ms, id, user_id, username, first_name, last_name, ip, status, bytes, referrer, agent, browser, os } = click;
  const { method, address, version } = requestParts(click.request);
  const outcome = status === null ? null : status < FAILURE_STATUS_MIN ? 'success' : 'failure';
  const full_name = [first_name, last_name].filter((name) => name !== null).join(' ');
  const { level, definition, bot, extra } = click;
  return compact({
    '@timestamp': new Date(time_ms).toISOString(),
    ecs: { version: ECS_VERSION },
    event: { kind: 'event', category: ['web'], type: ['access'], dataset: 'clickstream.access', id, outcome },
    data_stream: { type: 'logs', dataset: 'clickstream.access', namespace: 'default' },
    url: urlOf(address),
    http: { version, request: { method, referrer }, response: { status_code: status, body: { bytes } } },
    source: { address: ip, ip, geo: { city_name: click.city, country_iso_code: click.country } },
    user: { id: user_id === null ? null : String(user_id), name: username, full_name: full_name === '' ? null : full_name },
    user_agent: { original: agent, name: browser, os: { name: os } },
    session: { id: click.session_id },
    labels: { ...extra, level, definition, bot: bot ? true : null },
  });
}

/** `/p?id=7` → path /p, query id=7; of a whole address also `full`, scheme and domain. */
function urlOf(address: string | null): Document {
  if (address === null) return {};
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && url.host !== '')
    return {
      original: address,
      full: address,
      scheme: url.protocol.slice(0, -1),
      domain: url.hostname,
      path: url.pathname,
      query: url.search.slice(1) || null,
    };
  if (!address.startsWith('/')) return { original: address };
  const [path, ...query] = address.split('?');
  return { original: address, path, query: query.join('?') || null };
}

/** Without nulls, and without objects that would be empty. */
function compact(document: Document): Document {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(document)) {
    if (value === null || value === undefined) continue;
    if (typeof value !== 'object' || Array.isArray(value)) kept.push([name, value]);
    else {
      const inner = compact(value as Document);
      if (Object.keys(inner).length > 0) kept.push([name, inner]);
    }
  }
  return Object.fromEntries(kept);
}
