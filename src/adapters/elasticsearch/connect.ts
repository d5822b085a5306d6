/** The client, and what its faults mean for whoever runs the service. */
import { readFileSync } from 'node:fs';
import { Client, errors } from '@elastic/elasticsearch';

export interface ElasticsearchOptions {
  /**
   * `https://user:password@search.example:9200`, or `https://search.example:9200?api_key=…&ca=/etc/ssl/search.pem`; password and key
   * are taken out of it and never shown.
   */
  url: string;
  /** In place of user and password: the encoded form, `id:key` in base64. */
  api_key?: string;
  /** PEM of the authority that signed the server's certificate, where the system does not know it. */
  ca?: string;
  /** What is tried again within one call, before `SinkUnavailable`. */
  retry_ms_max?: number;
}

/** One request: a bulk of 5 MB takes well under a second, and a node that collects garbage a few. */
const REQUEST_MS_MAX = 30_000;

/** The address as people may see it. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Asks nothing yet: a node that is down is found by the first request. */
export function connect({ url, ...given }: ElasticsearchOptions): Client {
  const { username, password, searchParams } = new URL(url);
  const api_key = given.api_key ?? searchParams.get('api_key') ?? undefined;
  const ca = given.ca ?? authority(searchParams.get('ca'));
  const auth =
    api_key === undefined
      ? username === ''
        ? undefined
        : { username: decodeURIComponent(username), password: decodeURIComponent(password) }
      : { apiKey: api_key };
  return new Client({
    node: shownUrl(url),
    auth,
    tls: ca === undefined ? undefined : { ca },
    maxRetries: 0,
    requestTimeout: REQUEST_MS_MAX,
  });
}

function authority(path: string | null): string | undefined {
  try {
    return path === null ? undefined : readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(
      'The file that ca= in HOLDFAST_ELASTICSEARCH names cannot be read. Check that it exists and who may read it.',
      { cause },
    );
  }
}

/** What a refusal comes to: try again within bounds, wait for somebody to mend it, or wrong for good. */
export interface Fault {
  kind: 'again' | 'operator' | 'wrong';
  /** Without any content of documents. */
  what: string;
  /** What to look at. */
  hint: string;
}

/** Of a failed request. Anything that is no answer at all is a connection that may come back. */
export function faultOf(error: unknown): Fault {
  if (error instanceof errors.ResponseError) return statusFault(error.statusCode ?? 0, typeOf(error.body));
  if (error instanceof errors.ConnectionError && /certificate|self-signed|unable to verify/i.test(error.message))
    return {
      kind: 'operator',
      what: `its certificate is not trusted (${error.message})`,
      hint: 'Name its authority in HOLDFAST_ELASTICSEARCH with ?ca=FILE, and the node by a name that the certificate has.',
    };
  if (
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError
  )
    return {
      kind: 'again',
      what: `no answer (${codeOf(error)})`,
      hint: 'Is the node up, is HOLDFAST_ELASTICSEARCH its address, and does it begin with https:// where the node speaks TLS?',
    };
  if (error instanceof errors.ProductNotSupportedError)
    return {
      kind: 'operator',
      what: 'the answer is not Elasticsearch’s',
      hint: 'Does HOLDFAST_ELASTICSEARCH name another server or a proxy?',
    };
  throw error;
}

/** Of an answer, or of one item of a bulk. `type` is Elasticsearch's name of the fault. */
export function statusFault(status: number, type: string): Fault {
  const what = `${status} ${type}`.trim();
  if (type === 'cluster_block_exception')
    return {
      kind: 'again',
      what,
      hint: 'The index is blocked: GET _cat/allocation shows full disks, and index.blocks.* in its settings the block.',
    };
  if (status === 429)
    return { kind: 'again', what, hint: 'The node has too much to do: GET _cat/thread_pool/write shows its queue.' };
  if (status === 408 || status >= 500)
    return { kind: 'again', what, hint: 'GET _cluster/health and the node’s own log say more.' };
  if (status === 401)
    return { kind: 'operator', what, hint: 'User, password or API key are refused: see HOLDFAST_ELASTICSEARCH.' };
  if (status === 403)
    return {
      kind: 'operator',
      what,
      hint: 'The user or API key needs manage_index_templates, and manage, read and write on the indices moodle-*, clickstream-* and logs-clickstream.access-*.',
    };
  if (type === 'index_not_found_exception')
    return {
      kind: 'operator',
      what,
      hint: 'Somebody deleted the index, and the node makes none by itself: run holdfast index rebuild.',
    };
  return { kind: 'wrong', what, hint: 'The node’s own log says more.' };
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof errors.ResponseError && error.statusCode === status;
}

/** All that the server says of a refusal, as text; empty for what is no answer. */
export function bodyOf(error: unknown): string {
  return error instanceof errors.ResponseError ? JSON.stringify(error.body) : '';
}

export function typeOf(body: unknown): string {
  const error = (body as { error?: { type?: unknown } | string } | undefined)?.error;
  return typeof error === 'object' && typeof error?.type === 'string' ? error.type : '';
}

function codeOf(error: Error): string {
  return /\bE[A-Z]{4,}\b/.exec(error.message)?.[0] ?? error.name;
}
