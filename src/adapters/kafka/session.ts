/**
 * One consumer in the group, with a fixed list of topics.
 *
 * Positions are the store's. What Kafka itself is told of offsets is for tools that show how far behind a group is.
 */
import type { Consumer } from 'kafkajs';
import { Batches, type BatchParts } from './batches.js';
import { RETRY } from './client.js';
import { refusal } from './faults.js';
import { LaneRoll, type RollParts } from './lane-roll.js';
import { atMost } from './waiting.js';

/** Why a session ended: the run ends; there are other topics; the group was lost and is to be joined anew. */
export type Outcome = 'aborted' | 'topics' | 'lost';

/** Messages of a partition that are known of and not yet handled. */
export interface Behind {
  topic: string;
  partition: number;
  records: number;
}

export interface SessionParts<Read> extends BatchParts<Read>, RollParts<Read> {
  name: string;
  group: string;
  /** The topics that there are now; rejects where that cannot be asked. */
  topics: () => Promise<string[]>;
}

/** A fetch waits this long for something new; also what a shutdown may have to wait. */
const FETCH_WAIT_MS = 500;
/** Offsets are told to Kafka this often. */
const TELL_MS = 5_000;
/** Leaving the group takes one round trip. A broker that is away does not hold up a shutdown. */
const GOODBYE_MS_MAX = 5_000;

export class Session<Read> {
  private readonly consumer: Consumer;
  private readonly roll: LaneRoll<Read>;
  private readonly batches: Batches<Read>;
  private readonly ending = new AbortController();
  private readonly ended: Promise<Outcome>;
  private finish: (outcome: Outcome) => void = () => undefined;
  private failure: Error | null = null;
  private telling = false;

  constructor(
    private readonly parts: SessionParts<Read>,
    private readonly topics: readonly string[],
  ) {
    const { kafka, group, limits } = parts;
    this.consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: limits.session_ms,
      heartbeatInterval: limits.heartbeat_ms,
      rebalanceTimeout: limits.rebalance_ms,
      metadataMaxAge: limits.metadata_ms,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: limits.partition_bytes,
      maxBytes: limits.fetch_bytes,
      allowAutoTopicCreation: false,
      // What kafkajs cannot mend itself ends the session, and the next one begins with fresh connections.
      retry: { ...RETRY, restartOnFailure: async () => false },
    });
    const ending = {
      signal: this.ending.signal,
      lost: (error: unknown) => this.lost(error),
      fail: (error: Error) => this.end(error),
    };
    this.roll = new LaneRoll(parts, this.consumer, ending);
    this.batches = new Batches(parts, this.roll, this.consumer, ending);
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Messages that are known of and not yet handled, over the lanes that are here. */
  get backlog(): number {
    return this.roll.all().reduce((sum, lane) => sum + lane.backlog, 0);
  }

  /** The same by lane. */
  get behind(): Behind[] {
    return this.roll.all().map(({ topic, partition, backlog }) => ({ topic, partition, records: backlog }));
  }

  /** Rejects with what the operator has to mend, or with what `Lanes` rejected with. */
  async run(signal: AbortSignal): Promise<Outcome> {
    const { consumer, parts } = this;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.roll.joined(payload.memberAssignment));
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0)
        this.roll.passed(payload.topic, payload.partition, Number(payload.firstOffset), Number(payload.lastOffset) + 1);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.lost(payload.error));
    const abort = () => this.end('aborted');
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    const timers = [
      setInterval(() => void this.lookForTopics(), parts.limits.topics_ms),
      setInterval(() => void this.tell(), TELL_MS),
    ];
    this.start().catch((error: unknown) => this.lost(error));
    try {
      await this.ended;
    } finally {
      signal.removeEventListener('abort', abort);
      for (const timer of timers) clearInterval(timer);
      await this.close();
    }
    if (this.failure !== null) throw this.failure;
    return this.ended;
  }

  private async start(): Promise<void> {
    const { consumer, ending } = this;
    for (const step of [
      () => consumer.connect(),
      () => consumer.subscribe({ topics: [...this.topics], fromBeginning: true }),
      () =>
        consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: this.parts.limits.concurrency,
          eachBatch: (payload) => this.batches.eachBatch(payload),
        }),
    ]) {
      if (ending.signal.aborted) return;
      await step();
    }
    // The end may have come while the group was being joined.
    if (ending.signal.aborted) await consumer.disconnect();
  }

  /** What goes wrong after an abort, while the batches in hand are finished, counts too. */
  private end(outcome: Outcome | Error): void {
    if (outcome instanceof Error) this.failure ??= outcome;
    this.ending.abort();
    this.finish(outcome instanceof Error ? 'aborted' : outcome);
  }

  private lost(error: unknown): void {
    const refused = refusal(this.parts.name, error);
    if (refused === null && !this.ending.signal.aborted) this.parts.log(`lost the group: ${(error as Error).message}`);
    this.end(refused ?? 'lost');
  }

  /** The batches in hand are finished, Kafka is told, the group is left, and only then are the lanes given up. */
  private async close(): Promise<void> {
    await this.roll.idle();
    await atMost(GOODBYE_MS_MAX, this.tell());
    await atMost(GOODBYE_MS_MAX, this.consumer.disconnect());
    await this.roll.close();
  }

  private async lookForTopics(): Promise<void> {
    const topics = await this.parts.topics().catch(() => null);
    if (topics === null || this.ending.signal.aborted) return;
    if (topics.join() !== this.topics.join()) this.end('topics');
  }

  private async tell(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    const offsets = this.roll
      .all()
      .flatMap(({ topic, partition, position }) =>
        position === null ? [] : [{ topic, partition, offset: String(position.offset + 1) }],
      );
    try {
      if (offsets.length > 0) await this.consumer.commitOffsets(offsets);
    } catch {
      // Nothing depends on it; the next time will do.
    } finally {
      this.telling = false;
    }
  }
}
