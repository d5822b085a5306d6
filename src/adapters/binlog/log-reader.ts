/** One connection that follows the log from a GTID, until it breaks or is closed. */
import ZongJi, { type AnyBinlogEvent } from '@vlasky/zongji';
import type { Connection } from 'mysql2';
import { connectionOptions, IDLE_CONNECTION_S } from './connect.js';
import type { BinlogLimits, Target } from './options.js';
import { type ReadLog, Transactions } from './transactions.js';
import { type Gathered, Waiting } from './waiting.js';

/** The server says so often that it is there, and that nothing is waiting. */
const HEARTBEAT_MS = 1_000;
/** So many heartbeats missed: the connection is dead without a word (a firewall forgot it, the machine is gone). */
const SILENCE_MS_MAX = 30_000;
/** A position that only foreign transactions moved is handed over this often, and an unmoved one (a sign of life) this often. */
const MOVED_MS = 1_000;
const IDLE_MS = 10_000;
/** After stop() zongji asks the server to end its sending thread, and gives up after a second. */
const STOP_MS_MAX = 2_000;

const EVENTS = [
  'mariadbgtid',
  'gtid',
  'anonymousgtid',
  'tablemap',
  'writerows',
  'updaterows',
  'deleterows',
  'query',
  'xid',
  'xaprepare',
  'heartbeat',
];

export interface ReadBatch extends Gathered {
  /** Nothing more was waiting at the server. */
  at_end: boolean;
}

export class LogReader {
  private readonly zongji: ZongJi;
  private readonly waiting: Waiting;
  private failure: unknown = null;
  private wake: (() => void) | null = null;
  private at_end = false;
  private told_end = false;
  private paused = false;
  private heard_ms = performance.now();
  private handed_ms = performance.now();

  constructor(
    where: Target,
    gtid: string,
    log: ReadLog,
    server_id: number,
    private readonly limits: BinlogLimits,
  ) {
    this.waiting = new Waiting(limits.batch_changes, limits.linger_ms);
    const transactions = new Transactions(where, log, (part) => this.waiting.add(part, performance.now()));
    this.zongji = new ZongJi(connectionOptions(where.address) as ConstructorParameters<typeof ZongJi>[0]);
    this.zongji.on('error', (error) => this.fail(error));
    this.zongji.on('ready', () => this.onReady());
    this.zongji.on('binlog', (event) => this.onEvent(event, transactions));
    const tables = where.tables.map((table) => where.prefix + table);
    const includeSchema = { [where.address.database]: tables };
    this.zongji.start({ gtidSet: gtid, serverId: server_id, includeEvents: EVENTS, includeSchema });
  }

  /** Changes that were read and wait: bounded by `waiting_changes` and one transaction piece. */
  get backlog(): number {
    return this.waiting.changes;
  }

  /** The next batch, as soon as it is due; null when `signal` aborted. Throws what broke the connection, after all whole batches. */
  async next(signal: AbortSignal): Promise<ReadBatch | null> {
    for (let silent_twice = false; ; ) {
      if (signal.aborted) return null;
      const now_ms = performance.now();
      const due_ms = this.due_at_ms() - now_ms;
      if (due_ms <= 0) return this.hand(now_ms);
      if (this.failure !== null) {
        if (this.waiting.due_at_ms() === null) throw this.failure;
        return this.hand(now_ms);
      }
      const silent = now_ms - this.heard_ms > SILENCE_MS_MAX;
      if (silent && silent_twice) throw Object.assign(new Error('the server fell silent'), { code: 'ETIMEDOUT' });
      // A process that was busy all the while has not looked yet: what arrived is read during the second wait.
      silent_twice = silent;
      await this.wait(silent ? 2 * HEARTBEAT_MS : Math.min(due_ms, SILENCE_MS_MAX), signal);
    }
  }

  async close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STOP_MS_MAX);
      this.zongji.on('stopped', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.zongji.stop();
    await stopped;
  }

  private due_at_ms(): number {
    const changes_ms = this.waiting.due_at_ms();
    if (changes_ms !== null) return changes_ms;
    if (this.at_end && !this.told_end) return 0;
    return this.handed_ms + (this.waiting.moved ? MOVED_MS : IDLE_MS);
  }

  private hand(now_ms: number): ReadBatch {
    const batch = this.waiting.take();
    this.handed_ms = now_ms;
    const at_end = this.at_end && this.waiting.changes === 0;
    if (at_end) this.told_end = true;
    if (this.paused && this.waiting.changes < this.limits.waiting_changes / 2) {
      this.paused = false;
      this.heard_ms = now_ms;
      this.connection?.resume();
    }
    return { ...batch, at_end };
  }

  private async wait(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.wake = done;
    });
  }

  private get connection(): Connection | null {
    return this.zongji.connection;
  }

  /** Before the log is asked for: zongji has no option for heartbeats, and a server sends none unasked. */
  private onReady(): void {
    const period_ns = HEARTBEAT_MS * 1_000_000;
    this.connection?.query(`SET @master_heartbeat_period = ${period_ns}, @source_heartbeat_period = ${period_ns}`);
    // Else a server that was filled from a backup newer than the position would leave out what lies between, without an error.
    this.connection?.query('SET @slave_gtid_strict_mode = 1');
    // zongji's second connection is idle for ever; a server that closes idle ones would end the stream with it.
    this.zongji.ctrlConnection?.query(`SET SESSION wait_timeout = ${IDLE_CONNECTION_S}`);
    // An orderly shutdown ends the stream without an error.
    this.connection?.on('end', () => this.fail(Object.assign(new Error('the server ended the stream'), { code: 'ECONNRESET' })));
  }

  private onEvent(event: AnyBinlogEvent, transactions: Transactions): void {
    if (this.failure !== null) return;
    const due_ms = this.due_at_ms();
    this.heard_ms = performance.now();
    const idle = event.getTypeName() === 'Heartbeat';
    if (idle !== this.at_end) {
      this.at_end = idle;
      this.told_end = false;
      if (idle) transactions.atEnd();
    }
    try {
      transactions.handle(event, String(this.zongji.options.filename), this.zongji.gtidSet ?? '');
    } catch (error) {
      this.fail(error);
    }
    if (this.waiting.changes >= this.limits.waiting_changes) {
      this.paused = true;
      this.connection?.pause();
    }
    // The consumer sleeps until what was due before this event.
    if (this.due_at_ms() < due_ms) this.wake?.();
  }

  private fail(error: unknown): void {
    this.failure ??= error;
    this.wake?.();
  }
}
