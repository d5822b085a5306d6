/**
 * The doors of click analytics: another purpose than student support, so its nouns, store and sources are its own and nothing
 * here knows a Moodle identity. As in `ports.ts`, the contract stands in the comments.
 *
 * Times are epoch milliseconds UTC and end in `_ms`.
 */
import type { Rejected, WindowChanges, WindowRow, WindowTable } from './domain.js';

// ----------------------------------------------------------------------------------------------------------------- nouns

/** Whom a site knows its visitor as. Numbers stay numbers: 7 and '7' of one site are the same user, written 7. */
export type ClickUser = number | string;

/** A request to one of the university's sites, whatever shape it was reported in. */
export interface Click {
  /** The sender's own id, by which a second delivery is known; null = it has none. */
  id: string | null;
  time_ms: number;
  user_id: ClickUser | null;
  ip: string | null;
  /** As web servers log it: `GET /index.html HTTP/1.1`; a product's page view has its address. */
  request: string | null;
  status: number | null;
  bytes: number | null;
  referrer: string | null;
  agent: string | null;
  /** The sender's own session, if it has any; ours are made from time alone. */
  session_id: string | null;
  /** Where the record itself says the visitor is; else what is known of the user, else of the address. */
  city: string | null;
  country: string | null;
  /** The record's other columns, as it has them: partner_name, page_type, language. */
  extra: Record<string, string | number | boolean | null>;
}

/** Something that happened to a product: `{"eventName":"purchase","productId":…}`. */
export interface ProductEvent {
  id: string | null;
  time_ms: number;
  name: string;
  user_id: ClickUser | null;
  product_id: string | null;
}

export const CLICK_REFERENCES = ['users', 'codes'] as const;
export type ClickReferenceTable = (typeof CLICK_REFERENCES)[number];

/** A version of a row that clicks are joined to as of their own time. */
export interface ClickReference {
  table: ClickReferenceTable;
  /** user_id or code. */
  key: ClickUser;
  /** From when on it holds, inclusive. The earliest version of a key holds from the beginning of time. */
  valid_from_ms: number;
  /** users: username, registered_at, first_name, last_name, city, level. codes: definition. */
  row: Record<string, string | number | null>;
}

/** A click as it is kept: joined to what was known of user, code, address and agent when it was counted. */
export interface JoinedClick {
  time_ms: number;
  /** Identity together with the time: the sender's id, or source and place. */
  id: string;
  user_id: ClickUser | null;
  username: string | null;
  first_name: string | null;
  last_name: string | null;
  level: string | null;
  city: string | null;
  country: string | null;
  ip: string | null;
  request: string | null;
  status: number | null;
  definition: string | null;
  bytes: number | null;
  referrer: string | null;
  agent: string | null;
  browser: string | null;
  os: string | null;
  bot: boolean;
  session_id: string | null;
  extra: Record<string, string | number | boolean | null>;
}

// ----------------------------------------------------------------------------------------------------------------- source

/** One record as it came in and was read. `id`: identity of a click or event that brings none of its own. */
export type ClickRecord =
  | { kind: 'click'; click: Click; id: string }
  | { kind: 'event'; event: ProductEvent; id: string }
  | { kind: 'reference'; reference: ClickReference };

/** What a source of clicks hands over at once; acknowledged only after it is committed. */
export interface ClickBatch {
  records: ClickRecord[];
  rejected: Rejected[];
  /** Where the source is once this batch is done; absent for what cannot be asked for again (HTTP, UDP). */
  position?: { source: string; from: string | null; to: string };
  /** The record comes from a live site: what is dated more than 24 h ahead of the wall clock is refused as `future`. */
  live: boolean;
}

// ------------------------------------------------------------------------------------------------------------------ store

export type ClickKey = number | string | null;

export interface ClickClock {
  /** Greatest time of a counted click, the jump rule applied; null before the first. */
  now_ms: number | null;
  /** Times more than 30 days ahead that wait for confirmation. */
  ahead: { user_id: number; time_ms: number }[];
}

