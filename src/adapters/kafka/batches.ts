/** Batches from kafkajs to whoever handles them, one after another in each lane: bounded, and with what is known already left out. */
import type { Batch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { StalePosition } from '../../ports.js';
import type { Lane } from './lane.js';
import type { LaneRoll, SessionEnd } from './lane-roll.js';
import type { KafkaLimits } from './options.js';
import type { SchemaRegistry } from './registry.js';
import { Heart } from './waiting.js';

/** What was read of new messages of a lane, none twice. When it resolves it is done, and the lane's position is `position`. */
export type Handle<Read> = (lane: Lane<Read>, read: Read, position: string) => Promise<void>;

export interface BatchParts<Read> {
  handle: Handle<Read>;
  limits: KafkaLimits;
  registry: SchemaRegistry | null;
  log: (message: string) => void;
}

export class Batches<Read> {
  constructor(
    private readonly parts: BatchParts<Read>,
    private readonly roll: LaneRoll<Read>,
    private readonly consumer: Consumer,
    private readonly ending: SessionEnd,
  ) {}

  async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const lane = this.roll.ready(batch.topic, batch.partition);
    if (lane === null || this.ending.signal.aborted || payload.isStale()) return;
    if (fetchedFrom(batch) !== lane.expected) {
      this.roll.reenter(lane);
      return;
    }
    const heart = new Heart(() => payload.heartbeat(), this.parts.limits.heartbeat_ms);
    const work = this.chunks(lane, payload, heart).catch((error: unknown) => this.failed(lane, heart, error as Error));
    lane.busy = work;
    await work;
    heart.stop();
    // A rebalance, mostly: kafkajs joins again once it hears of it.
    if (heart.error !== null) throw heart.error;
  }

  private failed(lane: Lane<Read>, heart: Heart, error: Error): void {
    if (error instanceof StalePosition) this.roll.reopen(lane);
    // Given up while waiting for the registry: nothing was handled, nothing is lost.
    else if (!heart.lost.signal.aborted && !this.ending.signal.aborted) this.ending.fail(error);
    else if (error.name !== 'AbortError') this.ending.fail(error);
  }

  private async chunks(lane: Lane<Read>, payload: EachBatchPayload, heart: Heart): Promise<void> {
    const { batch, resolveOffset, isRunning, isStale } = payload;
    const { messages } = batch;
    const size = this.parts.limits.batch_messages;
    const stop = AbortSignal.any([this.ending.signal, heart.lost.signal]);
    await this.roll.turnOf(lane);
    lane.high = Number(batch.highWatermark);
    for (let from = 0; from < messages.length; from += size) {
      if (stop.aborted || !lane.ready || !isRunning() || isStale()) return;
      const chunk = messages.slice(from, from + size);
      const last = chunk.at(-1)!;
      const at_end = from + size >= messages.length && Number(batch.lastOffset()) + 1 >= lane.high;
      await this.parts.registry?.load(lane.reader.unknownSchemas(chunk), stop);
      const fresh = this.known(lane, chunk);
      if (fresh === null) return;
      if (fresh.length > 0) await this.handle(lane, fresh, at_end);
      resolveOffset(last.offset);
      // kafkajs counts what it took out itself, such as the marks of transactions.
      lane.expected = Number(from + size >= messages.length ? batch.lastOffset() : last.offset) + 1;
      this.roll.release();
    }
  }

  /** Without what was handled before; null when it turns out that the log is another one, and is read anew. */
  private known(lane: Lane<Read>, chunk: KafkaMessage[]): KafkaMessage[] | null {
    let known = 0;
    for (; known < chunk.length && Number(chunk[known]!.offset) < lane.skip; known++) {
      const message = chunk[known]!;
      if (!lane.matches(Number(message.offset), message)) {
        const { from, told } = lane.beginAnew();
        this.parts.log(told);
        this.consumer.seek({ topic: lane.topic, partition: lane.partition, offset: String(from) });
        return null;
      }
      lane.reader.prime(message);
    }
    return known === 0 ? chunk : chunk.slice(known);
  }

  private async handle(lane: Lane<Read>, messages: KafkaMessage[], at_end: boolean): Promise<void> {
    const last = messages.at(-1)!;
    const read = lane.reader.read(messages, at_end);
    const position = lane.positionAt(Number(last.offset), last);
    await this.parts.handle(lane, read, lane.format(position));
    lane.position = position;
  }
}

/** The offset that was asked for: kafkajs has it and does not declare it. */
function fetchedFrom(batch: Batch): number {
  return Number((batch as Batch & { fetchedOffset?: string }).fetchedOffset ?? batch.firstOffset());
}
