import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DebeziumDecoder, decodeDebezium, decodeRecord } from '../../src/moodle/debezium.js';
import { linesOf } from './kept.js';

const options = { prefix: 'mdl_', at: 'line 1' };
const row = {
  id: 7,
  status: 0,
  enrolid: 9,
  userid: 28,
  timestart: 0,
  timeend: 0,
  timecreated: 1786262465,
  timemodified: 1786262465,
};
const source = {
  connector: 'mariadb',
  ts_ms: 1795343001000,
  ts_ns: 1795343001000000000,
  snapshot: 'false',
  db: 'moodle',
  table: 'mdl_user_enrolments',
  file: 'binlog.000012',
  pos: 815,
  row: 3,
};
const envelope = { before: null, after: row, source, op: 'c', ts_ms: 1795366157762 };
const change = {
  table: 'user_enrolments',
  op: 'create',
  id: 7,
  row,
  source_ms: 1795343001000,
  coordinate: { log: 12, offset: 815, row: 3 },
  at: 'line 1',
};
const topic = 'moodle.moodle.mdl_user_enrolments';
const decode = (value: unknown, more = {}) => decodeDebezium(JSON.stringify(value), { ...options, ...more });
const changed = (value: unknown, more = {}) => {
  const decoded = decode(value, more);
  if (decoded.kind !== 'change') throw new Error(JSON.stringify(decoded));
  return decoded.change;
};

describe('one change, however it is wrapped', () => {
  it.each([
    ['as it is', envelope],
    ['with schema and payload', { schema: { type: 'struct' }, payload: envelope }],
    ['dumped with key and value as text', { topic, key: '{"id":7}', value: JSON.stringify(envelope) }],
    ['dumped with key and value as objects', { topic, partition: 0, offset: '3', key: { id: 7 }, value: envelope, headers: {} }],
    [
      'dumped with wrapped text',
      { topic, key: '{"schema":{},"payload":{"id":7}}', value: JSON.stringify({ schema: {}, payload: envelope }) },
    ],
    ['dumped without its topic', { key: '{"id":7}', value: envelope }],
  ])('%s', (_, line) => expect(changed(line)).toEqual(change));

  it('flattened, with the fields that a connector adds', () => {
    const added = { __op: 'c', __table: 'mdl_user_enrolments', __source_ts_ms: 1795343001000, __deleted: 'false' };
    expect(changed({ ...row, ...added })).toEqual({ ...change, coordinate: null });
    const place = { __source_file: 'binlog.000012', __source_pos: 815, __source_row: 3 };
    expect(changed({ ...row, ...added, ...place })).toEqual(change);
  });

  it('flattened, with the fields in the headers of the record', () => {
    const headers = { __op: 'u', __source_ts_ms: '1795343001000' };
    expect(changed({ topic, key: null, value: row, headers })).toEqual({ ...change, op: 'update', coordinate: null });
  });

  it('flattened without any field: the topic, or the name given by hand, says the table', () => {
    const bare = { ...change, source_ms: null, coordinate: null };
    expect(changed({ topic, key: null, value: row })).toEqual(bare);
    expect(changed(row, { table: 'mdl_user_enrolments' })).toEqual(bare);
    expect(changed(row, { table: 'user_enrolments' })).toEqual(bare);
  });

  it('says how to name the table where nothing does', () => {
    const decoded = decode(row);
    expect(decoded).toMatchObject({ kind: 'rejected', reason: 'unknown-shape' });
    for (const way of ['__table', 'topic', '--table']) expect((decoded as { detail: string }).detail).toContain(way);
  });
});

describe('what a change can be', () => {
  it('a row of a snapshot, whether the connector says so by op or by its source', () => {
    expect(changed({ ...envelope, op: 'r' }).op).toBe('read');
    for (const snapshot of [true, 'true', 'first', 'last', 'first_in_data_collection']) {
      expect(changed({ ...envelope, source: { ...source, snapshot } }).op).toBe('read');
    }
    expect(changed({ ...envelope, source: { ...source, snapshot: false } }).op).toBe('create');
  });

  it('a delete with the row as it was', () => {
    expect(changed({ ...envelope, before: row, after: null, op: 'd' })).toEqual({ ...change, op: 'delete' });
    for (const __deleted of ['true', true, 1, '1']) {
      expect(changed({ ...row, __deleted, __table: 'mdl_user_enrolments' })).toMatchObject({ op: 'delete', id: 7, row });
    }
  });

  it('a delete of which only the key is known, also when a replica identity fills the rest with nothing', () => {
    const gone = { ...change, op: 'delete', row: null };
    const fields = { ...envelope, after: null, op: 'd' };
    expect(changed({ topic, key: { id: 7 }, value: { ...fields, before: null } })).toEqual(gone);
    expect(changed({ ...fields, before: { id: 7 } })).toEqual(gone);
    expect(
      changed({ ...fields, before: { id: 7, status: 0, enrolid: 0, userid: 0, note: '', flag: false, other: null } }),
    ).toEqual(gone);
  });

  it('a truncate, with a null key', () => {
    expect(changed({ topic, key: null, value: { ...envelope, after: null, op: 't' } })).toMatchObject({
      op: 'truncate',
      id: null,
      row: null,
    });
  });

  it('a change of PostgreSQL, whose place is its LSN', () => {
    const postgres = {
      connector: 'postgresql',
      ts_ms: 1,
      schema: 'public',
      table: 'mdl_user_enrolments',
      lsn: 24023128,
      txId: 555,
    };
    expect(changed({ ...envelope, source: postgres })).toMatchObject({
      source_ms: 1,
      coordinate: { log: 0, offset: 24023128, row: 0 },
    });
  });

  it('the same row when numbers come as text', () => {
    expect(changed({ ...envelope, after: { ...row, id: '7' } }).id).toBe(7);
    expect(changed({ topic, key: '7', value: { ...envelope, op: 'd', before: null, after: null } }).id).toBe(7);
  });
});

