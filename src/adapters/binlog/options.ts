/** How to reach Moodle's database and what to take from it. */
import { readFileSync } from 'node:fs';

export interface BinlogOptions {
  /** `mysql://user:password@host:3306/moodle`, also `mariadb://`; `?ssl=true` for TLS with a checked certificate, `?ca=FILE` against that authority. */
  url: string;
  /** Name of the site: key of the position in the store. */
  site: string;
  /** Moodle's table prefix: `mdl_`. */
  prefix: string;
  /** Tables without prefix. The log (`logstore_standard_log`) is copied last, whatever its place here. */
  tables: readonly string[];
  /** Those of them that need not be there. */
  optional?: readonly string[];
  /** Epoch milliseconds: decides `caught_up`, and which of two servers' logs was met first. */
  clock: () => number;
  /** Told of what mends itself: a lost connection, a new attempt. */
  log?: (message: string) => void;
  /** Told how far the copy is, after each piece of it; null = it is through. */
  copied?: (so_far: CopySoFar | null) => void;
  /** Number of this reader among the server's replicas; each needs its own. Default: from site and process id. */
  server_id?: number;
  limits?: Partial<BinlogLimits>;
}

export interface CopySoFar {
  /** The one that is being copied. */
  table: string;
  /** Of all tables, as far as the server can tell: its count of rows is an estimate. */
  rows: number;
  rows_known: number;
}

export interface BinlogLimits {
  /** A batch is handed over once it holds so many changes… */
  batch_changes: number;
  /** …or its first change has waited so long. */
  linger_ms: number;
  /** Changes read and not yet handed over: above this the connection is paused, below half of it resumed. */
  waiting_changes: number;
  /** Rows copied with one SELECT of the snapshot. */
  chunk_rows: number;
  /** The copy reads no more than this, so that a server that people work on is not held up. */
  copied_rows_per_s: number;
  /** After so many rows the copy goes on as of a new moment. */
  moment_rows: number;
  /** First and longest pause before a new attempt. */
  retry_ms_first: number;
  retry_ms_max: number;
}

export const BINLOG_LIMITS: BinlogLimits = {
  // One commit of a store costs 2 ms: at this size it is a few microseconds a row, and a batch stays a few megabytes.
  batch_changes: 2_000,
  // Unseen beside the 100 ms that Moodle takes to write a page's log rows.
  linger_ms: 200,
  // The next batches are ready while one is committed; at about 2 KB a row this is 16 MB.
  waiting_changes: 8_000,
  chunk_rows: 2_000,
  // The store is slower than this, so by default nothing is held back.
  copied_rows_per_s: Number.POSITIVE_INFINITY,
  // A transaction that stays open makes the server keep every old version of every row: minutes are harmless, hours are not.
  moment_rows: 2_000_000,
  retry_ms_first: 250,
  // A server's restart is noticed within this time, and nobody's log fills up meanwhile.
  retry_ms_max: 30_000,
};

/** The log's table: the largest by far, and its rows mean more when the reference rows are there already. */
export const LOG_TABLE = 'logstore_standard_log';

/** Columns that are never kept, in whatever table (users, enrolment keys, quiz passwords). */
export const SECRET_COLUMNS = ['password', 'secret'] as const;

export interface Address {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  ssl: boolean;
  /** PEM of the authority that signed the server's certificate; null = the authorities that Node knows. */
  ca: string | null;
  /** For people: no user and no password. */
  name: string;
}

/**
 * `mysql://holdfast:pw@db:3307/moodle` → host db, port 3307, user holdfast, database moodle, name `mysql://db:3307/moodle`.
 * User and password may be percent-encoded (`%40` for @).
 */
export function parseAddress(url: string, readFile = (path: string): string => readFileSync(path, 'utf8')): Address {
  let parsed: URL;
  try {
    parsed = new URL(url);
    // A % is the begin of a letter in hex, or the address means nothing.
    for (const part of [parsed.username, parsed.password, parsed.pathname.slice(1)]) decodeURIComponent(part);
  } catch {
    throw new Error('The address of the Moodle database is none: expected mysql://user:password@host:3306/database');
  }
  const database = decodeURIComponent(parsed.pathname.slice(1));
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = parsed.port === '' ? 3306 : Number(parsed.port);
  const name = `mysql://${parsed.hostname}:${port}/${database}`;
  if (!['mysql:', 'mariadb:'].includes(parsed.protocol) || host === '' || database === '' || parsed.username === '') {
    throw new Error(`${name}: expected mysql://user:password@host:3306/database`);
  }
  const ca = parsed.searchParams.get('ca');
  return {
    host,
    port,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database,
    ssl: ca !== null || ['true', '1'].includes(parsed.searchParams.get('ssl') ?? ''),
    ca: ca === null ? null : authority(name, ca, readFile),
    name,
  };
}

function authority(name: string, path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (cause) {
    throw new Error(
      `${name}: the file that ca= in HOLDFAST_MOODLE names cannot be read: check that it exists and who may read it`,
      {
        cause,
      },
    );
  }
}

/** What all parts of the adapter share: where, which tables, by which names. */
export interface Target {
  address: Address;
  prefix: string;
  /** Names without prefix in the order of the snapshot: the log last. */
  tables: readonly string[];
  optional?: readonly string[];
}

export function target(options: BinlogOptions): Target {
  const tables = options.tables.filter((table) => table !== LOG_TABLE);
  if (options.tables.includes(LOG_TABLE)) tables.push(LOG_TABLE);
  return { address: parseAddress(options.url), prefix: options.prefix, tables, optional: options.optional };
}
