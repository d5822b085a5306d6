/** The parts of the Kafka source that need no broker. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { parseAddress } from '../../src/adapters/kafka/address.js';
import { onceAMinute } from '../../src/adapters/kafka/client.js';
import { gap, refusal } from '../../src/adapters/kafka/faults.js';
import { partitionOf, userKey, userOfKey } from '../../src/adapters/kafka/keys.js';
import { entryOf, formatPosition, markOf, parsePosition } from '../../src/adapters/kafka/position.js';
import { connectorTopics } from '../../src/adapters/kafka/topics.js';

describe('the address of Kafka', () => {
  it('is a list of brokers, with or without a login', () => {
    expect(parseAddress('broker-1:9092, broker-2')).toEqual({
      brokers: ['broker-1:9092', 'broker-2:9092'],
      ssl: false,
      sasl: null,
      name: 'broker-1:9092',
    });
    expect(parseAddress('sasl_ssl://u%40x:p%3Aw@[::1]:9093,b?mechanism=SCRAM-SHA-512&ca=/ca.pem', () => 'PEM')).toEqual({
      brokers: ['[::1]:9093', 'b:9092'],
      ssl: { ca: 'PEM' },
      sasl: { mechanism: 'scram-sha-512', username: 'u@x', password: 'p:w' },
      name: '[::1]:9093',
    });
    expect(parseAddress('sasl_plaintext://u:p@b')).toMatchObject({ ssl: false, sasl: { mechanism: 'plain' } });
  });

  it('is refused by the name of its setting, never with the password in it', () => {
    const bad = ['', 'a b', 'http://b:9092', 'u:secret@b', 'sasl_ssl://u@b', 'sasl_ssl://u:secret@b?mechanism=x', 'b:9092/topic'];
    for (const text of bad) {
      const refused = () => parseAddress(text);
      expect(refused).toThrow(/HOLDFAST_KAFKA_BROKERS/);
      expect(refused).not.toThrow(/secret/);
    }
  });
});

describe('a key', () => {
  it("lies in the partition where Java's clients put it", () => {
    const java = kafkajs.Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [1],
      isr: [1],
    }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const key = Buffer.from(bytes);
        const placed = java({ topic: 't', partitionMetadata, message: { key, value: null } });
        expect(partitionOf(key, 12)).toBe(placed);
      }),
    );
    // As org.apache.kafka.common.utils.Utils.murmur2 gives it.
    expect(partitionOf(Buffer.from('21'), 1000)).toBe((-973932308 & 0x7fffffff) % 1000);
  });

  it('is a user only when it is nothing else', () => {
    expect(userOfKey({ userid: 7 })).toBe(7);
    expect(userOfKey({ userid: '7' })).toBe(7);
    expect(userOfKey({ schema: { type: 'struct' }, payload: { userid: -1 } })).toBe(-1);
    expect(userOfKey(JSON.parse(userKey(12).toString()))).toBe(12);
    for (const other of [null, 7, 'x', { id: 7 }, { userid: 7, id: 9 }, { userid: null }, { userid: 1.5 }, []]) {
      expect(userOfKey(other)).toBeNull();
    }
  });
});

describe('a position', () => {
  const position = { offset: 60, mark: '0123456789abcdef' };

  it('is written and read again, and nothing else is taken for one', () => {
    expect(formatPosition(position)).toBe('{"offset":"60","mark":"0123456789abcdef"}');
    expect(parsePosition('l', formatPosition(position))).toEqual(position);
    expect(parsePosition('l', formatPosition({ ...position, value: 58 }))).toEqual({ ...position, value: 58 });
    expect(parsePosition('l', null)).toBeNull();
    for (const text of ['', '60', '{}', '{"offset":60,"mark":"0123456789abcdef"}', '{"offset":"60","mark":"x"}']) {
      expect(() => parsePosition('kafka:t/0', text)).toThrow(/kafka:t\/0/);
    }
  });

  it('says where a lane begins, whatever has become of its log', () => {
    expect(entryOf(null, { low: 40, high: 90 })).toEqual({ kind: 'begin', from: 40, recreated: false });
    expect(entryOf(position, { low: 40, high: 90 })).toEqual({ kind: 'go on', from: 60, skip: 61, verify: position });
    expect(entryOf(position, { low: 60, high: 61 })).toEqual({ kind: 'go on', from: 60, skip: 61, verify: position });
    expect(entryOf(position, { low: 61, high: 61 })).toEqual({ kind: 'go on', from: 61, skip: 61, verify: null });
    expect(entryOf(position, { low: 62, high: 90 })).toEqual({ kind: 'gap', from: 61, to: 62 });
    expect(entryOf(position, { low: 0, high: 60 })).toEqual({ kind: 'begin', from: 0, recreated: true });
    const after_tombstones = { ...position, value: 55 };
    expect(entryOf(after_tombstones, { low: 40, high: 90 })).toMatchObject({ from: 55, skip: 61 });
    expect(entryOf(after_tombstones, { low: 57, high: 90 })).toMatchObject({ from: 60, skip: 61 });
  });

  it('tells messages apart by time, key and value, and where one ends and the other begins', () => {
    const marks = [
      { timestamp: '1', key: null, value: Buffer.from('ab') },
      { timestamp: '2', key: null, value: Buffer.from('ab') },
      { timestamp: '1', key: Buffer.from(''), value: Buffer.from('ab') },
      { timestamp: '1', key: Buffer.from('a'), value: Buffer.from('b') },
      { timestamp: '1', key: Buffer.from('ab'), value: null },
    ].map(markOf);
    expect(new Set(marks).size).toBe(marks.length);
  });
});

describe('the topics of a connector', () => {
  it('are those of the tables that are read, in whatever database', () => {
    const names = { prefix: 'moodle', moodle_prefix: 'mdl_', tables: ['user', 'course'] };
    const all = [
      'moodle',
      'moodle.a.mdl_user',
      'moodle.b.mdl_user',
      'moodle.a.mdl_config',
      'moodle.a.b.mdl_user',
      'other.a.mdl_user',
    ];
    expect(connectorTopics([...all, 'moodle.a.mdl_course', 'dlq.moodle.a.mdl_user', 'moodle..mdl_user'], names)).toEqual([
      'moodle.a.mdl_course',
      'moodle.a.mdl_user',
      'moodle.b.mdl_user',
    ]);
  });
});

describe('what goes wrong', () => {
  it('is for the operator when waiting does not mend it, however deep it lies', () => {
    const denied = Object.assign(new Error('x'), { type: 'GROUP_AUTHORIZATION_FAILED' });
    const wrapped = new Error('retries exceeded', { cause: new Error('y', { cause: denied }) });
    expect(refusal('kafka:m at b:9092', wrapped)?.message).toMatch(/^kafka:m at b:9092: .*HOLDFAST_KAFKA_BROKERS.*group/);
    expect(refusal('n', new Error('connection closed'))).toBeNull();
  });

  it('names topic, partition, how much is gone, and the way out', () => {
    expect(gap('m.d.mdl_user', 3, 100, 150, 'Let the connector take a new snapshot').message).toBe(
      "m.d.mdl_user, partition 3: 50 messages (offsets 100 to 149) were deleted by the topic's retention before they were read. Let the connector take a new snapshot, then start once with HOLDFAST_KAFKA_GAP=accept; and lengthen the topic's retention.ms",
    );
  });

  it('is told once a minute', () => {
    const told: string[] = [];
    let now = 0;
    const tell = onceAMinute(
      (message) => told.push(message),
      () => now,
    );
    for (const [time, message] of [
      [0, 'a'],
      [10, 'a'],
      [20, 'b'],
      [60_000, 'a'],
    ] as const) {
      now = time;
      tell(message);
    }
    expect(told).toEqual(['a', 'b', 'a']);
  });
});
