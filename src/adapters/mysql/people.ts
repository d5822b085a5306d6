/** Everything about one person, told or removed; and what is too old. By the list of `person-tables.ts`. */

import { noticeMark } from '../../notice-ports.js';
import {
  AGEING,
  alertsIn,
  clockWithout,
  type ErasedList,
  ErasedMeanwhile,
  type Erasure,
  entryWithout,
  goneEntry,
  type OutboxEntry,
  PERSON_TABLES,
  type PersonStore,
  type PersonTable,
  type RowsAbout,
  STAFF_TABLES,
  type StaffMember,
  type StaffTable,
  type StoredRow,
  staffRows,
  type ToErase,
  type TooOld,
  toldWithout,
} from '../../ports.js';
import type { Sql } from './database.js';
import { rewriteOutbox, writeEntry } from './outbox.js';
import { insert, keyConditions, literal, quoted, writeRows } from './rows.js';

type Run = <Result>(work: (sql: Sql) => Promise<Result>) => Promise<Result>;

const LISTED = insert('erased', ['person', 'erased_ms'], ' ON DUPLICATE KEY UPDATE person = person');
/** One row, also where a test emptied all tables. */
const NEXT = 'INSERT INTO erased_version (id, version) VALUES (1, 1) ON DUPLICATE KEY UPDATE version = version + 1';

export class MysqlPeople implements PersonStore {
  constructor(
    private readonly read: Run,
    /** In a transaction; what is done twice is harmless here. */
    private readonly write: Run,
    /** Told of rows that went, after they did. */
    private readonly removed: (rows: RowsAbout[]) => void,
  ) {}

  async rowsAbout(user_id: number): Promise<RowsAbout[]> {
    return this.read((sql) => aboutPerson(sql, user_id));
  }

  async rowsBy(of: StaffMember): Promise<RowsAbout[]> {
    return this.read(async (sql) => {
      const found: RowsAbout[] = [];
      for (const staff of STAFF_TABLES) {
        const rows = await sql.rows(`SELECT * FROM ${staff.table} WHERE ${staffCondition(staff, of)}`);
        found.push(...staffRows(staff, rows.map(plain), of));
      }
      return found;
    });
  }

  async erasedList(): Promise<ErasedList> {
    return this.read(async (sql) => {
      const version = await versionOf(sql);
      const people = await sql.rows('SELECT person FROM erased ORDER BY person');
      return { version, people: people.map((row) => String(row.person)) };
    });
  }

  async erase(one: ToErase): Promise<Erasure> {
    const { rows, version } = await this.write((sql) => erased(sql, one));
    this.removed(rows);
    return { version, removed: Object.fromEntries(rows.map(({ table, rows }) => [table, rows.length])) };
  }

  async removeOlder(old: TooOld): Promise<number> {
    const { count, about } = await this.write((sql) => removeOld(sql, old));
    this.removed(about);
    return count;
  }

  /** The server overwrites what was removed by itself, in its own time. */
  async scrub(): Promise<void> {}
}

/** Throws for a commit that was made by an older list. The lock is shared with other commits, and keeps an erasure waiting. */
export async function checkErased(sql: Sql, version: number | undefined): Promise<void> {
  if (version !== undefined && version < (await versionOf(sql, ' LOCK IN SHARE MODE')))
    throw new ErasedMeanwhile('somebody was erased meanwhile');
}

async function versionOf(sql: Sql, lock = ''): Promise<number> {
  const [row] = await sql.rows(`SELECT version FROM erased_version WHERE id = 1${lock}`);
  return Number(row?.version ?? 0);
}

/** Rows that may be theirs. Not every text of reference rows is looked into: staff stand in one kind of them. */
function staffCondition({ table, name, number, inside }: StaffTable, { user_id, names }: StaffMember): string {
  const column = (field: string) =>
    inside === null ? quoted(field) : `JSON_UNQUOTE(JSON_EXTRACT(${quoted(inside)}, '$.${field}'))`;
  const listed = names.length === 0 ? 'FALSE' : `${column(name)} IN (${names.map(literal).join(', ')})`;
  const numbered = number === null ? 'FALSE' : `${column(number)} = ${literal(user_id)}`;
  const kind = table === 'reference_rows' ? "table_name = 'sis_student_statements'" : 'TRUE';
  return `${kind} AND (${listed} OR ${numbered})`;
}

async function conditionOf(sql: Sql, { name, person }: PersonTable, user_id: number): Promise<string> {
  const id = literal(user_id);
  if (person === 'alert_id') return `alert_id IN (SELECT alert_id FROM alerts WHERE user_id = ${id})`;
  if (name !== 'reference_rows') return `user_id = ${id}`;
  const names = (await sql.rows('SELECT DISTINCT table_name AS name FROM reference_rows')).map((row) =>
    literal(String(row.name)),
  );
  const theirs = names.length === 0 ? 'FALSE' : `table_name IN (${names.join(', ')}) AND user_id = ${id}`;
  return `(${theirs}) OR (table_name = 'sis_tutors' AND JSON_EXTRACT(\`columns\`, '$.tutor_id') = ${id})`;
}

