/** Clicks as documents of the Elastic Common Schema: where they go, and the mapping that they need. */
import { CLICK_DAYS, CLICK_STREAM } from './names.js';

const keyword = { type: 'keyword', ignore_above: 1_024 };
/** Addresses and agents are searched by their parts too. */
const searched = { type: 'keyword', ignore_above: 2_048, fields: { text: { type: 'text' } } };
const object = (properties: Record<string, unknown>) => ({ properties });

const PROPERTIES = {
  '@timestamp': { type: 'date' },
  ecs: object({ version: keyword }),
  event: object({ kind: keyword, category: keyword, type: keyword, dataset: keyword, id: keyword, outcome: keyword }),
  data_stream: object({ type: keyword, dataset: keyword, namespace: keyword }),
  url: object({ original: searched, full: searched, scheme: keyword, domain: keyword, path: searched, query: keyword }),
  http: object({
    version: keyword,
    request: object({ method: keyword, referrer: keyword }),
    response: object({ status_code: { type: 'long' }, body: object({ bytes: { type: 'long' } }) }),
  }),
  source: object({
    address: keyword,
    // The public demos generate addresses with numbers above 255: their clicks are kept, and found by `source.address`.
    ip: { type: 'ip', ignore_malformed: true },
    geo: object({ city_name: keyword, country_iso_code: keyword }),
  }),
  user: object({ id: keyword, name: keyword, full_name: keyword }),
  user_agent: object({ original: searched, name: keyword, os: object({ name: keyword }) }),
  session: object({ id: keyword }),
  // One field whatever names a sender makes up: no names of theirs fill the mapping.
  labels: { type: 'flattened', ignore_above: 1_024 },
};

export interface LogSpec {
  table: string;
  index: string;
  meaning: string;
  properties: Record<string, unknown>;
  /** Documents are appended and never change. Where there are no data streams they go into an index a day, under this name. */
  log: { days: string; retention_ms: number };
  first_stays: true;
}

/** The data stream of clicks; servers with lifecycles forget them after `retention_ms`. */
export function clickStreamSpec(table: string, retention_ms: number): LogSpec {
  return {
    table,
    index: CLICK_STREAM,
    meaning: 'Clicks of other sites, in the Elastic Common Schema',
    properties: PROPERTIES,
    log: { days: CLICK_DAYS, retention_ms },
    first_stays: true,
  };
}
