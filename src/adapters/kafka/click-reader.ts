/** Messages of a topic of clicks to records, and to dead letters. No waiting in here. */
import { isUtf8 } from 'node:buffer';
import type { KafkaMessage, Message } from 'kafkajs';
import type { ClickRecord } from '../../click-ports.js';
import type { Rejected, RejectReason } from '../../domain.js';
import { type ClickKind, type ClickTopics, isReferenceTopic, kindOf } from './click-topics.js';
import { deadLetter } from './dead-letter.js';
import type { MessageReader } from './message-reader.js';

/** Where a record was met: its identity where it brings none of its own is `clickstream/0#812`. */
export interface ClickPlace {
  /** `clickstream/0` */
  source: string;
  /** The message's offset. */
  position: string;
  /** The message's timestamp. */
  received_ms: number | null;
}

/** What a decoder makes of a message. The formats inside are not this adapter's business. Never throws. */
export type ClickDecoder = (
  format: ClickKind,
  text: string,
  at: ClickPlace,
) => ClickRecord | { reject: RejectReason; detail: string };

export interface ReadClicks {
  records: ClickRecord[];
  rejected: Rejected[];
  /** For the topic of dead letters. */
  dead: Message[];
}

export class ClickReader implements MessageReader<ReadClicks> {
  /** A click says all by itself. */
  readonly last_value = null;
  private readonly kind: ClickKind;
  private readonly source: string;
  private readonly is_reference: boolean;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    topics: ClickTopics,
    private readonly decode: ClickDecoder,
  ) {
    this.kind = kindOf(topics, topic);
    this.is_reference = isReferenceTopic(topics, topic);
    this.source = `${topic}/${partition}`;
  }

  /** Clicks are text: there is no schema to ask for. */
  unknownSchemas(): number[] {
    return [];
  }

  prime(): void {
    // Nothing that follows depends on it.
  }

  read(messages: readonly KafkaMessage[]): ReadClicks {
    const read: ReadClicks = { records: [], rejected: [], dead: [] };
    for (const message of messages) {
      // A tombstone of a compacted topic: clicks up to now were joined to the row, so it stays as it was.
      if (message.value === null && this.is_reference) continue;
      const decoded = this.decoded(message);
      if ('kind' in decoded) {
        read.records.push(decoded);
        continue;
      }
      const { reject: reason, detail } = decoded;
      read.rejected.push({ source: this.source, position: `offset ${message.offset}`, reason, detail });
      read.dead.push(deadLetter(this.topic, this.partition, message, reason, detail));
    }
    return read;
  }

  private decoded({ value, offset, timestamp }: KafkaMessage): ReturnType<ClickDecoder> {
    if (value === null) return { reject: 'unknown-shape', detail: 'the message has no value' };
    if (!isUtf8(value)) return { reject: 'not-utf8', detail: 'the value is not UTF-8' };
    const time_ms = Number(timestamp);
    // −1 = the producer gave none.
    const received_ms = Number.isSafeInteger(time_ms) && time_ms > 0 ? time_ms : null;
    return this.decode(this.kind, value.toString('utf8'), { source: this.source, position: offset, received_ms });
  }
}