async function aboutPerson(sql: Sql, user_id: number): Promise<RowsAbout[]> {
  const found: RowsAbout[] = [];
  for (const table of PERSON_TABLES) {
    const rows = await sql.rows(`SELECT * FROM ${table.name} WHERE ${await conditionOf(sql, table, user_id)}`);
    if (rows.length > 0) found.push({ table: table.name, rows: rows.map(plain) });
  }
  return found;
}

function plain({ taken: _, ...row }: Record<string, unknown>): StoredRow {
  return row as StoredRow;
}

/** The list first: whoever commits by an older one waits, and is then refused. */
async function erased(sql: Sql, { user_id, person, at_ms, sinks }: ToErase): Promise<{ rows: RowsAbout[]; version: number }> {
  await sql.run(NEXT);
  await writeRows(sql, LISTED, [[person, at_ms]]);
  const rows = await aboutPerson(sql, user_id);
  for (const table of PERSON_TABLES) await sql.run(`DELETE FROM ${table.name} WHERE ${await conditionOf(sql, table, user_id)}`);
  await sql.run(
    `UPDATE reference_rows SET \`columns\` = JSON_SET(\`columns\`, '$.userid', NULL)
     WHERE table_name = 'enrolment_events' AND JSON_EXTRACT(\`columns\`, '$.userid') = ${literal(user_id)}`,
  );
  await sql.run(`DELETE FROM positions WHERE source LIKE ${literal(noticeMark('%', user_id))}`);
  await takeOutOfNotices(sql, alertsIn(rows));
  await takeOutOfClocks(sql, user_id);
  await rewriteOutbox<OutboxEntry>(sql, (entry) => entryWithout(entry, user_id));
  await tell(sql, rows, sinks);
  return { rows, version: await versionOf(sql) };
}

async function tell(sql: Sql, rows: readonly RowsAbout[], sinks: readonly string[]): Promise<void> {
  const entry = goneEntry(rows);
  if (entry !== null) await writeEntry(sql, sinks, JSON.stringify({ scores: [], alerts: [], ...entry }), 'outbox');
}

/** Which alerts staff were told of. */
async function takeOutOfNotices(sql: Sql, alert_ids: readonly string[]): Promise<void> {
  const marks = `SELECT source, position FROM positions WHERE source LIKE ${literal(noticeMark('%', '%'))} FOR UPDATE`;
  for (const { source, position } of await sql.rows(marks)) {
    const told = toldWithout(String(position), alert_ids);
    if (told !== null)
      await sql.run(`UPDATE positions SET position = ${literal(told)} WHERE source = ${literal(String(source))}`);
  }
}

async function takeOutOfClocks(sql: Sql, user_id: number): Promise<void> {
  for (const [table, key] of [
    ['site_clock', 'id'],
    ['lane_clocks', 'lane'],
  ] as const) {
    for (const row of await sql.rows(`SELECT ${key} AS name, clock FROM ${table} FOR UPDATE`)) {
      const kept = JSON.parse(String(row.clock));
      const clock = clockWithout(kept, (id) => id === user_id);
      if (clock === kept) continue;
      const name = literal(row.name as number | string);
      await sql.run(`UPDATE ${table} SET clock = ${literal(JSON.stringify(clock))} WHERE ${key} = ${name}`);
    }
  }
}

async function removeOld(
  sql: Sql,
  { key, before, limit, running, sinks }: TooOld,
): Promise<{ count: number; about: RowsAbout[] }> {
  const { table, column, row_key, of_courses } = AGEING[key];
  const where = [`${column} < ${literal(before)}`];
  if (key === 'notes') where.push('note IS NOT NULL');
  if (of_courses && running.length > 0) where.push(`course_id NOT IN (${running.map(literal).join(', ')})`);
  const found = `SELECT * FROM ${table} WHERE ${where.join(' AND ')} ORDER BY ${column} LIMIT ${literal(limit)} FOR UPDATE`;
  const rows = (await sql.rows(found)).map(plain);
  const keys = rows.map((row) => row_key.map((name) => row[name]));
  for (const named of keyConditions(row_key, keys)) {
    if (key === 'alerts') await sql.run(`DELETE FROM alert_edits WHERE ${named}`);
    await sql.run(key === 'notes' ? `UPDATE ${table} SET note = NULL WHERE ${named}` : `DELETE FROM ${table} WHERE ${named}`);
  }
  const about = key === 'notes' || rows.length === 0 ? [] : [{ table, rows }];
  await tell(sql, about, sinks);
  return { count: rows.length, about };
}
