/**
 * Debezium's JSON, in any shape that a connector, a converter or a dump can give it, to one `Change`.
 *
 * A line can be wrapped three times: a dumped record `{topic, key, value}`, inside it the converter's `{schema, payload}`,
 * inside that the envelope `{before, after, source, op}` or a row flattened by ExtractNewRecordState. The first two are
 * taken off here; what is left is read in `debezium-change.ts`.
 */
import { type Bare, changeOf, type Decoded, type DecodeOptions, isEnvelope, rejected } from './debezium-change.js';
import { isObject, type JsonObject, parseJson, unwrap } from './json.js';

export type { Decoded, DecodeOptions } from './debezium-change.js';

/** One record as Kafka has it; key and value as text, as parsed JSON, or as decoded Avro. */
export interface DebeziumRecord {
  topic: string | null;
  key: unknown;
  value: unknown;
  headers?: unknown;
}

/**
 * One line of text.
 *
 * | line | result |
 * | --- | --- |
 * | `{"before":null,"after":{"id":7,…},"source":{"table":"mdl_user",…},"op":"c"}` | create of `user` 7 |
 * | `{"schema":{…},"payload":{…the same…}}` | the same |
 * | `{"id":7,…,"__op":"c","__table":"mdl_user"}` | the same |
 * | `{"topic":"moodle.moodle.mdl_user","key":"{\"id\":7}","value":"{…}"}` | the same |
 * | `null` | ignored: tombstone |
 * | `{"id":7,"firstname":"Zoë"}` | rejected: nothing says which table |
 */
export function decodeDebezium(text: string, options: DecodeOptions): Decoded {
  const record = recordOf(text);
  return 'kind' in record ? record : decodeRecord(record, options);
}

/** One record, its parts already apart: the way in for a source that reads Kafka itself. */
export function decodeRecord(record: DebeziumRecord, options: DecodeOptions): Decoded {
  const bare = bareOf(record);
  return 'kind' in bare ? bare : changeOf(bare, options);
}

/**
 * The same with a memory of one bit. A connector that flattens without `__deleted` says "deleted" by a tombstone alone
 * (Debezium 3's default); every other one sends a tombstone only after having said so. So a tombstone with a key is a
 * delete exactly when the last value seen was flattened and had no `__deleted`.
 */
export class DebeziumDecoder {
  private tombstone_deletes = false;

  constructor(private readonly options: { prefix: string; table?: string }) {}

  decode(text: string, at: string): Decoded {
    const record = recordOf(text);
    return 'kind' in record ? record : this.decodeRecord(record, at);
  }

  decodeRecord(record: DebeziumRecord, at: string): Decoded {
    const bare = bareOf(record);
    if (!('kind' in bare)) {
      const decoded = changeOf(bare, { ...this.options, at });
      if (decoded.kind === 'change') this.tombstone_deletes = !isEnvelope(bare.value) && !saysDeleted(bare);
      return decoded;
    }
    const key = this.tombstone_deletes && bare === TOMBSTONE && record.topic !== null ? unwrap(record.key) : null;
    if (!isObject(key) || key.id === undefined) return bare;
    const deleted = { value: { id: key.id, __deleted: true }, key, topic: record.topic, headers: NO_HEADERS };
    return changeOf(deleted, { ...this.options, at });
  }
}

const TOMBSTONE: Decoded = { kind: 'ignored', what: 'tombstone' };
const NO_HEADERS: JsonObject = {};

function recordOf(text: string): DebeziumRecord | Decoded {
  const line = parseJson(text);
  if (line === undefined) return rejected('not-json', `the line of ${text.length} characters is not JSON`);
  if (line === null) return TOMBSTONE;
  if (!isObject(line)) return rejected('unknown-shape', 'a line must hold a JSON object');
  if (!isDumpedRecord(line)) return { topic: null, key: null, value: line };
  return { topic: typeof line.topic === 'string' ? line.topic : null, key: line.key, value: line.value, headers: line.headers };
}

function bareOf(record: DebeziumRecord): Bare | Decoded {
  const value = unwrap(record.value);
  if (value === undefined) return rejected('not-json', 'the value of the record is not JSON');
  if (value === null) return TOMBSTONE;
  if (!isObject(value)) return rejected('unknown-shape', 'the value of the record must be a JSON object');
  const what = foreign(value, record.topic);
  if (what !== null) return { kind: 'ignored', what };
  return { value, key: record.key, topic: record.topic, headers: isObject(record.headers) ? record.headers : NO_HEADERS };
}

/** A table with columns `key` and `value` (Moodle's caches) has an `id` or, flattened, a `__` field beside them. */
function isDumpedRecord(line: JsonObject): boolean {
  if (!('value' in line)) return false;
  return typeof line.topic === 'string' || ('key' in line && !('id' in line) && !('__op' in line) && !('__deleted' in line));
}

function saysDeleted(bare: Bare): boolean {
  return '__deleted' in bare.value || '__deleted' in bare.headers;
}

/** What a message is that carries no row. Only shapes that no Moodle table has are taken for one. */
function foreign(value: JsonObject, topic: string | null): string | null {
  if ('ddl' in value || 'tableChanges' in value) return 'schema change';
  if ((value.status === 'BEGIN' || value.status === 'END') && ('data_collections' in value || 'event_count' in value)) {
    return 'transaction metadata';
  }
  if (topic?.startsWith('__debezium-heartbeat')) return 'heartbeat';
  if ('ts_ms' in value && Object.keys(value).every((name) => name.startsWith('ts_'))) return 'heartbeat';
  return value.op === 'm' && 'message' in value ? 'logical message' : null;
}
