/**
 * Who has which lane. A partition that is assigned stays paused until its lane is open and its place in the log is found.
 * Opening and closing happen one after another, and what belongs to an assignment that is over is not begun any more.
 */
import type { Consumer, Kafka } from 'kafkajs';
import type { Lanes } from '../../ports.js';
import { type GapRule, Lane } from './lane.js';
import type { MessageReader } from './message-reader.js';
import { parsePosition, type Watermarks } from './position.js';
import { laneName } from './topics.js';
import { watermarksOf } from './watermarks.js';

export interface RollParts<Read> {
  kafka: Kafka;
  lanes: Pick<Lanes, 'open' | 'close'>;
  on_gap: GapRule;
  /** A new one for each time that a lane is entered. */
  reader: (topic: string, partition: number) => MessageReader<Read>;
  /** Whether a topic's lanes are read up to their ends before the other topics' lanes begin. */
  first: (topic: string) => boolean;
  log: (message: string) => void;
}

/** What ends a session: its own end, and the two ways in which something here brings it about. */
export interface SessionEnd {
  signal: AbortSignal;
  /** Kafka did not do its part. */
  lost: (error: unknown) => void;
  /** Not Kafka's fault: for the operator. */
  fail: (error: Error) => void;
}

export class LaneRoll<Read> {
  private readonly open = new Map<string, Lane<Read>>();
  private assigned = new Set<string>();
  private generation = 0;
  private settling: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: RollParts<Read>,
    private readonly consumer: Consumer,
    private readonly ending: SessionEnd,
  ) {}

  /** Lanes that are here. */
  all(): Lane<Read>[] {
    return [...this.open.values()];
  }

  /** null while it is not here, or its place is not found yet. */
  ready(topic: string, partition: number): Lane<Read> | null {
    const lane = this.open.get(laneName(topic, partition));
    return lane?.ready ? lane : null;
  }

  /** Resolves when the batches in hand are done, and nothing is being opened or closed. */
  async idle(): Promise<void> {
    await Promise.all(this.all().map((lane) => lane.busy));
    await this.settling;
  }

  async close(): Promise<void> {
    for (const lane of this.open.values()) await this.parts.lanes.close(lane.name);
    this.open.clear();
  }

  /** Called by kafkajs before it fetches anything under the new assignment. */
  joined(assignment: Record<string, number[]>): void {
    if (this.ending.signal.aborted) return;
    this.generation++;
    const now = Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions }));
    this.assigned = new Set(now.flatMap(({ topic, partitions }) => partitions.map((partition) => laneName(topic, partition))));
    for (const lane of this.open.values()) lane.ready = false;
    this.consumer.pause(now);
    this.queue((generation) => this.settle(now, generation));
  }

  /** Work on the list of lanes, unless the assignment is another one by then. */
  private queue(work: (generation: number) => Promise<void>): void {
    const { generation } = this;
    this.settling = this.settling.then(async () => {
      try {
        if (this.current(generation)) await work(generation);
      } catch (error) {
        this.ending.fail(error as Error);
      }
    });
  }

  private current(generation: number): boolean {
    return generation === this.generation && !this.ending.signal.aborted;
  }

  private async settle(now: { topic: string; partitions: number[] }[], generation: number): Promise<void> {
    const { lanes } = this.parts;
    for (const lane of this.open.values()) {
      if (this.assigned.has(lane.name)) continue;
      await lane.busy;
      this.open.delete(lane.name);
      await lanes.close(lane.name);
    }
    for (const { topic, partitions } of now) {
      for (const partition of partitions) {
        const name = laneName(topic, partition);
        if (!this.current(generation)) return;
        if (this.open.has(name)) continue;
        const position = parsePosition(name, await lanes.open(name));
        this.open.set(name, new Lane(topic, partition, this.parts.reader, position));
      }
    }
    await this.enter([...this.open.values()], generation);
  }

  /** Finds these lanes' places in their logs, and lets them be fetched. */
  private async enter(lanes: Lane<Read>[], generation: number): Promise<void> {
    let logs: Map<string, Watermarks>;
    try {
      logs = await watermarksOf(this.parts.kafka, lanes, this.ending.signal);
    } catch (error) {
      this.ending.lost(error);
      return;
    }
    for (const lane of lanes) {
      await lane.busy;
      if (!this.current(generation)) return;
      const { topic, partition, name } = lane;
      const { from, told } = lane.enter(logs.get(name)!, this.parts.on_gap);
      if (told !== null) this.parts.log(told);
      this.consumer.seek({ topic, partition, offset: String(from) });
      lane.ready = true;
      lane.paused = true;
    }
    this.release();
  }

  /** Lets those be fetched whose turn it is. */
  release(): void {
    const { first } = this.parts;
    const wait = this.all().some((lane) => first(lane.topic) && !lane.caught_up);
    for (const lane of this.open.values()) {
      if (!lane.ready || !lane.paused || (wait && !first(lane.topic))) continue;
      lane.paused = false;
      this.consumer.resume([{ topic: lane.topic, partitions: [lane.partition] }]);
    }
  }

  /**
   * Resolves when no lane that goes before this one has a batch in hand. kafkajs begins with all the batches of an answer in the same
   * moment, in any order.
   */
  async turnOf(lane: Lane<Read>): Promise<void> {
    const { first } = this.parts;
    if (first(lane.topic)) return;
    await Promise.resolve();
    await Promise.all(this.all().map((other) => (first(other.topic) ? other.busy : undefined)));
  }

  /** Nothing but marks of transactions was there, which kafkajs does not hand over. Offsets from `from` to before `next`. */
  passed(topic: string, partition: number, from: number, next: number): void {
    const lane = this.ready(topic, partition);
    if (lane?.expected !== from) return;
    lane.expected = next;
    this.release();
  }

  /** Its position is another one than we thought: asks for it again. */
  reopen(lane: Lane<Read>): void {
    this.hold(lane);
    this.queue(async (generation) => {
      await lane.busy;
      await this.parts.lanes.close(lane.name);
      this.open.delete(lane.name);
      if (!this.assigned.has(lane.name)) return;
      lane.position = parsePosition(lane.name, await this.parts.lanes.open(lane.name));
      this.open.set(lane.name, lane);
      await this.enter([lane], generation);
    });
  }

  /** The log is not where we thought: looks at it again. */
  reenter(lane: Lane<Read>): void {
    this.hold(lane);
    this.queue((generation) => this.enter([lane], generation));
  }

  private hold(lane: Lane<Read>): void {
    lane.ready = false;
    this.consumer.pause([{ topic: lane.topic, partitions: [lane.partition] }]);
  }
}
