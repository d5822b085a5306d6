/** Messages of a lane to changes, without a broker: all of Debezium's formats, and Avro against the JSON of the same rows. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import type { KafkaMessage } from 'kafkajs';
import { avroDecoder } from '../../src/adapters/kafka/avro.js';
import { LaneReader } from '../../src/adapters/kafka/lane-reader.js';
import type { Change } from '../../src/domain.js';
import { DebeziumDecoder } from '../../src/moodle/debezium.js';
import { BAD, decimalOf } from '../../src/moodle/values.js';
import { AVRO_MESSAGES, AVRO_SCHEMAS, type Dumped, fixture, READ_TABLES } from './kafka-site.js';

const names = { prefix: 'moodle', moodle_prefix: 'mdl_', tables: READ_TABLES };

interface RegisteredSchema {
  id: number;
  schema: unknown;
}

const registered = JSON.parse(gunzipSync(readFileSync(AVRO_SCHEMAS)).toString()) as RegisteredSchema[];
const schemas = new Map(registered.map(({ id, schema }) => [id, avroDecoder(schema)]));

function reader(topic: string, with_registry = true): LaneReader {
  const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
  const decode = decoder.decodeRecord.bind(decoder);
  return new LaneReader(topic, 0, { names, decode, schemas: with_registry ? schemas : null });
}

type WithHeaders = Extract<KafkaMessage, { headers: unknown }> & { headers: Record<string, string> };

function message({ offset, timestamp, key, value }: Dumped, encoding: BufferEncoding): WithHeaders {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, encoding));
  return { offset, timestamp, key: bytes(key), value: bytes(value), attributes: 0, headers: {} } as WithHeaders;
}

/** Changes by place; those that would be sent on too, as they are read from there. */
function changesOf(dumped: readonly Dumped[], encoding: BufferEncoding): Map<string, Change> {
  const found = new Map<string, Change>();
  const readers = new Map<string, LaneReader>();
  for (const one of dumped) {
    const lane = readers.get(one.topic) ?? reader(one.topic);
    readers.set(one.topic, lane);
    const { batch, sent_on } = lane.read([message(one, encoding)], false);
    expect(batch.rejected).toEqual([]);
    for (const { value } of sent_on) {
      const again = { ...message(one, encoding), value: value as Buffer, headers: { holdfast_source_topic: one.topic } };
      batch.changes.push(...reader('holdfast.changes.v1').read([again], false).batch.changes);
    }
    for (const change of batch.changes) found.set(`${one.topic} ${one.offset}`, change);
  }
  return found;
}