/** Everything that one batch of clicks changed. Written whole or not at all. */
export interface ClickCommit {
  /** Compare-and-set: `StalePosition` (ports.ts) unless the stored position equals `from`. */
  position?: { source: string; from: string | null; to: string };
  clock?: ClickClock;
  /** Deletes go first. Rows are absolute. */
  windows?: WindowChanges<ClickKey>[];
  /** A (time_ms, id) that is there stays as it is. */
  clicks?: JoinedClick[];
  /** The senders' ids that were counted, with the time of the click: kept until `retain` passes that time. */
  seen?: { id: string; time_ms: number }[];
  /** A version with the same table, key and valid_from_ms is replaced. */
  references?: ClickReference[];
  /** Known by (source, position, reason); kept to REJECTED_KEPT per source (ports.ts) and counted beyond it. */
  rejected?: Rejected[];
  /** Added to what was counted: `late visitors_per_min`, `udp dropped`. */
  counts?: Record<string, number>;
  /** Sinks that have to hear of the windows and clicks of this commit. */
  sinks?: string[];
}

/** What no store can keep: a value that is no number, a time that is no whole one. Says where: `windows.things.values`. Null: all is well. */
export function clickCommitFault({ windows = [], clicks = [], seen = [], references = [] }: ClickCommit): string | null {
  for (const { table, deletes, upserts } of windows) {
    if (!deletes.every(({ start }) => Number.isSafeInteger(start))) return `windows.${table.name}.start`;
    for (const { key, start, end, values } of upserts) {
      if (key.some((part) => typeof part === 'number' && !Number.isFinite(part))) return `windows.${table.name}.key`;
      if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return `windows.${table.name}.start or end`;
      if (!values.every(Number.isFinite)) return `windows.${table.name}.values`;
    }
  }
  if (![...clicks, ...seen].every(({ time_ms }) => Number.isSafeInteger(time_ms))) return 'clicks.time_ms';
  return references.every(({ valid_from_ms }) => Number.isSafeInteger(valid_from_ms)) ? null : 'references.valid_from_ms';
}

export interface ClickOutboxEntry {
  /** Grows with each commit. */
  id: number;
  windows: WindowChanges<ClickKey>[];
  clicks: JoinedClick[];
}

/** Half-open in time. */
export interface ClickFilter {
  /** Inclusive; compared with a window's start, or a click's time. */
  from_ms?: number;
  /** Exclusive. */
  to_ms?: number;
}

/**
 * The truth about clicks, in a place of its own: for SQLite a file beside the site's, for MySQL tables named `click_*`.
 * `commit` is atomic and durable when its promise resolves; a second process on the same SQLite file is refused, and errors are
 * those of `Store` (`StoreUnavailable`, `StalePosition`). Reading gives committed rows only.
 */
export abstract class ClickStore {
  /** `read`: beside the one process that counts; commits are refused. */
  abstract open(mode?: 'own' | 'read'): Promise<void>;
  abstract close(): Promise<void>;
  abstract commit(commit: ClickCommit): Promise<void>;

  abstract position(source: string): Promise<string | null>;
  abstract clock(): Promise<ClickClock | null>;
  /** Those of the given ids that were counted. At most 500 a call (`STORE_KEYS_MAX`). */
  abstract seen(ids: string[]): Promise<string[]>;
  /** Every version of these keys, by key and time. At most 500 keys a call. */
  abstract references(table: ClickReferenceTable, keys: ClickUser[]): Promise<ClickReference[]>;

  /** Windows whose end (start, for a table without an end column) is ≥ `end_from`: what the engine holds after a restart. */
  abstract heldWindows(table: WindowTable, end_from: number): Promise<WindowRow<ClickKey>[]>;
  /**
   * Windows whose start is in the filter, ascending by (key, start): numbers before texts, texts by their UTF-8 bytes (`keyText`).
   * `after` is exclusive.
   */
  abstract windows(
    table: WindowTable,
    filter: ClickFilter,
    page: { after?: { key: readonly ClickKey[]; start: number }; limit: number },
  ): Promise<WindowRow<ClickKey>[]>;
  /** Clicks in the filter, ascending by (time_ms, id); `after` is exclusive. */
  abstract clicks(filter: ClickFilter, page: { after?: { time_ms: number; id: string }; limit: number }): Promise<JoinedClick[]>;
  /** By (source, position, reason). */
  abstract rejected(page: { after?: [string, string, string]; limit: number }): Promise<Rejected[]>;
  /** How many rejections there were by reason, and what `commit` counted. */
  abstract counts(): Promise<{ rejected: Record<string, number>; counts: Record<string, number> }>;

