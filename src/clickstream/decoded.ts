/** What decoding gives, and what it needs to know of a record's way here. */
import { createHash } from 'node:crypto';
import type { ClickRecord } from '../click-ports.js';
import type { RejectReason } from '../domain.js';

/** Where a record was met. */
export interface RecordPlace {
  /** Name of the input, the same whenever it is read again: `file:<SHA-256>`, `topic/partition`. */
  source: string;
  /** `line 17`, an offset. Together with `source` the identity of a record that brings none of its own. */
  position: string;
  /** The transport's own time of the record (Kafka's), the time of arrival, or null where there is none. */
  received_ms: number | null;
}

/** The detail names columns and what they should hold, and never anything of the record itself. */
export interface Refused {
  reject: RejectReason;
  detail: string;
}

export type Decoded = ClickRecord | Refused;

export function refused(reject: RejectReason, detail: string): Refused {
  return { reject, detail };
}

/** Longer names of inputs are hashed: an id stands in every row, and in an index. */
const SOURCE_CHARS_MAX = 40;
const HASH_DIGITS = 16;

let last_source = '';
let last_short = '';

/** `file:<SHA-256>`, line 17 → `file:1f0c…#line 17`. The first 64 bits of a hash tell some thousand inputs apart. */
export function placeId({ source, position }: RecordPlace): string {
  if (source !== last_source) {
    last_short = shortened(source);
    last_source = source;
  }
  return `${last_short}#${position}`;
}

function shortened(source: string): string {
  if (source.length <= SOURCE_CHARS_MAX) return source;
  const kind = /^[a-z]{1,10}:/.exec(source)?.[0] ?? '';
  return kind + createHash('sha256').update(source).digest('hex').slice(0, HASH_DIGITS);
}
