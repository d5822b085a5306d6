/**
 * Records onto one topic, in the order in which they come: those that wait go together. Of a record with a promise somebody hears what
 * became of it; a datagram's sender does not, so datagrams are kept while Kafka is away, up to a bound, and counted beyond it.
 */
import kafkajs, { type Kafka, type Message, type Producer, type RetryOptions } from 'kafkajs';
import { SinkUnavailable } from '../../ports.js';
import { refusal } from './faults.js';
import { atMost, pause } from './waiting.js';

/** A broker takes 1 MB at once by default, and all of these may go to one partition; headers and framing come on top. */
const SEND_BYTES_MAX = 600_000;
/** What framing adds to a message, on the wire and, with the objects around it, in memory. */
const MESSAGE_BYTES = 200;
/** What may wait: some seconds of the fastest intake. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** Datagrams may fill this much of it: the rest is for those who wait for an answer. */
const DATAGRAMS_BYTES_MAX = WAITING_BYTES_MAX / 2;
/** Within one attempt, about 3 s: a leader election takes less, and somebody waits for the answer. */
export const SEND_RETRY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 };
/** As in `topics-sink.ts`: an idempotent producer whose broker was killed while it sent is of no more use; a new one sends again. */
const ATTEMPTS = 2;
/** Between two attempts for datagrams while Kafka is away. */
const AGAIN_MS = 1_000;
const GOODBYE_MS_MAX = 5_000;

/** Too much waits already: send again later. */
export class SenderFull extends Error {
  override readonly name = 'SenderFull';
}

/** Somebody who waits until all their records are kept. */
interface Call {
  left: number;
  over: boolean;
  resolve: () => void;
  reject: (error: Error) => void;
}

interface Item {
  message: Message;
  bytes: number;
  /** null = a datagram. */
  call: Call | null;
  /** It is kept, or given up: it is not sent again. */
  settled: boolean;
}

