/** Clicks in one SQLite file of their own: write-ahead log, an fsync at each commit, one writing process, any number of readers. */
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
  keyText,
} from '../../click-ports.js';
import type { Rejected, WindowRow, WindowTable } from '../../domain.js';
import { STORE_KEYS_MAX, StoreUnavailable } from '../../ports.js';
import { readClickOutbox, writeClickOutbox } from './click-outbox.js';
import { forgetClicks } from './click-retention.js';
import { clickOf, clickReferenceOf, clickWindowOf, writeClickReferences, writeClicks, writeClickWindows } from './click-rows.js';
import { addCount, writePosition, writeRejected } from './commit.js';
import type { Connection } from './connection.js';
import { endLease, writeLease } from './lanes.js';
import { knownMigrations } from './migrate.js';
import { type OpenFile, openForReading, openOwned } from './open.js';
import { confirmOutbox, countOutbox } from './outbox.js';
import { insertRows, upsertRows, writeRows } from './rows.js';

const CLOCK = upsertRows('clock', ['id', 'clock'], ['id']);
const SEEN = insertRows('seen_ids', ['id', 'time_ms'], 'ON CONFLICT (id) DO NOTHING');

export class SqliteClickStore extends ClickStore {
  #opened: (OpenFile & { mode: 'own' | 'read' }) | null = null;