describe('what is not a row of ours', () => {
  it.each([
    ['tombstone', null],
    ['tombstone', { topic, key: '{"id":7}', value: null }],
    ['tombstone', { topic, key: '{"id":7}', value: 'null' }],
    ['tombstone', { topic, key: '{"id":7}', value: { schema: null, payload: null } }],
    ['schema change', { source: { table: null }, ts_ms: 1, databaseName: 'moodle', ddl: 'CREATE TABLE x', tableChanges: [] }],
    ['heartbeat', { topic: '__debezium-heartbeat.moodle', key: { serverName: 'moodle' }, value: { ts_ms: 1 } }],
    ['heartbeat', { ts_ms: 1795343001000 }],
    ['transaction metadata', { status: 'BEGIN', id: '571', event_count: null, data_collections: null, ts_ms: 1 }],
    ['logical message', { op: 'm', ts_ms: 1, message: { prefix: 'x', content: '' } }],
    ['table config', { ...envelope, source: { ...source, table: 'mdl_config' } }],
    ['table wp_posts', { ...envelope, source: { ...source, table: 'wp_posts' } }],
    ['table user_enrolments', { ...envelope, source: { ...source, table: 'user_enrolments' } }],
    ['table enrolment_events', { ...envelope, source: { ...source, table: 'mdl_enrolment_events' } }],
    ['table constructor', { ...envelope, source: { ...source, table: 'mdl_constructor' } }],
  ])('is ignored by name: %s', (what, line) => expect(decode(line)).toEqual({ kind: 'ignored', what }));

  it.each([
    ['not-json', '{"id":7'],
    ['not-json', 'hello'],
    ['not-json', '{"topic":"a.b.mdl_user","key":null,"value":"{oops"}'],
    ['unknown-shape', '7'],
    ['unknown-shape', '[]'],
    ['unknown-shape', '{"topic":"a.b.mdl_user","key":null,"value":[1]}'],
    ['unknown-shape', '{"op":"x","after":{},"source":{"table":"mdl_user"}}'],
    ['unknown-shape', '{"op":"c","after":null,"source":{"table":"mdl_user"}}'],
    ['bad-value', '{"op":"c","after":{"id":"seven"},"source":{"table":"mdl_user"}}'],
    ['bad-value', '{"op":"c","after":{"id":9007199254740993},"source":{"table":"mdl_user"}}'],
  ])('is rejected as %s: %s', (reason, text) =>
    expect(decodeDebezium(text, options)).toMatchObject({ kind: 'rejected', reason }),
  );

  it('is never quoted in the reason: what is in a broken line may be personal', () => {
    const decoded = decodeDebezium('{"id":7,"lastname":"Grünwald"', options);
    expect(JSON.stringify(decoded)).not.toContain('Grünwald');
  });

  it('never stops the stream, whatever it is', () => {
    const runs = 300 * (process.env.HOLDFAST_LONG === '1' ? 20 : 1);
    const wild = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((value) => JSON.stringify({ topic, key: value, value })),
    );
    fc.assert(
      fc.property(wild, (text) => expect(['change', 'rejected', 'ignored']).toContain(decodeDebezium(text, options).kind)),
      { seed: 17, numRuns: runs },
    );
  });
});

describe('a tombstone', () => {
  const deleted = { kind: 'change', change: { table: 'user_enrolments', op: 'delete', id: 7, row: null } };
  const tombstone = JSON.stringify({ topic, key: '{"id":7}', value: null });

  it('is the delete itself where rows are flattened without __deleted', () => {
    const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
    expect(decoder.decode(tombstone, 'line 1').kind).toBe('ignored');
    decoder.decode(JSON.stringify({ topic, key: '{"id":7}', value: row }), 'line 2');
    expect(decoder.decode(tombstone, 'line 3')).toMatchObject(deleted);
  });

  it('repeats what was said where it follows an envelope or a rewritten delete', () => {
    for (const value of [envelope, { ...row, __deleted: 'true' }]) {
      const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
      decoder.decode(JSON.stringify({ topic, key: '{"id":7}', value }), 'line 1');
      expect(decoder.decode(tombstone, 'line 2')).toEqual({ kind: 'ignored', what: 'tombstone' });
    }
  });
});

describe('the recorded connector', () => {
  it.each(['debezium-a-json-schemas', 'debezium-c-flat'])('every line of %s is understood', (sample) => {
    const kinds = new Map<string, number>();
    for (const line of linesOf(sample)) {
      const decoded = decodeDebezium(line, options);
      const kind = decoded.kind === 'ignored' ? decoded.what : decoded.kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect(kinds.get('rejected')).toBeUndefined();
    expect(kinds.get('change')).toBe(sample === 'debezium-c-flat' ? 1841 : 1537);
    expect(kinds.get('table zz_scratch')).toBeGreaterThan(0);
  });

  it('a decoded record of a Kafka reader is the same change', () => {
    expect(decodeRecord({ topic, key: { id: 7 }, value: envelope }, options)).toEqual({ kind: 'change', change });
  });
});
