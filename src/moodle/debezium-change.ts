/** A Debezium value without its wrappings, an envelope or a flattened row, to a `Change`. */
import type { Change, Coordinate, RejectReason } from '../domain.js';
import { isObject, type JsonObject, unwrap } from './json.js';
import { isUsedTable, shownTable } from './tables.js';
import { BAD, integerOf } from './values.js';

export type Decoded =
  | { kind: 'change'; change: Change }
  | { kind: 'rejected'; reason: RejectReason; detail: string }
  /** None of ours, by what it is: `table config`, `schema change`, `tombstone`. */
  | { kind: 'ignored'; what: string };

export interface DecodeOptions {
  /** Moodle's table prefix, `mdl_`. Tables without it are not Moodle's. */
  prefix: string;
  /** Table of bare flattened rows, with or without the prefix. */
  table?: string;
  /** Where a person finds it: `line 17`. */
  at: string;
}

/** A value with the wrappings off, and what stood around it. */
export interface Bare {
  value: JsonObject;
  key: unknown;
  topic: string | null;
  headers: JsonObject;
}

export function rejected(reason: RejectReason, detail: string): Decoded {
  return { kind: 'rejected', reason, detail };
}

export function isEnvelope(value: JsonObject): boolean {
  return typeof value.op === 'string' && ('after' in value || 'before' in value);
}

export function changeOf(bare: Bare, options: DecodeOptions): Decoded {
  return isEnvelope(bare.value) ? fromEnvelope(bare, options) : fromFlat(bare, options);
}

// -------------------------------------------------------------------------------------------------------------- envelope

/** A map, since a sender's word may also be one that every object has: `constructor`. */
const OPS: ReadonlyMap<unknown, Change['op']> = new Map([
  ['c', 'create'],
  ['u', 'update'],
  ['d', 'delete'],
  ['r', 'read'],
  ['t', 'truncate'],
]);

function fromEnvelope(bare: Bare, options: DecodeOptions): Decoded {
  const { value } = bare;
  const source = isObject(value.source) ? value.source : {};
  const named = typeof source.table === 'string' ? source.table : null;
  const table = tableOf(named ?? topicTable(bare.topic), options);
  if (typeof table !== 'string') return table;
  let op = OPS.get(value.op);
  if (op === undefined) return rejected('unknown-shape', `${table}: op must be one of c, u, d, r, t`);
  if (op === 'create' && isSnapshot(source.snapshot)) op = 'read';
  const meta = { source_ms: sourceMs(source.ts_ms, source.ts_us), coordinate: coordinateOf(source) };
  if (op === 'truncate') return change({ table, op, id: null, row: null, ...meta, at: options.at });
  const row = op === 'delete' ? value.before : value.after;
  if (op !== 'delete' && !isObject(row))
    return rejected('unknown-shape', `${table}: op ${String(value.op)} needs a row in after`);
  return identified(table, op, isObject(row) ? row : null, bare.key, meta, options.at);
}

// ------------------------------------------------------------------------------------------------------------- flattened

const NO_TABLE =
  'a flattened row does not say its table: add the field __table (add.fields=op,table,source.ts_ms), or give dumped records with their topic, or name the table (--table)';

function fromFlat(bare: Bare, options: DecodeOptions): Decoded {
  const meta = (name: string): unknown => bare.value[`__${name}`] ?? bare.headers[`__${name}`];
  const named = meta('table') ?? meta('source_table');
  const table = tableOf(typeof named === 'string' ? named : topicTable(bare.topic), options);
  if (typeof table !== 'string') return table;
  const op = flatOp(meta('op'), meta('deleted'), meta('source_snapshot'));
  if (op === null) return rejected('unknown-shape', `${table}: __op must be one of c, u, d, r, t`);
  const around = {
    source_ms: sourceMs(meta('source_ts_ms'), meta('source_ts_us')) ?? sourceMs(meta('ts_ms'), meta('ts_us')),
    coordinate: coordinateOf({
      file: meta('source_file'),
      pos: meta('source_pos'),
      row: meta('source_row'),
      lsn: meta('source_lsn'),
    }),
  };
  if (op === 'truncate') return change({ table, op, id: null, row: null, ...around, at: options.at });
  return identified(table, op, withoutMeta(bare.value), bare.key, around, options.at);
}

