/**
 * Clicks by user, in Cassandra: one row a click, under its user. Clicks never change, so writing one again writes the same row, and
 * neither the order of writes nor the round matters.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import cassandra, { type Client } from 'cassandra-driver';
import { type Publication, Sink, SinkUnavailable } from '../../ports.js';
import { type Address, parseAddress } from './address.js';
import { type Fault, faultOf } from './faults.js';
import { type Column, INSERT, NAMES, putTable } from './schema.js';

const { DCAwareRoundRobinPolicy, TokenAwarePolicy } = cassandra.policies.loadBalancing;
const { ConstantReconnectionPolicy } = cassandra.policies.reconnection;

/** A node as the driver holds it. */
interface Closable {
  shutdown(wait_for_pending: boolean): Promise<void>;
}

/** A click as `clickstream/` makes a row of it; null = it has no user, and no place here. */
export type RowOf = (publication: Publication) => Record<Column, string | number | Date | null> | null;

export interface CassandraSinkOptions {
  /** See `parseAddress`; the password is taken out of it and never shown. */
  url: string;
  /** What is tried again within one call, before `SinkUnavailable`. */
  retry_ms_max?: number;
}

/** Writes under way at once: enough to keep three nodes busy, and a small part of the 2,048 that the driver queues on a connection. */
const CONCURRENCY = 128;
/** A restarted node is back in less; a longer failure is the publisher's to wait out. */
const RETRY_MS_MAX = 15_000;
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 3_000;
/** One request: a write takes a millisecond, and a node that collects garbage a few seconds. */
const REQUEST_MS_MAX = 10_000;
const CONNECT_MS_MAX = 5_000;
/** How soon a node that was away is tried again. */
const RECONNECT_MS = 1_000;

export class CassandraSink extends Sink {
  override readonly name = 'cassandra';
  readonly #address: Address;
  #client: Client | null = null;
  /**
   * A node that was away may be known anew when it is back. The driver goes on using what it knew before, but forgets to close it: its
   * attempts to connect would keep the process alive.
   */
  readonly #forgotten = new Set<Closable>();

  constructor(
    private readonly options: CassandraSinkOptions,
    override readonly tables: readonly string[],
    private readonly rowOf: RowOf,
  ) {
    super();
    this.#address = parseAddress(options.url);
  }

  override async open(): Promise<void> {
    await this.#retrying(async () => putTable(await this.#connected(), this.#address.replication));
  }

  override async send(publications: Publication[]) {
    const refused: { publication: Publication; why: string }[] = [];
    const waiting = publications.values();
    let failure: unknown = null;
    const work = async () => {
      for (const publication of waiting) {
        if (failure !== null) return;
        const why = await this.#write(publication).catch((error: unknown) => {
          failure ??= error;
          return null;
        });
        if (why !== null) refused.push({ publication, why });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    if (failure !== null) throw failure;
    return { refused };
  }

  override async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.shutdown();
    for (const host of this.#forgotten) await host.shutdown(false);
    this.#forgotten.clear();
  }

  /** Why it is refused for good; null when it is written, or has no place here. */
  async #write(publication: Publication): Promise<string | null> {
    const row = this.rowOf(publication);
    if (row === null) return null;
    // What is not known is left out: a null would be written as a deletion, and read past for ever.
    const values = NAMES.map((name) => row[name] ?? undefined);
    const write = async () =>
      void (await (
        await this.#connected()
      ).execute(INSERT, values, {
        prepare: true,
        isIdempotent: true,
        consistency: cassandra.types.consistencies.localQuorum,
      }));
    try {
      await this.#retrying(write);
      return null;
    } catch (error) {
      if (error instanceof SinkUnavailable) throw error;
      return faultOf(error).what;
    }
  }

  /** Again while that may help. `wrong` is thrown as it is. */
  async #retrying(work: () => Promise<void>): Promise<void> {
    const until_ms = performance.now() + (this.options.retry_ms_max ?? RETRY_MS_MAX);
    for (let pause_ms = PAUSE_MS_MIN; ; pause_ms = Math.min(2 * pause_ms, PAUSE_MS_MAX)) {
      try {
        return await work();
      } catch (error) {
        const fault = faultOf(error);
        if (fault.kind === 'wrong') throw error;
        if (fault.kind === 'operator' || performance.now() + pause_ms > until_ms) throw this.#unavailable(fault, error);
        await sleep(pause_ms);
      }
    }
  }

  /** A client that could not connect is of no more use. Many writes may ask at once: they share one. */
  async #connected(): Promise<Client> {
    this.#client ??= this.#newClient();
    const client = this.#client;
    try {
      await client.connect();
    } catch (error) {
      if (this.#client === client) this.#client = null;
      await client.shutdown().catch(() => undefined);
      throw error;
    }
    return client;
  }

  #newClient(): Client {
    const { contact_point, datacenter, user, password, ssl } = this.#address;
    const client = new cassandra.Client({
      contactPoints: [contact_point],
      authProvider: user === '' ? undefined : new cassandra.auth.PlainTextAuthProvider(user, password),
      sslOptions: ssl ? { rejectUnauthorized: true } : undefined,
      socketOptions: { connectTimeout: CONNECT_MS_MAX, readTimeout: REQUEST_MS_MAX },
      policies: {
        // Not the option `localDataCenter`: where it is wrong, the driver leaves a connection open that nobody can close.
        loadBalancing: new TokenAwarePolicy(new DCAwareRoundRobinPolicy(datacenter)),
        reconnection: new ConstantReconnectionPolicy(RECONNECT_MS),
      },
    });
    client.on('hostRemove', (host: Closable) => this.#forgotten.add(host));
    return client;
  }

  #unavailable({ what, hint }: Fault, cause: unknown): SinkUnavailable {
    return new SinkUnavailable(`Cassandra at ${this.#address.name}: ${what}. ${hint}`, { cause });
  }
}
