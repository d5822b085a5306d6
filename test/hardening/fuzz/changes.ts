/** The decoders of captured changes: Debezium's JSON in all shapes, Avro, compressed batches, and the binary log as far as it is ours. */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AnyBinlogEvent } from '@vlasky/zongji';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import lz4 from 'lz4-napi';
import { PositionLost } from '../../../src/adapters/binlog/faults.js';
import { gtidsOf, parsePosition } from '../../../src/adapters/binlog/position.js';
import { statement } from '../../../src/adapters/binlog/statements.js';
import { Transactions } from '../../../src/adapters/binlog/transactions.js';
import { LineSplitter } from '../../../src/adapters/file/lines.js';
import { avroDecoder } from '../../../src/adapters/kafka/avro.js';
import { registerCodecs } from '../../../src/adapters/kafka/codecs.js';
import { LaneReader } from '../../../src/adapters/kafka/lane-reader.js';
import { parsePosition as parseOffset } from '../../../src/adapters/kafka/position.js';
import { DebeziumDecoder, type Decoded, decodeDebezium } from '../../../src/moodle/debezium.js';
import { interpret } from '../../../src/moodle/interpret.js';
import { LOG_TABLE, TABLES } from '../../../src/moodle/tables.js';
import { ACCEPTED, refusedBy, type Target } from './target.js';

const OPTIONS = { prefix: 'mdl_', at: 'line 1' };
const unzipped = (path: string) => gunzipSync(readFileSync(path)).toString();
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
const every = <T>(list: readonly T[], n: number): T[] => list.filter((_, i) => i % n === 0);
const buffers = (lines: readonly string[]) => lines.map((line) => Buffer.from(line));

const plain = ['flattened', 'flattened-topic', 'without-schema', 'with-schema'].flatMap((name) =>
  linesOf(readFileSync(`test/fixtures/worked-example/${name}.ndjson`, 'utf8')),
);
const dumped = every(linesOf(unzipped('samples/debezium-b-json.ndjson.gz')), 400);
const flat = every(linesOf(unzipped('samples/debezium-c-flat.ndjson.gz')), 100);

function interpreted(decoded: Decoded): string {
  if (decoded.kind === 'ignored') return 'ignored';
  if (decoded.kind === 'rejected') return decoded.reason;
  const { rejected, not_counted } = interpret(decoded.change, { count_anonymous: false });
  return rejected?.reason ?? (not_counted === null ? ACCEPTED : 'not counted');
}

function debezium(name: string, samples: readonly string[]): Target {
  return {
    name,
    weight: 10,
    samples: buffers(samples),
    take: (bytes) => interpreted(decodeDebezium(bytes.toString(), OPTIONS)),
  };
}

function lines(): Target {
  const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
  let outcome = 'nothing in it';
  const reader = {
    line(text: string, number: number) {
      outcome = interpreted(decoder.decode(text, `line ${number}`));
    },
    bad(reason: string) {
      outcome = reason;
    },
  };
  return {
    name: 'a file of changes',
    weight: 8,
    samples: [0, 3, 6].map((at) => Buffer.from(`\ufeff${[...flat, ...plain].slice(at, at + 4).join('\r\n')}\n`)),
    take(bytes) {
      outcome = 'nothing in it';
      const splitter = new LineSplitter(reader);
      const half = bytes.length >> 1;
      splitter.push(bytes.subarray(0, half));
      splitter.push(bytes.subarray(half));
      splitter.end();
      return outcome;
    },
  };
}

interface Message {
  topic: string;
  key: string | null;
  value: string | null;
}