/** `__deleted` decides first: a rewritten delete can come with any op. Without either it is an upsert, called create. */
function flatOp(op: unknown, deleted: unknown, snapshot: unknown): Change['op'] | null {
  if (deleted === true || deleted === 'true' || deleted === 1 || deleted === '1') return 'delete';
  if (op === undefined || op === null) return isSnapshot(snapshot) ? 'read' : 'create';
  return OPS.get(op) ?? null;
}

function withoutMeta(value: JsonObject): JsonObject {
  const row: JsonObject = {};
  for (const name in value) if (!name.startsWith('__')) row[name] = value[name];
  return row;
}

// ------------------------------------------------------------------------------------------------------------------ both

type Around = Pick<Change, 'source_ms' | 'coordinate'>;

function identified(table: string, op: Change['op'], row: JsonObject | null, key: unknown, around: Around, at: string): Decoded {
  const id = integerOf(row?.id ?? keyId(key));
  if (id === BAD) return rejected('bad-value', `${table}.id: an integer below 2^53 was expected`);
  const known = op === 'delete' && row !== null && isKeyOnly(row) ? null : row;
  return change({ table, op, id, row: known, ...around, at });
}

function change(made: Change): Decoded {
  return { kind: 'change', change: made };
}

/** A key is `{id: 7}`, wrapped or not, or with ExtractField just `7`; with message.key.columns it may have no id at all. */
function keyId(key: unknown): unknown {
  const value = unwrap(key);
  if (isObject(value)) return value.id;
  return typeof value === 'number' ? value : undefined;
}

/**
 * PostgreSQL's default replica identity sends a deleted row's key alone, the other columns null or, where they cannot be
 * null, 0, '' or false: `{id: 7, status: 0, userid: 0, …}`. Such a row says nothing, and must not overwrite what is known.
 */
function isKeyOnly(row: JsonObject): boolean {
  for (const name in row) {
    const value = row[name];
    if (name !== 'id' && value !== null && value !== 0 && value !== '' && value !== false) return false;
  }
  return true;
}

/** Name without the prefix; or what to say about a table that is not ours, or is not named. */
function tableOf(named: string | null, options: DecodeOptions): string | Decoded {
  const full = named ?? options.table ?? null;
  if (full === null || full === '') return rejected('unknown-shape', NO_TABLE);
  if (full.startsWith(options.prefix)) {
    const table = full.slice(options.prefix.length);
    return isUsedTable(table) ? table : { kind: 'ignored', what: shownTable(table) };
  }
  // A person who names the table by hand may leave the prefix out; a database does not.
  if (named === null && isUsedTable(full)) return full;
  return { kind: 'ignored', what: shownTable(full) };
}

/** The longest name that MySQL, MariaDB or PostgreSQL allow. The name becomes a key of a counter. */

/** `moodle.moodle.mdl_user` → `mdl_user`; a topic of one part names no table. */
function topicTable(topic: string | null): string | null {
  const dot = topic === null ? -1 : topic.lastIndexOf('.');
  return topic === null || dot < 0 ? null : topic.slice(dot + 1);
}

/** `"true"`, `"first"`, `"last"`, `"first_in_data_collection"`, … and `true`; `"false"`, `false` and null are not. */
function isSnapshot(snapshot: unknown): boolean {
  return snapshot === true || (typeof snapshot === 'string' && snapshot !== 'false' && snapshot !== '');
}

/** `ts_ns` exists too and is never read: it is beyond 2^53, and JSON has rounded it. */
function sourceMs(ts_ms: unknown, ts_us: unknown): number | null {
  const ms = integerOf(ts_ms);
  if (ms !== BAD && ms !== null && ms > 0) return ms;
  const us = integerOf(ts_us);
  return us !== BAD && us !== null && us > 0 ? Math.floor(us / 1000) : null;
}

/** `binlog.000012`, pos 815, row 3 → {log 12, offset 815, row 3}; PostgreSQL's lsn 24023128 → {log 0, offset 24023128, row 0}. */
function coordinateOf(source: JsonObject): Coordinate | null {
  if (typeof source.file === 'string') {
    const log = integerOf(/\d{1,20}$/.exec(source.file)?.[0]);
    const offset = integerOf(source.pos);
    const row = integerOf(source.row) ?? 0;
    if (log === BAD || log === null || offset === BAD || offset === null || row === BAD) return null;
    return { log, offset, row };
  }
  const lsn = integerOf(source.lsn);
  return lsn === BAD || lsn === null ? null : { log: 0, offset: lsn, row: 0 };
}
