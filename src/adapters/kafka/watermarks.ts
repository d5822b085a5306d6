/** Where the logs of partitions begin and end. */
import type { Kafka } from 'kafkajs';
import { refusal } from './faults.js';
import type { Watermarks } from './position.js';
import { laneName } from './topics.js';
import { atMost, pause } from './waiting.js';

/** A new partition's leader is known within a second. */
const LEADER_MS = 250;
const ATTEMPTS = 8;
const GOODBYE_MS_MAX = 2_000;

export interface Place {
  topic: string;
  partition: number;
}

/**
 * By lane, of all these. On a connection of its own: one that is kept remembers partitions as they were, and stumbles over
 * topics that have gone. Rejects when Kafka cannot say, or `signal` aborts.
 */
export async function watermarksOf(
  kafka: Kafka,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<Map<string, Watermarks>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(kafka, places);
    } catch (error) {
      if (attempt === ATTEMPTS || refusal('', error) !== null) throw error;
      await pause(LEADER_MS, signal);
      signal.throwIfAborted();
    }
  }
}

async function ask(kafka: Kafka, places: readonly Place[]): Promise<Map<string, Watermarks>> {
  const found = new Map<string, Watermarks>();
  const admin = kafka.admin();
  try {
    await admin.connect();
    for (const topic of new Set(places.map((place) => place.topic))) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        found.set(laneName(topic, partition), { low: Number(low), high: Number(high) });
      }
    }
  } finally {
    await atMost(GOODBYE_MS_MAX, admin.disconnect());
  }
  const missing = places.find(({ topic, partition }) => !found.has(laneName(topic, partition)));
  if (missing !== undefined) throw new Error(`no word about ${missing.topic}/${missing.partition}`);
  return found;
}
