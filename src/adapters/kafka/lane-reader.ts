/** Messages of one lane to a batch of changes, and to what has to be written elsewhere first. No waiting in here. */
import { isUtf8 } from 'node:buffer';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { ChangeBatch } from '../../ports.js';
import { deadLetter } from './dead-letter.js';
import { userKey, userOfKey, userOfRow } from './keys.js';
import type { MessageReader } from './message-reader.js';
import type { DecodedRecord, RecordDecoder, SourceRecord } from './options.js';
import type { KnownSchema } from './registry.js';
import { REGISTRY_SETTING } from './registry.js';
import { CHANGES_TOPIC, isLogTopic, LOG_TABLE, laneName, type TopicNames } from './topics.js';

export interface ReaderParts {
  names: TopicNames;
  decode: RecordDecoder;
  /** null = there is no registry. */
  schemas: { get(id: number): KnownSchema | undefined } | null;
}

export interface ReadMessages {
  /** Without its position. */
  batch: ChangeBatch;
  /** For the topic keyed by user. */
  sent_on: Message[];
  /** For the topic of dead letters. */
  dead: Message[];
}

/** Confluent's framing: a zero, four bytes of schema number, Avro. No JSON begins with a zero. */
const FRAME_BYTES = 5;
/** Headers of a message that was sent on: where the connector had written it. */
const SOURCE_TOPIC = 'holdfast_source_topic';
/** Names of ignored things come from the input; a batch counts this many of them apart, the rest together. */
const IGNORED_NAMES_MAX = 200;
/** A header of Debezium's bookkeeping, on every message and never needed. */
const BOOKKEEPING = '__debezium';

