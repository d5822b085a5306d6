/** All of Debezium's formats through a real broker and a real schema registry: the same changes as from a file. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Message } from 'kafkajs';
import type { Change } from '../../src/domain.js';
import { DebeziumDecoder } from '../../src/moodle/debezium.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { Registry, registryMissing } from '../servers/registry.js';
import { AVRO_MESSAGES, AVRO_SCHEMAS, Desk, type Dumped, fixture, RunningSource } from './kafka-site.js';
import { LaneBook, LanesDouble } from './lanes-double.js';

/** Of a large recording these suffice: the snapshot's last rows and all changes after it. */
const LAST_OF_TOPIC = 400;

/** The first time, the registry comes from Maven Central: 142 MB. */
const FETCHED_MS_MAX = 300_000;

interface RegisteredSchema {
  id: number;
  schema: unknown;
}

needsServer("Debezium's formats from Kafka", kafkaMissing() ?? registryMissing(), () => {
  let kafka: Kafka;
  let registry: Registry;
  let desk: Desk;
  /** The registry's own number for each number of the recording. */
  const numbers = new Map<number, number>();
  const schemas = JSON.parse(gunzipSync(readFileSync(AVRO_SCHEMAS)).toString()) as RegisteredSchema[];
  const running: RunningSource[] = [];

  beforeAll(async () => {
    [kafka, registry] = await Promise.all([Kafka.start(), Registry.start()]);
    desk = new Desk(kafka.brokers);
    await desk.connect();
    for (const { id, schema } of schemas) numbers.set(id, await registry.register(`schema-${id}`, schema));
  }, FETCHED_MS_MAX);

  afterAll(async () => {
    await Promise.allSettled(running.map((source) => source.stop()));
    await desk?.close();
    await Promise.all([kafka?.stop(), registry?.stop()]);
  });

  function start(prefix: string, book: LaneBook): RunningSource {
    const source = new RunningSource(new LanesDouble(book), { brokers: kafka.brokers, prefix, registry_url: registry.url });
    running.push(source);
    return source;
  }

  /** Puts a recording into topics under another prefix. */
  async function play(prefix: string, dumped: readonly Dumped[], bytes: (text: string) => Buffer): Promise<void> {
    const topics = new Map<string, Message[]>();
    for (const { topic, key, value } of dumped) {
      const name = topic.replace(/^moodle/, prefix);
      const message = { key: key === null ? null : bytes(key), value: value === null ? null : bytes(value), partition: 0 };
      topics.set(name, [...(topics.get(name) ?? []), message]);
    }
    await desk.admin.createTopics({ topics: [...topics.keys()].map((topic) => ({ topic })), waitForLeaders: true });
    for (const [topic, messages] of topics) await desk.send(topic, messages);
  }

  /** A recorded Avro message with the registry's number in place of the recorded one. */
  function renumbered(text: string): Buffer {
    const bytes = Buffer.from(text, 'base64');
    bytes.writeUInt32BE(numbers.get(bytes.readUInt32BE(1))!, 1);
    return bytes;
  }

  /** By table and id; within one row in the order of arrival. Where it was found, and what only the capture knows, aside. */
  function told(changes: readonly Change[], with_capture: boolean): string[] {
    const lines = changes.map(({ at: _, source_ms, coordinate, ...rest }) => {
      const line = JSON.stringify(with_capture ? { ...rest, source_ms, coordinate } : rest);
      // A click comes by the topic of its user, its deletion directly: between these two there is no order, and none is needed.
      const op = rest.table === 'logstore_standard_log' ? rest.op : '';
      return { sort: `${rest.table} ${rest.id} ${op}`, line };
    });
    return lines.sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0)).map(({ line }) => line);
  }

  function fromFile(dumped: readonly Dumped[]): Change[] {
    const decoders = new Map<string, DebeziumDecoder>();
    return dumped.flatMap((record) => {
      const decoder = decoders.get(record.topic) ?? new DebeziumDecoder({ prefix: 'mdl_' });
      decoders.set(record.topic, decoder);
      const decoded = decoder.decode(JSON.stringify(record), `offset ${record.offset}`);
      return decoded.kind === 'change' ? [decoded.change] : [];
    });
  }

  it.each([
    ['with schemas', 'a-json-schemas'],
    ['without schemas', 'b-json'],
    ['flattened', 'c-flat'],
  ])('gives from JSON %s what a file of the same gives', async (_, name) => {
    const all = fixture(`samples/debezium-${name}.ndjson.gz`);
    const ends = new Map<string, number>();
    for (const { topic, offset } of all) ends.set(topic, Number(offset));
    const dumped = all.filter(({ topic, offset }) => Number(offset) > ends.get(topic)! - LAST_OF_TOPIC);
    await play(name, dumped, (text) => Buffer.from(text));
    const wanted = fromFile(dumped);
    const book = new LaneBook();
    const source = start(name, book);
    await source.until(() => book.changes.length >= wanted.length, `${wanted.length} changes`);
    await source.stop();
    expect(told(book.changes, true)).toEqual(told(wanted, true));
  });

  it('gives from Avro what the same messages give when they are read one by one, new columns and all', async () => {
    const avro = fixture(AVRO_MESSAGES);
    await play('d-avro', avro, renumbered);
    const book = new LaneBook();
    const source = start('d-avro', book);
    const places = new Set(avro.map(({ topic, offset }) => `${topic} ${offset}`));
    const json = fixture('samples/debezium-b-json.ndjson.gz').filter(({ topic, offset }) => places.has(`${topic} ${offset}`));
    const wanted = fromFile(json);
    await source.until(() => book.changes.length >= wanted.length, `${wanted.length} changes`);
    await source.stop();
    const columns = (changes: readonly Change[]) =>
      told(
        changes.map((change) => ({
          ...change,
          row: change.row && Object.fromEntries(Object.keys(change.row).map((name) => [name, 1])),
        })),
        false,
      );
    expect(columns(book.changes)).toEqual(columns(wanted));
    expect(book.committed.flatMap(({ rejected }) => rejected)).toEqual([]);
  });

  it('waits for a registry that does not answer, loses nothing, and then knows what the registry does not', async () => {
    const users = fixture(AVRO_MESSAGES).filter(({ topic }) => topic === 'moodle.moodle.mdl_user');
    registry.freeze();
    await play('later', users, renumbered);
    const book = new LaneBook();
    const source = start('later', book);
    await source.until(
      () => source.logged.some((line) => line.includes('HOLDFAST_SCHEMA_REGISTRY')),
      'a word about the registry',
    );
    expect(book.changes).toEqual([]);
    registry.thaw();
    const rows = users.filter(({ value }) => value !== null).length;
    await source.until(() => book.changes.length >= rows, `${rows} users`);
    await desk.send('later.moodle.mdl_user', [{ key: null, value: Buffer.from([0, 0, 1, 134, 159, 2, 2]) }]);
    await source.until(() => book.committed.some(({ rejected }) => rejected.length > 0), 'a dead letter');
    await source.stop();
    expect(book.changes.length).toBe(rows);
    const [dead] = await desk.read('dlq.later.moodle.mdl_user');
    expect(dead!.message.headers!.dlq_error_message!.toString()).toBe('the schema registry has no Avro schema 99999');
  });
});
