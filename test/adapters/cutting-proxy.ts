/** A way to a database server that can be cut at the worst moment: when a COMMIT is on it. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `before`: the COMMIT never arrives. `after`: it is carried out, and nobody hears of it. */
export type Cut = 'before' | 'after' | null;

const COMMIT = Buffer.from('COMMIT');

export class CuttingProxy {
  /** What happens to the next COMMIT; only to that one. */
  cut: Cut = null;
  cuts = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (client) => this.carry(client));
  }

  static async to(port: number): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttingProxy(server, port);
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private carry(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    for (const [socket, other] of [[client, server] as const, [server, client] as const]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    server.on('data', (data) => {
      if (deaf) client.destroy();
      else client.write(data);
    });
    let deaf = false;
    client.on('data', (data) => {
      const cut = data.subarray(5).equals(COMMIT) ? this.cut : null;
      if (cut !== null) {
        this.cut = null;
        this.cuts += 1;
      }
      if (cut === 'before') {
        client.destroy();
        return;
      }
      // The answer is what the server sends when it is done; the client is cut off instead of getting it.
      deaf = cut === 'after';
      server.write(data);
    });
  }
}