export class TopicSender {
  #queue: Item[] = [];
  #bytes = 0;
  #datagram_bytes = 0;
  #dropped = 0;
  #working: Promise<void> | null = null;
  /** Why nothing can be sent just now, while datagrams are tried again and again. */
  #away: Error | null = null;
  #producer: Producer | null = null;
  readonly #closing = new AbortController();

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    /** For people. */
    private readonly where: string,
    /** Makes the topic where that is wanted. */
    private readonly prepare: () => Promise<void>,
    private readonly now_ms: () => number,
  ) {}

  /** Datagrams that were not taken, or that the topic refuses for good. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves once all replicas have all of them. When it rejects, some of them may be there. */
  async send(records: readonly (string | Buffer)[]): Promise<void> {
    if (this.#away !== null) throw this.#away;
    if (this.#closing.signal.aborted) throw this.#stopped();
    if (records.length === 0) return;
    const items = records.map((record) => this.#item(record));
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
    if (this.#bytes > 0 && this.#bytes + bytes > WAITING_BYTES_MAX)
      throw new SenderFull(`${this.#queue.length} records wait for the topic ${this.topic}: send again in a moment.`);
    await new Promise<void>((resolve, reject) => {
      const call = { left: items.length, over: false, resolve, reject };
      for (const item of items) this.#push({ ...item, call });
    });
  }

  /** False: too many wait, and it is dropped and counted. */
  offer(datagram: string | Buffer): boolean {
    const item = this.#item(datagram);
    if (this.#datagram_bytes + item.bytes > DATAGRAMS_BYTES_MAX || this.#closing.signal.aborted) {
      this.#dropped++;
      return false;
    }
    this.#push(item);
    return true;
  }

  /** Connects and makes the topic, for those who want to know at once whether that is possible. */
  async connect(): Promise<void> {
    this.#producer ??= await this.#connected();
  }

  /** What waits is still sent, for some seconds; datagrams that are left count as dropped. */
  async close(): Promise<void> {
    if (this.#away !== null) this.#closing.abort();
    await atMost(GOODBYE_MS_MAX, this.#working ?? Promise.resolve());
    this.#closing.abort();
    for (const item of this.#take(this.#queue.length)) this.#failed(item, this.#stopped());
    await this.#disconnect();
  }

  #item(record: string | Buffer): Item {
    const value = typeof record === 'string' ? Buffer.from(record) : record;
    const message = { value, timestamp: String(this.now_ms()) };
    return { message, bytes: value.length + MESSAGE_BYTES, call: null, settled: false };
  }

  #push(item: Item): void {
    this.#queue.push(item);
    this.#account(item, 1);
    this.#working ??= this.#work();
  }

  #account({ bytes, call }: Item, sign: 1 | -1): void {
    this.#bytes += sign * bytes;
    if (call === null) this.#datagram_bytes += sign * bytes;
  }

  #take(count: number): Item[] {
    const taken = this.#queue.splice(0, count);
    for (const item of taken) this.#account(item, -1);
    return taken;
  }

  async #work(): Promise<void> {
    // Those who come in the same moment go together.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      const together = this.#queue.slice(0, this.#roomFor());
      try {
        await this.#sendTogether(together.filter(({ call, settled }) => !settled && !call?.over));
        this.#take(together.length);
        this.#away = null;
      } catch (error) {
        this.#giveUp(error as Error);
        if (this.#queue.length > 0) await pause(AGAIN_MS, this.#closing.signal);
      }
    }
    this.#away = null;
    this.#working = null;
  }

  /** How many from the front go into one request: one at least. */
  #roomFor(): number {
    let bytes = 0;
    const end = this.#queue.findIndex((item, i) => {
      bytes += item.bytes;
      return i > 0 && bytes > SEND_BYTES_MAX;
    });
    return end < 0 ? this.#queue.length : end;
  }

  /** Whoever waits is told now; datagrams stay. */
  #giveUp(error: Error): void {
    const all = this.#take(this.#queue.length);
    for (const item of all) {
      if (item.settled) continue;
      if (item.call === null) {
        this.#queue.push(item);
        this.#account(item, 1);
      } else this.#failed(item, error);
    }
    this.#away = error;
  }

  async #sendTogether(items: Item[]): Promise<void> {
    if (items.length === 0) return;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.connect();
        await this.#producer!.send({ topic: this.topic, acks: -1, messages: items.map(({ message }) => message) });
        for (const item of items) this.#kept(item);
        return;
      } catch (error) {
        await this.#disconnect();
        if (isTooLarge(error)) return this.#sendHalves(items);
        if (attempt >= ATTEMPTS || this.#closing.signal.aborted || refusal('', error) !== null)
          throw this.#unavailable(`cannot write to the topic ${this.topic}`, error);
      }
    }
  }

  /** A topic whose limit is lower than usual: one record at last is too large by itself. */
  async #sendHalves(items: Item[]): Promise<void> {
    if (items.length > 1) {
      const half = items.length >> 1;
      await this.#sendTogether(items.slice(0, half));
      return this.#sendTogether(items.slice(half));
    }
    this.#failed(items[0]!, new Error(`a record is larger than ${this.topic} takes: raise its max.message.bytes`));
  }

  #kept(item: Item): void {
    item.settled = true;
    const { call } = item;
    if (call !== null && --call.left === 0 && !call.over) call.resolve();
  }

  #failed(item: Item, error: Error): void {
    const { call, settled } = item;
    if (settled) return;
    item.settled = true;
    if (call === null) this.#dropped++;
    else if (!call.over) {
      call.over = true;
      call.reject(error);
    }
  }

  async #connected(): Promise<Producer> {
    await this.prepare();
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: SEND_RETRY,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    if (producer !== null) await atMost(GOODBYE_MS_MAX, producer.disconnect());
  }

  #stopped(): Error {
    return new SinkUnavailable(`${this.where}: nothing is sent any more: the process ends.`);
  }

  #unavailable(what: string, error: unknown): Error {
    const { message } = error as Error;
    const hint = 'Check that the brokers run, that the topic is there, and the addresses in HOLDFAST_KAFKA_BROKERS';
    return refusal(this.where, error) ?? new SinkUnavailable(`${this.where}: ${what}: ${message}. ${hint}.`, { cause: error });
  }
}

function isTooLarge(error: unknown): boolean {
  const { type, cause } = error as { type?: unknown; cause?: { type?: unknown } };
  return (type ?? cause?.type) === 'MESSAGE_TOO_LARGE';
}