  constructor(
    readonly file: string,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  async open(mode: 'own' | 'read' = 'own'): Promise<void> {
    if (this.#opened) throw new Error(`the store ${this.file} is open already`);
    const known = knownMigrations('sqlite-clicks');
    this.#opened = { ...(mode === 'own' ? openOwned(this.file, this.now(), known) : openForReading(this.file, known)), mode };
  }

  async close(): Promise<void> {
    const open = this.#opened;
    this.#opened = null;
    open?.connection.close();
    open?.claim?.release();
  }

  async commit(commit: ClickCommit): Promise<void> {
    const connection = this.#owned;
    const fault = clickCommitFault(commit);
    if (fault !== null) throw new TypeError(`this commit cannot be kept: ${fault}`);
    connection.transaction(() => {
      if (commit.position) writePosition(connection, commit.position);
      if (commit.clock) connection.prepare(CLOCK(1)).run([1, JSON.stringify(commit.clock)]);
      for (const changes of commit.windows ?? []) writeClickWindows(connection, changes);
      writeClicks(connection, commit.clicks ?? []);
      writeRows(
        connection,
        SEEN,
        (commit.seen ?? []).map(({ id, time_ms }) => [id, time_ms]),
      );
      writeClickReferences(connection, commit.references ?? []);
      writeRejected(connection, commit.rejected ?? []);
      for (const [name, count] of Object.entries(commit.counts ?? {})) addCount(connection, 'counted', name, count);
      writeClickOutbox(connection, commit);
    });
  }

  async position(source: string): Promise<string | null> {
    const [row] = this.#held.prepare('SELECT position FROM positions WHERE source = ?').all([source]);
    return row ? String(row.position) : null;
  }

  async clock(): Promise<ClickClock | null> {
    const [row] = this.#held.prepare('SELECT clock FROM clock').all();
    return row ? (JSON.parse(String(row.clock)) as ClickClock) : null;
  }

  async seen(ids: string[]): Promise<string[]> {
    const one = this.#held.prepare('SELECT 1 FROM seen_ids WHERE id = ?');
    return few(ids).filter((id) => one.all([id]).length > 0);
  }

  async references(table: ClickReferenceTable, keys: ClickUser[]): Promise<ClickReference[]> {
    const one = this.#held.prepare('SELECT * FROM click_references WHERE table_name = ? AND key = ? ORDER BY valid_from_ms');
    const texts = [...new Set(few(keys).map((key) => keyText([key])))].sort((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    return texts.flatMap((text) => one.all([table, text]).map(clickReferenceOf));
  }

  async heldWindows({ name }: WindowTable, end_from: number): Promise<WindowRow<ClickKey>[]> {
    const rows = this.#held.prepare('SELECT * FROM windows WHERE table_name = ? AND end_ms >= ? ORDER BY key, start_ms');
    return rows.all([name, end_from]).map(clickWindowOf);
  }

  async windows(
    { name }: WindowTable,
    { from_ms, to_ms }: ClickFilter,
    { after, limit }: { after?: { key: readonly ClickKey[]; start: number }; limit: number },
  ): Promise<WindowRow<ClickKey>[]> {
    const sql = [
      'SELECT * FROM windows WHERE table_name = ?',
      ...(after ? ['(key, start_ms) > (?, ?)'] : []),
      ...(from_ms === undefined ? [] : ['start_ms >= ?']),
      ...(to_ms === undefined ? [] : ['start_ms < ?']),
    ].join(' AND ');
    const values = [
      name,
      ...(after ? [keyText(after.key), after.start] : []),
      ...[from_ms, to_ms].filter((ms) => ms !== undefined),
    ];
    return this.#held
      .prepare(`${sql} ORDER BY key, start_ms LIMIT ?`)
      .all([...values, limit])
      .map(clickWindowOf);
  }

  async clicks(
    { from_ms, to_ms }: ClickFilter,
    { after, limit }: { after?: { time_ms: number; id: string }; limit: number },
  ): Promise<JoinedClick[]> {
    const conditions = [
      ...(after ? ['(time_ms, id) > (?, ?)'] : []),
      ...(from_ms === undefined ? [] : ['time_ms >= ?']),
      ...(to_ms === undefined ? [] : ['time_ms < ?']),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const values = [...(after ? [after.time_ms, after.id] : []), ...[from_ms, to_ms].filter((ms) => ms !== undefined)];
    return this.#held
      .prepare(`SELECT * FROM clicks ${where} ORDER BY time_ms, id LIMIT ?`)
      .all([...values, limit])
      .map(clickOf);
  }

  async rejected({ after, limit }: { after?: [string, string, string]; limit: number }): Promise<Rejected[]> {
    const where = after ? 'WHERE (source, position, reason) > (?, ?, ?)' : '';
    const sql = `SELECT source, position, reason, detail FROM rejected ${where} ORDER BY source, position, reason LIMIT ?`;
    return this.#held.prepare(sql).all([...(after ?? []), limit]) as unknown as Rejected[];
  }

  async counts(): Promise<{ rejected: Record<string, number>; counts: Record<string, number> }> {
    const of = (kind: string) =>
      Object.fromEntries(
        this.#held
          .prepare('SELECT name, count FROM counts WHERE kind = ? ORDER BY name')
          .all([kind])
          .map(({ name, count }) => [String(name), Number(count)]),
      );
    return { rejected: of('rejected'), counts: of('counted') };
  }

  async retain(before_ms: number): Promise<number> {
    return forgetClicks(() => this.#owned, before_ms);
  }

  async lease(name: string, holder: string, ttl_ms: number): Promise<number | null> {
    return writeLease(this.#owned, name, holder, ttl_ms, this.now());
  }

  async release(name: string, holder: string): Promise<void> {
    endLease(this.#owned, name, holder);
  }

  async outbox(sink: string, limit: number): Promise<ClickOutboxEntry[]> {
    return readClickOutbox(this.#held, sink, limit);
  }

  async confirm(sink: string, ids: number[]): Promise<void> {
    confirmOutbox(this.#owned, sink, ids);
  }

  async backlog(sink: string): Promise<number> {
    return countOutbox(this.#held, sink);
  }

  get #held(): Connection {
    if (!this.#opened) throw new Error(`the store ${this.file} is not open`);
    return this.#opened.connection;
  }

  get #owned(): Connection {
    if (this.#opened?.mode !== 'read') return this.#held;
    throw new StoreUnavailable(`The store ${this.file} is open for reading only`, 'Open it as its owner to write to it.');
  }
}

function few<T>(keys: T[]): T[] {
  if (keys.length > STORE_KEYS_MAX) throw new RangeError(`${keys.length} keys in one question; ${STORE_KEYS_MAX} are allowed`);
  return keys;
}
