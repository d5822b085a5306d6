/**
 * One connection to a SQLite file: the only place that talks to libsql, and the only one that converts values.
 * Kysely runs on it too (it has the shape that Kysely's `SqliteDialect` asks for).
 */
import Database from 'libsql';
import { StoreUnavailable } from '../../ports.js';
import { explained } from './errors.js';

/** What may be bound. libsql ends the process, uncatchably, on a boolean and on a lone Buffer. */
export type Value = number | string | null | undefined | boolean | Uint8Array;
export type Row = Record<string, number | string | ArrayBuffer | null>;
type Bound = number | string | null | Buffer;

/** Waiting for another program's lock blocks the whole process; the store's own claim keeps such waits to foreign tools. */
const BUSY_TIMEOUT_MS = 5_000;
/** Distinct statements kept ready. The store has about 100; lists of ids add one for each length. */
const STATEMENTS_MAX = 400;
/** Pages of 4 KiB in the log before it is written back: 16 MiB, which halves the fsyncs of a replay against SQLite's 1,000. */
const WAL_PAGES = 4_000;
/** A log that a long reader made larger is cut back to this. */
const WAL_BYTES_MAX = 64 * 1024 * 1024;
/** Kilobytes of page cache (SQLite writes kibibytes as negative numbers). */
const CACHE_KIB = 65_536;

export class Connection {
  private readonly database: Database.Database;
  private readonly statements = new Map<string, Statement>();
  #transactions = 0;

  /** Opens the file; `read` may not write to it. */
  constructor(
    readonly file: string,
    private readonly mode: 'own' | 'read',
  ) {
    this.database = guarded(file, () => new Database(file));
    try {
      this.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      this.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      if (mode === 'read') this.exec('PRAGMA query_only = ON');
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  /** Write-ahead log with an fsync at every commit. Only the owner asks for it: it is kept in the file. */
  makeDurable(): void {
    this.exec('PRAGMA journal_mode = WAL');
    this.exec('PRAGMA synchronous = FULL');
    this.exec(`PRAGMA wal_autocheckpoint = ${WAL_PAGES}`);
    this.exec(`PRAGMA journal_size_limit = ${WAL_BYTES_MAX}`);
  }

  /** A statement, ready; kept for the next time. */
  prepare(sql: string): Statement {
    const kept = this.statements.get(sql);
    if (kept) return kept;
    if (this.statements.size >= STATEMENTS_MAX) this.statements.clear();
    const statement = new Statement(
      this.file,
      guarded(this.file, () => this.database.prepare<Bound[][]>(sql)),
    );
    this.statements.set(sql, statement);
    return statement;
  }

  exec(sql: string): void {
    guarded(this.file, () => this.database.exec(sql));
  }

  /** `work` whole or not at all. An error rolls back, and the connection stays usable. */
  transaction<Result>(work: () => Result): Result {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      this.#transactions++;
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (a full disk), and not after others.
      if (this.database.inTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /** How many were committed by this connection. */
  get transactions(): number {
    return this.#transactions;
  }

  /** The owner leaves everything in the file itself, so that a copy of it is a backup. */
  close(): void {
    if (!this.database.open) return;
    this.statements.clear();
    try {
      if (this.mode === 'own') this.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // A full disk or a reader in the way: what was committed stays in the log beside the file, and is read from there.
      if (!(error instanceof StoreUnavailable)) throw error;
    } finally {
      this.database.close();
    }
  }
}

export class Statement {
  constructor(
    private readonly file: string,
    private readonly statement: Database.Statement<Bound[][]>,
  ) {}

  /** True when it gives rows. */
  get reader(): boolean {
    return this.statement.reader;
  }

  all(values: readonly unknown[] = []): Row[] {
    return guarded(this.file, () => this.statement.all(values.map(bound)) as Row[]);
  }

  run(values: readonly unknown[] = []): Database.RunResult {
    return guarded(this.file, () => this.statement.run(values.map(bound)));
  }

  /** Whole at once: the store reads by pages, and an open cursor would stand in the way of a commit. */
  iterate(values: readonly unknown[] = []): IterableIterator<Row> {
    return this.all(values)[Symbol.iterator]() as IterableIterator<Row>;
  }
}

/** A value as libsql may be given it. A number that is none is refused: SQLite would quietly make it null. */
function bound(value: unknown): Bound {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored`);
    return value;
  }
  // libsql reads a text back only up to a NUL, which no text of ours has a use for.
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`a ${typeof value} cannot be stored`);
}

function guarded<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw explained(error, file);
  }
}
