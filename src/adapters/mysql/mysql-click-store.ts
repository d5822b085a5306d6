/**
 * Clicks in a MariaDB or MySQL database, in tables of their own (`click_…`) beside the site's or without them. Several processes
 * may have it open; which of them counts is decided by the lease, and by the position inside each commit. While the server is
 * away, everything waits for it.
 */
import {
  type ClickClock,
  type ClickCommit,
  type ClickFilter,
  type ClickKey,
  type ClickOutboxEntry,
  type ClickReference,
  type ClickReferenceTable,
  ClickStore,
  type ClickUser,
  clickCommitFault,
  type JoinedClick,
} from '../../click-ports.js';
import type { Rejected, WindowRow, WindowTable } from '../../domain.js';
import { STORE_KEYS_MAX, type StoreMode, StoreUnavailable } from '../../ports.js';
import { type Address, parseAddress } from './address.js';
import { writeClickOutbox } from './click-outbox.js';
import { forgetClicks } from './click-retention.js';
import {
  readClickReferences,
  readClicks,
  readClickWindows,
  readHeldClickWindows,
  readSeenIds,
  writeClickReferences,
  writeClicks,
  writeClickWindows,
  writeSeenIds,
} from './click-rows.js';
import { movePosition } from './commit.js';
import { Database, type DatabaseOptions, type Sql } from './database.js';
import { endLease, takeLease } from './lanes.js';
import { commitOnce } from './once.js';
import { openClickDatabase } from './open.js';
import { confirmOutbox, countOutbox, readOutbox } from './outbox.js';
import { writeCounts, writeRejected } from './rejections.js';
import { literal, upsert, writeRows } from './rows.js';

const CLOCK = upsert('click_clock', ['id', 'clock'], ['id']);
const POSITIONS = 'click_positions';
const OUTBOX = 'click_outbox';
const LEASES = 'click_leases';
const PREFIX = 'click_';
/** Clicks are counted by one process at a time. */
const NO_LANE = '';

export class MysqlClickStore extends ClickStore {
  readonly #address: Address;
  #opened: { database: Database; mode: StoreMode } | null = null;

  /** `url`: as for the site's store, and usually the same. */
  constructor(
    url: string,
    private readonly options: DatabaseOptions = {},
  ) {
    super();
    this.#address = parseAddress(url);
  }

  /** For people: without user and password. */
  get name(): string {
    return this.#address.name;
  }

