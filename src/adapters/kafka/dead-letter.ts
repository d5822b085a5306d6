/** A message that could not be read, for the topic of dead letters: as it came, bytes and all, with where and why in its headers. */
import type { KafkaMessage, Message } from 'kafkajs';

export function deadLetter(topic: string, partition: number, message: KafkaMessage, reason: string, detail: string): Message {
  const headers = {
    ...message.headers,
    dlq_topic: topic,
    dlq_partition: String(partition),
    dlq_offset: message.offset,
    dlq_error_class: reason,
    dlq_error_message: detail,
  };
  return { key: message.key, value: message.value, headers };
}
