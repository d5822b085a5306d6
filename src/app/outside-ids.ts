/**
 * Under which ids rows leave for documents and topics: Moodle's own while everything is on this machine, or where somebody chose so
 * on the record; else keyed pseudonyms, since whoever reads an index is held by none of the limits that hold a tutor.
 */
import { Pseudonyms } from '../access/pseudonym.js';
import type { Config } from '../config.js';
import { pseudonymous } from '../indexing/pseudonymous.js';
import type { Publication, Store } from '../ports.js';
import { TABLES } from '../reading/table-infos.js';
import { isLoopback, reachedBy } from '../setting-texts.js';
import { againIfStale } from './again-if-stale.js';
import { rememberKey, replaceKey, secretKey } from './secret-key.js';

type IdSettings = Pick<
  Config,
  | 'plain_ids'
  | 'pseudonym_key'
  | 'listen'
  | 'proxy'
  | 'hosts'
  | 'lti'
  | 'elasticsearch'
  | 'kibana'
  | 'kafka_brokers'
  | 'kafka_topics'
  | 'store'
>;
type Kept = Pick<Store, 'position' | 'commit'>;

/** A row as it may leave. */
export type Leaving = (publication: Publication) => Publication;
export const UNCHANGED: Leaving = (publication) => publication;

/** What a store keeps of it. */
type Form = 'plain' | 'plain-by-choice' | 'pseudonyms';
const KEPT_UNDER = 'outside-ids';
/** Sinks that hold rows; where one of them was told anything before there were pseudonyms, it was told plain ids. */
const HOLDING = ['publish:elasticsearch', 'publish:kafka'];

const KEYS = new Map(TABLES.map(({ name, key }) => [name, key]));

export function formOf(config: IdSettings): Form {
  if (config.plain_ids === false) return 'pseudonyms';
  if (config.plain_ids) return allHere(config) ? 'plain' : 'plain-by-choice';
  return config.pseudonym_key === null && allHere(config) ? 'plain' : 'pseudonyms';
}

/** For a publisher. Throws where what is outside carries other ids, with what to do; writes down what was chosen. */
export async function leavingIds(
  config: IdSettings,
  store: Kept,
  now_ms: number,
  say: (message: string) => void,
): Promise<Leaving> {
  const form = formOf(config);
  if (form === 'plain-by-choice') say("Documents and topics carry Moodle's own ids, by HOLDFAST_PLAIN_IDS=true.");
  return againIfStale(async () => {
    const written = await writtenForm(store);
    const kept = written ?? (await impliedForm(store));
    if (kept !== null && isPlain(kept) !== isPlain(form)) throw new Error(otherForm(form));
    const leaving = await leavingAs(form, config, store, rememberKey);
    if (written !== form) await write(store, written, form, now_ms);
    return leaving;
  });
}

/** For a rebuild, after which everything outside carries the ids of the settings. `before`: how to take back what is there; null = nothing. */
export async function rebuiltIds(
  config: IdSettings,
  store: Kept,
  new_key: boolean,
): Promise<{ leaving: Leaving; before: Leaving | null }> {
  const form = formOf(config);
  const kept = (await writtenForm(store)) ?? (await impliedForm(store));
  const leaving = await leavingAs(form, config, store, new_key ? async () => {} : rememberKey);
  if (kept === null || isPlain(kept) === isPlain(form)) return { leaving, before: null };
  const other = isPlain(form) ? await leavingAs('pseudonyms', config, store, rememberKey) : UNCHANGED;
  return { leaving, before: (publication) => ({ ...other(publication), row: null }) };
}

/** Once all is told again. */
export async function rebuilt(config: IdSettings, store: Kept, new_key: boolean, now_ms: number): Promise<void> {
  const form = formOf(config);
  const written = await writtenForm(store);
  if (written !== form) await write(store, written, form, now_ms);
  if (!new_key) return;
  await replaceKey(store, new Pseudonyms(await secretKey(config)));
  const detail = 'The key of pseudonyms was replaced: everybody has another name in documents and topics.';
  await store.commit({ changes: [{ at_ms: now_ms, by: 'command', by_user_id: null, what: 'key', detail }] });
}

async function leavingAs(
  form: Form,
  config: IdSettings,
  store: Kept,
  remember: (store: Kept, names: Pseudonyms) => Promise<void>,
): Promise<Leaving> {
  if (isPlain(form)) return UNCHANGED;
  const names = new Pseudonyms(await secretKey(config));
  await remember(store, names);
  return (publication) => ({ ...publication, ...pseudonymous(publication, KEYS.get(publication.table) ?? [], names) });
}

async function writtenForm(store: Kept): Promise<Form | null> {
  return (await store.position(KEPT_UNDER)) as Form | null;
}

/** Of a store from before the form was written down. */
async function impliedForm(store: Kept): Promise<Form | null> {
  for (const name of HOLDING) if ((await store.position(name)) !== null) return 'plain';
  return null;
}

async function write(store: Kept, from: Form | null, to: Form, at_ms: number): Promise<void> {
  const words: Record<Form, string> = {
    plain: "Documents and topics carry Moodle's own ids: all of it is on this machine.",
    'plain-by-choice': "Documents and topics carry Moodle's own ids, by HOLDFAST_PLAIN_IDS=true.",
    pseudonyms: 'Documents and topics carry pseudonyms.',
  };
  const change = { at_ms, by: 'settings', by_user_id: null, what: 'ids', detail: words[to] };
  await store.commit({ position: { source: KEPT_UNDER, from, to }, changes: [change] });
}

const isPlain = (form: Form) => form !== 'pseudonyms';

function otherForm(form: Form): string {
  if (isPlain(form))
    return (
      "Documents and topics carry pseudonyms so far, and by the settings would carry Moodle's own ids. Leave HOLDFAST_PLAIN_IDS out (or set it to " +
      'false), or tell everything again under the new ids: stop the service and run `holdfast index rebuild`.'
    );
  return (
    "Documents and topics carry Moodle's own ids so far, and by the settings would carry pseudonyms. Tell everything again: stop the service and run " +
    '`holdfast index rebuild`; or keep the ids, on the record, with HOLDFAST_PLAIN_IDS=true.'
  );
}

/** The page, by whatever way people come to it, and whatever holds rows or shows them. */
function allHere(config: IdSettings): boolean {
  const { lti, elasticsearch, kibana, kafka_brokers, kafka_topics } = config;
  if (reachedBy(config) !== null || lti !== null) return false;
  const servers = [elasticsearch, kibana].flatMap((url) => (url === null ? [] : [new URL(url).hostname]));
  const brokers = kafka_topics && kafka_brokers !== null ? brokerHosts(kafka_brokers) : [];
  return [...servers, ...brokers].map((host) => host.replace(/^\[|\]$/g, '')).every(isLoopback);
}

/** `sasl_ssl://user:password@one:9093,two:9093?mechanism=…` → one, two. */
function brokerHosts(text: string): string[] {
  const [bare = ''] = text.replace(/^[a-z_]+:\/\//i, '').split('?');
  const addresses = bare.slice(bare.lastIndexOf('@') + 1);
  return addresses.split(',').map((address) => address.trim().replace(/:\d+$/, ''));
}