/** Key and value come from one input; a lane of its own for each topic, since a lane remembers. */
function avro(): Target {
  const registered = JSON.parse(unzipped('test/fixtures/debezium-avro/schemas.json.gz')) as { id: number; schema: unknown }[];
  const schemas = new Map(registered.map(({ id, schema }) => [id, avroDecoder(schema)]));
  const messages = linesOf(unzipped('test/fixtures/debezium-avro/messages.ndjson.gz'))
    .map((line) => JSON.parse(line) as Message)
    .filter(({ value }) => value !== null);
  const names = { prefix: 'moodle', moodle_prefix: 'mdl_', tables: [LOG_TABLE, ...Object.keys(TABLES)] };
  const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
  const decode = decoder.decodeRecord.bind(decoder);
  const topics = ['moodle.moodle.mdl_logstore_standard_log', 'moodle.moodle.mdl_user', 'holdfast.changes.v1'];
  const readers = topics.map((topic) => new LaneReader(topic, 0, { names, decode, schemas }));
  let number = 0;
  return {
    name: 'Avro in the framing of a schema registry',
    weight: 8,
    samples: every(messages, 3).map(({ value }) => Buffer.from(value!, 'base64')),
    take(bytes) {
      const message = {
        offset: String(++number),
        timestamp: '1',
        key: bytes.subarray(0, 8),
        value: bytes,
        attributes: 0,
        headers: {},
      };
      const reader = readers[number % readers.length]!;
      reader.unknownSchemas([message as unknown as KafkaMessage]);
      const { batch, sent_on, dead } = reader.read([message as unknown as KafkaMessage], true);
      if (batch.rejected.length !== dead.length) throw new Error('a rejection without a dead letter');
      if (batch.rejected[0]) return batch.rejected[0].reason;
      return batch.changes.length + sent_on.length > 0 ? ACCEPTED : 'ignored';
    },
  };
}

/** What the libraries say of broken bytes is theirs; it reaches the operator as a batch that cannot be read. */
function compressed(): Target {
  registerCodecs();
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const text = Buffer.from(plain.slice(0, 6).join('\n'));
  const zstd = Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, text.length & 0xff, ((text.length << 3) | 1) & 0xff, (text.length << 3) >> 8, 0]),
    text,
  ]);
  const types = [CompressionTypes.GZIP, CompressionTypes.LZ4, CompressionTypes.ZSTD, CompressionTypes.Snappy] as const;
  const head = (type: number, bytes: Buffer) => Buffer.concat([Buffer.from([type]), bytes]);
  return {
    name: 'a compressed batch',
    weight: 1,
    samples: [
      head(0, gzipSync(text)),
      head(1, Buffer.from(lz4.compressFrameSync(text))),
      head(2, zstd),
      head(3, Buffer.from([5, 16, 0x68, 0x65, 0x6c, 0x6c, 0x6f])),
    ],
    async take(bytes) {
      if (bytes.length === 0) return 'empty';
      const codec = CompressionCodecs[types[bytes[0]! % types.length] as kafkajs.CompressionTypes.GZIP]();
      await codec.decompress(bytes.subarray(1));
      return ACCEPTED;
    },
    refusal: (error) =>
      error instanceof Error && !(error instanceof RangeError && /stack/.test(error.message)) ? 'unreadable' : null,
  };
}

function statements(): Target {
  return {
    name: 'statements of the binary log',
    weight: 8,
    samples: buffers([
      'TRUNCATE TABLE `moodle`.`mdl_enrol` /* generated by server */',
      '/* cron */ INSERT LOW_PRIORITY INTO mdl_user (id, firstname) VALUES (1, "a")',
      'REPLACE INTO mdl_user VALUES (1)',
      "LOAD DATA LOCAL INFILE 'x' INTO TABLE mdl_user",
      'UPDATE IGNORE moodle.mdl_user SET id = 1',
      'DELETE QUICK FROM mdl_user WHERE id = 1',
      'SAVEPOINT `s_1`',
      'ROLLBACK WORK TO SAVEPOINT `s1`',
      '-- a note\n# another\nALTER TABLE mdl_user ADD x INT',
    ]),
    take: (bytes) => (statement(bytes.toString(), 'moodle').kind === 'other' ? 'other' : ACCEPTED),
  };
}

