/** Opening a store's file: the claim, the schema, whose store it is. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type StoreIdentity, type StoreMode, StoreUnavailable } from '../../ports.js';
import { type Claim, claim } from './claim.js';
import { Connection } from './connection.js';
import { unavailable } from './errors.js';
import { checkMigrations, knownMigrations, type Migration, type MigrationReport, migrate } from './migrate.js';

export interface OpenFile {
  connection: Connection;
  /** null for a reader. */
  claim: Claim | null;
}

/** As the owner: the folder and the file are made where they are missing, the schema is brought up to date. */
export function openOwned(
  file: string,
  now_ms: number,
  known: Migration[] = knownMigrations(),
): OpenFile & { report: MigrationReport } {
  makeFolder(file);
  const held = claim(file);
  let connection: Connection | null = null;
  try {
    makePrivate(file);
    connection = new Connection(file, 'own');
    checkMigrations(connection, known);
    connection.makeDurable();
    return { connection, claim: held, report: migrate(connection, known, now_ms) };
  } catch (error) {
    connection?.close();
    held.release();
    throw error;
  }
}

/** Beside the owner. Nothing is made, migrated or claimed. */
export function openForReading(file: string, known: Migration[] = knownMigrations()): OpenFile {
  if (!existsSync(file)) {
    throw new StoreUnavailable(
      `There is no store ${file}`,
      'Check HOLDFAST_STORE, or make one first: `holdfast replay FILE` or `holdfast serve`.',
    );
  }
  const connection = new Connection(file, 'read');
  try {
    if (checkMigrations(connection, known).length < known.length) {
      throw new StoreUnavailable(`The store ${file} is of an older Holdfast`, 'Bring it up to date first: `holdfast migrate`.');
    }
    return { connection, claim: null };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Brings the schema of a file up to date and says what it did. Makes the file where there is none; claims it meanwhile. */
export function migrateSqlite(file: string, now_ms: number): MigrationReport {
  const { connection, claim: held, report } = openOwned(file, now_ms);
  connection.close();
  held?.release();
  return report;
}

/** Refuses a store made for another site or zone; a new one becomes this site's. */
export function checkIdentity(connection: Connection, { site, time_zone }: StoreIdentity, mode: StoreMode): void {
  const [kept] = connection.prepare('SELECT site, time_zone FROM store_identity').all();
  const own = kept ?? { site, time_zone };
  const { file } = connection;
  if (own.site !== site) {
    throw new StoreUnavailable(
      `The store ${file} is of site ${own.site}, not ${site}`,
      `Set HOLDFAST_SITE=${own.site}, or use another store: the ids of two sites cannot be told apart.`,
    );
  }
  if (own.time_zone !== time_zone) {
    throw new StoreUnavailable(
      `The days of the store ${file} are those of ${own.time_zone}, not of ${time_zone}`,
      `Set HOLDFAST_TIME_ZONE=${own.time_zone}, or replay everything into a new store.`,
    );
  }
  if (mode === 'read') return;
  // Written at every opening, so that an owner who may not write is told now and not at the first commit.
  connection.prepare('INSERT OR REPLACE INTO store_identity VALUES (1, ?, ?)').run([site, time_zone]);
}

/** Names and notes are in it: a new file is for its owner alone. What SQLite puts beside it is made alike. */
function makePrivate(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    throw unavailable('SQLITE_CANTOPEN', file, cause);
  }
}

function makeFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (cause) {
    throw unavailable('SQLITE_CANTOPEN', file, cause);
  }
}
