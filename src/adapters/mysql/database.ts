/** The connections to the server: the only place that talks to mysql2. Kysely runs on the same pool. */
import { Kysely, MysqlDialect } from 'kysely';
import { createPool, format, type Pool, type PoolConnection } from 'mysql2';
import type { PoolConnection as Connection } from 'mysql2/promise';
import { type Address, tlsOptions } from './address.js';
import { verdictOf } from './faults.js';
import { RETRY_LIMITS, Retrying, type RetryLimits } from './retrying.js';
import type { Schema } from './schema.js';

/** Lanes that commit side by side and the page's reads; with those for clicks, ten processes stay below the server's default of 151. */
const CONNECTIONS_MAX = 10;
/** A server that does not answer the handshake in this time is treated as gone. */
const CONNECT_MS_MAX = 10_000;
/** A silent connection is asked whether it is alive after this, so that a pulled cable is noticed in minutes. */
const KEEP_ALIVE_MS = 10_000;
/** A transaction of ours takes milliseconds. What waits this long for a lock waits for somebody who hangs. */
const LOCK_WAIT_S = 15;
/**
 * A process that sleeps in the middle of a transaction (a paused machine) keeps its locks, and all lanes write some of the same
 * rows. MariaDB ends it after this, so that the others go on; MySQL cannot, and waits until the connection breaks.
 */
const IDLE_TRANSACTION_S = 20;
/** One statement of a commit. Far above what a batch takes, below what would look like a hang. */
const STATEMENT_MS_MAX = 120_000;

/** What the session must be like, whatever the server's settings are. */
const SESSION = [
  `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_S} /*M!100301 , idle_transaction_timeout = ${IDLE_TRANSACTION_S} */`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

export type Row = Record<string, unknown>;

/** One connection, with statements as text. */
export interface Sql {
  rows(text: string): Promise<Row[]>;
  /** How many rows were met. */
  run(text: string): Promise<number>;
}

export interface DatabaseOptions {
  /** At most, at the same time. */
  connections?: number;
  log?: (message: string) => void;
  limits?: Partial<RetryLimits>;
}

export class Database {
  readonly kysely: Kysely<Schema>;
  readonly #pool: Pool;
  readonly #closed = new AbortController();
  readonly #retrying: Retrying;
  readonly #limits: RetryLimits;

  constructor(
    readonly address: Address,
    { connections = CONNECTIONS_MAX, log = () => {}, limits = {} }: DatabaseOptions = {},
  ) {
    this.#limits = { ...RETRY_LIMITS, ...limits };
    this.#pool = createPool(poolOptions(address, connections));
    this.#pool.on('connection', (connection: PoolConnection) => {
      connection.on('error', () => {});
      // In front of everything that is asked on it: a connection answers in order.
      for (const text of SESSION) connection.query(text, (error) => (error ? connection.destroy() : undefined));
    });
    this.#retrying = new Retrying(address, log, this.#closed.signal);
    this.kysely = new Kysely<Schema>({ dialect: new MysqlDialect({ pool: this.#pool }) });
  }

  /** Does it again while the server is away or another transaction is in the way: for what is harmless when it is done twice. */
  again<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#retrying.run(work, this.#limits.away_ms_max);
  }

  /** As `again`, at the start, where somebody waits. */
  atOpen<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#retrying.run(work, this.#limits.open_ms_max);
  }

  /** One connection for `work`. One that broke, or was cut off in its work, is not used again. */
  async connected<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const connection = await this.#pool.promise().getConnection();
    try {
      const result = await work(sqlOf(connection));
      connection.release();
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /**
   * `work` whole or not at all; once. `sent` is called when COMMIT leaves: if the connection breaks then, nobody knows here
   * whether it was done.
   */
  async transaction<Result>(work: (sql: Sql) => Promise<Result>, sent: () => void = () => {}): Promise<Result> {
    const connection = await this.#pool.promise().getConnection();
    const sql = sqlOf(connection);
    try {
      await sql.run('START TRANSACTION');
      const result = await work(sql);
      sent();
      await sql.run('COMMIT');
      connection.release();
      return result;
    } catch (error) {
      await rolledBack(connection, error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    // Not through Kysely, which ends only a pool that it has used. A connection that was still being made ends with the error of
    // its server, and there is nothing left to close then.
    await this.#pool
      .promise()
      .end()
      .catch(() => {});
  }
}

function poolOptions(address: Address, connections: number) {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    ...tlsOptions(address),
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    // Sums are decimals; all our numbers are whole and exact in a double, or doubles.
    decimalNumbers: true,
    // Statements without values are whole already: nobody need look for question marks in megabytes of text, nor find any.
    queryFormat: (text: string, values: unknown) => (Array.isArray(values) && values.length > 0 ? format(text, values) : text),
    connectionLimit: connections,
    connectTimeout: CONNECT_MS_MAX,
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  };
}

function sqlOf(connection: Connection): Sql {
  return {
    rows: async (text) => (await answered(connection, text)) as Row[],
    run: async (text) => ((await answered(connection, text)) as { affectedRows: number }).affectedRows,
  };
}

/** With a limit of our own: the timer that mysql2 offers outlives a connection that breaks, and holds up the end of the process. */
async function answered(connection: Connection, text: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const silent = Object.assign(new Error(`no answer in ${STATEMENT_MS_MAX / 1000} s`), { code: 'ETIMEDOUT' });
    timer = setTimeout(() => reject(silent), STATEMENT_MS_MAX);
  });
  try {
    const [result] = await Promise.race([connection.query(text), late]);
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** A connection that broke is thrown away, and the server rolls back by itself. */
async function rolledBack(connection: Connection, error: unknown): Promise<void> {
  if (verdictOf(error) === 'away') {
    connection.destroy();
    return;
  }
  try {
    await connection.query('ROLLBACK');
    connection.release();
  } catch {
    connection.destroy();
  }
}
