/** Datagrams out, one record each: for generators. Nobody says whether they arrived. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export class UdpSender {
  readonly #socket;

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {
    this.#socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  }

  /** Resolves when the datagrams have left this process. */
  async send(texts: readonly string[]): Promise<void> {
    for (const text of texts)
      await new Promise<void>((resolve, reject) =>
        this.#socket.send(text, this.port, this.host, (error) => (error ? reject(error) : resolve())),
      );
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
