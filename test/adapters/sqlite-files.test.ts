import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { Connection } from '../../src/adapters/sqlite/connection.js';
import { knownMigrations, type Migration, migrate } from '../../src/adapters/sqlite/migrate.js';
import { migrateSqlite, openOwned } from '../../src/adapters/sqlite/open.js';
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import { everythingIn } from '../contracts/store-reads.js';
import { EVERYONE, fullCommit, SITE, session, together } from '../contracts/store-samples.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  file = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function opened(path = file, mode: 'own' | 'read' = 'own'): Promise<SqliteStore> {
  const store = new SqliteStore(path);
  await store.open(SITE, mode);
  return store;
}

/** A refusal for the operator: names the file, says what is wrong and what to do. */
async function expectRefusal(promise: Promise<unknown>, problem: RegExp, hint: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (refusal: unknown) => refusal,
  );
  expect(error).toMatchObject({
    name: 'StoreUnavailable',
    problem: expect.stringMatching(problem),
    hint: expect.stringMatching(hint),
  });
}

describe('files that cannot be a store', () => {
  it('is for its owner alone from the beginning, with what SQLite puts beside it', async () => {
    const store = await opened();
    await store.commit(fullCommit());
    for (const path of [file, `${file}-wal`]) expect(statSync(path).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('makes the folder that is missing', async () => {
    const deep = join(folder, 'data', 'site', 'store.db');
    await (await opened(deep)).close();
    expect(existsSync(deep)).toBe(true);
  });

  it('refuses a folder that is a file, and a file that is a folder', async () => {
    writeFileSync(file, '');
    await expectRefusal(opened(join(file, 'store.db')), /cannot be opened or made/, /folder.*HOLDFAST_STORE/);
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    await expectRefusal(opened(directory), /directory cannot be opened/, /HOLDFAST_STORE/);
  });

  it('refuses a file of another kind and the database of another program, and leaves both as they were', async () => {
    writeFileSync(file, 'a text file, long enough to have a header: '.repeat(20));
    const text = readFileSync(file);
    await expectRefusal(opened(), /store\.db is not a Holdfast store/, /left as it is/);
    expect(readFileSync(file)).toEqual(text);

    const foreign = join(folder, 'foreign.db');
    const database = new Database(foreign);
    database.exec('CREATE TABLE notes (text)');
    database.close();
    const bytes = readFileSync(foreign);
    await expectRefusal(opened(foreign), /not a Holdfast store/, /another|new path/);
    expect(readFileSync(foreign)).toEqual(bytes);
  });

  it('says that a store is damaged, when it is opened or when the damage is met', async () => {
    const store = await opened();
    for (let user = 0; user < 300; user += 1) await store.commit(together(...range(20).map((at) => session(user, at, at + 1))));
    await store.close();
    truncateSync(file, 3 * 4096);
    const damaged = async () => {
      const half = await opened();
      try {
        await half.sessions(EVERYONE, { limit: 100_000 });
      } finally {
        await half.close();
      }
    };
    await expectRefusal(damaged(), /store\.db is damaged/, /restore a backup/);
  });

  it('says what right is missing where it may not write', async () => {
    const store = await opened();
    await store.commit(fullCommit());
    const before = await everythingIn(store);
    await store.close();
    await asStranger(() => expectRefusal(opened(), /may not be written|cannot be opened/, /right to write|may write/));
    const again = await opened();
    expect(await everythingIn(again)).toEqual(before);
    await again.close();
  });

  it('leaves everything in the one file when it is closed, so that a copy is a backup', async () => {
    const store = await opened();
    await store.commit(fullCommit());
    const before = await everythingIn(store);
    await store.close();
    const copy = join(folder, 'copy.db');
    cpSync(file, copy);
    const restored = await opened(copy);
    expect(await everythingIn(restored)).toEqual(before);
    await restored.close();
  });

  it('tells its owner by a revision what was committed, and not a reader, who would not hear of it', async () => {
    const owner = await opened();
    const reader = await opened(file, 'read');
    const before = owner.revision;
    await owner.commit(fullCommit());
    expect([typeof before, owner.revision === before, reader.revision]).toEqual(['number', false, null]);
    await reader.close();
    await owner.close();
  });

  it('refuses to read a store that is not there, and makes none', async () => {
    await expectRefusal(opened(file, 'read'), /There is no store/, /holdfast replay/);
    expect(existsSync(file)).toBe(false);
  });

  it('waits for another program that holds the file only for so long, writes nothing meanwhile, and goes on afterwards', async () => {
    const store = await opened();
    const browser = new Database(file);
    browser.exec('BEGIN IMMEDIATE');
    await expectRefusal(store.commit(fullCommit()), /Another program holds/, /Close it/);
    browser.exec('ROLLBACK');
    browser.close();
    expect(await store.position('file:a')).toBeNull();
    await store.commit(fullCommit());
    await store.close();
  });
});

describe('values', () => {
  it('takes every kind of value that once ended the process, and refuses a number that is none', () => {
    const connection = new Connection(file, 'own');
    connection.exec('CREATE TABLE t (v)');
    const insert = connection.prepare('INSERT INTO t VALUES (?)');
    for (const value of [true, false, undefined, null, Buffer.from('x'), new Uint8Array([1]), 2 ** 53 - 1, -0.5, 'ü😀\u0000!'])
      insert.run([value]);
    expect(
      connection
        .prepare('SELECT v FROM t')
        .all()
        .map((row) => (row.v instanceof ArrayBuffer ? [...new Uint8Array(row.v)] : row.v)),
    ).toEqual([1, 0, null, null, [120], [1], 2 ** 53 - 1, -0.5, 'ü😀\ufffd!']);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, {}, new Date(0), () => 0])
      expect(() => insert.run([value])).toThrow(TypeError);
    connection.close();
  });
});

describe('the schema', () => {
  const step = (name: string, sql: string): Migration => ({ name, sql, sha256: `hash of ${sql}` });
  const steps = [...knownMigrations(), step('8001_more.sql', 'CREATE TABLE more (x)')];

  it('is brought up to date once, and says what it did', async () => {
    const names = knownMigrations().map((known) => known.name);
    expect(migrateSqlite(file, 5)).toEqual({ applied: names, already: [] });
    expect(migrateSqlite(file, 6)).toEqual({ applied: [], already: names });
    await (await opened()).close();
  });

  it('grows step by step, and a step that fails leaves the one before', async () => {
    await (await opened()).close();
    const bad = [...steps, step('8002_bad.sql', 'CREATE TABLE half (x); CREATE TABLE more (x)')];
    expect(() => openOwned(file, 7, bad)).toThrow(/more already exists/);
    const connection = new Connection(file, 'own');
    expect(migrate(connection, steps, 8)).toEqual({ applied: [], already: steps.map((known) => known.name) });
    expect(connection.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([]);
    connection.close();
  });

  it('keeps who looked at whom when the number of who looked came to be kept', async () => {
    const before = knownMigrations().findIndex(({ name }) => name.endsWith('_by_user_id.sql'));
    const connection = new Connection(file, 'own');
    migrate(connection, knownMigrations().slice(0, before), 1);
    connection.exec("INSERT INTO person_views VALUES (1, 0, 'Ann', 'staff', 'students/:userId', 2, 1000, 1)");
    connection.exec("INSERT INTO recorded_changes VALUES (3, 'Ann', 'ids', 'Plain ids.')");
    connection.close();
    const store = await opened();
    const view = { user_id: 1, course_id: 2, at_ms: 1_000, viewer: 'Ann', by_user_id: null, kind: 'staff', what: 'students/:userId', people: 1 }; // biome-ignore format: a row
    expect(await store.personViews(1, 0, 10)).toEqual([view]);
    expect(await store.changes(0, 10)).toEqual([{ at_ms: 3, by: 'Ann', by_user_id: null, what: 'ids', detail: 'Plain ids.' }]);
    await store.close();
  });

  it('refuses a store of a newer Holdfast and one whose steps were edited, owned or read', async () => {
    openOwned(file, 7, steps).connection.close();
    cpSync(file, join(folder, 'newer.db'));
    await expectRefusal(opened(join(folder, 'newer.db')), /newer Holdfast.*8001_more/, /Install that version/);
    await expectRefusal(opened(join(folder, 'newer.db'), 'read'), /newer Holdfast/, /Install that version/);
    const edited = [...knownMigrations(), step('8001_more.sql', 'CREATE TABLE less (x)')];
    cpSync(file, join(folder, 'edited.db'));
    expect(() => openOwned(join(folder, 'edited.db'), 7, edited)).toThrow(/8001_more.sql.*never edited/s);
  });

  it('asks a reader for a migration where the store is older', async () => {
    const connection = new Connection(file, 'own');
    migrate(connection, [], 1);
    connection.close();
    await expectRefusal(opened(file, 'read'), /older Holdfast/, /holdfast migrate/);
  });
});

/** How each list is found: by a key or an index, never by sorting a whole table. */
describe('reading', () => {
  it('finds one course, one person and one day by an index, in order', async () => {
    const { connection, claim } = openOwned(file, 1);
    const plan = (sql: string) =>
      connection
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all([])
        .map((row) => row.detail)
        .join('; ');
    const days = 'SELECT * FROM activity_days WHERE';
    expect(
      plan(`${days} course_id = 1 AND (user_id, course_id, day) > (1, 1, 1) ORDER BY user_id, course_id, day LIMIT 9`),
    ).toMatch(/^SEARCH.*by_course[^;]*$/);
    expect(plan(`${days} user_id = 1 AND course_id = 1 ORDER BY user_id, course_id, day LIMIT 9`)).toMatch(
      /^SEARCH.*PRIMARY KEY[^;]*$/,
    );
    expect(plan(`${days} (day, course_id, user_id) > (1, 1, 1) ORDER BY day, course_id, user_id LIMIT 9`)).toMatch(
      /^SEARCH.*by_day[^;]*$/,
    );
    expect(plan('SELECT * FROM course_sessions WHERE course_id = 1 ORDER BY user_id, course_id, start_ms LIMIT 9')).toMatch(
      /^SEARCH.*by_course[^;]*$/,
    );
    expect(plan("SELECT * FROM alerts WHERE state IN ('open') ORDER BY alert_id LIMIT 9")).toMatch(/^SEARCH.*by_state[^;]*$/);
    expect(plan("SELECT * FROM reference_rows WHERE table_name = 'user' AND user_id IN (1, 2) ORDER BY id")).toMatch(
      /^SEARCH.*by_user/,
    );
    connection.close();
    claim?.release();
  });
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Runs with no right to write the folder. Root needs no such right, so root becomes somebody else for the while. */
async function asStranger(work: () => Promise<void>): Promise<void> {
  const user = process.geteuid!();
  chmodSync(file, 0o444);
  chmodSync(folder, 0o555);
  if (user === 0) process.seteuid!(65_534);
  try {
    await work();
  } finally {
    if (user === 0) process.seteuid!(0);
    chmodSync(folder, 0o755);
    chmodSync(file, 0o644);
  }
}
