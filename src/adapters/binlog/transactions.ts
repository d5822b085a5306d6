/**
 * Events of the log → whole transactions. No connection and no clock here: what the server sends goes in, what it
 * committed comes out.
 *
 * ```
 * MariadbGtid 0-1-7 · TableMap · WriteRows (3 rows) · UpdateRows (1) · Xid   →  one part, 4 changes, gtid 0-1-7
 * MariadbGtid 0-1-8 (standalone) · Query TRUNCATE TABLE mdl_enrol           →  one part, 1 change, gtid 0-1-8
 * MariadbGtid 0-1-9 · TableMap of a foreign table · Xid                     →  one part, no change, gtid 0-1-9
 * ```
 *
 * A change's coordinate is its transaction's place and its number among the transaction's rows: inside a transaction
 * MariaDB from 11.4 on writes position 0.
 */
import { type AnyBinlogEvent, MariadbGtidPosition, type TableMapEvent } from '@vlasky/zongji';
import type { Change, Rejected } from '../../domain.js';
import { PositionLost } from './faults.js';
import { placeIn } from './log-identity.js';
import type { Target } from './options.js';
import { gtidsOf, type LastRead } from './position.js';
import { change, coordinate, type Origin, rejection } from './rows.js';
import { statement } from './statements.js';

/** What became whole: a transaction, a statement of its own, or a piece of a transaction too long to hold. */
export interface Part {
  changes: Change[];
  rejected: Rejected[];
  ignored: Record<string, number>;
  /** Everything up to here is handed over with this part; null = a piece, the position stays before its transaction. */
  gtid: string | null;
  /** The transaction that ended with this part, where it has a GTID of MariaDB's and a place. */
  last: LastRead | null;
  time_ms: number;
}

/**
 * A transaction with more rows of ours is handed over in pieces (a purge deletes 200,000 log rows in one statement). If
 * the reader stops in the middle, the whole comes again from its begin.
 */
export const PIECE_CHANGES = 10_000;

/** Statements after which a transaction, or the statement itself, is whole; DDL commits what was before it. */
const ENDS = new Set(['commit', 'rollback', 'truncate', 'other']);

/** What zongji's declarations leave out of its row events. */
interface RowImages {
  numberOfColumns: number;
  columns_present_bitmap: Uint8Array;
  columns_present_bitmap2?: Uint8Array;
}

/** What the reader knows of the log before its first event. */
export interface ReadLog {
  /** Orders it among the logs of several servers. */
  epoch: number;
  /** The position, where it is another server's; null = it is this log's own. */
  elsewhere: string | null;
}

export class Transactions {
  /** Names with prefix → without. */
  private readonly wanted: Map<string, string>;
  private changes: Change[] = [];
  private rejected: Rejected[] = [];
  private ignored: Record<string, number> = {};
  /** Changes and rejections before each savepoint. */
  private savepoints = new Map<string, [number, number]>();
  private rows = 0;
  /** Place of the transaction that is open. */
  private place: Origin['place'] = null;
  private last: LastRead | null = null;
  private at = '';
  /**
   * The domains of a position that came from another server, until one of them goes on. What comes before is of a domain that the
   * position does not know, sent from its beginning: perhaps older than what was read from the old server. So it has no place, and
   * its time decides.
   */
  private unpassed: ReadonlySet<string> | null;
  /** The GTID of a statement without a commit of its own (DDL), on MariaDB. */
  private standalone: { domainId: number; serverId: number; seqNo: number | string } | null = null;

  constructor(
    private readonly where: Target,
    private readonly log: ReadLog,
    private readonly emit: (part: Part) => void,
  ) {
    this.unpassed = log.elsewhere === null ? null : new Set(gtidsOf(log.elsewhere).map(({ domain }) => domain));
    this.wanted = new Map(where.tables.map((table) => [where.prefix + table, table]));
  }

  /** `executed`: the GTIDs whose commit was seen, this event included. Throws PositionLost for what cannot be read. */
  handle(event: AnyBinlogEvent, file: string, executed: string): void {
    switch (event.getTypeName()) {
      case 'MariadbGtid':
        this.begin(event, file);
        if ('standalone' in event) this.standalone = event.standalone ? event : null;
        break;
      case 'Gtid':
      case 'AnonymousGtid':
        this.begin(event, file);
        break;
      case 'TableMap':
        this.checkMetadata(event as TableMapEvent);
        break;
      case 'WriteRows':
      case 'UpdateRows':
      case 'DeleteRows':
        this.addRows(event);
        break;
      case 'Query':
        this.query(event, executed);
        break;
      // The end of a prepared XA transaction counts as its commit: Moodle uses none.
      case 'Xid':
      case 'XaPrepare':
        this.finish(executed, event.timestamp);
        break;
    }
  }

  private begin(event: AnyBinlogEvent, file: string): void {
    this.discard();
    this.standalone = null;
    const pos = event.nextPosition;
    const gtid = 'standalone' in event ? `${event.domainId}-${event.serverId}-${event.seqNo}` : null;
    if ('standalone' in event && this.unpassed?.has(String(event.domainId))) this.unpassed = null;
    // 0 = this server does not tell, and a made-up place would make new rows look older than kept ones.
    this.place = pos > 0 && this.unpassed === null ? placeIn(this.log.epoch, file, pos) : null;
    this.last = pos > 0 && gtid !== null ? { gtid, file, pos } : null;
    this.at = `${file}, position ${pos}`;
  }

