/**
 * Recorded Debezium lines as plain rows, in all three shapes, for the oracles. Written apart from the product's decoder on
 * purpose: it trusts its input and knows the samples' shapes, nothing more.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export type Row = Record<string, string | number | null>;

export interface RecordedChange {
  /** From 1, counting every line. */
  line: number;
  /** Without `mdl_`. */
  table: string;
  /** c, u, d, r, t. */
  op: string;
  id: number;
  before: Row | null;
  after: Row | null;
  source_ms: number;
  gtid: string | null;
}

export function linesOf(path: string): string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** Tombstones, schema changes and other topics are left out. */
export function changesOf(lines: readonly string[]): RecordedChange[] {
  return lines.flatMap((text, index) => changeOf(text, index + 1) ?? []);
}

function changeOf(text: string, line: number): RecordedChange | null {
  const record = JSON.parse(text);
  const table = /\.mdl_(\w+)$/.exec(record.topic ?? '')?.[1];
  if (table === undefined) return null;
  const value = unwrapped(record.value);
  if (value === null) return null;
  const key = unwrapped(record.key);
  if (typeof value.__op === 'string') {
    const row = Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('__'))) as Row;
    const op = value.__deleted === 'true' ? 'd' : value.__op;
    const sides = { before: op === 'd' ? row : null, after: op === 'd' ? null : row };
    return { line, table, op, id: Number(row.id), ...sides, source_ms: value.__source_ts_ms, gtid: null };
  }
  const { op, before, after, source } = value;
  return { line, table, op, id: Number(key?.id ?? after?.id), before, after, source_ms: source.ts_ms, gtid: source.gtid ?? null };
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of a known file
function unwrapped(value: unknown): any {
  const parsed = typeof value === 'string' ? JSON.parse(value) : value;
  return parsed && typeof parsed === 'object' && 'payload' in parsed ? parsed.payload : (parsed ?? null);
}
