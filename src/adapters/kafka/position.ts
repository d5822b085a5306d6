/** How far a lane is: the last message that was handled, and a fingerprint by which a recreated topic is noticed. */
import { createHash } from 'node:crypto';

export interface Position {
  /** Offset of the last handled message. Below 2^53: a partition with a million messages a second takes 285 years to get there. */
  offset: number;
  /** Fingerprint of that message. */
  mark: string;
  /**
   * Where that message has no value: offset of the last one that has. What a tombstone means depends on the value before it
   * (`RecordDecoder`), so the lane begins to read there.
   */
  value?: number;
}

/** What the fingerprint is made of. */
export interface Marked {
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
}

/** First 16 hex digits of the SHA-256 of timestamp, key and value, each with its length before it. */
export function markOf({ timestamp, key, value }: Marked): string {
  const hash = createHash('sha256').update(`${timestamp} ${key?.length ?? -1} ${value?.length ?? -1} `);
  if (key !== null) hash.update(key);
  if (value !== null) hash.update(value);
  return hash.digest('hex').slice(0, 16);
}

/** `{"offset":"123","mark":"0123456789abcdef"}` */
export function formatPosition({ offset, mark, value }: Position): string {
  return JSON.stringify({ offset: String(offset), mark, ...(value === undefined ? {} : { value: String(value) }) });
}

export function parsePosition(lane: string, text: string | null): Position | null {
  if (text === null) return null;
  const read = json(text);
  const offset = offsetOf(read?.offset);
  const value = read?.value === undefined ? undefined : offsetOf(read.value);
  const mark = read?.mark;
  if (offset === null || value === null || typeof mark !== 'string' || !/^[0-9a-f]{16}$/.test(mark)) {
    throw new Error(`the position of ${lane} in the store is not one of Kafka's: the store was written by something else`);
  }
  return { offset, mark, ...(value === undefined ? {} : { value }) };
}

function json(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

function offsetOf(value: unknown): number | null {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** The log of a partition as it is now: offsets low ≤ o < high exist, unless compaction took them. */
export interface Watermarks {
  low: number;
  high: number;
}

export type Entry =
  /** Read from here; nothing before `skip` counts again, and the message at `verify.offset` must have that mark. */
  | { kind: 'go on'; from: number; skip: number; verify: Position | null }
  | { kind: 'begin'; from: number; recreated: boolean }
  | { kind: 'gap'; from: number; to: number };

/**
 * Where a lane begins.
 *
 * | position | log | |
 * | --- | --- | --- |
 * | none | [40, 90) | begin at 40 |
 * | 60 | [40, 90) | read 60 again, compare, skip it |
 * | 60 | [61, 90) | go on at 61; there is nothing left to compare |
 * | 60 | [70, 90) | 61 to 69 are gone |
 * | 60 | [0, 12) | the topic was made anew: begin at 0 |
 */
export function entryOf(position: Position | null, { low, high }: Watermarks): Entry {
  if (position === null) return { kind: 'begin', from: low, recreated: false };
  const next = position.offset + 1;
  if (high < next) return { kind: 'begin', from: low, recreated: true };
  if (low > next) return { kind: 'gap', from: next, to: low };
  if (low === next) return { kind: 'go on', from: next, skip: next, verify: null };
  const from =
    position.value !== undefined && position.value >= low ? Math.min(position.value, position.offset) : position.offset;
  return { kind: 'go on', from: Math.max(from, low), skip: next, verify: position };
}
