/**
 * The schema's steps: `migrations/sqlite/0001_first.sql` and so on, in the order of their names, each in a transaction of its
 * own with its row in `schema_migrations`. An applied step is never edited: its content is remembered and compared.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StoreUnavailable } from '../../ports.js';
import type { Connection } from './connection.js';
import { unavailable } from './errors.js';

export interface Migration {
  name: string;
  sql: string;
  sha256: string;
}

export interface MigrationReport {
  /** Names of what this run applied, in order. */
  applied: string[];
  /** Names of what was there before. */
  already: string[];
}

/** From `src/adapters/sqlite` and `dist/adapters/sqlite`, and from one folder deeper, where tools are compiled. */
const FOLDERS = ['../../../migrations/', '../../../../migrations/'];
/** The first step says whose file it is: a site's store and its clicks have different ids. */
const APPLICATION_ID = /^PRAGMA application_id = (\d+);/m;

/** The steps that this version of Holdfast knows, of the site's store or of its clicks (`sqlite-clicks`). */
export function knownMigrations(dialect: 'sqlite' | 'sqlite-clicks' = 'sqlite'): Migration[] {
  const folder = FOLDERS.map((path) => fileURLToPath(new URL(path + dialect, import.meta.url))).find((path) => existsSync(path));
  if (folder === undefined) {
    throw new StoreUnavailable(`The folder migrations/${dialect} is missing`, 'Install Holdfast again: it belongs beside dist.');
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(`${folder}/${name}`, 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });
}

/** Brings the schema to the newest. Refuses a file of another program, an edited step, and steps it does not know. */
export function migrate(connection: Connection, known: Migration[], now_ms: number): MigrationReport {
  const already = checkMigrations(connection, known);
  connection.exec(
    'CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, applied_ms INTEGER NOT NULL)',
  );
  const missing = known.slice(already.length);
  for (const { name, sql, sha256 } of missing) {
    connection.transaction(() => {
      connection.exec(sql);
      connection.prepare('INSERT INTO schema_migrations VALUES (?, ?, ?)').run([name, sha256, now_ms]);
    });
  }
  return { applied: missing.map((step) => step.name), already };
}

/** Names of the applied steps: the first ones of `known`, unchanged; else `StoreUnavailable`. */
export function checkMigrations(connection: Connection, known: Migration[]): string[] {
  const { file } = connection;
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  if (tables.length === 0) return [];
  if (!tables.some((table) => table.name === 'schema_migrations')) throw unavailable('SQLITE_NOTADB', file);
  const applied = connection.prepare('SELECT name, sha256 FROM schema_migrations ORDER BY name').all();
  const id = connection.prepare('PRAGMA application_id').all()[0]?.application_id;
  const own = APPLICATION_ID.exec(known[0]?.sql ?? '')?.[1];
  if (applied.length > 0 && String(id) !== own) throw unavailable('SQLITE_NOTADB', file);
  for (const [index, { name, sha256 }] of applied.entries()) {
    const step = known[index];
    if (!known.some((other) => other.name === name)) {
      throw new StoreUnavailable(
        `The store ${file} was made by a newer Holdfast: it has the step ${name}`,
        'Install that version, or restore a backup made before it was upgraded.',
      );
    }
    if (step?.name !== name || step?.sha256 !== sha256) {
      throw new StoreUnavailable(
        `The step ${name} of the store ${file} is not the one that this Holdfast has`,
        'Install an unchanged Holdfast: a step of the schema is never edited once it was applied.',
      );
    }
  }
  return applied.map((row) => String(row.name));
}
