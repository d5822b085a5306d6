/** A request's body to records in a parcel, and how much of that may be in memory for all requests together. */
import { isUtf8 } from 'node:buffer';
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import type { ClickParcel } from '../pipeline/click-door.js';
import { BODY_BYTES_MAX, inflated, JSON_TYPE, mediaOf } from './click-bodies.js';
import { RecordLines } from './click-lines.js';
import { Problem } from './problem.js';

/** As many as may wait to be committed (`WAITING_MAX`): more could never be taken together. */
export const RECORDS_MAX = 50_000;
/** JSON has to be read in one go, during which nobody else is answered: 10 MiB take some 100 ms. Lines may be more. */
export const JSON_BYTES_MAX = BODY_BYTES_MAX;
/** Records of an array that are read in one go: some 5 ms. */
const RECORDS_AT_ONCE = 1_000;

/** What all requests that are being read or stored may take: two of the largest, or many small ones. */
const IN_HAND_BYTES_MAX = 268_435_456;
/** What a record takes beside its text. */
const RECORD_BYTES = 1_024;

/** So many senders at once that their bodies would fill the memory are asked to come again. */
export class InHand {
  #bytes = 0;

  constructor(private readonly limit = IN_HAND_BYTES_MAX) {}

  /** One request's share, until `release`. */
  open(): { weigh: (bytes: number, records: number) => void; release: () => void } {
    let own = 0;
    const weigh = (bytes: number, records: number) => {
      const more = bytes + records * RECORD_BYTES - own;
      if (this.#bytes + more > this.limit) throw full('Too much is being sent at once: send it again in a moment.');
      this.#bytes += more;
      own += more;
    };
    const release = () => {
      this.#bytes -= own;
      own = 0;
    };
    return { weigh, release };
  }
}

/** Not now, but soon. */
export function full(detail: string): Problem {
  return new Problem(503, detail, { type: 'intake-full', headers: { 'retry-after': '1' } });
}

/** All of a body into the parcel. `weigh` is told what it takes so far, and may throw. */
export async function readRecords(
  request: FastifyRequest,
  parcel: ClickParcel,
  weigh: (bytes: number, records: number) => void,
): Promise<void> {
  if (request.body === undefined) return;
  if (mediaOf(request.headers['content-type']) === JSON_TYPE) await readJson(request, parcel, weigh);
  else await readLines(request, parcel, weigh);
}

async function readLines(request: FastifyRequest, parcel: ClickParcel, weigh: (bytes: number, records: number) => void) {
  let bytes = 0;
  const lines = new RecordLines({
    line: (text, number) => parcel.text(text, number),
    unusable: (number, reason, detail) => parcel.refuse(number, reason, detail),
  });
  for await (const chunk of inflated(request)) {
    bytes += chunk.length;
    lines.push(chunk);
    if (lines.lines > RECORDS_MAX) throw tooMany();
    weigh(bytes, parcel.size);
  }
  lines.end();
}

async function readJson(request: FastifyRequest, parcel: ClickParcel, weigh: (bytes: number, records: number) => void) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of inflated(request, JSON_BYTES_MAX)) {
    bytes += chunk.length;
    weigh(bytes, 0);
    chunks.push(chunk);
  }
  const body = parsed(Buffer.concat(chunks));
  if (body === undefined) return parcel.refuse(1, 'not-json', 'the body is not valid JSON in UTF-8');
  const records = Array.isArray(body) ? body : [body];
  if (records.length > RECORDS_MAX) throw tooMany();
  weigh(bytes, records.length);
  for (const [i, record] of records.entries()) {
    parcel.object(record, i + 1);
    if (i % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await othersFirst();
  }
}

/** undefined = no JSON. */
function parsed(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8').trim());
  } catch {
    return undefined;
  }
}

function tooMany(): Problem {
  return new Problem(413, `The body has more than ${RECORDS_MAX} records: send them in several requests.`);
}
