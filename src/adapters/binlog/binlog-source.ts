/**
 * Moodle's tables read straight from MariaDB's (or MySQL's) binary log: first a copy, then every committed change.
 *
 * ```
 * from null      copy of the tables (snapshot: true) → an empty batch with the stream's position → the stream
 * from a stream  the stream, from the transaction after that position
 * from a copy    the rest of the copy, as of a later moment; the stream goes on from the first one, and repeats what came between:
 *                rows know which of their versions is newer, and log rows count once by their id
 * ```
 *
 * A batch holds whole transactions, and its position is a GTID set, never file and offset: a resume by those inside a
 * transaction loses its rest. The one exception is a transaction too long to hold (see `PIECE_CHANGES`): it comes in
 * pieces under the position before it. A lost server is waited for; what waiting cannot mend is thrown with its remedy.
 *
 * Tried on MariaDB 10.11. The parts for MySQL (GTID sets, the place of the snapshot) follow its manual and have not run
 * against a server.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { type ChangeBatch, ChangeSource } from '../../ports.js';
import { connect } from './connect.js';
import { knownTables, soFar } from './copy-progress.js';
import { verdict } from './faults.js';
import { enterLog } from './log-identity.js';
import { LogReader, type ReadBatch } from './log-reader.js';
import { BINLOG_LIMITS, type BinlogLimits, type BinlogOptions, type Target, target } from './options.js';
import { type Log, type Position, parsePosition, type SnapshotPosition, type StreamPosition } from './position.js';
import { preflight } from './preflight.js';
import { beginSnapshot, copyTables } from './snapshot.js';

/** The log's newest change is younger than this: close enough to the present to score as events come. */
const CAUGHT_UP_MS = 60_000;

export class BinlogSource extends ChangeSource {
  readonly name: string;
  readonly live = true;
  private readonly where: Target;
  private readonly limits: BinlogLimits;
  private readonly server_id: number;
  private reader: LogReader | null = null;

  constructor(private readonly options: BinlogOptions) {
    super();
    this.where = target(options);
    this.name = this.where.address.name;
    this.limits = { ...BINLOG_LIMITS, ...options.limits };
    this.server_id = options.server_id ?? ownServerId(options.site);
  }

  async identity(): Promise<string> {
    return `binlog:${this.options.site}`;
  }

  /** Changes that were read and not yet handed over. */
  get backlog(): number {
    return this.reader?.backlog ?? 0;
  }

  async *batches(from: string | null, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    let position = parsePosition(this.name, from);
    let failures = 0;
    while (!signal.aborted) {
      try {
        const steps =
          position?.phase === 'stream' ? this.follow(position, signal) : untilAborted(this.copy(position, signal), signal);
        for await (const batch of steps) {
          yield batch;
          failures = 0;
          position = parsePosition(this.name, batch.position);
        }
      } catch (error) {
        if (signal.aborted) return;
        const refusal = verdict(this.name, error);
        if (refusal !== null) throw refusal;
        await this.pause(failures, error, signal);
        failures += 1;
      }
    }
  }

  /** Ends after the batch from which the stream goes on, after `moment_rows`, or on abort. */
  private async *copy(done: SnapshotPosition | null, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    const connection = await this.connect(signal);
    try {
      const server = await preflight(connection, this.where);
      // What cannot be followed afterwards need not be copied.
      const entered = await enterLog(connection, this.name, server.flavour, done, this.options.clock());
      const where = { ...this.where, tables: server.tables };
      const known = await knownTables(connection, where);
      const moment = await beginSnapshot(connection, server, entered.epoch, done?.begun ?? null);
      const from = done ? `, after id ${done.after_id} of ${done.table}` : '';
      this.log(`copying the tables as of ${moment.file}, position ${moment.pos}${from}`);
      const { gtid, file, pos } = moment;
      const log: Log = done ? entered : { ...entered, last: { gtid, file, pos } };
      const stream: StreamPosition = { phase: 'stream', gtid: done?.gtid ?? gtid, log };
      const begun = done ? (done.begun ?? null) : { source_ms: moment.source_ms, place: moment.place };
      const { chunk_rows, copied_rows_per_s, moment_rows } = this.limits;
      let rows = 0;
      const begun_ms = performance.now();
      for await (const { changes, rejected, ...upto } of copyTables(connection, where, {
        moment,
        begun,
        done,
        chunk_rows,
      })) {
        const position: Position = { ...stream, phase: 'snapshot', ...upto, ...(begun && { begun }) };
        yield this.batch({ changes, rejected, position, snapshot: true });
        this.options.copied?.(soFar(known, upto));
        rows += changes.length + rejected.length;
        await sleptUntil(begun_ms + (rows / copied_rows_per_s) * 1000, signal);
        if (rows >= moment_rows) return;
      }
      yield this.batch({ position: stream });
      this.options.copied?.(null);
    } finally {
      connection.destroy();
    }
  }