  async open(mode: StoreMode = 'own'): Promise<void> {
    if (this.#opened) throw new Error(`the store ${this.name} is open already`);
    const database = new Database(this.#address, this.options);
    try {
      await openClickDatabase(database, mode);
    } catch (error) {
      await database.close();
      throw error;
    }
    this.#opened = { database, mode };
  }

  async close(): Promise<void> {
    const open = this.#opened;
    this.#opened = null;
    await open?.database.close();
  }

  async commit(commit: ClickCommit): Promise<void> {
    const database = this.#owned;
    const fault = clickCommitFault(commit);
    if (fault !== null) throw new TypeError(`this commit cannot be kept: ${fault}`);
    await commitOnce(database, commit.position, POSITIONS, (sql) => writeClickCommit(sql, commit));
  }

  async position(source: string): Promise<string | null> {
    const [row] = await this.#read((sql) => sql.rows(`SELECT position FROM ${POSITIONS} WHERE source = ${literal(source)}`));
    return row ? String(row.position) : null;
  }

  async clock(): Promise<ClickClock | null> {
    const [row] = await this.#read((sql) => sql.rows('SELECT clock FROM click_clock'));
    return row ? JSON.parse(String(row.clock)) : null;
  }

  async seen(ids: string[]): Promise<string[]> {
    return this.#read((sql) => readSeenIds(sql, few(ids)));
  }

  async references(table: ClickReferenceTable, keys: ClickUser[]): Promise<ClickReference[]> {
    return this.#read((sql) => readClickReferences(sql, table, few(keys)));
  }

  async heldWindows({ name }: WindowTable, end_from: number): Promise<WindowRow<ClickKey>[]> {
    return this.#read((sql) => readHeldClickWindows(sql, name, end_from));
  }

  async windows(
    { name }: WindowTable,
    filter: ClickFilter,
    page: { after?: { key: readonly ClickKey[]; start: number }; limit: number },
  ): Promise<WindowRow<ClickKey>[]> {
    return this.#read((sql) => readClickWindows(sql, name, filter, page));
  }

  async clicks(filter: ClickFilter, page: { after?: { time_ms: number; id: string }; limit: number }): Promise<JoinedClick[]> {
    return this.#read((sql) => readClicks(sql, filter, page));
  }

  async rejected({ after, limit }: { after?: [string, string, string]; limit: number }): Promise<Rejected[]> {
    const where = after ? `WHERE (source, position, reason) > (${after.map(literal).join(', ')})` : '';
    const order = 'ORDER BY source, position, reason';
    const rows = await this.#read((sql) =>
      sql.rows(`SELECT source, position, reason, detail FROM click_rejected ${where} ${order} LIMIT ${literal(limit)}`),
    );
    return rows.map(({ source, position, reason, detail }) => ({
      source: String(source),
      position: String(position),
      reason: String(reason) as Rejected['reason'],
      detail: String(detail),
    }));
  }

  async counts(): Promise<{ rejected: Record<string, number>; counts: Record<string, number> }> {
    const sum = 'SELECT kind, name, sum(count) AS count FROM click_counts GROUP BY kind, name ORDER BY name';
    const rows = await this.#read((sql) => sql.rows(sum));
    const of = (kind: string) =>
      Object.fromEntries(rows.filter((row) => String(row.kind) === kind).map((row) => [String(row.name), Number(row.count)]));
    return { rejected: of('rejected'), counts: of('counted') };
  }

  async retain(before_ms: number): Promise<number> {
    return forgetClicks(this.#owned, before_ms);
  }

  async lease(name: string, holder: string, ttl_ms: number): Promise<number | null> {
    return this.#write((sql) => takeLease(sql, name, holder, ttl_ms, LEASES));
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#write((sql) => endLease(sql, name, holder, LEASES));
  }

  async outbox(sink: string, limit: number): Promise<ClickOutboxEntry[]> {
    return this.#read((sql) => readOutbox<ClickOutboxEntry>(sql, sink, limit, OUTBOX));
  }

  async confirm(sink: string, ids: number[]): Promise<void> {
    await this.#write((sql) => confirmOutbox(sql, sink, ids, OUTBOX));
  }

  async backlog(sink: string): Promise<number> {
    return this.#read((sql) => countOutbox(sql, sink, OUTBOX));
  }

  async #read<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const database = this.#held;
    return database.again(() => database.connected(work));
  }

  /** For what may be done twice: if the connection breaks while it is committed, it is done again. */
  async #write<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const database = this.#owned;
    return database.again(() => database.transaction(work));
  }

  get #held(): Database {
    if (!this.#opened) throw new Error(`the store ${this.name} is not open`);
    return this.#opened.database;
  }

  /** For what writes. */
  get #owned(): Database {
    if (this.#opened?.mode !== 'read') return this.#held;
    throw new StoreUnavailable(`The store ${this.name} is open for reading only`, 'Open it as its owner to write to it.');
  }
}

/** First what may refuse the commit, and locks out whoever moves the same position. */
async function writeClickCommit(sql: Sql, commit: ClickCommit): Promise<void> {
  if (commit.position) await movePosition(sql, commit.position, POSITIONS);
  if (commit.clock) await writeRows(sql, CLOCK, [[1, JSON.stringify(commit.clock)]]);
  for (const changes of commit.windows ?? []) await writeClickWindows(sql, changes);
  await writeClicks(sql, commit.clicks ?? []);
  await writeSeenIds(sql, commit.seen ?? []);
  await writeClickReferences(sql, commit.references ?? []);
  await writeRejected(sql, commit.rejected ?? [], NO_LANE, PREFIX);
  await writeCounts(sql, 'counted', commit.counts ?? {}, NO_LANE, PREFIX);
  await writeClickOutbox(sql, commit);
}

function few<Key>(keys: Key[]): Key[] {
  if (keys.length > STORE_KEYS_MAX) throw new RangeError(`${keys.length} keys in one question; ${STORE_KEYS_MAX} are allowed`);
  return keys;
}