function rows(): Target {
  const tables = ['logstore_standard_log', 'user'];
  const address = {
    host: 'h',
    port: 1,
    user: 'u',
    password: '',
    database: 'moodle',
    ssl: false,
    ca: null,
    name: 'mysql://h:1/moodle',
  };
  const event = (name: string, more: object) =>
    ({ timestamp: 1_700_000_000_000, nextPosition: 400, getTypeName: () => name, ...more }) as unknown as AnyBinlogEvent;
  const gtid = event('MariadbGtid', { standalone: false, domainId: 0, serverId: 1, seqNo: 7 });
  const all = Uint8Array.from([0xff]);
  const tableMap = { 1: { tableName: 'mdl_logstore_standard_log' }, 2: { tableName: 'mdl_user' } };
  return {
    name: 'rows of the binary log',
    weight: 6,
    samples: buffers([
      '[{"id":7,"userid":3,"courseid":2,"timecreated":1700000000,"eventname":"\\\\core\\\\event\\\\course_viewed","origin":"web"}]',
      '[{"before":{"id":7,"password":"x"},"after":{"id":8,"firstname":"Zoë"}}]',
      '[{"id":9007199254740993,"secret":"x","firstname":null},{"id":"7"},{"id":1.5}]',
    ]),
    take(bytes) {
      const parsed = jsonOf(bytes);
      if (!Array.isArray(parsed) || !parsed.every(isRow)) return 'no rows';
      const images = { numberOfColumns: 8, columns_present_bitmap: all, tableMap };
      const updates = parsed.filter(({ before, after }) => isRow(before) && isRow(after)) as { before: Row; after: Row }[];
      let changes = 0;
      let rejected = 0;
      const transactions = new Transactions({ address, prefix: 'mdl_', tables }, { epoch: 1, elsewhere: null }, (part) => {
        changes += part.changes.length;
        rejected += part.rejected.length;
        for (const change of part.changes) interpret(change, { count_anonymous: true });
      });
      transactions.handle(gtid, 'binlog.000001', '0-1-6');
      for (const [tableId, type] of [
        [1, 'WriteRows'],
        [2, 'DeleteRows'],
      ] as const)
        transactions.handle(event(type, { tableId, rows: parsed, ...images }), 'binlog.000001', '0-1-6');
      transactions.handle(event('UpdateRows', { tableId: 1, rows: updates, ...images }), 'binlog.000001', '0-1-6');
      transactions.handle(event('Xid', {}), 'binlog.000001', '0-1-7');
      const moved = updates.filter(({ before, after }) => before.id !== after.id).length;
      if (changes + rejected !== 2 * parsed.length + updates.length + moved) throw new Error('rows are not accounted for');
      return rejected > 0 ? 'bad-value' : ACCEPTED;
    },
  };
}

function positions(): Target {
  return {
    name: 'positions',
    weight: 4,
    samples: buffers([
      '{"phase":"stream","gtid":"0-1-50,0-2-61","log":{"server":"4","epoch":7,"last":{"gtid":"0-1-50","file":"b.000001","pos":4}}}',
      '{"phase":"snapshot","gtid":"0-1-50","table":"user","after_id":7,"complete":false}',
      '{"offset":"123","mark":"0123456789abcdef","value":"120"}',
    ]),
    take(bytes) {
      const text = bytes.toString();
      if (text.includes('offset')) return parseOffset('t/0', text) === null ? 'none' : ACCEPTED;
      const position = parsePosition('mysql://h', text);
      gtidsOf(position?.gtid ?? '');
      return ACCEPTED;
    },
    refusal: refusedBy(PositionLost, /was written by something else/),
  };
}

type Row = Record<string, unknown>;
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null;

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

export const CHANGE_TARGETS: readonly (() => Target)[] = [
  () => debezium('Debezium with and without schemas', [...plain, ...dumped]),
  () => debezium('Debezium flattened', flat),
  lines,
  avro,
  compressed,
  statements,
  rows,
  positions,
];