  /** All that the log has was read: what comes from here on is newer. */
  atEnd(): void {
    this.unpassed = null;
  }

  private discard(): void {
    this.changes = [];
    this.rejected = [];
    this.ignored = {};
    this.savepoints.clear();
    this.rows = 0;
  }

  private finish(gtid: string | null, time_ms: number): void {
    const last = gtid === null ? null : this.last;
    this.emit({ changes: this.changes, rejected: this.rejected, ignored: this.ignored, gtid, last, time_ms });
    const { rows } = this;
    this.discard();
    if (gtid === null) this.rows = rows;
  }

  private checkMetadata(event: TableMapEvent): void {
    if (event.hasSelfDescribingMetadata()) return;
    throw this.unreadable(`rows of ${event.tableName} were written without column names (binlog_row_metadata was not FULL)`);
  }

  private unreadable(why: string): PositionLost {
    return new PositionLost(this.where.address.name, `at ${this.at} ${why}. Put the setting right first (holdfast doctor)`);
  }

  private addRows(event: AnyBinlogEvent): void {
    if (!('rows' in event) || !('tableId' in event)) return;
    const full_name = event.tableMap[event.tableId]?.tableName ?? '';
    const table = this.wanted.get(full_name);
    if (table === undefined) return;
    const images = event as unknown as RowImages;
    if (!whole(images.columns_present_bitmap, images) || !whole(images.columns_present_bitmap2, images)) {
      throw this.unreadable(`rows of ${full_name} were written in part (binlog_row_image was not FULL)`);
    }
    const origin: Origin = { table, source_ms: event.timestamp, place: this.place, at: this.at };
    const type = event.getTypeName();
    for (const row of event.rows) {
      if (type === 'UpdateRows') this.update(row as { before: Record<string, unknown>; after: Record<string, unknown> }, origin);
      else this.add(type === 'WriteRows' ? 'create' : 'delete', row as Record<string, unknown>, origin);
    }
    if (this.changes.length >= PIECE_CHANGES) this.finish(null, event.timestamp);
  }

  /** A new primary key is another row: the old one goes, the new one comes. */
  private update(row: { before: Record<string, unknown>; after: Record<string, unknown> }, origin: Origin): void {
    if (row.before.id === row.after.id) {
      this.add('update', row.after, origin);
    } else {
      this.add('delete', row.before, origin);
      this.add('create', row.after, origin);
    }
  }

  private add(op: 'create' | 'update' | 'delete', row: Record<string, unknown>, origin: Origin): void {
    const made = change(op, row, origin, this.rows);
    if (made === null) this.rejected.push(rejection(this.where.address.name, origin, this.rows));
    else this.changes.push(made);
    this.rows += 1;
  }

  private query(event: AnyBinlogEvent, executed: string): void {
    if (!('query' in event)) return;
    const said = statement(event.query, event.schema);
    if (said.kind === 'rollback') this.discard();
    if (said.kind === 'truncate') this.truncate(this.tableNamed(said), event.timestamp);
    if (said.kind === 'write') this.refuseWrite(this.tableNamed(said));
    if (said.kind === 'savepoint') this.savepoints.set(said.name, [this.changes.length, this.rejected.length]);
    if (said.kind === 'rollback-to') this.rollbackTo(said.name);
    if (said.kind === 'other' && event.schema === this.where.address.database) {
      this.ignored['schema change'] = (this.ignored['schema change'] ?? 0) + 1;
    }
    if (this.standalone !== null) this.finish(withGtid(executed, this.standalone), event.timestamp);
    else if (ENDS.has(said.kind)) this.finish(executed, event.timestamp);
  }

  private rollbackTo(savepoint: string): void {
    const [changes, rejected] = this.savepoints.get(savepoint) ?? [0, 0];
    this.changes.length = changes;
    this.rejected.length = rejected;
  }

  private refuseWrite(table: string | undefined): void {
    if (table === undefined) return;
    const name = this.where.prefix + table;
    throw this.unreadable(`a change of ${name} was logged as a statement, not as rows (binlog_format was not ROW)`);
  }

  private tableNamed(said: { database: string; table: string }): string | undefined {
    return said.database === this.where.address.database ? this.wanted.get(said.table) : undefined;
  }

  private truncate(table: string | undefined, source_ms: number): void {
    if (table === undefined) return;
    const origin: Origin = { table, source_ms, place: this.place, at: this.at };
    const { at } = this;
    this.changes.push({ table, op: 'truncate', id: null, row: null, source_ms, coordinate: coordinate(origin, this.rows), at });
    this.rows += 1;
  }
}

/** Is every column in the image? Bits beyond the last column are unset. */
function whole(bitmap: Uint8Array | undefined, images: RowImages): boolean {
  if (bitmap === undefined) return true;
  const full_bytes = images.numberOfColumns >> 3;
  for (let i = 0; i < full_bytes; i++) if (bitmap[i] !== 0xff) return false;
  const rest = images.numberOfColumns & 7;
  const mask = (1 << rest) - 1;
  return rest === 0 || ((bitmap[full_bytes] ?? 0) & mask) === mask;
}

function withGtid(executed: string, gtid: { domainId: number; serverId: number; seqNo: number | string }): string {
  const position = MariadbGtidPosition.parse(executed);
  position.add(gtid);
  return position.toString();
}