  /** Ends on abort only. */
  private async *follow(from: StreamPosition, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    let log = await orAborted(this.enter(from, signal), signal);
    const elsewhere = from.log && from.log.epoch !== log.epoch ? from.gtid : null;
    if (elsewhere !== null)
      this.log(`another server than before (${log.server}, not ${from.log?.server}): going on after ${elsewhere}`);
    const reader = new LogReader(this.where, from.gtid, { epoch: log.epoch, elsewhere }, this.server_id, this.limits);
    this.reader = reader;
    let { gtid } = from;
    try {
      for (;;) {
        const read = await reader.next(signal);
        if (read === null) return;
        gtid = read.gtid ?? gtid;
        log = { ...log, last: read.last ?? log.last };
        const { changes, rejected, ignored } = read;
        yield this.batch({
          changes,
          rejected,
          ignored,
          position: { phase: 'stream', gtid, log },
          caught_up: this.caughtUp(read),
        });
      }
    } finally {
      this.reader = null;
      await reader.close();
    }
  }

  /** Settings may have changed since the last time, and the position may be one that this server cannot continue. */
  private async enter(from: StreamPosition, signal: AbortSignal): Promise<Log> {
    const connection = await this.connect(signal);
    try {
      const server = await preflight(connection, this.where);
      return await enterLog(connection, this.name, server.flavour, from, this.options.clock());
    } finally {
      connection.destroy();
    }
  }

  /** A connection that ends with `signal`. What is being asked then never answers: callers wait by `orAborted`. */
  private async connect(signal: AbortSignal): Promise<Connection> {
    const connection = await connect(this.where.address);
    if (signal.aborted) connection.destroy();
    const stop = () => connection.destroy();
    signal.addEventListener('abort', stop);
    connection.on('end', () => signal.removeEventListener('abort', stop));
    signal.throwIfAborted();
    return connection;
  }

  private caughtUp(read: ReadBatch): boolean {
    if (read.at_end) return true;
    return read.time_ms !== null && this.options.clock() - read.time_ms < CAUGHT_UP_MS;
  }

  private batch(part: Partial<Omit<ChangeBatch, 'position'>> & { position: Position }): ChangeBatch {
    return {
      source: `binlog:${this.options.site}`,
      changes: [],
      rejected: [],
      ignored: {},
      snapshot: false,
      caught_up: false,
      ...part,
      position: JSON.stringify(part.position),
    };
  }

  private async pause(failures: number, error: unknown, signal: AbortSignal): Promise<void> {
    const ms = Math.min(this.limits.retry_ms_max, this.limits.retry_ms_first * 2 ** Math.min(failures, 20));
    // Several addresses of one host failing at once leave the message empty.
    const { message } = error as Error;
    this.log(`${message || 'no connection'}; next attempt in ${ms} ms`);
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }

  private log(message: string): void {
    this.options.log?.(`${this.name}: ${message}`);
  }
}

/** Resolves at this time of `performance.now()`, or on abort. */
async function sleptUntil(at_ms: number, signal: AbortSignal): Promise<void> {
  const ms = at_ms - performance.now();
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** What `work` gives; rejects at once on abort, however long `work` takes. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function* untilAborted<T>(steps: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    for (;;) {
      const step = await orAborted(steps.next(), signal);
      if (step.done) return;
      yield step.value;
    }
  } finally {
    // Not awaited: a step that waits for the server never ends.
    void steps.return(undefined);
  }
}

/**
 * Two readers under one number would end each other's stream. Replicas are usually numbered with few digits, so this
 * keeps to the upper half of the 32 bits.
 */
function ownServerId(site: string): number {
  const digest = hash('sha256', `${site}:${process.pid}`);
  return (Number.parseInt(digest.slice(0, 8), 16) | 0x8000_0000) >>> 0;
}
