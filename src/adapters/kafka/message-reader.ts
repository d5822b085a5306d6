/** What a session needs of those who read its messages: the same for Moodle's changes and for clicks. */
import type { KafkaMessage } from 'kafkajs';

/** Reads the messages of one lane, in their order, from where it is entered. No waiting in here. */
export interface MessageReader<Read> {
  /** Offset of the last message with a value, where what follows depends on it; null = nothing does. */
  readonly last_value: number | null;
  /** Numbers of schemas that have to be asked for before these can be read. */
  unknownSchemas(messages: readonly KafkaMessage[]): Iterable<number>;
  /** A message that was handled before: only what has to be remembered of it. */
  prime(message: KafkaMessage): void;
  /** `at_end`: there is nothing behind these messages. */
  read(messages: readonly KafkaMessage[], at_end: boolean): Read;
}