describe('messages of a lane', () => {
  it('give the same changes in Avro as in JSON, also after a column was added', () => {
    const avro = fixture(AVRO_MESSAGES);
    const schemas_of_log = avro.filter(({ topic, value }) => topic.endsWith('standard_log') && value !== null);
    expect(new Set(schemas_of_log.map(({ value }) => Buffer.from(value!, 'base64').readUInt32BE(1))).size).toBe(2);
    const wanted = new Set(avro.map(({ topic, offset }) => `${topic} ${offset}`));
    const json = fixture('samples/debezium-b-json.ndjson.gz').filter(({ topic, offset }) => wanted.has(`${topic} ${offset}`));
    const [from_avro, from_json] = [changesOf(avro, 'base64'), changesOf(json, 'utf8')];
    expect(from_avro.size).toBeGreaterThan(700);
    // Captured twice: the capture's own clock and place differ, the rows do not.
    const rows = (changes: Map<string, Change>) =>
      [...changes].map(([place, { source_ms, coordinate, ...rest }]) => {
        expect([typeof source_ms, typeof coordinate?.offset]).toEqual(['number', 'number']);
        return [place, JSON.parse(JSON.stringify(rest, (_, value) => (typeof value === 'string' ? number(value) : value)))];
      });
    // And one of the two connectors wrote decimals as text.
    const number = (text: string) => {
      const value = decimalOf(text);
      return value === BAD ? text : value;
    };
    expect(rows(from_avro)).toEqual(rows(from_json));
  });

  it('round a 64-bit number as JSON does, and keep bytes as base64', () => {
    const decode = avroDecoder({
      type: 'record',
      name: 'hyphen-ated.R',
      fields: [
        { name: 'ns', type: ['null', { type: 'long', 'connect.name': 'x' }], default: null },
        { name: 'grade', type: [{ type: 'bytes', logicalType: 'decimal', scale: 5, precision: 10 }, 'null'], default: 'ÿ' },
        { name: 'less', type: 'long' },
      ],
    });
    // 1795364570746997554 as a zigzag varint, three bytes, and the least 64-bit number.
    const zigzag = (value: bigint) => {
      const bytes: number[] = [];
      for (let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; left >>= 7n) {
        bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
        if (left <= 127n) return bytes;
      }
    };
    const bytes = [2, ...zigzag(1795364570746997554n), 0, 6, 0x98, 0x96, 0x80, ...zigzag(-(2n ** 63n))];
    expect({ ...(decode(Buffer.from(bytes)) as object) }).toEqual({
      ns: JSON.parse('1795364570746997554'),
      grade: Buffer.from([0x98, 0x96, 0x80]).toString('base64'),
      less: -(2 ** 63),
    });
  });

  it('are refused when a list or map counts more than the message holds, before room is made for it', () => {
    const type = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'list', type: { type: 'array', items: 'string' } },
        { name: 'map', type: { type: 'map', values: ['null', { type: 'array', items: 'int' }] } },
        { name: 'sum', type: 'double' },
      ],
    };
    const written = avro.Type.forSchema(type as avro.Schema);
    const value = { list: ['a', 'bc', ''], map: { x: null, y: [1, -2, 300] }, sum: 1.5 };
    const decode = avroDecoder(type);
    const good = written.toBuffer(value);
    expect(JSON.parse(JSON.stringify(decode(good)))).toEqual(value);
    // The same list as a block that states its size in bytes, and then another.
    const blocks = Buffer.from([3, 10, 2, 0x61, 4, 0x62, 0x63, 2, 0, 0]);
    expect(decode(Buffer.concat([blocks, good.subarray(8)]))).toMatchObject({ list: ['a', 'bc', ''] });
    const billions = [0x80, 0xf8, 0x8d, 0xd5, 0x1d];
    const before = process.memoryUsage().heapUsed;
    expect(() => decode(Buffer.from([...billions, 2, 0x61]))).toThrow('a list is longer than the message');
    expect(() => decode(Buffer.from([0, ...billions, 2, 0x61]))).toThrow('a list is longer than the message');
    // Never was a list of four thousand million made.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
    for (let end = 0; end < good.length; end++) expect(() => decode(good.subarray(0, end))).toThrow();
  });

  it('are dead letters when the registry does not know their schema, or they do not fit it', () => {
    const lane = reader('moodle.moodle.mdl_user');
    const bad = (value: number[], offset: string): KafkaMessage => ({
      ...message({ topic: '', partition: 0, offset, timestamp: '1', key: null, value: null, headers: {} }, 'utf8'),
      value: Buffer.from(value),
    });
    expect([...lane.unknownSchemas([bad([0, 0, 0, 39, 15], '1')])]).toEqual([9999]);
    const { batch, dead } = lane.read([bad([0, 0, 0, 39, 15], '1'), bad([0, 0, 0, 0, 4, 1], '2')], false);
    expect(batch.rejected.map(({ position, reason }) => `${position} ${reason}`)).toEqual([
      'offset 1 unknown-shape',
      'offset 2 unknown-shape',
    ]);
    expect(dead.length).toBe(2);
  });

  it('stop the source when they are Avro and nobody named a registry, but not when a single odd one looks like it', () => {
    const avro = message(fixture(AVRO_MESSAGES)[10]!, 'base64');
    const lane = reader('moodle.moodle.mdl_user', false);
    expect(() => lane.read([avro], false)).toThrow(/HOLDFAST_SCHEMA_REGISTRY/);
    const row = { ...avro, value: Buffer.from('{"id":7}') };
    expect(lane.read([row, avro], false).batch).toMatchObject({ changes: [{ id: 7 }], rejected: [{ reason: 'unknown-shape' }] });
  });

  it('say that a snapshot runs until it gives way to changes, or the lane is at its end', () => {
    const lane = reader('moodle.moodle.mdl_user');
    const row = (op: string, id: number): KafkaMessage => ({
      ...message({ topic: '', partition: 0, offset: String(id), timestamp: '1', key: null, value: null, headers: {} }, 'utf8'),
      value: Buffer.from(JSON.stringify({ op, after: { id }, source: { table: 'mdl_user' } })),
    });
    expect(lane.read([row('r', 1)], false).batch.snapshot).toBe(true);
    expect(lane.read([row('r', 2)], true).batch.snapshot).toBe(false);
    expect(lane.read([row('r', 3), row('u', 1)], false).batch.snapshot).toBe(false);
  });

  it('of another connector in the shared topic are left to its own site', () => {
    const lane = reader('holdfast.changes.v1');
    const other = fixture('samples/debezium-b-json.ndjson.gz').find(({ topic }) => topic.endsWith('standard_log'))!;
    const sent_on = {
      ...message(other, 'utf8'),
      headers: { holdfast_source_topic: 'elsewhere.moodle.mdl_logstore_standard_log' },
    };
    expect(lane.read([sent_on], false).batch).toMatchObject({ changes: [], ignored: { 'another connector': 1 } });
  });
});