  /**
   * Forgets clicks, ids and windows (but those of a table without an end in time, start 0 and end 0) that ended before. Says how many
   * rows went. In steps, between which commits come through: a fault in the middle leaves the rest to the next call.
   */
  abstract retain(before_ms: number): Promise<number>;

  /** As in `Store`: one process at a time, the token grows. null: another has it. */
  abstract lease(name: string, holder: string, ttl_ms: number): Promise<number | null>;
  abstract release(name: string, holder: string): Promise<void>;
  /** The oldest entries that this sink has not confirmed, by id. */
  abstract outbox(sink: string, limit: number): Promise<ClickOutboxEntry[]>;
  abstract confirm(sink: string, ids: number[]): Promise<void>;
  abstract backlog(sink: string): Promise<number>;
}

// ------------------------------------------------------------------------------------------------------------------- keys

const NUMBER = 'n';
const TEXT = 't';
const NOTHING = '0';
/**
 * Between two columns. In a text it, the sign of escape itself and NUL, which would sort before it and which SQLite cannot keep, are
 * two characters that sort as they do.
 */
const SEPARATOR = '\u0001';
const NUL = '\0';
const ESCAPE = '\u0002';
const SIGN = 1n << 63n;
const ALL = (1n << 64n) - 1n;
const HEX_DIGITS = 16;
const bits = new DataView(new ArrayBuffer(8));

/**
 * A key as text, for stores that have one column for all tables' keys. The order of the texts' UTF-8 bytes is that of the keys: column by
 * column, nothing before numbers before texts, numbers by value. `keyOfText` gives the key back, exactly.
 */
export function keyText(key: readonly ClickKey[]): string {
  return key.map(partText).join(SEPARATOR);
}

export function keyOfText(text: string): ClickKey[] {
  return text === '' ? [] : text.split(SEPARATOR).map(partOf);
}

/** A double's bits as hex digits: of a negative number all are turned over, of another the sign alone, so that they sort by value. */
function partText(part: ClickKey): string {
  if (part === null) return NOTHING;
  if (typeof part === 'string')
    return TEXT + part.replaceAll(ESCAPE, `${ESCAPE}b`).replaceAll(SEPARATOR, `${ESCAPE}a`).replaceAll(NUL, `${ESCAPE}0`);
  bits.setFloat64(0, part);
  const raw = bits.getBigUint64(0);
  return NUMBER + (raw & SIGN ? raw ^ ALL : raw | SIGN).toString(16).padStart(HEX_DIGITS, '0');
}

function partOf(text: string): ClickKey {
  const rest = text.slice(1);
  if (text[0] === TEXT)
    return rest.replaceAll(`${ESCAPE}0`, NUL).replaceAll(`${ESCAPE}a`, SEPARATOR).replaceAll(`${ESCAPE}b`, ESCAPE);
  if (text[0] !== NUMBER) return null;
  const sorted = BigInt(`0x${rest}`);
  bits.setBigUint64(0, sorted & SIGN ? sorted ^ SIGN : sorted ^ ALL);
  return bits.getFloat64(0);
}

// ------------------------------------------------------------------------------------------------------------ click as text

const UNKNOWN: Omit<JoinedClick, 'time_ms' | 'id'> = {
  user_id: null,
  username: null,
  first_name: null,
  last_name: null,
  level: null,
  city: null,
  country: null,
  ip: null,
  request: null,
  status: null,
  definition: null,
  bytes: null,
  referrer: null,
  agent: null,
  browser: null,
  os: null,
  bot: false,
  session_id: null,
  extra: {},
};

/** A click for stores that keep it as JSON: without its key, and without what is not known of it. */
export function clickText({ time_ms: _time, id: _id, ...rest }: JoinedClick): string {
  const known: Record<string, unknown> = {};
  for (const name in rest) {
    const value = rest[name as keyof typeof rest];
    if (value !== null && value !== false) known[name] = value;
  }
  return JSON.stringify(known);
}

export function clickOfText(time_ms: number, id: string, text: string): JoinedClick {
  return { time_ms, id, ...UNKNOWN, ...(JSON.parse(text) as Partial<JoinedClick>) };
}
