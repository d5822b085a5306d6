/**
 * Records as datagrams. Nobody can be asked to send again, so every datagram is received and then taken, refused (of no use) or dropped
 * (no room, or not stored), and the counts add up.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { kernelDropsIn } from './kernel-drops.js';

/**
 * Asked of the kernel: datagrams wait there while this process counts. 10,000 a second of 300 bytes take some 8 MB a second there, and a
 * commit may take half a second. Without a word of the operator Linux grants 208 KiB.
 */
const RECEIVE_BUFFER_BYTES = 4_194_304;
/** Datagrams that wait here: some seconds of the fastest sender that can be counted at all. */
const QUEUE_MAX = 50_000;
/** And their bytes. */
const QUEUE_BYTES_MAX = 33_554_432;
/** Datagrams that are handed over together: reading them takes some 20 ms, during which nobody else is answered. */
const TOGETHER_MAX = 2_000;

/** Of datagrams. Once nothing is in hand, `received` is the sum of the others. */
export interface UdpCounts {
  received: number;
  /** Stored, or at least a part of them. */
  taken: number;
  /** Nothing in them could be used. */
  refused: number;
  /** The queue was full, or what they were handed to failed. */
  dropped: number;
}

const NONE: UdpCounts = { received: 0, taken: 0, refused: 0, dropped: 0 };

export interface UdpIntakeOptions {
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** Resolves when they are stored, with how many of them were of use. Asked again only then. */
  take: (datagrams: readonly Buffer[]) => Promise<number>;
  /** `take` rejected, so what it was given is lost; or the socket is broken. What the operator has to know. */
  failed: (error: unknown) => void;
  /** Smaller in tests. */
  queue_max?: number;
}

export class UdpIntake {
  #counts: UdpCounts = { ...NONE };
  #queue: Buffer[] = [];
  #queue_bytes = 0;
  #working: Promise<void> | null = null;
  #closed = false;
  readonly #socket: Socket;
  readonly #queue_max: number;

  private constructor(private readonly options: UdpIntakeOptions) {
    const type = isIPv6(options.host) ? 'udp6' : 'udp4';
    this.#socket = createSocket(type);
    this.#queue_max = options.queue_max ?? QUEUE_MAX;
  }

  /** Rejects with a hint where the address cannot be listened on. */
  static async open(options: UdpIntakeOptions): Promise<UdpIntake> {
    const intake = new UdpIntake(options);
    const socket = intake.#socket;
    socket.on('message', (datagram) => intake.#received(datagram));
    socket.bind(options.port, options.host);
    try {
      await once(socket, 'listening');
    } catch (error) {
      throw new Error(
        `UDP ${options.host}:${options.port} cannot be listened on (${(error as Error).message}): check HOLDFAST_UDP`,
        { cause: error },
      );
    }
    socket.on('error', options.failed);
    intake.#askForBuffer();
    return intake;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What the kernel holds for this process: as much as was asked for, or less. Linux says twice of that: it counts its own book-keeping. */
  get receive_buffer_bytes(): number {
    const said = this.#socket.getRecvBufferSize();
    return process.platform === 'linux' ? said / 2 : said;
  }

  /** The line that mends a small buffer; null where the kernel gave what was asked for. */
  get receive_buffer_hint(): string | null {
    if (this.receive_buffer_bytes >= RECEIVE_BUFFER_BYTES) return null;
    return `A burst may be lost in the kernel: sysctl -w net.core.rmem_max=${RECEIVE_BUFFER_BYTES}`;
  }

  /** Since the last call. */
  takeCounts(): UdpCounts {
    const counts = this.#counts;
    this.#counts = { ...NONE };
    return counts;
  }

  /** Datagrams that the kernel has thrown away since `open`, for its buffer was full; null where it does not say, and after `close`. */
  async kernelDrops(): Promise<number | null> {
    const table = isIPv6(this.options.host) ? '/proc/net/udp6' : '/proc/net/udp';
    const text = await readFile(table, 'utf8').catch(() => null);
    return text === null || this.#closed ? null : kernelDropsIn(text, this.port);
  }

  /** Takes no more, and waits for what is in hand. */
  async close(): Promise<void> {
    this.#closed = true;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
    await this.#working;
  }

  /** Linux gives what it may; other systems refuse what is too much, and leave it as it is. */
  #askForBuffer(): void {
    try {
      this.#socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch {
      return;
    }
  }

  #received(datagram: Buffer): void {
    this.#counts.received++;
    if (this.#queue.length >= this.#queue_max || this.#queue_bytes + datagram.length > QUEUE_BYTES_MAX) {
      this.#counts.dropped++;
      return;
    }
    this.#queue.push(datagram);
    this.#queue_bytes += datagram.length;
    this.#working ??= this.#work();
  }

  /** One hand-over after the other: what comes meanwhile goes together in the next. */
  async #work(): Promise<void> {
    // The datagrams that lie in the kernel's buffer come in the same round of the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const together = this.#queue.splice(0, TOGETHER_MAX);
      for (const { length } of together) this.#queue_bytes -= length;
      try {
        const taken = await this.options.take(together);
        this.#counts.taken += taken;
        this.#counts.refused += together.length - taken;
      } catch (error) {
        this.#counts.dropped += together.length;
        this.options.failed(error);
      }
    }
    this.#working = null;
  }
}
