/**
 * Documents by `_bulk`. The round is the version of a document (`version_type: external`), of a deletion too: what an older round
 * brings late is a conflict, 409, and a conflict means that it is done.
 */
import type { Client } from '@elastic/elasticsearch';
import type { Publication } from '../../ports.js';
import { type Fault, faultOf, statusFault } from './connect.js';
import type { Retrying } from './retrying.js';

/**
 * - `keep`: written unless a newer round has written it; `create`: unless it is there at all; `delete`: likewise, for rows that are
 *   no more.
 */
export interface BulkItem {
  kind: 'keep' | 'create' | 'delete';
  index: string;
  id: string;
  /** JSON; null for `delete`. */
  document: string | null;
}

/** In one request: Elastic's own advice is 5 to 15 MB, and proxies are happier with less. */
const BULK_BYTES_MAX = 5_000_000;
/** Small documents: a node answers a thousand in some 50 ms, and a refusal of the whole costs no more to repeat. */
const BULK_ITEMS_MAX = 2_000;

interface ItemAnswer {
  status?: number;
  error?: { type?: string; reason?: string; caused_by?: { type?: string } };
}

export interface Refused<T> {
  item: T;
  why: string;
}

/** Sends all of it; resolves with what is refused for good. */
export async function sendBulk<T extends BulkItem>(
  client: Client,
  items: readonly T[],
  round: number,
  retrying: () => Retrying,
): Promise<Refused<T>[]> {
  const refused: Refused<T>[] = [];
  for (const part of partsOf(items)) refused.push(...(await sendPart(client, part, round, retrying())));
  return refused;
}

/** One request, and again for those of its items that were put off. */
async function sendPart<T extends BulkItem>(
  client: Client,
  part: readonly T[],
  round: number,
  retrying: Retrying,
): Promise<Refused<T>[]> {
  const refused: Refused<T>[] = [];
  let waiting = part;
  for (;;) {
    const answers = await ask(client, waiting, round, retrying);
    if (answers === 'too large') {
      const half = waiting.length >> 1;
      if (half === 0) return [...refused, { item: waiting[0]!, why: '413, the document is larger than the server takes' }];
      const first = await sendPart(client, waiting.slice(0, half), round, retrying);
      return [...refused, ...first, ...(await sendPart(client, waiting.slice(half), round, retrying))];
    }
    const again: T[] = [];
    let latest: Fault | null = null;
    for (const [i, answer] of answers.entries()) {
      const item = waiting[i]!;
      const status = answer.status ?? 0;
      if (status < 300 || status === 409 || (status === 404 && item.kind === 'delete')) continue;
      const fault = statusFault(status, answer.error?.type ?? '');
      if (fault.kind === 'wrong') refused.push({ item, why: reasonOf(status, answer.error) });
      else {
        again.push(item);
        latest = fault;
      }
    }
    if (latest === null) return refused;
    waiting = again;
    await retrying.pause(latest);
  }
}

async function ask(
  client: Client,
  items: readonly BulkItem[],
  round: number,
  retrying: Retrying,
): Promise<ItemAnswer[] | 'too large'> {
  const operations = items.flatMap((item) => linesOf(item, round));
  try {
    const { items: answers } = await retrying.ask(() =>
      client.bulk({ operations, filter_path: ['items.*.status', 'items.*.error'] }),
    );
    return answers.map((answer) => Object.values(answer)[0] as ItemAnswer);
  } catch (error) {
    const { what } = faultOf(error);
    if (what.startsWith('413')) return 'too large';
    throw error;
  }
}

/** The client writes texts into the body as they are, a line each. */
function linesOf({ kind, index, id, document }: BulkItem, round: number): string[] {
  if (kind === 'create') return [JSON.stringify({ create: { _index: index, _id: id } }), document!];
  const version = { _index: index, _id: id, version: round, version_type: 'external' };
  return kind === 'delete' ? [JSON.stringify({ delete: version })] : [JSON.stringify({ index: version }), document!];
}

function* partsOf<T extends BulkItem>(items: readonly T[]): Generator<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = item.document?.length ?? 0;
    if (part.length > 0 && (part.length === BULK_ITEMS_MAX || bytes + size > BULK_BYTES_MAX)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** Elasticsearch's own text quotes the value that it does not like; only the field's name is taken from it. */
function reasonOf(status: number, error: ItemAnswer['error']): string {
  const field = /field \[([\w.@-]+)\]/.exec(error?.reason ?? '')?.[1];
  const what = [error?.type, error?.caused_by?.type].filter((type) => type !== undefined).join(', ');
  return `${status} ${what}${field === undefined ? '' : ` in ${field}`}`;
}

/** Of several publications with the same identity in one call the last: they share a version, and a second would be a conflict. */
export function latestOf(publications: readonly Publication[]): Publication[] {
  const latest = new Map<string, Publication>();
  for (const publication of publications) {
    const name = JSON.stringify([publication.table, publication.key]);
    latest.delete(name);
    latest.set(name, publication);
  }
  return [...latest.values()];
}
