/**
 * The schema's steps: `migrations/mysql/0001_first.sql` and so on, in the order of their names. An applied step is never edited:
 * its content is remembered and compared. Steps cannot be rolled back here, so each is harmless when it is run again. Clicks have
 * a schema of their own in the same database (`migrations/mysql-clicks`), which comes and grows apart from the site's.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StoreUnavailable } from '../../ports.js';
import type { Sql } from './database.js';
import { literal } from './rows.js';

export interface Migration {
  name: string;
  sql: string;
  sha256: string;
}

/** A schema: the table that remembers its applied steps, and the steps that this version of Holdfast knows. */
export interface Schema {
  table: string;
  steps: Migration[];
}

export interface MigrationReport {
  /** Names of what this run applied, in order. */
  applied: string[];
  /** Names of what was there before. */
  already: string[];
}

/** From `src/adapters/mysql` and `dist/adapters/mysql`, and from one folder deeper, where tools are compiled. */
const FOLDERS = ['../../../migrations/', '../../../../migrations/'];
/** By folder. Not `schema_migrations`, which other programs have too. */
const TABLES = { mysql: 'holdfast_migrations', 'mysql-clicks': 'click_migrations' } as const;
/** How long to wait for another process that migrates: a new index on a large table takes minutes. */
const LOCK_S_MAX = 600;

/** The schema of the site's store, or of its clicks. */
export function knownSchema(dialect: keyof typeof TABLES = 'mysql'): Schema {
  const folder = FOLDERS.map((path) => fileURLToPath(new URL(path + dialect, import.meta.url))).find((path) => existsSync(path));
  if (folder === undefined) {
    throw new StoreUnavailable(`The folder migrations/${dialect} is missing`, 'Install Holdfast again: it belongs beside dist.');
  }
  const steps = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(`${folder}/${name}`, 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });
  return { table: TABLES[dialect], steps };
}

/** `work` while no other process migrates or opens this database. The lock goes with the connection. */
export async function alone<Result>(sql: Sql, name: string, work: () => Promise<Result>): Promise<Result> {
  // The server takes 64 characters, and the lock is for all its databases.
  const lock = literal(`holdfast ${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
  const [row] = await sql.rows(`SELECT GET_LOCK(${lock}, ${LOCK_S_MAX}) AS got`);
  if (row?.got !== 1) {
    throw new StoreUnavailable(
      `Another process has been migrating ${name} for ${LOCK_S_MAX} s`,
      'Wait until it is done, or end it, and start again.',
    );
  }
  const result = await work();
  await sql.rows(`SELECT RELEASE_LOCK(${lock}) AS released`);
  return result;
}

/** Brings the schema to the newest. Refuses another program's database, an edited step, and steps it does not know. */
export async function migrate(sql: Sql, name: string, known: Schema): Promise<MigrationReport> {
  const already = await checkMigrations(sql, name, known);
  const { table } = known;
  await sql.run(
    `CREATE TABLE IF NOT EXISTS ${table} (name VARCHAR(255) NOT NULL PRIMARY KEY, sha256 CHAR(64) NOT NULL, applied_at DATETIME NOT NULL)
     ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  );
  const missing = known.steps.slice(already.length);
  for (const step of missing) {
    for (const statement of statementsOf(step.sql)) await sql.run(statement);
    await sql.run(`INSERT INTO ${table} VALUES (${literal(step.name)}, ${literal(step.sha256)}, UTC_TIMESTAMP())`);
  }
  return { applied: missing.map((step) => step.name), already };
}

/** Names of the applied steps: the first ones of `known`, unchanged; else `StoreUnavailable`. */
export async function checkMigrations(sql: Sql, name: string, { table, steps }: Schema): Promise<string[]> {
  const rows = await sql.rows('SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()');
  if (rows.length === 0) return [];
  const there = new Set(rows.map((row) => row.name));
  if (!Object.values(TABLES).some((ours) => there.has(ours))) {
    throw new StoreUnavailable(
      `${name} holds the tables of another program`,
      'Give Holdfast a database of its own: CREATE DATABASE holdfast CHARACTER SET utf8mb4; and name it in HOLDFAST_STORE.',
    );
  }
  if (!there.has(table)) return [];
  const applied = await sql.rows(`SELECT name, sha256 FROM ${table} ORDER BY name`);
  for (const [index, row] of applied.entries()) {
    const step = steps[index];
    if (!steps.some((other) => other.name === row.name)) {
      throw new StoreUnavailable(
        `The store ${name} was made by a newer Holdfast: it has the step ${row.name}`,
        'Install that version, or restore a backup made before it was upgraded.',
      );
    }
    if (step?.name !== row.name || step?.sha256 !== row.sha256) {
      throw new StoreUnavailable(
        `The step ${row.name} of the store ${name} is not the one that this Holdfast has`,
        'Install an unchanged Holdfast: a step of the schema is never edited once it was applied.',
      );
    }
  }
  return applied.map((row) => String(row.name));
}

/** Statements end in a semicolon at the end of a line; lines of comment are left out. */
function statementsOf(sql: string): string[] {
  const lines = sql.split(/\r?\n/).filter((line) => !line.startsWith('--'));
  return lines
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