export class LaneReader implements MessageReader<ReadMessages> {
  private readonly lane: string;
  private readonly is_log: boolean;
  /** The last row was one of a snapshot. */
  private in_snapshot = false;
  /** This lane has messages that are no Avro, so an odd one that looks like it is no reason to stop. */
  private has_text = false;
  /** Offset of the last message with a value, for the position. */
  last_value: number | null = null;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly parts: ReaderParts,
  ) {
    this.lane = laneName(topic, partition);
    this.is_log = isLogTopic(topic, parts.names);
  }

  /** Numbers of schemas that have to be asked for before these can be read. */
  unknownSchemas(messages: readonly KafkaMessage[]): Set<number> {
    const unknown = new Set<number>();
    const { schemas } = this.parts;
    if (schemas === null) return unknown;
    for (const { key, value } of messages) {
      for (const bytes of [key, value]) {
        const id = bytes === null ? null : schemaId(bytes);
        if (id !== null && schemas.get(id) === undefined) unknown.add(id);
      }
    }
    return unknown;
  }

  /** A message that was handled before: only what has to be remembered of it. */
  prime(message: KafkaMessage): void {
    if (message.value === null) return;
    const decoded = this.decoded(message, at(message));
    this.last_value = Number(message.offset);
    if (decoded.kind === 'change') this.in_snapshot = decoded.change.op === 'read';
  }

  read(messages: readonly KafkaMessage[], at_end: boolean): ReadMessages {
    const batch: ChangeBatch = {
      source: this.lane,
      changes: [],
      rejected: [],
      ignored: {},
      position: '',
      snapshot: false,
      caught_up: at_end,
    };
    const read: ReadMessages = { batch, sent_on: [], dead: [] };
    for (const message of messages) this.one(message, read);
    batch.snapshot = this.in_snapshot && !at_end;
    return read;
  }

  private one(message: KafkaMessage, { batch, sent_on, dead }: ReadMessages): void {
    const place = at(message);
    const decoded = this.decoded(message, place);
    if (message.value !== null) this.last_value = Number(message.offset);
    if (decoded.kind === 'ignored') ignore(batch.ignored, decoded.what);
    else if (decoded.kind === 'rejected') {
      const { reason, detail } = decoded;
      batch.rejected.push({ source: `${this.topic}/${this.partition}`, position: place, reason, detail });
      dead.push(deadLetter(this.topic, this.partition, message, reason, detail));
    } else {
      const { change } = decoded;
      this.in_snapshot = change.op === 'read';
      const user = this.is_log && change.table === LOG_TABLE && counts(change.op) ? userOfRow(change.row) : null;
      if (user === null || this.userOf(message.key) === user) batch.changes.push(change);
      else sent_on.push(this.sentOn(message, user));
    }
  }

  private decoded(message: KafkaMessage, place: string): DecodedRecord {
    const topic = this.topic === CHANGES_TOPIC ? header(message.headers, SOURCE_TOPIC) : this.topic;
    if (this.topic === CHANGES_TOPIC && topic !== null && !topic.startsWith(`${this.parts.names.prefix}.`)) {
      return { kind: 'ignored', what: 'another connector' };
    }
    const value = this.valueOf(message.value);
    if (value instanceof Unreadable) return { kind: 'rejected', reason: value.reason, detail: value.detail };
    const record: SourceRecord = { topic, key: this.keyOf(message.key), value, headers: textHeaders(message.headers) };
    return this.parts.decode(record, place);
  }

  private valueOf(bytes: Buffer | null): unknown {
    if (bytes === null) return null;
    const id = schemaId(bytes);
    if (id === null) {
      if (!isUtf8(bytes))
        return new Unreadable('not-utf8', 'the value is neither UTF-8 nor Avro in the framing of a schema registry');
      this.has_text = true;
      return bytes.toString('utf8');
    }
    if (this.parts.schemas === null) {
      if (this.has_text) return new Unreadable('unknown-shape', 'the value looks like Avro, and there is no schema registry');
      throw new Error(
        `${this.topic}: the messages are Avro, and no schema registry is named; set ${REGISTRY_SETTING} to the one that the connector uses`,
      );
    }
    const decode = this.parts.schemas.get(id);
    if (!decode) return new Unreadable('unknown-shape', `the schema registry has no Avro schema ${id}`);
    try {
      return decode(bytes.subarray(FRAME_BYTES));
    } catch {
      // The library's message quotes the value.
      return new Unreadable('unknown-shape', `the value does not fit its Avro schema ${id}`);
    }
  }

  /** A key that cannot be read is none: it is only needed where the row does not say the same. */
  private keyOf(bytes: Buffer | null): unknown {
    if (bytes === null) return null;
    const id = schemaId(bytes);
    if (id === null) return bytes.toString('utf8');
    try {
      return this.parts.schemas?.get(id)?.(bytes.subarray(FRAME_BYTES)) ?? null;
    } catch {
      return null;
    }
  }

  private userOf(bytes: Buffer | null): number | null {
    const key = this.keyOf(bytes);
    if (typeof key !== 'string') return userOfKey(key);
    try {
      return userOfKey(JSON.parse(key));
    } catch {
      return null;
    }
  }

  private sentOn(message: KafkaMessage, user_id: number): Message {
    const headers: IHeaders = {};
    for (const name in message.headers) if (!name.startsWith(BOOKKEEPING)) headers[name] = message.headers[name];
    headers[SOURCE_TOPIC] = this.topic;
    headers.holdfast_source_partition = String(this.partition);
    headers.holdfast_source_offset = message.offset;
    return { key: userKey(user_id), value: message.value, headers };
  }
}

/** Bytes that no decoder can be given. */
class Unreadable {
  constructor(
    readonly reason: 'not-utf8' | 'unknown-shape',
    readonly detail: string,
  ) {}
}

/** Only these are activity; what becomes of a log row later changes no count. */
function counts(op: string): boolean {
  return op === 'create' || op === 'read';
}

function at(message: KafkaMessage): string {
  return `offset ${message.offset}`;
}

function schemaId(bytes: Buffer): number | null {
  return bytes.length >= FRAME_BYTES && bytes[0] === 0 ? bytes.readUInt32BE(1) : null;
}

function header(headers: IHeaders | undefined, name: string): string | null {
  const value = headers?.[name];
  const one = Array.isArray(value) ? value[0] : value;
  return one === undefined ? null : one.toString();
}

/** Headers that a transform has added (`add.headers=op`), as text. JsonConverter writes text in quotes. */
function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    if (!name.startsWith('__') || name.startsWith(BOOKKEEPING)) continue;
    texts[name] = (header(headers, name) ?? '').replace(/^"(.*)"$/s, '$1');
  }
  return texts;
}

function ignore(ignored: Record<string, number>, what: string): void {
  const name = what in ignored || Object.keys(ignored).length < IGNORED_NAMES_MAX ? what : 'others';
  ignored[name] = (ignored[name] ?? 0) + 1;
}
