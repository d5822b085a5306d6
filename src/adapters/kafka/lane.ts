/** One partition while it is here: where it is read, how far it has come, and what it must find first. */
import { gap } from './faults.js';
import type { MessageReader } from './message-reader.js';
import { entryOf, formatPosition, type Marked, markOf, type Position, type Watermarks } from './position.js';
import { laneName } from './topics.js';

/** What to do where retention has deleted messages before they were read. */
export interface GapRule {
  accept: boolean;
  /** What to do before a gap is accepted: `Let the connector take a new snapshot`; null = nothing can be done. */
  remedy: string | null;
}

export class Lane<Read> {
  readonly name: string;
  reader: MessageReader<Read>;
  /** Offset that the next fetch must begin at: anything else means that the log was cut or made anew. */
  expected = 0;
  /** Messages below are known already. */
  skip = 0;
  /** The end of the log as last seen. */
  high = 0;
  /** False while it is being opened: what arrives meanwhile is not looked at. */
  ready = false;
  /** It is not fetched yet. */
  paused = true;
  /** The work in hand. */
  busy: Promise<void> = Promise.resolve();
  private verify: Position | null = null;
  private low = 0;
  private end = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly newReader: (topic: string, partition: number) => MessageReader<Read>,
    public position: Position | null,
  ) {
    this.name = laneName(topic, partition);
    this.reader = newReader(topic, partition);
  }

  /** Messages that are known of and not handled. */
  get backlog(): number {
    return Math.max(0, this.high - Math.max(this.skip, (this.position?.offset ?? -1) + 1));
  }

  /** All that was in the log when it was entered is handled. */
  get caught_up(): boolean {
    return this.ready && this.expected >= this.end;
  }

  /** Where to read, given the log as it is. What is to be told comes back too. Throws for a gap that is not accepted. */
  enter(watermarks: Watermarks, on_gap: GapRule): { from: number; told: string | null } {
    const entry = entryOf(this.position, watermarks);
    this.low = watermarks.low;
    this.high = watermarks.high;
    this.end = watermarks.high;
    if (entry.kind === 'go on') {
      this.start(entry.from, entry.skip, entry.verify);
      return { from: entry.from, told: null };
    }
    if (entry.kind === 'begin') {
      this.start(entry.from, entry.from, null);
      return { from: entry.from, told: entry.recreated ? this.recreated() : null };
    }
    if (!on_gap.accept) throw gap(this.topic, this.partition, entry.from, entry.to, on_gap.remedy);
    this.start(entry.to, entry.to, null);
    return {
      from: entry.to,
      told: `${this.topic}/${this.partition}: offsets ${entry.from} to ${entry.to - 1} are gone and left out, as HOLDFAST_KAFKA_GAP=accept says`,
    };
  }

  /** False: this is not the message that the position was made of. */
  matches(offset: number, message: Marked): boolean {
    if (this.verify?.offset !== offset) return true;
    const same = markOf(message) === this.verify.mark;
    if (same) this.verify = null;
    return same;
  }

  /** The log is another one: all of it is new. Returns where it begins. */
  beginAnew(): { from: number; told: string } {
    this.start(this.low, this.low, null);
    return { from: this.low, told: this.recreated() };
  }

  /** The position once the messages up to this one are done. */
  positionAt(offset: number, message: Marked): Position {
    const { last_value } = this.reader;
    const at = { offset, mark: markOf(message) };
    return message.value !== null || last_value === null ? at : { ...at, value: last_value };
  }

  format(position: Position): string {
    return formatPosition(position);
  }

  private start(from: number, skip: number, verify: Position | null): void {
    this.reader = this.newReader(this.topic, this.partition);
    this.expected = from;
    this.skip = skip;
    this.verify = verify;
  }

  private recreated(): string {
    return `${this.topic}/${this.partition} is not the topic that it was: it was made anew, and is read from its beginning`;
  }
}
